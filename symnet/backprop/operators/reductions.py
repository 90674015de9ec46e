"""Sums over axes and what is built of them: mean, variance, norm, and the softmax family.

G   adjoint of the value y      p   a softmax      axis   counted from the left; None is all of them
"""

from typing import Any, TypeAlias

import numpy as np
import sympy as sp

from symnet.backprop import simplify
from symnet.backprop.functions import t
from symnet.backprop.graph import Node, Shape, apply, broadcast, number, ones, size, which_axis
from symnet.backprop.operators.arithmetic import Spelled
from symnet.backprop.operators.leaves import columns
from symnet.backprop.record import Operator, Word, register
from symnet.errors import InvalidInput, NotSupported
from symnet.notation import ATOM, HADAMARD, POWER, PRODUCT, Form


def reduced(shape: Shape, axis: int | None, keepdims: bool) -> Shape:
    """``shape`` without ``axis``, or with size 1 there."""
    if axis is None:
        return (sp.Integer(1),) * len(shape) if keepdims else ()
    return shape[:axis] + (sp.Integer(1),) * keepdims + shape[axis + 1 :]


# ---------------------------------------------------------------------- y = sum of X over an axis
def _sum_shape(X: Node, axis: int | None, keepdims: bool) -> Shape:
    return reduced(X.shape, axis, keepdims)


def _sum_adjoint(G: Node, y: Node, X: Node) -> tuple[Node, ...]:
    """<G, 1ᵀ dX> = <1 G, dX>: every entry that was added receives the adjoint of its sum."""
    return (spread(G, X.shape, y["axis"], y["keepdims"]),)


def spread(G: Node, shape: Shape, axis: int | None, keepdims: bool) -> Node:
    """``G`` repeated along the axis that a reduction removed."""
    if axis == 1 and not keepdims and len(shape) == 2:
        return apply("outer", G, ones(shape[1:]))
    if axis and not keepdims:
        G = apply("reshape", G, shape=(*shape[:axis], sp.Integer(1), *shape[axis + 1 :]))
    return broadcast(G, shape)


def _sum_spelling(y: Node) -> Spelled:
    (X,), axis = y.args, y["axis"]
    if X.rank > 2:
        over = "" if axis is None else str(axis)
        return Form(rf"\mathrm{{sum}}_{{{over}}}({{}})", f"sum{over and '_' + over}({{}})", ATOM), (X,)
    if axis is None and X.rank == 2:
        return Form(r"\mathbf{1}^\top {} \mathbf{1}", "𝟏ᵀ {} 𝟏", HADAMARD, PRODUCT), (X,)
    if axis == 1:
        return Form(r"{} \mathbf{1}", "{} 𝟏", PRODUCT, PRODUCT), (X,)
    if axis == 0 and X.rank == 2 and not y["keepdims"]:
        return Form(r"{}^\top \mathbf{1}", "{}ᵀ 𝟏", PRODUCT, POWER + 1), (X,)
    return Form(r"\mathbf{1}^\top {}", "𝟏ᵀ {}", HADAMARD, PRODUCT), (X,)


def _sum_sympy(y: Node, X: sp.MatrixExpr) -> sp.Expr:
    rows, cols = columns(y.args[0].shape)
    left, right = sp.OneMatrix(1, rows), sp.OneMatrix(cols, 1)
    if y["axis"] == 1:
        return X * right
    if y["axis"] == 0 and y.rank:
        return left * X if y["keepdims"] else X.T * left.T
    return sp.Trace(left * X * right if cols != 1 else left * X)


Axis: TypeAlias = int | tuple[int, ...] | None


def total(x: Node, axis: Axis = None, keepdims: bool = False) -> Node:
    """The sum as NumPy means it. A vector has one axis, so naming it changes nothing."""
    if isinstance(axis, tuple):
        for a in sorted((which_axis(x, a) or 0 for a in axis), reverse=True):
            x = total(x, a, keepdims)
        return x
    axis = which_axis(x, axis)
    if x.rank == 1 and not keepdims:
        axis = None
    if axis is None and keepdims and x.rank:
        for a in reversed(range(x.rank)):
            x = x.sum(axis=a, keepdims=True)
        return x
    return x.sum(axis=axis, keepdims=keepdims)


