"""Sums over axes and what is built of them: mean, variance, norm.

G   adjoint of the value y      axis   counted from the left; None is all of them
"""

from typing import Any, TypeAlias

import numpy as np
import sympy as sp

from symnet.adjoints import simplify
from symnet.adjoints.batch import Batch
from symnet.adjoints.graph import Node, Shape, apply, broadcast, number, ones, size, which_axes, which_axis
from symnet.adjoints.operators.arithmetic import Spelled
from symnet.adjoints.operators.leaves import columns
from symnet.adjoints.record import Make, Operator, Word, register
from symnet.errors import InvalidInput
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
        below = f"_{{{over}}}" if over else ""
        return Form(rf"\mathrm{{sum}}{below}({{}})", f"sum{over and '_' + over}({{}})", ATOM), (X,)
    if axis is None and X.rank == 2:
        return Form(r"\mathbf{1}^\top {} \mathbf{1}", "𝟏ᵀ {} 𝟏", HADAMARD, PRODUCT), (X,)
    if axis == 1:
        return Form(r"{} \mathbf{1}", "{} 𝟏", PRODUCT, PRODUCT), (X,)
    if axis == 0 and X.rank == 2 and not y["keepdims"]:
        return Form(r"{}^\top \mathbf{1}", "{}ᵀ 𝟏", PRODUCT, POWER + 1), (X,)
    return Form(r"\mathbf{1}^\top {}", "𝟏ᵀ {}", HADAMARD, PRODUCT), (X,)


def _sum_formula(y: Node, make: Make) -> Any:
    """X 𝟏 over the columns, Xᵀ 𝟏 over the rows (𝟏ᵀ X where the axis is kept), 𝟏ᵀ X 𝟏 over all."""
    (X,), axis, ones_ = y.args, y["axis"], make("ones")
    if axis == 1:
        return make("product", X, ones_)
    if axis == 0 and X.rank == 2 and not y["keepdims"]:
        return make("product", make("transpose", X), ones_)
    return make("product", make("transpose", ones_), X, *[ones_] * (axis is None and X.rank == 2))


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
        for a in reversed(which_axes(x, axis)):
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
    return sp.Mul(*(x.shape[a] for a in which_axes(x, axis)))


def mean(x: Node, axis: Axis = None, keepdims: bool = False) -> Node:
    """The sum divided by the number of its entries."""
    return number(1 / count_along(x, axis)) * total(x, axis, keepdims)


def variance(x: Node, axis: Axis = None, keepdims: bool = False) -> Node:
    """The mean square distance from the mean, divided by n as NumPy does (torch divides by n − 1)."""
    centred = x - (mean(x) if axis is None else mean(x, axis, keepdims=True))
    return mean(centred**2, axis, keepdims)


# ---------------------------------------------------------------------- y = ||x||
def _norm_adjoint(G: Node, y: Node, x: Node) -> tuple[Node, ...]:
    """G <x / ||x||, dx>; 0 at 0, as torch has it."""
    return (G * _reciprocal(y) * x,)


def _reciprocal(length: Node) -> Node:
    """1/‖x‖, and 0 where the length is: every slope from −1 to 1 would do there."""
    return apply("power", length, exponent=sp.Integer(-1), at_zero=0)


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


def _sum_batch(batch: Batch, y: Node) -> Node:
    (a,), axis = y.args, y["axis"]
    return batch.total(batch(a), a.rank) if axis is None else batch(a).sum(axis + 1, y["keepdims"])


def _norm_batch(batch: Batch, y: Node) -> Node:
    (a,) = y.args
    return batch.total(batch(a) ** 2, a.rank) ** sp.Rational(1, 2)


def _sum_code(y: Node) -> str:
    axis = "" if y["axis"] is None else f", axis={y['axis']}"
    return f"xp.sum({{0}}{axis}{', keepdims=True' if y['keepdims'] else ''})"


register(
    Operator(
        name="sum",
        shape=_sum_shape,
        adjoint=_sum_adjoint,
        rule="sum of entries",
        reasons=("{y} adds up entries of {a}, so each of them receives the adjoint of its sum",),
        spelling=_sum_spelling,
        batch=_sum_batch,
        formula=_sum_formula,
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
        name="norm",
        shape=_norm_shape,
        adjoint=_norm_adjoint,
        rule="norm",
        reasons=("the norm grows fastest along {a} itself, at rate 1, so the adjoint points along {a}",),
        spelling=_norm_spelling,
        batch=_norm_batch,
        formula=lambda y, make: make("norm", *y.args, name="F" if y.args[0].rank == 2 else "2"),
        numpy=lambda y, x: np.sqrt(np.sum(x * x)),
        code="xp.sqrt(xp.sum({0} ** 2))",
        flops=lambda y: 2 * size(y.args[0].shape),
        sympy=lambda y, x: sp.sqrt(sp.Trace(x.T * x)),
        tangent=lambda i, d, y, x: _reciprocal(y) * apply("inner", x, d),
        example="x : n\ny = norm(x)",
        reuses=True,
        words=(
            Word(
                "norm", norm, "torch.linalg.vector_norm(x, dim=axis, keepdim=keepdims)", "X : m n\ny = norm(X, axis=1)"
            ),
        ),
    ),
)
