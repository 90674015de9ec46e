r"""Right sides of a LaTeX model, from what was read to the model language: one line for each kind of formula.

Model       what each name stands for, as a symbol of the reader and as a node of the graph
equation    the source of a right side, and its shape
"""

import ast
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import reduce
from typing import Any

import sympy as sp

from symnet.adjoints.forward import leaf
from symnet.adjoints.graph import Node, Shape, number
from symnet.adjoints.record import WORDS
from symnet.errors import InvalidInput, NotSupported
from symnet.readers.latex.components import components, has_components, letters_of
from symnet.readers.latex.functions import FUNCTIONS, exact, source
from symnet.readers.latex.symbols import Symbols
from symnet.readers.latex.term import Term
from symnet.readers.latex.value import (
    IDENTITY,
    ONES,
    ZEROS,
    Value,
    called,
    entrywise,
    numeral,
    product,
    same_place,
    say,
    transposed,
)
from symnet.readers.syntax import parsed
from symnet.sizes import letter


@dataclass(frozen=True)
class Model:
    """Names so far."""

    nodes: Mapping[str, Node]
    functions: tuple[str, ...]
    sizes: Mapping[str, Node]

    @staticmethod
    def declared(model: Any) -> "Model":
        sizes = {letter: number(symbol) for letter, symbol in model.sizes.items()}
        return Model({n: leaf(n, shape, model) for n, shape in model.declared.items()}, model.functions, sizes)

    def defined(self, name: str, node: Node) -> "Model":
        return replace(self, nodes={**self.nodes, name: node})

    @property
    def symbols(self) -> Symbols:
        shapes: dict[str, Any] = dict.fromkeys(self.sizes, ())
        shapes |= {n: tuple(map(str, node.shape)) for n, node in self.nodes.items()}
        return Symbols(shapes, self.functions, counts=frozenset(self.sizes))

    def of(self, t: Term) -> Value:
        rule = _RULES.get(t.op)
        if rule is None:
            raise NotSupported(f"{t} is read, but no operator of the model language is like it")
        return replace(rule(t, self), written=str(t))


def equation(t: Term, model: Model, letters: tuple[str, ...] = ()) -> tuple[str, Shape]:
    """The right side in the language, and its shape; a row is a matrix with one row.

    letters   of the entry that the equation defines, where it is written entry by entry
    """
    value = components(t, letters, model.of, model.functions) if letters else model.of(t)
    if value.constant == "identity" or value.loose:
        raise InvalidInput(f"nothing says how large {t} is; 𝟏, 𝟎 and I take their size from what stands beside them")
    if value.turned and value.rank == 1:
        value = say("unsqueeze({}, 0)", value)
    return _unbracketed(value.source), value.node.shape


def _unbracketed(source: str) -> str:
    """With no brackets but those that are needed."""
    try:
        return ast.unparse(parsed(source))
    except (SyntaxError, RecursionError):
        raise InvalidInput("the equation is too long, or nested too deeply; split it into several") from None


# ---------------------------------------------------------------------- numbers and names
def _constant(unit: Value, word: str) -> Callable[[Term, Model], Value]:
    """𝟏, 𝟎 or I of any size, or of the size that is written below it."""
    return lambda t, model: say(f"{word}({', '.join(t.name.split())})", sizes=dict(model.sizes)) if t.name else unit


def _number(t: Term, model: Model) -> Value:
    return numeral(t.name)


def _name(t: Term, model: Model) -> Value:
    if t.name in model.nodes:
        return Value(t.name, model.nodes[t.name])
    if t.name in model.sizes:
        return Value(t.name, model.sizes[t.name])
    raise InvalidInput(f"{t} is an adjoint or an accent of a declared name, and no quantity of the model")


# ---------------------------------------------------------------------- sums and products
def _sum(t: Term, model: Model) -> Value:
    first, *rest = t.args
    total = model.of(first)
    for a in rest:
        template, a = ("{} - {}", a.args[0]) if a.op == "neg" else ("{} + {}", a)
        total = entrywise(template, (total, model.of(a)), "added")
    return total


def _neg(t: Term, model: Model) -> Value:
    v = model.of(t.args[0])
    return replace(v, **{k: getattr(say("-{}", v), k) for k in ("source", "node")})


def _product(t: Term, model: Model) -> Value:
    """From the left, but A⁻¹ b solves, and a number waits for what it multiplies."""
    factors: list[Value | Term] = []
    for a in t.args:
        if factors and isinstance(inverse := factors[-1], Term):
            factors[-1] = _solved(inverse, model.of(a), model)
        else:
            factors.append(a if _is_inverse(a, model) else model.of(a))
    return reduce(product, [f if isinstance(f, Value) else model.of(f) for f in factors])


