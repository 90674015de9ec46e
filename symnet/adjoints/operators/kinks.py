"""What has kinks: comparisons as 0 and 1, choices by them, the larger of two, and what is kept between bounds.

G   adjoint of the value        [a > b]   1 where it holds, 0 elsewhere: nothing flows back through it

Values are compared, never subtracted, so nothing cancels; slopes at kinks and ties are torch's: half for each of two
that tie, 1 at the bounds of `clip` and 0 at those of `hardtanh`, the slope on the left for `leaky_relu` and `elu`.
"""

from collections.abc import Callable
from fractions import Fraction
from typing import Any

import numpy as np
import sympy as sp

from symnet.adjoints import batch
from symnet.adjoints.graph import (
    Node,
    Shape,
    apply,
    as_node,
    broadcast_together,
    common_shape,
    is_number,
    number,
    ones,
    zeros,
)
from symnet.adjoints.operators.arithmetic import Spelled, same_shape
from symnet.adjoints.record import Make, Operator, Word, register
from symnet.errors import InvalidInput
from symnet.notation import ATOM, SIGNS, Form

HOLDS: dict[str, Callable[[Any, Any], Any]] = {
    ">": np.greater, ">=": np.greater_equal, "<": np.less, "<=": np.less_equal, "=": np.equal,
    "!=": np.not_equal,
}  # fmt: skip
TURNED = {">": "<", ">=": "<=", "<": ">", "<=": ">="}  # a > b is b < a
DENIED = {">": "<=", ">=": "<", "<": ">=", "<=": ">", "=": "!=", "!=": "="}
half = sp.Rational(1, 2)


# ---------------------------------------------------------------------- [a > b]
def holds(a: Node, sign: str, b: Node) -> Node:
    """1 where the relation holds and 0 elsewhere; ``b`` may be a number."""
    return apply("indicator", a, b, sign=sign)


def compared(a: Node, sign: str, b: Node) -> Node:
    """The same for whatever lines up, as NumPy has it; a number stands on the right."""
    if is_number(a) and not is_number(b):
        a, sign, b = b, TURNED.get(sign, sign), a
    return holds(a, sign, b) if is_number(b) else holds(*_beside(a, sign, b))


def _beside(a: Node, sign: str, b: Node) -> tuple[Node, str, Node]:
    left, right = broadcast_together(a, b)
    return left, sign, right


def denied(condition: Node) -> Node:
    """1 where it is 0, and 0 elsewhere."""
    if condition.op == "broadcast":
        return Node("broadcast", (denied(condition.args[0]),), condition.attrs, condition.shape)
    if condition.op == "indicator":
        return holds(condition.args[0], DENIED[condition["sign"]], condition.args[1])
    return holds(condition, "=", number(0))


def _first_shape(x: Node, *others: Node, **_: Any) -> Shape:
    """That of the first; what it meets has it too, or is a number."""
    same_shape(*(a for a in (x, *others) if a is x or not is_number(a)))
    return x.shape


def _nothing(G: Node, y: Node, *args: Node) -> tuple[Node, ...]:
    return tuple(zeros(a.shape) for a in args)


def _repeated(x: Node, bound: Node) -> Any:
    """A number that meets every entry is written as a multiple of 𝟏."""
    return bound * Node("ones", shape=x.shape) if x.rank and is_number(bound) else bound


def _indicator_spelling(y: Node) -> Spelled:
    latex, text = SIGNS[y["sign"]]
    a, b = y.args
    return Form(rf"\mathbb{{1}}[{{}} {latex} {{}}]", f"[{{}} {text} {{}}]", ATOM), (a, _repeated(a, b))


def _indicator_formula(y: Node, make: Make) -> Any:
    a, b = y.args
    return make("indicator", make("relation", a, _repeated(a, b), name=y["sign"]))


def _compared(y: Node) -> Node | None:
    """Two numbers are compared once."""
    a, b = y.args
    if not (is_number(a) and is_number(b)):
        return None
    known = {">": a["value"] > b["value"], ">=": a["value"] >= b["value"], "<": a["value"] < b["value"]}
    known |= {"<=": a["value"] <= b["value"], "=": sp.Eq(a["value"], b["value"])}
    known |= {"!=": sp.Ne(a["value"], b["value"])}
    return number(int(bool(known[y["sign"]]))) if known[y["sign"]] in (sp.true, sp.false) else None


