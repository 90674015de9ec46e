"""Functions of a square matrix: trace, inverse, determinant; and diagonals.

G   adjoint of the value y      A, X   square matrices      Source: Giles 2008, sections 2.2 and 2.3

Inverse, linear solve and determinant also take a stack of matrices, which is what a batch of them is.
"""

from typing import Any

import numpy as np
import sympy as sp

from symnet.adjoints import batch as batches
from symnet.adjoints import simplify
from symnet.adjoints.batch import Batch
from symnet.adjoints.graph import Node, Shape, apply, broadcast, identity, shape_text, size
from symnet.adjoints.operators.arithmetic import Spelled
from symnet.adjoints.operators.products import einsum
from symnet.adjoints.record import Make, Operator, Word, register
from symnet.errors import InvalidInput
from symnet.notation import ATOM, POWER, PRODUCT, Form


def _square(A: Node, what: str) -> sp.Expr:
    if A.rank != 2 or A.shape[0] != A.shape[1]:
        raise InvalidInput(f"{what} takes a square matrix, and {A} is {shape_text(A.shape)}")
    return A.shape[0]


def _stacked(A: Node, what: str) -> Shape:
    """The axes before the last two, of a stack of square matrices."""
    if A.rank < 2 or A.shape[-1] != A.shape[-2]:
        raise InvalidInput(f"{what} takes a square matrix, and {A} is {shape_text(A.shape)}")
    return A.shape[:-2]


def _inverse_shape(A: Node) -> Shape:
    _stacked(A, "inv")
    return A.shape


def inverse(A: Node) -> Node:
    """A⁻¹."""
    return apply("inverse", A)


# ---------------------------------------------------------------------- rules
def _trace_shape(A: Node) -> Shape:
    _square(A, "trace")
    return ()


def _trace_adjoint(G: Node, y: Node, A: Node) -> tuple[Node, ...]:
    """G tr(dA) = <G I, dA>."""
    return (G * identity(A.shape[0]),)


def _trace_of_product(y: Node) -> Node | None:
    """tr(I) = n."""
    (A,) = y.args
    return simplify.number(A.shape[0]) if A.op == "identity" else None


def _inverse_adjoint(G: Node, Y: Node, A: Node) -> tuple[Node, ...]:
    """dY = -Y dA Y, hence <G, dY> = <-Yᵀ G Yᵀ, dA> (Giles 2.2.3)."""
    return (-(Y.mT @ G @ Y.mT),)


def _solve_shape(A: Node, b: Node) -> Shape:
    stack = _stacked(A, "solve")
    axis = 0 if b.rank == 1 else len(stack)
    if b.rank not in ({2 + len(stack)} if stack else {1, 2}) or (*stack, A.shape[-1]) != b.shape[: axis + 1]:
        raise InvalidInput(
            f"solve(A, b) needs as many rows in b as in A: {A} is {shape_text(A.shape)}, {b} is {shape_text(b.shape)}"
        )
    return b.shape


def _solve_adjoint(G: Node, x: Node, A: Node, b: Node) -> tuple[Node, ...]:
    """A dx = db − dA x, hence with u = A⁻ᵀ G:  b̄ = u, Ā = −u xᵀ (Giles 2.3.1)."""
    u = apply("solve", A.mT, G)
    return -(apply("outer", u, x) if x.rank == 1 else u @ x.mT), u


def _solve_tangent(i: int, d: Node, x: Node, A: Node, b: Node) -> Node:
    return apply("solve", A, d) if i else -apply("solve", A, d @ x)


def _solve_spelling(y: Node) -> Spelled:
    A, b = y.args
    needs = (POWER + 1, PRODUCT)
    if A.op == "transpose":
        return Form(r"{}^{-\top} {}", "{}⁻ᵀ {}", PRODUCT, needs), (A.args[0], b)
    return Form("{}^{-1} {}", "{}⁻¹ {}", PRODUCT, needs), y.args


def _solve_formula(y: Node, make: Make) -> Any:
    """A⁻¹ b, and A⁻ᵀ b for a transpose."""
    A, b = y.args
    turned = A.op == "transpose"
    inverse_ = make("power", A.args[0] if turned else A, -1)
    return make("product", make("transpose", inverse_) if turned else inverse_, b)


def _solve_batch(batch: Batch, y: Node) -> Node:
    """A matrix that all share meets every example at once; one of each example's own meets its own right side."""
    A, b = y.args
    if batch.each(A):
        right = apply("reshape", batch.whole(b), shape=(*batch.shape(b.shape), *batches.ONE)) if b.rank == 1 else None
        value = apply("solve", batch.first(A), batch.whole(b) if right is None else right)
        return value if right is None else apply("reshape", value, shape=batch.shape(y.shape))
    if b.rank > 1:
        return apply("solve", batch.whole(A), batch.first(b))
    return apply("solve", A, batch(b).T).T if batch.axis == 0 else apply("solve", A, batch(b))