def _is_inverse(t: Term, model: Model) -> bool:
    inside = t.args[0] if t.op == "transpose" else t
    return inside.op == "power" and _sign(inside.args[1]) == -1 and model.of(inside.args[0]).rank == 2


def _sign(t: Term) -> int | None:
    return -int(t.args[0].name) if t.op == "neg" and t.args[0].op == "number" and t.args[0].name.isdigit() else None


def _solved(inverse: Term, b: Value, model: Model) -> Value:
    if b.turned or b.loose or b.constant or b.rank == 0:
        return product(model.of(inverse), b)
    A = model.of((inverse.args[0] if inverse.op == "transpose" else inverse).args[0])
    return say("solve({}, {})", transposed(A) if inverse.op == "transpose" else A, b)


def _dot(t: Term, model: Model) -> Value:
    parts = [model.of(a) for a in t.args]
    if sum(not p.is_scalar for p in parts) > 1:
        raise InvalidInput(f"{t}: · between vectors or matrices is unclear; write a b, a^\\top b or a \\odot b")
    return reduce(product, parts)


def _hadamard(t: Term, model: Model) -> Value:
    return entrywise("{} * {}", [model.of(a) for a in t.args], "multiplied entry by entry")


def _oslash(t: Term, model: Model) -> Value:
    return entrywise("{} / {}", [model.of(a) for a in t.args], "divided entry by entry")


def _quotient(t: Term, model: Model) -> Value:
    a, b = (model.of(x) for x in t.args)
    if b.is_scalar:
        return replace(a, **{k: getattr(say("{} / {}", a, b), k) for k in ("source", "node")})
    return entrywise("{} / {}", (a, b), "divided entry by entry")


def _power(t: Term, model: Model) -> Value:
    base, exponent = model.of(t.args[0]), t.args[1]
    if base.is_scalar:
        return say("{} ** {}", base, model.of(exponent))
    n = exact(exponent) if exponent.op in ("number", "neg") else None
    if base.constant == "identity" or base.rank != 2 or n is None or not n.is_Integer or not 0 < abs(n) <= 16:
        raise InvalidInput(f"{t}: a whole power of a square matrix; entry by entry it is written ^{{\\odot 2}}")
    factor = say("inv({})", base) if n < 0 else base
    return reduce(product, [factor] * abs(int(n)))


def _hpower(t: Term, model: Model) -> Value:
    exponent = model.of(t.args[1])
    return same_place(model.of(t.args[0]), lambda v: say("{} ** {}", v, exponent))


def _root(t: Term, model: Model) -> Value:
    if len(t.args) == 1:
        return same_place(model.of(t.args[0]), lambda v: say("sqrt({})", v))
    degree = model.of(t.args[1])
    return same_place(model.of(t.args[0]), lambda v: say("{} ** (1 / {})", v, degree))


# ---------------------------------------------------------------------- functions
def _apply(t: Term, model: Model) -> Value:
    if t.name in model.functions:
        return called(t.name, model.of(t.args[0]), model.functions)
    if rule := FUNCTIONS.get(t.name):
        return rule(t, model)
    if "'" in t.name:
        raise NotSupported(f"{t}: a derivative in a model; symnet derives it, so define the function itself")
    if t.name not in WORDS or len(t.args) != 1:
        raise NotSupported(f"no operator of the model language is like {t.name}; declare '{t.name} : elementwise'")
    if (v := model.of(t.args[0])).constant == "identity":
        raise InvalidInput(f"nothing says how large {t} is")
    return called(t.name, v, ())


def _extremum(t: Term, model: Model) -> Value:
    """max(0, x) is the rectifier."""
    zero = Term("number", name="0")
    if t.op == "max" and len(t.args) == 2 and zero in t.args:
        return called("relu", model.of(t.args[t.args[0] == zero]), ())
    word = {"max": "maximum", "min": "minimum"}[t.op]
    return entrywise(f"{word}({{}}, {{}})", [model.of(a) for a in t.args], "compared")


def _norm(t: Term, model: Model) -> Value:
    return say("sum(abs({}))" if t.name == "1" else "norm({})", model.of(t.args[0]))


def _inner(t: Term, model: Model) -> Value:
    a, b = (model.of(x) for x in t.args)
    return say("sum({})", entrywise("{} * {}", (a, b), "multiplied entry by entry"))