# ---------------------------------------------------------------------- a where it holds, b elsewhere
def where(condition: Node, a: Any, b: Any) -> Node:
    """``a`` where the condition holds, that is, where it is not 0; ``b`` elsewhere."""
    condition = condition if condition.op == "indicator" else holds(condition, "!=", number(0))
    shape: Shape = ()
    for part in (condition, as_node(a), as_node(b)):
        shape = common_shape(Node("ones", shape=shape), part)
    return apply("where", *(_to(part, shape) for part in (condition, as_node(a), as_node(b))))


def _where_known(y: Node) -> Node | None:
    """Of numbers that were compared one is left."""
    condition, a, b = y.args
    return {number(1): a, ones(condition.shape): a, zeros(condition.shape): b}.get(condition)


def _where_adjoint(G: Node, y: Node, c: Node, a: Node, b: Node) -> tuple[Node, ...]:
    """<G, c ⊙ da + (1 − c) ⊙ db> = <G ⊙ c, da> + <G ⊙ (1 − c), db>."""
    return zeros(c.shape), G * c, G * denied(c)


# ---------------------------------------------------------------------- the larger of two
def _share(sign: str, a: Node, b: Node) -> Node:
    """1 where ``a`` is the one that is taken, half where they tie."""
    return holds(a, sign, b) + number(half) * holds(a, "=", b)


def _extremum_adjoint(sign: str) -> Callable[..., tuple[Node, ...]]:
    return lambda G, y, a, b: (G * _share(sign, a, b), G * _share(sign, b, a))


def _extremum_tangent(sign: str) -> Callable[..., Node]:
    return lambda i, d, y, *args: d * _share(sign, args[i], args[1 - i])


def _extremum(name: str, sign: str) -> Operator:
    short = name[:3]
    return Operator(
        name=name,
        shape=same_shape,
        adjoint=_extremum_adjoint(sign),
        rule="kink",
        reasons=(
            f"only the {'larger' if sign == '>' else 'smaller'} of the two reaches {{y}}; where they tie, half of each",
        ),
        spelling=lambda y: (Form(rf"\{short}({{}}, {{}})", f"{short}({{}}, {{}})", ATOM), y.args),
        batch=batch.entrywise,
        without={
            "SymPy": "SymPy compares numbers, and has no extremum of two matrices entry by entry",
        },
        formula=lambda y, make: make(short, *y.args),
        numpy=lambda y, a, b: getattr(np, name)(a, b),
        code=name + "({0}, {1})",
        helpers={
            "numpy": f"from numpy import {name}",
            "torch": f"def {name}(a, b):\n    return torch.where(a {sign} b, a, b)",
        },
        tangent=_extremum_tangent(sign),
        example=f"a, b : n\ny = {name}(a, b)",
        words=(
            Word(
                name,
                lambda a, b: apply(name, *broadcast_together(a, b)),
                f"torch.{name}(a, b)",
                f"a, b : n\ny = {name}(a, b)",
            ),
        ),
    )


# ---------------------------------------------------------------------- between two bounds
def _bounds(y: Node) -> tuple[Node | None, Node | None]:
    """The lower and the upper bound, where there is one."""
    given = iter(y.args[1:])
    low = next(given) if y["below"] else None
    return low, (next(given) if y["above"] else None)


def _clip_slopes(y: Node) -> tuple[Node, ...]:
    """Of x, 1 between the bounds; of a bound, 1 where it is what remains."""
    x, (low, high) = y.args[0], _bounds(y)
    inside, outside = (">=", "<=") if y["edges"] else (">", "<"), []
    slope = as_node(1) if x.rank == 0 else Node("ones", shape=x.shape)
    if low is not None:
        slope = slope * holds(x, inside[0], low)
        here = holds(x, "<", low)
        outside.append(here if high is None or is_number(low) else here * holds(low, "<", high))
    if high is not None:
        slope = slope * holds(x, inside[1], high)
        here = holds(x, ">", high)
        if low is not None and not is_number(high):
            crossed = holds(x, "<=", high) * holds(high, "<", low)  # torch: where bounds cross, the upper one remains
            here = here + crossed
        outside.append(here)
    return (slope, *outside)


def _clip_adjoint(G: Node, y: Node, *args: Node) -> tuple[Node, ...]:
    return tuple(
        zeros(()) if i and is_number(a) else G * s for i, (a, s) in enumerate(zip(args, _clip_slopes(y), strict=True))
    )


def _clip_tangent(i: int, d: Node, y: Node, *args: Node) -> Node:
    return zeros(y.shape) if i and is_number(args[i]) else d * _clip_slopes(y)[i]


