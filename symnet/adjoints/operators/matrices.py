"""Functions of a square matrix: trace, inverse, determinant; and diagonals.

G   adjoint of the value y      A, X   square matrices      Source: Giles 2008, sections 2.2 and 2.3
"""

from typing import Any

import numpy as np
import sympy as sp

from symnet.adjoints import simplify
from symnet.adjoints.graph import Node, Shape, apply, identity, shape_text, size
from symnet.adjoints.operators.arithmetic import Spelled
from symnet.adjoints.record import Make, Operator, Word, register
from symnet.errors import InvalidInput
from symnet.notation import ATOM, POWER, PRODUCT, Form


def _square(A: Node, what: str) -> sp.Expr:
    if A.rank != 2 or A.shape[0] != A.shape[1]:
        raise InvalidInput(f"{what} takes a square matrix, and {A} is {shape_text(A.shape)}")
    return A.shape[0]


def _scalar_of(what: str) -> Any:
    def shape(A: Node) -> Shape:
        _square(A, what)
        return ()

    return shape


def _inverse_shape(A: Node) -> Shape:
    n = _square(A, "inv")
    return (n, n)


def inverse(A: Node) -> Node:
    """A⁻¹."""
    return apply("inverse", A)


# ---------------------------------------------------------------------- rules
def _trace_adjoint(G: Node, y: Node, A: Node) -> tuple[Node, ...]:
    """G tr(dA) = <G I, dA>."""
    return (G * identity(A.shape[0]),)


def _trace_of_product(y: Node) -> Node | None:
    """tr(I) = n."""
    (A,) = y.args
    return simplify.number(A.shape[0]) if A.op == "identity" else None


def _inverse_adjoint(G: Node, Y: Node, A: Node) -> tuple[Node, ...]:
    """dY = -Y dA Y, hence <G, dY> = <-Yᵀ G Yᵀ, dA> (Giles 2.2.3)."""
    return (-(Y.T @ G @ Y.T),)


def _solve_shape(A: Node, b: Node) -> Shape:
    n = _square(A, "solve")
    if b.rank not in (1, 2) or b.shape[0] != n:
        raise InvalidInput(
            f"solve(A, b) needs as many rows in b as in A: {A} is {shape_text(A.shape)}, {b} is {shape_text(b.shape)}"
        )
    return b.shape


def _solve_adjoint(G: Node, x: Node, A: Node, b: Node) -> tuple[Node, ...]:
    """A dx = db − dA x, hence with u = A⁻ᵀ G:  b̄ = u, Ā = −u xᵀ (Giles 2.3.1)."""
    u = apply("solve", A.T, G)
    return -(apply("outer", u, x) if x.rank == 1 else u @ x.T), u


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


def _solve_nothing(y: Node) -> Node | None:
    """A⁻¹ 𝟎 = 𝟎."""
    return simplify.zeros(y.shape) if simplify.is_zero(y.args[1]) else None


def _det_adjoint(G: Node, y: Node, A: Node) -> tuple[Node, ...]:
    """dy = y tr(A⁻¹ dA), hence G dy = <G y A⁻ᵀ, dA> (Giles 2.2.4)."""
    return (G * y * inverse(A).T,)