def count_along(x: Node, axis: Axis) -> sp.Expr:
    """How many entries one sum along ``axis`` adds up."""
    if isinstance(axis, tuple):
        return sp.Mul(*(count_along(x, a) for a in axis))
    axis = which_axis(x, axis)
    return size(x.shape) if axis is None else x.shape[axis]


def mean(x: Node, axis: Axis = None, keepdims: bool = False) -> Node:
    """The sum divided by the number of its entries."""
    return number(1 / count_along(x, axis)) * total(x, axis, keepdims)


def variance(x: Node, axis: Axis = None, keepdims: bool = False) -> Node:
    """The mean square distance from the mean, divided by n as NumPy does (torch divides by n − 1)."""
    centred = x - (mean(x) if axis is None else mean(x, axis, keepdims=True))
    return mean(centred**2, axis, keepdims)


# ---------------------------------------------------------------------- y = ||x||
def _norm_adjoint(G: Node, y: Node, x: Node) -> tuple[Node, ...]:
    """G <x / ||x||, dx>."""
    return (G * y**-1 * x,)


def norm(x: Node, axis: Axis = None, keepdims: bool = False) -> Node:
    """The root of the sum of squares: of everything (Frobenius), or along an axis."""
    if (axis is None and not keepdims) or (x.rank < 2 and not keepdims):
        return apply("norm", x)
    return total(x**2, axis, keepdims) ** sp.Rational(1, 2)


def _norm_shape(x: Node) -> Shape:
    if x.rank == 0:
        raise InvalidInput(f"norm takes a vector or a matrix, and {x} is a scalar; write abs instead")
    return ()


def _norm_spelling(y: Node) -> Spelled:
    mark = r"\mathrm{F}" if y.args[0].rank == 2 else "2"
    return Form(rf"\lVert {{}} \rVert_{{{mark}}}", "‖{}‖", ATOM), y.args


# ---------------------------------------------------------------------- p = softmax(z), and its logarithm
def _along(x: Node, axis: int, keepdims: bool) -> Shape:
    return reduced(x.shape, axis, keepdims)


def _over(z: Node, axis: Any) -> int:
    if z.rank == 0:
        raise InvalidInput(f"{z} is a scalar; softmax and its kin act along an axis of a vector or a matrix")
    if axis is None:
        raise NotSupported("softmax over all axes at once; give one axis")
    return which_axis(z, axis) or 0


def _sums(x: Node, axis: int) -> Node:
    """The sum along ``axis``, repeated back along it."""
    if x.rank == 1:
        return broadcast(total(x), x.shape)
    return spread(x.sum(axis=axis), x.shape, axis, keepdims=False)


def _softmax_adjoint(G: Node, p: Node, z: Node) -> tuple[Node, ...]:
    """dp = p ⊙ (dz − (pᵀ dz) 𝟏), which is symmetric: z̄ = p ⊙ (G − (pᵀ G) 𝟏), along each line of the axis."""
    return (p * (G - _sums(p * G, p["axis"])),)


def _log_softmax_adjoint(G: Node, y: Node, z: Node) -> tuple[Node, ...]:
    """dy = dz − (pᵀ dz) 𝟏, hence z̄ = G − (𝟏ᵀ G) p with p = softmax(z)."""
    return (G - _sums(G, y["axis"]) * softmax(z, y["axis"]),)


def _log_softmax_tangent(i: int, d: Node, y: Node, z: Node) -> Node:
    return d - _sums(softmax(z, y["axis"]) * d, y["axis"])


def _logsumexp_adjoint(G: Node, y: Node, z: Node) -> tuple[Node, ...]:
    """dy = pᵀ dz, hence z̄ = G p with p = softmax(z)."""
    p = softmax(z, y["axis"])
    return (G * p if G.rank == 0 else spread(G, z.shape, y["axis"], keepdims=False) * p,)


def _logsumexp_tangent(i: int, d: Node, y: Node, z: Node) -> Node:
    return total(softmax(z, y["axis"]) * d, y["axis"])


