"""The Parma Polyhedra Library, exact: each cell a polyhedron, split along each unit that has both signs in it."""

from fractions import Fraction
from math import lcm
from typing import Any

from ppl import C_Polyhedron, Constraint_System, Linear_Expression, Variable
from protocol import matrices, serve


def regions(question: dict[str, Any]) -> int:
    """The number of full-dimensional cells."""
    layers = matrices(question["layers"])
    n = len(layers[0][0][0])
    whole = C_Polyhedron(n, "universe")
    cells = [(whole, [[Fraction(int(i == j)) for j in range(n)] + [Fraction(0)] for i in range(n)])]
    for W, b in layers[:-1]:
        cells = [piece for cell, h in cells for piece in split(cell, _affine(W, b, h))]
    return len(cells)


def _affine(W: Any, b: Any, h: Any) -> list[list[Fraction]]:
    """W h + b in the inputs: slopes, then the constant."""
    width = len(h[0])
    rows = [
        [sum((a * form[j] for a, form in zip(row, h, strict=True)), Fraction(0)) for j in range(width)] for row in W
    ]
    return [[*row[:-1], row[-1] + c] for row, c in zip(rows, b, strict=True)]


def split(cell: Any, units: list[list[Fraction]]) -> list[tuple[Any, Any]]:
    """The pieces on which no unit changes its sign, with the units' values after relu."""
    pieces = [(cell, [])]
    for form in units:
        z, zero = _expression(form), [Fraction(0)] * len(form)
        found = []
        for piece, h in pieces:
            up, down = (_side(piece, side) for side in (z >= 0, z <= 0))
            found += [(part, [*h, kept]) for part, kept in ((up, form), (down, zero)) if part is not None]
        pieces = found
    return pieces


def _expression(form: list[Fraction]) -> Any:
    d = lcm(*(a.denominator for a in form))
    return sum((int(a * d) * Variable(i) for i, a in enumerate(form[:-1])), Linear_Expression(int(form[-1] * d)))


def _side(piece: Any, constraint: Any) -> Any:
    """The part of the piece on one side, None if it has no interior (dimension below that of the space)."""
    part = C_Polyhedron(piece)
    part.add_constraints(Constraint_System(constraint))
    return part if part.affine_dimension() == part.space_dimension() else None


if __name__ == "__main__":
    serve({"regions": regions}, ("pplpy",))