def _clip_spelling(y: Node) -> Spelled:
    x, (low, high) = y.args[0], _bounds(y)
    latex, text, arguments = "{}", "{}", [x]
    for bound, word in ((low, "max"), (high, "min")):
        if bound is not None:
            latex, text = rf"\{word}({latex}, {{}})", f"{word}({text}, {{}})"
            arguments.append(_repeated(x, bound))
    return Form(latex, text, ATOM), tuple(arguments)


def _clip_formula(y: Node, make: Make) -> Any:
    x, (low, high) = y.args[0], _bounds(y)
    kept = x if low is None else make("max", x, _repeated(x, low))
    return kept if high is None else make("min", kept, _repeated(x, high))


def _clip_numpy(y: Node, x: Any, *bounds: Any) -> Any:
    given = iter(bounds)
    x = np.maximum(x, next(given)) if y["below"] else x
    return np.minimum(x, next(given)) if y["above"] else x


def _clip_code(y: Node) -> str:
    low = "{1}" if y["below"] else "None"
    return f"clip({{0}}, {low}, {f'{{{len(y.args) - 1}}}' if y['above'] else 'None'})"


CLIP = {
    "numpy": """def clip(x, low, high):
    x = x if low is None else np.maximum(x, low)
    return x if high is None else np.minimum(x, high)""",
    "torch": """def clip(x, low, high):
    x = x if low is None else torch.clamp(x, min=low)
    return x if high is None else torch.clamp(x, max=high)""",
}


def _kept(x: Node, low: Any, high: Any, edges: bool) -> Node:
    bounds = [None if b is None else as_node(b) for b in (low, high)]
    if bounds == [None, None]:
        raise InvalidInput("clip needs a bound, as in clip(x, 0, 1)")
    given = [b for b in bounds if b is not None]
    if len(given) == 2 and all(map(is_number, given)) and bool(given[0]["value"] > given[1]["value"]):
        raise InvalidInput(f"the bounds {given[0]} and {given[1]} leave nothing between them")
    shape = x.shape
    for b in given:
        shape = shape if is_number(b) else common_shape(Node("ones", shape=shape), b)
    fitting = [b if is_number(b) else _to(b, shape) for b in given]
    below, above = (b is not None for b in bounds)
    return apply("clip", _to(x, shape), *fitting, below=below, above=above, edges=edges)


def _to(a: Node, shape: Shape) -> Node:
    return broadcast_together(a, Node("ones", shape=shape))[0] if a.shape != shape else a


# ---------------------------------------------------------------------- words
def clip(x: Node, low: Any = None, high: Any = None) -> Node:
    """x, kept between two bounds; its slope is 1 at the bounds."""
    return _kept(x, low, high, edges=True)


def hardtanh(x: Node, low: Any = -1, high: Any = 1) -> Node:
    """The same values as `clip`; the slope is 0 at the bounds, as torch has it."""
    return _kept(x, low, high, edges=False)


def relu6(x: Node) -> Node:
    """relu that stops at 6."""
    return hardtanh(x, 0, 6)


def hardsigmoid(x: Node) -> Node:
    """A line from 0 at −3 to 1 at 3."""
    return number(sp.Rational(1, 6)) * hardtanh(x + 3, 0, 6)


def hardswish(x: Node) -> Node:
    """x times `hardsigmoid`."""
    return x * hardsigmoid(x)


def prelu(x: Node, slope: Node) -> Node:
    """x above 0, ``slope`` times x elsewhere."""
    return _kept(x, 0, None, edges=False) + slope * _kept(x, None, 0, edges=True)


def leaky_relu(x: Node, slope: Any = Fraction(1, 100)) -> Node:
    """x above 0, a multiple of it elsewhere."""
    return prelu(x, as_node(slope))


def elu(x: Node, alpha: Any = 1) -> Node:
    """x above 0, α (eˣ − 1) elsewhere."""
    return _f("relu", x) + as_node(alpha) * _f("expm1", clip(x, high=0))


def celu(x: Node, alpha: Any = 1) -> Node:
    """x above 0, α (exp(x/α) − 1) elsewhere."""
    return _f("relu", x) + as_node(alpha) * _f("expm1", clip(x / as_node(alpha), high=0))


SELU_SCALE, SELU_ALPHA = (
    sp.Rational("1.0507009873554804934193349852946"),
    sp.Rational("1.6732632423543772848170429916717"),
)


def selu(x: Node) -> Node:
    """A multiple of `elu` that keeps mean 0 and variance 1 (Klambauer et al. 2017)."""
    return number(SELU_SCALE) * elu(x, number(SELU_ALPHA))


def _f(name: str, x: Node) -> Node:
    return apply("elementwise", x, function=name, order=0)


