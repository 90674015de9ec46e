"""Matrix products in every combination of ranks, and the transpose. A tensor is a stack of matrices.

G   adjoint of the value      A, B   matrices      a, b, x   vectors
A vector on the left is turned into a column on construction, so `matmul` sees matrix-matrix and matrix-vector only.
"""

from typing import Any

import numpy as np
import sympy as sp

from symnet.adjoints import simplify
from symnet.adjoints.batch import Batch
from symnet.adjoints.graph import Node, Shape, apply, shape_text, size, which_axis
from symnet.adjoints.operators.arithmetic import Spelled, same_shape
from symnet.adjoints.record import Make, Operator, Word, register
from symnet.errors import InvalidInput, NotSupported
from symnet.notation import ATOM, HADAMARD, POWER, PRODUCT, Form


# ---------------------------------------------------------------------- y = A B
def _matmul_shape(A: Node, B: Node) -> Shape:
    """(…, m, n)(…, n, k) -> (…, m, k), and without the axis that a vector does not have."""
    if 0 in (A.rank, B.rank):
        scalar = A if A.rank == 0 else B
        raise InvalidInput(f"{scalar} is a scalar, and @ multiplies vectors and matrices; write * instead")
    if A.rank == 1 and B.rank > 2:
        raise NotSupported(f"the vector {A} on the left of the tensor {B}; write einsum('i,bij->bj', …)")
    if A.shape[-1] != B.shape[max(B.rank - 2, 0)]:
        raise InvalidInput(_misfit(A, B))
    leading = A.shape[:-2] if A.rank > 2 else B.shape[:-2]
    return leading + A.shape[-2:-1] + B.shape[max(B.rank - 1, 1) :]


def _misfit(A: Node, B: Node) -> str:
    """Which sizes do not meet, and which transposes would make them."""
    A_, B_ = (x.mT if x.rank > 1 else x for x in (A, B))
    fits = [
        f"{_source(P)} @ {_source(Q)}"
        for P, Q in ((A_, B), (A, B_))
        if (P, Q) != (A, B) and P.shape[-1] == Q.shape[max(Q.rank - 2, 0)]
    ]
    hint = f"; {' or '.join(fits)} would fit" if fits else ""
    return (
        f"{_source(A)} is {shape_text(A.shape)} and {_source(B)} is {shape_text(B.shape)}, so in "
        f"{_source(A)} @ {_source(B)} the sizes {A.shape[-1]} and {B.shape[max(B.rank - 2, 0)]} do not meet{hint}"
    )


def _source(x: Node) -> str:
    """A name, or its transpose, as the model language has it; anything longer in mathematics."""
    if x.op == "transpose":
        return f"{_source(x.args[0])}.T"
    if x.op == "permute":
        return f"{_source(x.args[0])}.mT"
    return str(x) if not x.args else f"({x})"


def _matmul_adjoint(G: Node, y: Node, A: Node, B: Node) -> tuple[Node, ...]:
    """<G, dA B + A dB> = <G Bᵀ, dA> + <Aᵀ G, dB>; a factor that meets a whole stack of matrices sums over it."""
    if max(A.rank, B.rank) < 3:
        return apply("outer", G, B) if B.rank == 1 else G @ B.T, A.T @ G
    stack = "abcdefg"[: max(A.rank, B.rank) - 2]
    left, right = stack * (A.rank > 2) + "xy", stack * (B.rank > 2) + "yz" if B.rank > 1 else "y"
    value = stack + "xz" * (B.rank > 1) + "x" * (B.rank == 1)
    A_bar = G @ B.mT if A.rank > 2 and B.rank > 1 else einsum(f"{value},{right}->{left}", G, B)
    B_bar = A.mT @ G if B.rank > 2 else einsum(f"{left},{value}->{right}", A, G)
    return A_bar, B_bar


