"""Sums, multiples, entrywise products and powers, and NumPy's broadcasting made visible.

G   adjoint of the value y      d   differential of one argument      s   a scalar      p   an exact exponent
"""

from functools import reduce
from operator import add, mul
from typing import Any

import numpy as np
import sympy as sp

from symnet import notation
from symnet.adjoints import batch as batches
from symnet.adjoints import simplify
from symnet.adjoints.batch import Batch
from symnet.adjoints.graph import Node, Shape, apply, broadcast, broadcast_together, is_number, number, size
from symnet.adjoints.operators.leaves import columns
from symnet.adjoints.record import Make, Operator, Word, register
from symnet.adjoints.sizes import shape_code, size_code
from symnet.errors import InvalidInput
from symnet.notation import ATOM, HADAMARD, POWER, PRODUCT, SUM, Form

Spelled = tuple[Form, tuple[Any, ...]]


def same_shape(*args: Node, **_: Any) -> Shape:
    """Entry by entry: all arguments have the shape of the value (broadcasting has been made visible before)."""
    if any(a.shape != args[0].shape for a in args):
        raise InvalidInput(f"{args[0]} and {args[-1]} differ in shape")
    return args[0].shape


# ---------------------------------------------------------------------- y = a + b + …
def _sum_adjoint(G: Node, y: Node, *args: Node) -> tuple[Node, ...]:
    """<G, da + db> = <G, da> + <G, db>."""
    return (G,) * len(args)


def _sum_spelling(y: Node) -> Spelled:
    """Terms with a negative coefficient are subtracted; one that comes first gives way to the first that is added."""
    negative = [_is_negative(a) for a in y.args]
    first = negative.index(False) if False in negative else 0
    written = (y.args[first], *y.args[:first], *y.args[first + 1 :])
    negative = [_is_negative(a) for a in written]
    terms = [-a if minus else a for a, minus in zip(written, negative, strict=True)]
    signs = ["-{}" if negative[0] else "{}", *(" - {}" if minus else " + {}" for minus in negative[1:])]
    return Form("".join(signs), "".join(signs), SUM, tuple(HADAMARD if m else SUM for m in negative)), tuple(terms)


def _is_negative(a: Node) -> bool:
    return simplify.split_coefficient(a)[0].could_extract_minus_sign()


# ---------------------------------------------------------------------- y = s X
def _scale_shape(s: Node, X: Node) -> Shape:
    return X.shape


def _scale_adjoint(G: Node, y: Node, s: Node, X: Node) -> tuple[Node, ...]:
    """<G, ds X + s dX> = <G, X> ds + <s G, dX>."""
    return apply("inner", G, X), s * G


def _scale_reasons(y: Node) -> tuple[str, ...]:
    back = "{a} is multiplied by {b}, so its adjoint is too"
    if y.args[0] == number(-1):
        back = "{a} enters with a minus sign, so its adjoint does too"
    return "{a} multiplies every entry of {b}, so its adjoint is the inner product with {b}", back


def _scale_spelling(y: Node) -> Spelled:
    s, X = y.args
    if is_number(s):
        return _multiple_spelling(s["value"], X)
    if (base := _divisor(s)) is not None:
        return Form(r"\frac{1}{{}} {}", "(1/{}) {}", HADAMARD, (POWER, HADAMARD)), (base, X)
    if (base := _divisor(X)) is not None:
        return Form(r"\frac{{}}{{}}", "{} / {}", HADAMARD, (HADAMARD, POWER)), (s, base)
    return Form("{} {}", "{} {}", HADAMARD, (PRODUCT, HADAMARD)), (s, X)


def _divisor(a: Node) -> Node | None:
    """The scalar that 1/a is, where ``a`` is a negative power of a scalar."""
    base, p = simplify.base_and_exponent(a)
    return base**-p if a.rank == 0 and p.could_extract_minus_sign() else None


def _multiple_spelling(c: sp.Expr, X: Node) -> Spelled:
    """c X: a sign comes first, no 1 is written, and a fraction in a line of text stands in parentheses."""
    if c.could_extract_minus_sign():
        form, arguments = _multiple_spelling(-c, X)
        return Form("-" + form.latex, "-" + form.text, SUM, HADAMARD), arguments
    if c == 1:
        return Form("{}", "{}", HADAMARD, HADAMARD), (X,)
    latex, text = notation.within(c, PRODUCT, "latex"), notation.text(c)
    text = text if c.is_Integer or c.is_Symbol else f"({text})"
    return Form(latex + " {}", text + " {}", HADAMARD, HADAMARD), (X,)


