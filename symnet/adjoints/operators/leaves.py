"""Leaves: named quantities, and the constants number, 𝟏, 𝟎, I. Nothing flows back through a constant."""

from typing import Any

import numpy as np
import sympy as sp

from symnet import notation
from symnet.adjoints.graph import Node, Shape
from symnet.adjoints.record import Operator, register
from symnet.adjoints.sizes import shape_code, size_code
from symnet.notation import Form

DIFFERENTIAL = (r"\mathrm{d}", "d")


def columns(shape: Shape) -> tuple[Any, Any]:
    """Rows and columns of the SymPy matrix that stands for this shape: a vector is n x 1."""
    return shape[0], shape[1] if len(shape) == 2 else sp.Integer(1)


def _nothing(*_: Any) -> tuple[Node, ...]:
    return ()


def _free(_: Node) -> int:
    return 0


def _no_shape(**_: Any) -> Shape:
    return ()


def _quantity_spelling(y: Node) -> tuple[Form, tuple[Any, ...]]:
    """A name, bold from rank 1 on; a bar for the adjoint, d for the differential, and ∂ℒ/∂y for the gradient."""
    name, role, bold = y["name"], y["role"], y.rank > 0
    latex, text = (notation.identifier(name, m, bold=bold, bar=role.endswith("bar")) for m in ("latex", "text"))
    before = {"d": DIFFERENTIAL, "dbar": DIFFERENTIAL, "gradient": (r"\partial \mathcal{L} / \partial ", "∂ℒ/∂")}.get(
        role, ("", "")
    )
    return Form(before[0] + latex, before[1] + text), ()


def _quantity_sympy(y: Node) -> sp.Expr:
    name = rf"\bar{{{y['name']}}}" if y["role"].endswith("bar") else y["name"]
    name = f"d{name}" if y["role"].startswith("d") else name
    return sp.MatrixSymbol(name, *columns(y.shape)) if y.rank else sp.Symbol(name)


def _number_spelling(y: Node) -> tuple[Form, tuple[Any, ...]]:
    value = y["value"]
    return Form(notation.latex(value), notation.text(value), notation.binds(value, "text")), ()


def _constant(latex: str, text: str) -> Any:
    return lambda y: (Form(latex, text), ())


register(
    Operator(
        name="quantity",
        shape=_no_shape,
        adjoint=_nothing,
        rule="given",
        reasons=("{a} is given",),
        spelling=_quantity_spelling,
        formula=lambda y, make: (
            make("name", name=rf"\bar{{{y['name']}}}" if y["role"] == "bar" else y["name"])
            if y["role"] in ("", "bar")
            else None
        ),
        numpy=lambda y: None,
        sympy=_quantity_sympy,
        flops=_free,
    ),
    Operator(
        name="number",
        shape=_no_shape,
        adjoint=_nothing,
        rule="constant",
        reasons=("{y} is a constant",),
        spelling=_number_spelling,
        formula=lambda y, make: make("exact", y["value"]),
        numpy=lambda y: np.float64(y["value"]),
        sympy=lambda y: y["value"],
        code=lambda y: size_code(y["value"]),
        flops=_free,
    ),
    Operator(
        name="ones",
        shape=_no_shape,
        adjoint=_nothing,
        rule="constant",
        reasons=("{y} is a constant",),
        spelling=_constant(r"\mathbf{1}", "𝟏"),
        formula=lambda y, make: make("ones"),
        numpy=lambda y: np.ones(y.shape),
        code=lambda y: f"ones({shape_code(y.shape)})",
        flops=_free,
        sympy=lambda y: sp.OneMatrix(*columns(y.shape)),
    ),
    Operator(
        name="zeros",
        shape=_no_shape,
        adjoint=_nothing,
        rule="constant",
        reasons=("{y} is a constant",),
        spelling=_constant(r"\mathbf{0}", "𝟎"),
        without={
            "batch": "whatever meets 𝟎 is simplified: no forward pass has it",
        },
        formula=lambda y, make: make("zeros"),
        numpy=lambda y: np.zeros(y.shape),
        code=lambda y: f"zeros({shape_code(y.shape)})",
        flops=_free,
        sympy=lambda y: sp.ZeroMatrix(*columns(y.shape)),
    ),
    Operator(
        name="identity",
        shape=_no_shape,
        adjoint=_nothing,
        rule="constant",
        reasons=("{y} is a constant",),
        spelling=_constant(r"\mathbf{I}", "I"),
        formula=lambda y, make: make("identity"),
        numpy=lambda y: np.eye(y.shape[0]),
        code=lambda y: f"eye({size_code(y.shape[0])})",
        flops=_free,
        sympy=lambda y: sp.Identity(y.shape[0]),
    ),
)