F = "torch.nn.functional."
register(
    Operator(
        name="indicator",
        shape=_first_shape,
        adjoint=_nothing,
        rule="piecewise constant",
        reasons=("whether it holds does not change, away from where it begins to",),
        spelling=_indicator_spelling,
        batch=batch.beside_numbers,
        without={
            "SymPy": "SymPy compares numbers, and has no comparison of matrices entry by entry",
            "LaTeX": "a comparison is a condition of the reader's, and no number",
            "torch reader": "the cast of its twin's truth values to numbers is refused; in torch.where they are read",
        },
        formula=_indicator_formula,
        numpy=lambda y, a, b: HOLDS[y["sign"]](a, b).astype(float),
        code=lambda y: f"indicator({{0}} {'==' if y['sign'] == '=' else y['sign']} {{1}}, {{0}})",
        helpers={
            "numpy": "def indicator(holds, like):\n    return np.where(holds, 1.0, 0.0)",
            "torch": "def indicator(holds, like):\n    return holds.to(like.dtype)",
        },
        tangent=lambda i, d, y, *args: zeros(y.shape),
        rewrites=(_compared,),
    ),
    Operator(
        name="where",
        shape=same_shape,
        adjoint=_where_adjoint,
        rule="choice",
        reasons=("whether it holds does not change, away from where it begins to",
         "{a} is taken where it holds, so it receives the adjoint there",
         "{a} is taken where it does not hold, so it receives the adjoint there"),
        spelling=lambda y: (Form(r"\operatorname{where}({}, {}, {})", "where({}, {}, {})", ATOM), y.args),
        batch=batch.beside_numbers,
        without={
            "SymPy": "SymPy's choices are of numbers, and none is entry by entry",
            "LaTeX": "mathematics writes a choice by cases of numbers; none is entry by entry",
            "torch reader": "the condition of its twin is cast, and refused; torch.where of a comparison is read",
        },
        formula="the audit has no choice entry by entry yet: its cases are of numbers",
        numpy=lambda y, c, a, b: np.where(c != 0, a, b),
        code="where({0} != 0, {1}, {2})",
        helpers={"numpy": "from numpy import where", "torch": "from torch import where"},
        tangent=lambda i, d, y, *args: _where_adjoint(d, y, *args)[i],
        rewrites=(_where_known,),
        example="x, a, b : n\ny = where(x > 1, a, b)",
        words=(Word("where", where, "twins.where(condition, a, b)", "x, a : n\ny = where(x > 1, 2 * x, a)"),),
    ),
    _extremum("maximum", ">"),
    _extremum("minimum", "<"),
    Operator(
        name="clip",
        shape=_first_shape,
        adjoint=_clip_adjoint,
        rule="kink",
        reasons=("where {a} is kept it receives the adjoint, and nothing where it is cut off",
         "what is cut off becomes {a}, which receives the adjoint there"),
        spelling=_clip_spelling,
        batch=batch.beside_numbers,
        without={
            "SymPy": "SymPy compares numbers, and has no bound of matrices entry by entry",
        },
        formula=_clip_formula,
        numpy=_clip_numpy,
        code=_clip_code,
        helpers=CLIP,
        tangent=_clip_tangent,
        example="x, p, q : n\ny = clip(x, p, q)",
        words=(
            Word("clip", clip, "twins.clip(x, low, high)", "x : n\ny = clip(x, -1, 2)"),
            Word("hardtanh", hardtanh, F + "hardtanh(x, low, high)", "x : n\ny = hardtanh(x)"),
            Word("relu6", relu6, F + "relu6(x)", "x : n\ny = relu6(3 * x)"),
            Word("hardsigmoid", hardsigmoid, F + "hardtanh(x + 3, 0, 6) / 6", "x : n\ny = hardsigmoid(x)"),
            Word("hardswish", hardswish, F + "hardswish(x)", "x : n\ny = hardswish(x)"),
        ),
    ),
    Word("leaky_relu", leaky_relu, F + "leaky_relu(x, slope)", "x : n\ny = leaky_relu(x, slope=0.2)"),
    Word("prelu", prelu, "twins.prelu(x, slope)", "x : n\nq : scalar\ny = prelu(x, q)"),
    Word("elu", elu, F + "elu(x, alpha)", "x : n\ny = elu(x)"),
    Word("celu", celu, F + "celu(x, alpha)", "x : n\ny = celu(x, alpha=2)"),
    Word("selu", selu, F + "selu(x)", "x : n\ny = selu(x)"),
)  # fmt: skip