def _scale_batch(batch: Batch, y: Node) -> Node:
    """A number of each example multiplies what belongs to it."""
    s, X = y.args
    return batch.along(s, X.shape) * batch.whole(X) if batch.each(s) else s * batch(X)


# ---------------------------------------------------------------------- y = a ⊙ b ⊙ …
def _multiply_adjoint(G: Node, y: Node, *args: Node) -> tuple[Node, ...]:
    """<G, da ⊙ b> = <G ⊙ b, da>."""
    return tuple(reduce(mul, args[:i] + args[i + 1 :], G) for i in range(len(args)))


def _multiply_spelling(y: Node) -> Spelled:
    """Factors joined by ⊙; a factor b^⊙-1 that is not the first is divided by, entry by entry: ⊘ b."""
    factors = [simplify.base_and_exponent(a) for a in y.args]
    divides = [i > 0 and p == -1 for i, (_, p) in enumerate(factors)]
    terms = [base if d else a for a, (base, _), d in zip(y.args, factors, divides, strict=True)]
    latex = "".join([r" \oslash {}" if d else r" \odot {}" for d in divides])
    text = "".join([" ⊘ {}" if d else " ⊙ {}" for d in divides])
    return Form(latex.removeprefix(r" \odot "), text.removeprefix(" ⊙ "), HADAMARD, POWER), tuple(terms)


def _multiply_sympy(y: Node, *args: sp.MatrixExpr) -> sp.MatrixExpr:
    return sp.HadamardProduct(*args)


# ---------------------------------------------------------------------- y = a^p, entry by entry
def _power_shape(a: Node, exponent: sp.Expr, at_zero: int | None = None) -> Shape:
    """``at_zero`` is the value of a negative power at 0, where a rule has one there; without it, it is infinite."""
    return a.shape


def _power_numpy(y: Node, a: Any) -> Any:
    p = float(y["exponent"])
    return np.where(a == 0, 0.0, np.where(a == 0, 1.0, a) ** p) if _vanishes(y) else a**p


def _vanishes(y: Node) -> bool:
    return dict(y.attrs).get("at_zero") == 0


def _power_adjoint(G: Node, y: Node, a: Node) -> tuple[Node, ...]:
    """<G, p a^(p-1) ⊙ da> = <p G ⊙ a^(p-1), da>."""
    p = y["exponent"]
    return (number(p) * (G * a ** (p - 1)),)


def _power_tangent(i: int, d: Node, y: Node, a: Node) -> Node:
    p = y["exponent"]
    return number(p) * (a ** (p - 1) * d)


def _power_spelling(y: Node) -> Spelled:
    (a,), p = y.args, y["exponent"]
    if p == sp.Rational(1, 2):
        return Form(r"\sqrt{{}}", "√({})", ATOM), (a,)
    if (base := _divisor(y)) is not None:
        return Form(r"\frac{1}{{}}", "1/{}", PRODUCT, POWER), (base,)
    if p == -1:
        return Form(r"\mathbf{1} \oslash {}", "𝟏 ⊘ {}", HADAMARD, POWER), (a,)
    latex, text = ("{}^" + _raised(p, y.rank > 0, medium) for medium in ("latex", "text"))
    return Form(latex, text, POWER, POWER + 1), (a,)


def _raised(p: sp.Expr, entrywise: bool, medium: notation.Medium) -> str:
    """The exponent; ⊙ says that a power of a vector or a matrix is taken entry by entry."""
    written = notation.write(p, medium)
    if medium == "latex":
        return rf"{{\odot {written}}}" if entrywise else f"{{{written}}}"
    return ("⊙" if entrywise else "") + (written if p.is_Integer and p > 0 else f"({written})")


def _power_reasons(y: Node) -> tuple[str, ...]:
    entries = "every entry of {a}" if y.rank else "{a}"
    return (f"{entries} is raised to a power, so the slope of that power multiplies the adjoint",)


def _power_sympy(y: Node, a: sp.Expr) -> sp.Expr:
    return sp.HadamardPower(a, y["exponent"]) if y.rank else a ** y["exponent"]