# ---------------------------------------------------------------------- parts and blocks
def _index(t: Term, model: Model) -> Value:
    whole, *subs = t.args
    if has_components(whole) and (letters := letters_of(t.args[1:])):
        return components(whole, letters, model.of, model.functions)
    places = [exact(s) - 1 for s in subs]
    if any(p.free_symbols - {letter(n) for n in model.sizes} for p in places):
        raise InvalidInput(f"{t}: an entry by letters; write the left side entry by entry too")
    return say(f"{{}}[{', '.join(map(str, places))}]", model.of(whole), sizes=dict(model.sizes))


def _part(t: Term, model: Model) -> Value:
    whole, *axes = t.args
    if len(axes) == 1 and axes[0].op == "name" and axes[0].name in model.nodes:
        return say("{}[{}]", model.of(whole), model.of(axes[0]))
    return say(f"{{}}[{', '.join(map(_range, axes))}]", model.of(whole), sizes=dict(model.sizes))


def _range(axis: Term) -> str:
    if axis.op != "range":
        return source(axis)
    return ":".join("" if a.op == "open" else source(a) for a in axis.args)


def _place(t: Term, model: Model) -> Value:
    """Zeros before and after the last axis."""
    rank = len(t.args) // 2
    (x, *sizes), axes = t.args[: rank + 1], t.args[rank + 1 :]
    last = axes[-1]
    whole = Term("range", (Term("open"), Term("open")))
    start, stop, *step = last.args or (last, last)
    if last.op != "range" or step or any(a != whole for a in axes[:-1]):
        raise NotSupported(f"{t}: only zeros before and after the last axis")
    before = 0 if start.op == "open" else exact(start)
    after = 0 if stop.op == "open" else sp.simplify(exact(sizes[-1]) - exact(stop))
    return say(f"pad({{}}, before={before}, after={after})", model.of(x))


def _matrix(t: Term, model: Model) -> Value:
    count, columns = map(int, t.name.split("x"))
    parts = [model.of(a) for a in t.args]
    if any(p.loose or p.constant for p in parts):
        raise InvalidInput(f"{t}: nothing says how large its constant blocks are")
    rows = [_beside(parts[i * columns : (i + 1) * columns]) for i in range(count)]
    return _below(rows) if count > 1 else rows[0]


def _beside(parts: list[Value]) -> Value:
    if len(parts) == 1:
        return parts[0]
    if all(p.rank == 0 for p in parts):
        return replace(_many("stack([{}])", parts), turned=True)
    if all(p.rank == 1 and p.turned for p in parts):
        return replace(_many("concat([{}])", parts), turned=True)
    if all(p.rank == 1 and not p.turned for p in parts):
        return _many("stack([{}], axis=1)", parts)
    return _many("concat([{}], axis=1)", [_as_matrix(p) for p in parts])


def _below(parts: list[Value]) -> Value:
    if all(p.rank == 0 for p in parts):
        return _many("stack([{}])", parts)
    if all(p.rank == 1 and not p.turned for p in parts):
        return _many("concat([{}])", parts)
    if all(p.rank == 1 and p.turned for p in parts):
        return _many("stack([{}])", parts)
    return _many("concat([{}])", [_as_matrix(p) for p in parts])


def _many(template: str, parts: list[Value]) -> Value:
    return say(template.replace("{}", ", ".join(["{}"] * len(parts))), *parts)


def _as_matrix(v: Value) -> Value:
    if v.rank == 1:
        return say(f"unsqueeze({{}}, {0 if v.turned else 1})", v)
    return v


_RULES: Mapping[str, Callable[[Term, Model], Value]] = {
    "number": _number, "name": _name, "sum": _sum, "neg": _neg, "product": _product, "dot": _dot,
    "hadamard": _hadamard, "oslash": _oslash, "quotient": _quotient, "power": _power, "hpower": _hpower,
    "transpose": lambda t, model: transposed(model.of(t.args[0])), "sqrt": _root, "root": _root, "apply": _apply,
    "max": _extremum, "min": _extremum, "norm": _norm, "inner": _inner, "index": _index, "part": _part,
    "place": _place,
    "bigsum": lambda t, model: components(t, (), model.of, model.functions), "matrix": _matrix,
    "abs": lambda t, model: called("abs", model.of(t.args[0]), ()),
    "ones": _constant(ONES, "ones"), "zeros": _constant(ZEROS, "zeros"), "identity": _constant(IDENTITY, "eye"),
}  # fmt: skip