def einsum(spec: str, *args: Node) -> Node:
    """Products of entries, summed over the letters that are not in the result: see `operators.multilinear`."""
    return apply("einsum", *args, spec=spec)


def _matmul_flops(y: Node) -> Any:
    return 2 * size(y.shape) * y.args[0].shape[-1]


def _matmul_batch(batch: Batch, y: Node) -> Node:
    """W x is X Wᵀ on rows, W X on columns; a matrix of each example meets its own vector or matrix."""
    A, x = y.args
    if x.rank > 1:
        return batch(A) @ batch(x)
    if not batch.each(A):
        return batch(x) @ A.T if batch.axis == 0 else A @ batch(x)
    return einsum(f"bij,{'b' * batch.each(x)}j->bi", batch(A), batch(x))


# ---------------------------------------------------------------------- y = a bᵀ
def _outer_shape(a: Node, b: Node) -> Shape:
    if a.rank != 1 or b.rank != 1:
        raise InvalidInput(f"outer takes two vectors, not {shape_text(a.shape)} and {shape_text(b.shape)}")
    return a.shape + b.shape


def _outer_adjoint(G: Node, y: Node, a: Node, b: Node) -> tuple[Node, ...]:
    """<G, da bᵀ + a dbᵀ> = <G b, da> + <Gᵀ a, db>."""
    return G @ b, G.T @ a


def _outer_batch(batch: Batch, y: Node) -> Node:
    batch.shape(y.shape)
    a, b = y.args
    letters = ",".join("b" * batch.each(v) + c for v, c in ((a, "i"), (b, "j")))
    return einsum(f"{letters}->bij", batch(a), batch(b))


# ---------------------------------------------------------------------- y = <a, b>
def _inner_shape(a: Node, b: Node) -> Shape:
    same_shape(a, b)
    return ()


def _inner_adjoint(G: Node, y: Node, a: Node, b: Node) -> tuple[Node, ...]:
    """G <da, b> = <G b, da>."""
    return G * b, G * a


def _inner_spelling(y: Node) -> Spelled:
    if y.args[0].rank == 1:
        return Form(r"{}^\top {}", "{}ᵀ {}", HADAMARD, (POWER + 1, PRODUCT)), y.args
    return Form(r"\langle {}, {} \rangle", "⟨{}, {}⟩", ATOM), y.args


def _inner_formula(y: Node, make: Make) -> Any:
    a, b = y.args
    return make("product", make("transpose", a), b) if a.rank == 1 else make("inner", a, b)


def _inner_batch(batch: Batch, y: Node) -> Node:
    a, b = y.args
    if a.rank > 1 or (batch.each(a) and batch.each(b)):
        return batch.total(batch.whole(a) * batch.whole(b), a.rank)
    shared, own = (b, a) if batch.each(a) else (a, b)
    return batch(own) @ shared if batch.axis == 0 else batch(own).T @ shared


def _dot(a: Node, b: Node) -> Node:
    return a * b if 0 in (a.rank, b.rank) else a @ b


# ---------------------------------------------------------------------- y = Aᵀ
def _transpose_shape(A: Node) -> Shape:
    if A.rank > 2:
        raise InvalidInput(f"{A} has {A.rank} axes, so .T of it is not clear; write .mT or transpose(x, (0, 2, 1))")
    return A.shape[::-1]


def _transpose_spelling(y: Node) -> Spelled:
    if y.args[0].op == "inverse":
        return Form(r"{}^{-\top}", "{}⁻ᵀ", POWER, POWER + 1), y.args[0].args
    return Form(r"{}^\top", "{}ᵀ", POWER, POWER + 1), y.args


def transpose(x: Node, axes: Any = None) -> Node:
    """Axes in another order; for a matrix there is only one other."""
    return x.T if axes is None else apply("permute", x, axes=tuple(int(which_axis(x, a) or 0) for a in axes))


def _product(latex: str, text: str, binds: int, *needs: int) -> Any:
    return lambda y: (Form(latex, text, binds, needs), y.args)