# ---------------------------------------------------------------------- y = a^b, entry by entry
def _pow_adjoint(G: Node, y: Node, a: Node, b: Node) -> tuple[Node, ...]:
    """<G, b a^(b-1) ⊙ da + a^b log a ⊙ db>."""
    return G * b * apply("pow", a, b - 1, slope=True), G * apply("xlogy", y, a)


def _is_slope(y: Node) -> bool:
    """It stands beside its exponent and one, so that at 0^(−1) it is met by 0; there it is 1."""
    return bool(dict(y.attrs).get("slope"))


def _pow_numpy(y: Node, a: Any, b: Any) -> Any:
    return np.power(np.where((a == 0) & (b == -1), 1.0, a) if _is_slope(y) else a, b)


def _pow_spelling(y: Node) -> Spelled:
    latex, text = (r"{}^{\odot {}}", "{}^⊙{}") if y.rank else ("{}^{{}}", "{}^{}")
    return Form(latex, text, POWER, (POWER + 1, POWER + 1)), y.args


def _xlogy_adjoint(G: Node, y: Node, u: Node, a: Node) -> tuple[Node, ...]:
    """<G, log a ⊙ du + u/a ⊙ da>."""
    return G * _log(a), G * u / a


def _log(a: Node) -> Node:
    return apply("elementwise", a, function="log", order=0)


def _xlogy_spelling(y: Node) -> Spelled:
    u, a = y.args
    latex, text = (r"{} \odot {}", "{} ⊙ {}") if y.rank else ("{} {}", "{} {}")
    return Form(latex, text, HADAMARD, POWER), (u, _log(a))


def _xlogy_sympy(y: Node, u: sp.Expr, a: sp.Expr) -> sp.Expr:
    t = sp.Symbol("t", real=True)
    return sp.HadamardProduct(u, a.applyfunc(sp.Lambda(t, sp.log(t)))) if y.rank else u * sp.log(a)


# ---------------------------------------------------------------------- y = a repeated to a shape
def _broadcast_shape(a: Node, shape: Shape) -> Shape:
    return shape


def _broadcast_adjoint(G: Node, y: Node, a: Node) -> tuple[Node, ...]:
    """Each copy sends its adjoint back, so they are summed: over rows for <G, 𝟏 daᵀ> = <Gᵀ 𝟏, da>."""
    if a.rank == 0:
        return (G.sum(),)
    for _ in range(y.rank - a.rank):
        G = G.sum(axis=0)
    for axis, (have, want) in enumerate(zip(a.shape, G.shape, strict=True)):
        G = G.sum(axis=axis, keepdims=True) if have != want else G
    return (G,)


def _broadcast_reasons(y: Node) -> tuple[str, ...]:
    (a,) = y.args
    if a.rank == 1 and y.rank == 2:
        return ("{a} meets every row, so its adjoint sums over the rows",)
    return ("{a} meets every entry that it is repeated over, so its adjoint sums over them",)


def _broadcast_spelling(y: Node) -> Spelled:
    """s 𝟏 for a scalar, 𝟏 aᵀ for a vector in every row, and 𝟏 A, A 𝟏ᵀ for a matrix with one row, one column."""
    (a,) = y.args
    if y.rank > 2 and a.rank:
        return _repeated_spelling(y, a)
    if a.rank == 0 or y.rank == 1:
        return Form(r"{} \mathbf{1}", "{} 𝟏", PRODUCT, PRODUCT), (a,)
    if a.rank == 1:
        return Form(r"\mathbf{1} {}^\top", "𝟏 {}ᵀ", PRODUCT, POWER + 1), (a,)
    down, across = _grown(y)
    latex = (r"\mathbf{1} " if down else "") + "{}" + (r" \mathbf{1}^\top" if across else "")
    text = ("𝟏 " if down else "") + "{}" + (" 𝟏ᵀ" if across else "")
    return Form(latex, text, PRODUCT, PRODUCT), (a,)


def _repeated_spelling(y: Node, a: Node) -> Spelled:
    """[A]_{b × m × n}: what is repeated, and to which shape; axes of size 1 that only make room are not written."""
    while a.op == "reshape":
        (a,) = a.args
    latex, text = (notation.write(notation.Shape(y.shape), medium) for medium in ("latex", "text"))
    return Form(rf"[{{}}]_{{{latex}}}", f"[{{}}]_({text})", ATOM), (a,)