def _solve_nothing(y: Node) -> Node | None:
    """A⁻¹ 𝟎 = 𝟎."""
    return simplify.zeros(y.shape) if simplify.is_zero(y.args[1]) else None


def _det_adjoint(G: Node, y: Node, A: Node) -> tuple[Node, ...]:
    """dy = y tr(A⁻¹ dA), hence G dy = <G y A⁻ᵀ, dA> (Giles 2.2.4)."""
    return (_each_times(G * y, inverse(A).mT),)


def _logdet_adjoint(G: Node, y: Node, A: Node) -> tuple[Node, ...]:
    """dy = tr(A⁻¹ dA), hence G dy = <G A⁻ᵀ, dA>."""
    return (_each_times(G, inverse(A).mT),)


def _logdet_tangent(i: int, d: Node, y: Node, A: Node) -> Node:
    """tr(A⁻¹ d) = <A⁻ᵀ, d>."""
    if A.rank == 2:
        return apply("inner", inverse(A).T, d)
    return (inverse(A).mT * d).sum(axis=A.rank - 1).sum(axis=A.rank - 2)


def _each_times(s: Node, X: Node) -> Node:
    """A number for each matrix of a stack, times the matrix."""
    if s.rank == 0:
        return s * X
    return broadcast(apply("reshape", s, shape=(*s.shape, *batches.ONE * 2)), X.shape) * X


def _stack_of(batch: Batch, y: Node) -> Node:
    return apply(y.op, *map(batch.first, y.args))


def _slogdet(y: Node, A: Any) -> Any:
    sign, value = np.linalg.slogdet(A)
    return np.where(sign > 0, value, np.nan)


# ---------------------------------------------------------------------- Diag(a) and diag(A)
def _diagonal_shape(a: Node) -> Shape:
    return (a.shape[0], a.shape[0])


def _entries_shape(A: Node) -> Shape:
    return (_square(A, "diag"),)


def diag(x: Node) -> Node:
    """A vector on the diagonal of a matrix, or the diagonal of a matrix as a vector, as NumPy's ``diag``."""
    if x.rank == 0:
        raise InvalidInput(f"diag takes a vector or a square matrix, and {x} is a scalar")
    return apply("diagonal" if x.rank == 1 else "entries", x)


def _inverse_of_inverse(y: Node) -> Node | None:
    (A,) = y.args
    return A.args[0] if A.op == "inverse" else A if A.op == "identity" else None


def _called(latex: str, text: str) -> Any:
    return lambda y: (Form(latex + "({})", text + "({})", ATOM), y.args)


def _inverse_spelling(y: Node) -> Spelled:
    return Form("{}^{-1}", "{}⁻¹", POWER, POWER + 1), y.args