register(
    Operator(
        name="matmul", shape=_matmul_shape, adjoint=_matmul_adjoint, rule="matrix product",
        reasons=("{a} multiplies {b}, so its adjoint is what arrives times the transpose of {b}",
         "{b} carries {a} forward, so its transpose carries the adjoint back"),
        spelling=_product("{} {}", "{} {}", PRODUCT, PRODUCT, PRODUCT),
        batch=_matmul_batch,
        formula=lambda y, make: make("product", *y.args),
        numpy=lambda y, A, B: A @ B,
        code="{0} @ {1}",
        flops=_matmul_flops,
        sympy=lambda y, A, B: A * B,
        rewrites=(
            simplify.vanish, simplify.orient, simplify.scalars_out, simplify.unit_factor, simplify.associate,
            simplify.through_outer, simplify.through_diagonal,
        ),
        example="A : m n\nB : n k\nY = A @ B",
        words=(Word("matmul", lambda a, b: a @ b, "torch.matmul(a, b)", "A : m n\nx : n\ny = matmul(A, x)"),),
    ),
    Operator(
        name="outer", shape=_outer_shape, adjoint=_outer_adjoint, rule="outer product",
        reasons=(
            "each row of {y} is {b} times an entry of {a}, so that entry collects the row's inner product with {b}",
            "each column of {y} is {b} times an entry of {a}, so that entry collects the column's inner product with"
            " {b}",
        ),
        spelling=_product(r"{} {}^\top", "{} {}ᵀ", PRODUCT, PRODUCT, POWER + 1),
        batch=_outer_batch,
        formula=lambda y, make: make("product", y.args[0], make("transpose", y.args[1])),
        numpy=lambda y, a, b: np.outer(a, b),
        code="xp.outer({0}, {1})",
        sympy=lambda y, a, b: a * b.T,
        rewrites=(simplify.vanish, simplify.scalars_out, simplify.outer_of_ones),
        example="a : m\nb : n\nY = outer(a, b)",
        words=(Word("outer", lambda a, b: apply("outer", a, b), "torch.outer(a, b)", "a : m\nb : n\nY = outer(a, b)"),),
    ),
    Operator(
        name="inner", shape=_inner_shape, adjoint=_inner_adjoint, rule="inner product",
        reasons=("{a} meets {b} in an inner product, so its adjoint is that multiple of {b}",),
        spelling=_inner_spelling,
        batch=_inner_batch,
        formula=_inner_formula,
        numpy=lambda y, a, b: np.sum(a * b),
        code=lambda y: "{0} @ {1}" if y.args[0].rank == 1 else "xp.sum({0} * {1})",
        flops=lambda y: 2 * size(y.args[0].shape),
        sympy=lambda y, a, b: sp.Trace(a.T * b),
        rewrites=(
            simplify.vanish, simplify.scalars_out, simplify.scalar_inner, simplify.sum_of_inner, simplify.turn_inner,
        ),
        example="a, b : n\ny = a @ b",
        words=(Word("dot", _dot, "torch.matmul(a, b)", "a, b : n\ny = dot(a, b)"),),
    ),
    Operator(
        name="transpose", shape=_transpose_shape, adjoint=lambda G, y, A: (G.T,), rule="transpose",
        reasons=("{a} is turned over, so its adjoint is turned back",), spelling=_transpose_spelling,
        batch=lambda batch, y: batch(y.args[0]).mT,
        formula=lambda y, make: make("transpose", *y.args),
        numpy=lambda y, A: A.T,
        code="{0}.T",
        flops=lambda y: 0,
        sympy=lambda y, A: A.T,
        rewrites=(simplify.push_transpose, simplify.scalars_out),
        example="A : m n\nx : m\ny = A.T @ x",
        words=(Word("transpose", transpose, "twins.transposed(x, axes)", "A : m n\nY = transpose(A)"),),
    ),
)  # fmt: skip