def _grown(y: Node) -> tuple[bool, bool]:
    """Is the argument repeated downwards (𝟏 on its left), and sideways (𝟏ᵀ on its right)?"""
    have, want = columns(y.args[0].shape), columns(y.shape)
    if y.args[0].rank < y.rank:
        have = have[::-1]
    return have[0] != want[0], have[1] != want[1]


def _broadcast_sympy(y: Node, a: sp.Expr) -> sp.Expr:
    (rows, cols), rank = columns(y.shape), y.args[0].rank
    if rank == 0:
        return a * sp.OneMatrix(rows, cols)
    down, across = _grown(y)
    a = a if rank == y.rank else a.T
    a = sp.OneMatrix(rows, 1) * a if down else a
    return a * sp.OneMatrix(1, cols) if across else a


# ---------------------------------------------------------------------- in plain mathematics
def _scale_formula(y: Node, make: Make) -> Any:
    s, X = y.args
    base = None if is_number(s) else _divisor(X)
    return make("times", s, X) if base is None else make("quotient", s, base)


def _multiply_formula(y: Node, make: Make) -> Any:
    """Factors joined by ⊙; what is raised to -1 and does not come first is divided by."""
    whole: Any = y.args[0]
    for a in y.args[1:]:
        base, p = simplify.base_and_exponent(a)
        whole = make("oslash", whole, base) if p == -1 else make("hadamard", whole, a)
    return whole


def _power_formula(y: Node, make: Make) -> Any:
    (a,), p = y.args, y["exponent"]
    if p == sp.Rational(1, 2):
        return make("sqrt", a)
    if (base := _divisor(y)) is not None:
        return make("quotient", 1, base)
    if p == -1:
        return make("oslash", make("ones"), a)
    return make("hpower" if y.rank else "power", a, p)


def _broadcast_formula(y: Node, make: Make) -> Any:
    """s 𝟏, 𝟏 aᵀ, and 𝟏 A, A 𝟏ᵀ for a matrix with one row, one column."""
    (a,), ones_ = y.args, make("ones")
    if a.rank == 0 or y.rank == 1:
        return make("times", a, ones_)
    if a.rank == 1:
        return make("product", ones_, make("transpose", a))
    down, across = _grown(y)
    return make("product", *[ones_] * down, a, *[make("transpose", ones_)] * across)


def _broadcast_batch(batch: Batch, y: Node) -> Node:
    """Repeated inside each example."""
    (a,) = y.args
    if a.rank == 0:
        return batch.along(a, y.shape)
    beside = (batch.count, *batches.ONE * (y.rank - a.rank), *a.shape)
    return broadcast(apply("reshape", batch(a), shape=beside), batch.shape(y.shape)) if y.rank > 1 else batch(a)


# ---------------------------------------------------------------------- as source
def _scale_code(y: Node) -> str:
    return "-{1}" if y.args[0] == number(-1) else "{0} * {1}"


def _power_code(y: Node) -> str:
    p, base = y["exponent"], "{0}"
    if _vanishes(y):
        return f"({base} != 0) * ({base} + ({base} == 0)) ** {size_code(p)}"
    if p == sp.Rational(1, 2):
        return f"xp.sqrt({base})"
    if p == -1:
        return "1 / {0}"
    return "{0} ** " + size_code(p)


