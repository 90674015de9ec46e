"""The softmax family along an axis: softmax, its logarithm, and the logarithm of the sum of exponentials.

G   adjoint of the value y      p   a softmax of z      axis   counted from the left
"""

from typing import Any

import numpy as np
import sympy as sp

from symnet.adjoints import batch
from symnet.adjoints.functions import t
from symnet.adjoints.graph import Node, Shape, apply, broadcast, size, which_axis
from symnet.adjoints.operators.arithmetic import Spelled
from symnet.adjoints.operators.leaves import columns
from symnet.adjoints.operators.reductions import reduced, spread, total
from symnet.adjoints.record import Make, Operator, Word, register
from symnet.errors import InvalidInput, NotSupported
from symnet.notation import ATOM, Form


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


def logsumexp(z: Node, axis: Any = None, keepdims: bool = False) -> Node:
    """The logarithm of the sum of exp(z), of all entries or along an axis."""
    if axis is None and z.rank > 1:
        y = apply("logsumexp", apply("reshape", z, shape=(size(z.shape),)), axis=0)
    else:
        y = apply("logsumexp", z, axis=_over(z, 0 if axis is None else axis))
    kept = tuple(sp.Integer(1) if axis is None or a == which_axis(z, axis) else n for a, n in enumerate(z.shape))
    return apply("reshape", y, shape=kept) if keepdims else y


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


def _family_formula(name: str) -> Any:
    """A function of the rows, or of the columns. A matrix of one column has rows of one entry, and is no vector."""

    def formula(y: Node, make: Make) -> Any:
        (x,), down = y.args, y["axis"] < y.args[0].rank - 1
        return (
            None if columns(x.shape)[1] == 1 < x.rank and not down else make("apply", x, name=name + "_columns" * down)
        )

    return formula


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
        name="softmax",
        shape=_same,
        adjoint=_softmax_adjoint,
        rule="softmax",
        reasons=("the entries of {y} share a fixed total of 1, so the mean of the adjoint under {y} is taken off",),
        spelling=_called("softmax", "softmax"),
        batch=batch.along_axis,
        formula=_family_formula("softmax"),
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
        name="log_softmax",
        shape=_same,
        adjoint=_log_softmax_adjoint,
        rule="log-softmax",
        reasons=("each entry of {a} counts once for itself, and with its softmax weight against all entries of {y}",),
        spelling=_called(r"log\ softmax", "log_softmax"),
        batch=batch.along_axis,
        formula=_family_formula("log_softmax"),
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
        name="logsumexp",
        shape=lambda z, axis: _along(z, axis, False),
        adjoint=_logsumexp_adjoint,
        rule="log-sum-exp",
        reasons=("the slope of log-sum-exp is the softmax of {a}",),
        spelling=_called("logsumexp", "logsumexp"),
        batch=batch.along_axis,
        formula=_family_formula("logsumexp"),
        numpy=_log_sum_exp,
        code=_family_code("logsumexp"),
        helpers=_family_helpers("logsumexp"),
        flops=lambda y: 4 * size(y.args[0].shape),
        sympy=_family_sympy("logsumexp"),
        tangent=_logsumexp_tangent,
        example="z : n\ny = logsumexp(z)",
        words=(
            Word("logsumexp", logsumexp, "twins.logsumexp(z, axis, keepdims)", "Z : b n\ny = logsumexp(Z, axis=1)"),
        ),
    ),
)