def softmax(z: Node, axis: int = -1) -> Node:
    """exp(z) divided by its sums along ``axis``."""
    return apply("softmax", z, axis=_over(z, axis))


def log_softmax(z: Node, axis: int = -1) -> Node:
    """z − logsumexp(z) along ``axis``."""
    return apply("log_softmax", z, axis=_over(z, axis))


def logsumexp(z: Node, axis: int = -1) -> Node:
    """The logarithm of the sum of exp(z) along ``axis``."""
    return apply("logsumexp", z, axis=_over(z, axis))


def _same(z: Node, axis: int) -> Shape:
    return z.shape


def _called(name: str, text: str) -> Any:
    """A function of one argument; the axis of a matrix is said where it is not the last."""

    def spelling(y: Node) -> Spelled:
        (x,) = y.args
        lines = "" if y["axis"] == x.rank - 1 else "columns" if x.rank == 2 else f"axis {y['axis']}"
        latex = rf"\mathrm{{{name}}}" + (rf"_{{\mathrm{{{lines}}}}}" if lines else "")
        return Form(latex + "({})", text + (f"_{lines}" if lines else "") + "({})", ATOM), y.args

    return spelling


def _exp_over_sum(y: Node, z: Any) -> Any:
    e = np.exp(z - np.max(z, axis=y["axis"], keepdims=True))
    return e / np.sum(e, axis=y["axis"], keepdims=True)


def _log_sum_exp(y: Node, z: Any, keepdims: bool = False) -> Any:
    top = np.max(z, axis=y["axis"], keepdims=True)
    value = top + np.log(np.sum(np.exp(z - top), axis=y["axis"], keepdims=True))
    return value if keepdims else np.squeeze(value, axis=y["axis"])


def _family_sympy(name: str) -> Any:
    """SymPy has no softmax of a matrix; it is exp(z) ⊘ (exp(z) 𝟏 𝟏ᵀ), and the rest of the family alike."""

    def sympy(y: Node, z: sp.MatrixExpr) -> sp.Expr:
        e, (rows, cols) = z.applyfunc(sp.Lambda(t, sp.exp(t))), columns(y.args[0].shape)
        logarithm = sp.Lambda(t, sp.log(t))
        down = y["axis"] == 0
        sums = sp.OneMatrix(1, rows) * e if down else e * sp.OneMatrix(cols, 1)
        if name == "logsumexp":
            return sp.log(sp.Trace(sums)) if y.rank == 0 else (sums.T if down else sums).applyfunc(logarithm)
        repeated = sp.OneMatrix(rows, 1) * sums if down else sums * sp.OneMatrix(1, cols)
        if name == "log_softmax":
            return z - repeated.applyfunc(logarithm)
        return sp.HadamardProduct(e, sp.HadamardPower(repeated, -1))

    return sympy


def _sum_code(y: Node) -> str:
    axis = "" if y["axis"] is None else f", axis={y['axis']}"
    return f"xp.sum({{0}}{axis}{', keepdims=True' if y['keepdims'] else ''})"


def _family_code(name: str) -> Any:
    return lambda y: f"{name}({{0}}, {y['axis']})"


def _family_helpers(name: str) -> dict[str, str]:
    """torch has the family; for NumPy it is written out, with the largest entry taken off before exp."""
    top = "    top = z.max(axis=axis, keepdims=True)\n"
    value = {
        "softmax": "    e = np.exp(z - top)\n    return e / e.sum(axis=axis, keepdims=True)",
        "logsumexp": "    return np.log(np.exp(z - top).sum(axis=axis)) + top.squeeze(axis)",
        "log_softmax": "    return z - top - np.log(np.exp(z - top).sum(axis=axis, keepdims=True))",
    }[name]
    return {"numpy": f"def {name}(z, axis):\n{top}{value}", "torch": f"from torch import {name}"}