# ---------------------------------------------------------------------- the records
register(
    Operator(
        name="add", shape=same_shape, adjoint=_sum_adjoint, rule="sum",
        reasons=("{a} enters {y} unchanged, so it receives the whole adjoint",), spelling=_sum_spelling,
        batch=batches.entrywise,
        formula=lambda y, make: make("sum", *y.args),
        numpy=lambda y, *args: reduce(add, args),
        code=lambda y: " + ".join(f"{{{i}}}" for i in range(len(y.args))),
        flops=lambda y: (len(y.args) - 1) * size(y.shape),
        sympy=lambda y, *args: reduce(add, args),
        tangent=lambda i, d, y, *args: d,
        rewrites=(simplify.flat_sum,),
        example="a, b : n\ny = a + b",
    ),
    Operator(
        name="scale", shape=_scale_shape, adjoint=_scale_adjoint, rule="multiple",
        reasons=_scale_reasons, spelling=_scale_spelling,
        batch=_scale_batch,
        formula=_scale_formula,
        numpy=lambda y, s, X: s * X,
        code=_scale_code,
        sympy=lambda y, s, X: s * X,
        rewrites=(simplify.vanish, simplify.collect_coefficients),
        example="s : scalar\nA : m n\ny = s * A",
    ),
    Operator(
        name="multiply", shape=same_shape, adjoint=_multiply_adjoint, rule="Hadamard product",
        reasons=("{a} meets {b} entry by entry, so its adjoint does too",), spelling=_multiply_spelling,
        batch=batches.entrywise,
        formula=_multiply_formula,
        numpy=lambda y, *args: reduce(mul, args),
        code=lambda y: " * ".join(f"{{{i}}}" for i in range(len(y.args))),
        flops=lambda y: (len(y.args) - 1) * size(y.shape),
        sympy=_multiply_sympy,
        rewrites=(simplify.vanish, simplify.scalars_out, simplify.repeated_scalar, simplify.merge_factors),
        example="a, b : n\ny = a * b",
    ),
    Operator(
        name="power", shape=_power_shape, adjoint=_power_adjoint, rule="power",
        reasons=_power_reasons, spelling=_power_spelling,
        batch=batches.entrywise,
        numpy=_power_numpy,
        formula=_power_formula,
        code=_power_code,
        sympy=_power_sympy,
        tangent=_power_tangent,
        rewrites=(simplify.fold_power,),
        example="a : n\ny = a ** 3",
        words=(
            Word("sqrt", lambda x: x ** sp.Rational(1, 2), "torch.sqrt(x)", "a : n\ny = sqrt(a)"),
            Word("square", lambda x: x**2, "torch.square(x)", "a : n\ny = square(a)"),
            Word("reciprocal", lambda x: x**-1, "torch.reciprocal(x)", "a : n\ny = reciprocal(a)"),
        ),
    ),
    Operator(
        name="pow", shape=same_shape, adjoint=_pow_adjoint, rule="power",
        reasons=("{a} is raised to the power {b}, so the slope of that power multiplies the adjoint",
         "the power {y} grows with its exponent at the rate {y} times the logarithm of {b}"),
        spelling=_pow_spelling,
        batch=batches.beside_numbers,
        numpy=_pow_numpy,
        sympy=lambda y, a, b: sp.HadamardPower(a, b) if y.rank else a**b,
        code=lambda y: "({0} + ({0} == 0) * ({1} == -1)) ** {1}" if _is_slope(y) else "{0} ** {1}",
        formula=lambda y, make: make("hpower" if y.rank else "power", *y.args),
        tangent=lambda i, d, y, a, b: _pow_adjoint(d, y, a, b)[i],
        example="x, p : n\ny = x ** p",
    ),
    Operator(
        name="xlogy", shape=same_shape, adjoint=_xlogy_adjoint, rule="logarithm",
        reasons=("{a} multiplies the logarithm of {b}",
                 "{a} enters through its logarithm, whose slope is its reciprocal"),
        spelling=_xlogy_spelling,
        batch=batches.beside_numbers,
        without={
            "torch reader": "no entry in readers/torch/aten yet",
        },
        formula=lambda y, make: make("hadamard" if y.rank else "product", y.args[0], _log(y.args[1])),
        numpy=lambda y, u, a: np.multiply(u, np.log(np.where(u == 0, 1.0, a))),
        sympy=_xlogy_sympy,
        code="xlogy({0}, {1})",
        helpers={
            "numpy": "def xlogy(u, x):\n    return u * np.log(np.where(u == 0, 1.0, x))",
            "torch": "from torch import xlogy",
        },
        tangent=lambda i, d, y, u, a: _xlogy_adjoint(d, y, u, a)[i],
        example="u, x : n\ny = xlogy(u, x)",
        words=(Word("xlogy", lambda u, x: apply("xlogy", *broadcast_together(u, x)), "torch.xlogy(u, x)",
                    "u, x : n\ny = xlogy(u, x)"),),
    ),
    Operator(
        name="broadcast", shape=_broadcast_shape, adjoint=_broadcast_adjoint, rule="broadcast",
        reasons=_broadcast_reasons, spelling=_broadcast_spelling,
        batch=_broadcast_batch,
        formula=_broadcast_formula,
        numpy=lambda y, a: np.broadcast_to(a, y.shape),
        code=lambda y: f"xp.broadcast_to({{0}}, {shape_code(y.shape)})",
        flops=lambda y: 0,
        sympy=_broadcast_sympy,
        rewrites=(simplify.vanish, simplify.fixed_broadcast, simplify.scalars_out),
        example="X : b n\nc : n\nY = X + c",
    ),
)  # fmt: skip