def _logdet_adjoint(G: Node, y: Node, A: Node) -> tuple[Node, ...]:
    """dy = tr(A⁻¹ dA), hence G dy = <G A⁻ᵀ, dA>."""
    return (G * inverse(A).T,)


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
        "trace",
        _scalar_of("trace"),
        _trace_adjoint,
        "trace",
        ("only the diagonal of {a} is added up, so only the diagonal receives the adjoint",),
        _called(r"\operatorname{tr}", "tr"),
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
        "inverse",
        _inverse_shape,
        _inverse_adjoint,
        "inverse",
        ("{y} times {a} stays I, so a change of {a} meets {y} on both sides, with a minus sign",),
        _inverse_spelling,
        formula=lambda y, make: make("power", y.args[0], -1),
        numpy=lambda y, A: np.linalg.inv(A),
        code="xp.linalg.inv({0})",
        flops=lambda y: 2 * y.shape[0] ** 3,
        sympy=lambda y, A: sp.Inverse(A),
        tangent=lambda i, d, Y, A: -(Y @ d @ Y),
        rewrites=(_inverse_of_inverse,),
        example="A : n n\nY = inv(A)",
        reuses=True,
        words=(Word("inv", inverse, "torch.linalg.inv(A)", "A : n n\nY = inv(A)"),),
    ),
    Operator(
        "solve",
        _solve_shape,
        _solve_adjoint,
        "linear solve",
        (
            "{a} times {y} stays {b}, so the adjoint solves with the transpose and meets {y}, with a minus sign",
            "{a} goes through the inverse, so its adjoint goes through the inverse of the transpose",
        ),
        _solve_spelling,
        formula=_solve_formula,
        numpy=lambda y, A, b: np.linalg.solve(A, b),
        sympy=lambda y, A, b: sp.Inverse(A) * b,
        code="xp.linalg.solve({0}, {1})",
        flops=lambda y: sp.Rational(2, 3) * y.args[0].shape[0] ** 3 + 2 * y.args[0].shape[0] * size(y.shape),
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
        "det",
        _scalar_of("det"),
        _det_adjoint,
        "determinant",
        ("a change of {a} changes its determinant by the factor 1 + the trace of its inverse times the change",),
        _called(r"\det", "det"),
        formula=lambda y, make: make("apply", *y.args, name="det"),
        numpy=lambda y, A: np.linalg.det(A),
        code="xp.linalg.det({0})",
        flops=lambda y: sp.Rational(2, 3) * y.args[0].shape[0] ** 3,
        sympy=lambda y, A: sp.Determinant(A),
        tangent=lambda i, d, y, A: y * apply("inner", inverse(A).T, d),
        example="A : n n\ny = det(A)",
        reuses=True,
        words=(Word("det", lambda x: apply("det", x), "torch.linalg.det(x)", "A : n n\ny = det(A)"),),
    ),
    Operator(
        "logdet",
        _scalar_of("logdet"),
        _logdet_adjoint,
        "log-determinant",
        ("the slope of the log-determinant of {a} is its inverse, transposed",),
        _called(r"\log\det", "log det"),
        formula=lambda y, make: make("apply", make("apply", *y.args, name="det"), name="log"),
        numpy=lambda y, A: np.linalg.slogdet(A)[1] if np.linalg.det(A) > 0 else np.nan,
        code="xp.log(xp.linalg.det({0}))",
        flops=lambda y: sp.Rational(2, 3) * y.args[0].shape[0] ** 3,
        sympy=lambda y, A: sp.log(sp.Determinant(A)),
        tangent=lambda i, d, y, A: apply("inner", inverse(A).T, d),
        example="A : n n\ny = logdet(A)",
        words=(Word("logdet", lambda x: apply("logdet", x), "torch.logdet(x)", "A : n n\ny = logdet(A)"),),
    ),
    Operator(
        "diagonal",
        _diagonal_shape,
        lambda G, y, a: (diag(G),),
        "diagonal",
        ("{a} sits on the diagonal, so it receives the diagonal of the adjoint",),
        _called(r"\operatorname{Diag}", "Diag"),
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
        "entries",
        _entries_shape,
        lambda G, y, A: (apply("diagonal", G),),
        "diagonal",
        ("only the diagonal of {a} is read, so only the diagonal receives the adjoint",),
        _called(r"\operatorname{diag}", "diag"),
        formula=lambda y, make: make("apply", *y.args, name="diag"),
        numpy=lambda y, A: np.diag(A),
        code="xp.diag({0})",
        flops=lambda y: 0,
        sympy=lambda y, A: sp.DiagonalMatrix(A) * sp.OneMatrix(A.shape[0], 1),
        rewrites=(simplify.vanish, simplify.scalars_out),
        example="A : n n\ny = diag(A)",
    ),
)