register(
    Operator(
        "sum",
        _sum_shape,
        _sum_adjoint,
        "sum of entries",
        ("{y} adds up entries of {a}, so each of them receives the adjoint of its sum",),
        _sum_spelling,
        numpy=lambda y, X: np.sum(X, axis=y["axis"], keepdims=y["keepdims"]),
        code=_sum_code,
        flops=lambda y: size(y.args[0].shape),
        sympy=_sum_sympy,
        rewrites=(
            simplify.vanish,
            simplify.sum_of_scalar,
            simplify.scalars_out,
            simplify.sum_of_ones,
            simplify.sum_of_one_hot,
            simplify.sum_of_sum,
            simplify.inner_of_sum,
        ),
        example="X : m n\ny = sum(X, axis=0)",
        words=(
            Word("sum", total, "torch.sum(x, dim=axis, keepdim=keepdims)", "X : m n\ny = sum(X, axis=1)"),
            Word("mean", mean, "torch.mean(x, dim=axis, keepdim=keepdims)", "X : m n\ny = mean(X, axis=0)"),
            Word("var", variance, "torch.var(x, dim=axis, keepdim=keepdims, correction=0)", "x : n\ny = var(x)"),
        ),
    ),
    Operator(
        "norm",
        _norm_shape,
        _norm_adjoint,
        "norm",
        ("the norm grows fastest along {a} itself, at rate 1, so the adjoint points along {a}",),
        _norm_spelling,
        numpy=lambda y, x: np.sqrt(np.sum(x * x)),
        code="xp.sqrt(xp.sum({0} ** 2))",
        flops=lambda y: 2 * size(y.args[0].shape),
        sympy=lambda y, x: sp.sqrt(sp.Trace(x.T * x)),
        tangent=lambda i, d, y, x: y**-1 * apply("inner", x, d),
        example="x : n\ny = norm(x)",
        reuses=True,
        words=(
            Word(
                "norm", norm, "torch.linalg.vector_norm(x, dim=axis, keepdim=keepdims)", "X : m n\ny = norm(X, axis=1)"
            ),
        ),
    ),
    Operator(
        "softmax",
        _same,
        _softmax_adjoint,
        "softmax",
        ("the entries of {y} share a fixed total of 1, so the mean of the adjoint under {y} is taken off",),
        _called("softmax", "softmax"),
        numpy=_exp_over_sum,
        code=_family_code("softmax"),
        helpers=_family_helpers("softmax"),
        flops=lambda y: 4 * size(y.args[0].shape),
        sympy=_family_sympy("softmax"),
        tangent=lambda i, d, p, z: p * (d - _sums(p * d, p["axis"])),
        example="z : n\np = softmax(z)",
        reuses=True,
        words=(Word("softmax", softmax, "torch.softmax(z, dim=axis)", "Z : b n\nP = softmax(Z)"),),
    ),
    Operator(
        "log_softmax",
        _same,
        _log_softmax_adjoint,
        "log-softmax",
        ("each entry of {a} counts once for itself, and with its softmax weight against all entries of {y}",),
        _called(r"log\ softmax", "log_softmax"),
        numpy=lambda y, z: z - _log_sum_exp(y, z, keepdims=True),
        code=_family_code("log_softmax"),
        helpers=_family_helpers("log_softmax"),
        flops=lambda y: 4 * size(y.args[0].shape),
        sympy=_family_sympy("log_softmax"),
        tangent=_log_softmax_tangent,
        example="z : n\ny = log_softmax(z)",
        words=(
            Word("log_softmax", log_softmax, "torch.log_softmax(z, dim=axis)", "Z : b n\nP = log_softmax(Z, axis=0)"),
        ),
    ),
    Operator(
        "logsumexp",
        lambda z, axis: _along(z, axis, False),
        _logsumexp_adjoint,
        "log-sum-exp",
        ("the slope of log-sum-exp is the softmax of {a}",),
        _called("logsumexp", "logsumexp"),
        numpy=_log_sum_exp,
        code=_family_code("logsumexp"),
        helpers=_family_helpers("logsumexp"),
        flops=lambda y: 4 * size(y.args[0].shape),
        sympy=_family_sympy("logsumexp"),
        tangent=_logsumexp_tangent,
        example="z : n\ny = logsumexp(z)",
        words=(Word("logsumexp", logsumexp, "torch.logsumexp(z, dim=axis)", "Z : b n\ny = logsumexp(Z)"),),
    ),
)