register(
    Operator(
        name="trace",
        shape=_trace_shape,
        adjoint=_trace_adjoint,
        rule="trace",
        reasons=("only the diagonal of {a} is added up, so only the diagonal receives the adjoint",),
        spelling=_called(r"\operatorname{tr}", "tr"),
        batch=lambda batch, y: einsum("bii->b", batch.first(y.args[0])),
        formula=lambda y, make: make("apply", *y.args, name="tr"),
        numpy=lambda y, A: np.trace(A),
        code="xp.trace({0})",
        flops=lambda y: y.args[0].shape[0],
        sympy=lambda y, A: sp.Trace(A),
        rewrites=(simplify.vanish, simplify.scalars_out, _trace_of_product),
        example="A : n n\ny = trace(A)",
        words=(Word("trace", lambda x: apply("trace", x), "torch.trace(x)", "A : m n\nB : n m\ny = trace(A @ B)"),),
    ),
    Operator(
        name="inverse",
        shape=_inverse_shape,
        adjoint=_inverse_adjoint,
        rule="inverse",
        reasons=("{y} times {a} stays I, so a change of {a} meets {y} on both sides, with a minus sign",),
        spelling=_inverse_spelling,
        batch=_stack_of,
        formula=lambda y, make: make("power", y.args[0], -1),
        numpy=lambda y, A: np.linalg.inv(A),
        code="xp.linalg.inv({0})",
        flops=lambda y: 2 * size(y.shape) * y.shape[-1],
        sympy=lambda y, A: sp.Inverse(A),
        tangent=lambda i, d, Y, A: -(Y @ d @ Y),
        rewrites=(_inverse_of_inverse,),
        example="A : n n\nY = inv(A)",
        reuses=True,
        words=(Word("inv", inverse, "torch.linalg.inv(A)", "A : n n\nY = inv(A)"),),
    ),
    Operator(
        name="solve",
        shape=_solve_shape,
        adjoint=_solve_adjoint,
        rule="linear solve",
        reasons=(
            "{a} times {y} stays {b}, so the adjoint solves with the transpose and meets {y}, with a minus sign",
            "{a} goes through the inverse, so its adjoint goes through the inverse of the transpose",
        ),
        spelling=_solve_spelling,
        batch=_solve_batch,
        formula=_solve_formula,
        numpy=lambda y, A, b: np.linalg.solve(A, b),
        sympy=lambda y, A, b: sp.Inverse(A) * b,
        code="xp.linalg.solve({0}, {1})",
        flops=lambda y: (
            sp.Rational(2, 3) * size(y.args[0].shape) * y.args[0].shape[-1] + 2 * y.args[0].shape[-1] * size(y.shape)
        ),
        tangent=_solve_tangent,
        example="A : n n\nb : n\nx = solve(A, b)",
        reuses=True,
        rewrites=(_solve_nothing, simplify.scalars_out_of_last),
        words=(
            Word(
                "solve",
                lambda A, b: apply("solve", A, b),
                "torch.linalg.solve(A, b)",
                "A : n n\nB : n k\nX = solve(A, B)",
            ),
        ),
    ),
    Operator(
        name="det",
        shape=lambda A: _stacked(A, "det"),
        adjoint=_det_adjoint,
        rule="determinant",
        reasons=(
            "a change of {a} changes its determinant by the factor 1 + the trace of its inverse times the change",
        ),
        spelling=_called(r"\det", "det"),
        batch=_stack_of,
        formula=lambda y, make: make("apply", *y.args, name="det"),
        numpy=lambda y, A: np.linalg.det(A),
        code="xp.linalg.det({0})",
        flops=lambda y: sp.Rational(2, 3) * size(y.args[0].shape) * y.args[0].shape[-1],
        sympy=lambda y, A: sp.Determinant(A),
        tangent=lambda i, d, y, A: y * _logdet_tangent(i, d, y, A),
        example="A : n n\ny = det(A)",
        reuses=True,
        words=(Word("det", lambda x: apply("det", x), "torch.linalg.det(x)", "A : n n\ny = det(A)"),),
    ),
    Operator(
        name="logdet",
        shape=lambda A: _stacked(A, "logdet"),
        adjoint=_logdet_adjoint,
        rule="log-determinant",
        reasons=("the slope of the log-determinant of {a} is its inverse, transposed",),
        spelling=_called(r"\log\det", "log det"),
        batch=_stack_of,
        numpy=_slogdet,
        formula=lambda y, make: make("apply", make("apply", *y.args, name="det"), name="log"),
        code="xp.log(xp.linalg.det({0}))",
        flops=lambda y: sp.Rational(2, 3) * size(y.args[0].shape) * y.args[0].shape[-1],
        sympy=lambda y, A: sp.log(sp.Determinant(A)),
        tangent=_logdet_tangent,
        example="A : n n\ny = logdet(A)",
        words=(Word("logdet", lambda x: apply("logdet", x), "torch.logdet(x)", "A : n n\ny = logdet(A)"),),
    ),
    Operator(
        name="diagonal",
        shape=_diagonal_shape,
        adjoint=lambda G, y, a: (diag(G),),
        rule="diagonal",
        reasons=("{a} sits on the diagonal, so it receives the diagonal of the adjoint",),
        spelling=_called(r"\operatorname{Diag}", "Diag"),
        batch=lambda batch, y: einsum("bi,ij->bij", batch.first(y.args[0]), identity(y.shape[0])),
        formula=lambda y, make: make("apply", *y.args, name="Diag"),
        numpy=lambda y, a: np.diag(a),
        code="xp.diag({0})",
        flops=lambda y: 0,
        sympy=lambda y, a: sp.DiagMatrix(a),
        rewrites=(simplify.vanish, simplify.scalars_out),
        example="a : n\nY = diag(a)",
        words=(Word("diag", diag, "torch.diag(x)", "A : n n\ny = diag(A)"),),
    ),
    Operator(
        name="entries",
        shape=_entries_shape,
        adjoint=lambda G, y, A: (apply("diagonal", G),),
        rule="diagonal",
        reasons=("only the diagonal of {a} is read, so only the diagonal receives the adjoint",),
        spelling=_called(r"\operatorname{diag}", "diag"),
        batch=lambda batch, y: einsum("bii->bi", batch.first(y.args[0])),
        formula=lambda y, make: make("apply", *y.args, name="diag"),
        numpy=lambda y, A: np.diag(A),
        code="xp.diag({0})",
        flops=lambda y: 0,
        sympy=lambda y, A: sp.DiagonalMatrix(A) * sp.OneMatrix(A.shape[0], 1),
        rewrites=(simplify.vanish, simplify.scalars_out),
        example="A : n n\ny = diag(A)",
    ),
)
