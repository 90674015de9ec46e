"""Where a claim is made: a polyhedron {x ∈ ℝⁿ : form ≥ 0, or > 0, for each form}, given by linear inequalities.

Its affine hull is found first, in whose coordinates the polyhedron has an interior (see `hulls`).
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

from symnet.errors import InvalidInput, NotSupported
from symnet.relu.budget import UNLIMITED, Budget
from symnet.relu.circuits import Builder, Linear, number, wire
from symnet.relu.claims.reading import INEQUALITY, Reader
from symnet.relu.claims.trees import Tree, linear, minus, value
from symnet.relu.geometry.hulls import affine_hull
from symnet.relu.geometry.rationals import Vector, shown
from symnet.relu.geometry.subspaces import Subspace
from symnet.relu.network import ReluNetwork


@dataclass(frozen=True)
class Polyhedron:
    """``forms``, all ≥ 0, some of them ``strict``, as they were ``written``. All of ℝⁿ without any.

    ``hull`` is the smallest affine subspace around it. A polyhedron with strict inequalities has the same hull as its
    closure, from which it lacks some faces.
    """

    forms: tuple[Linear, ...] = ()
    strict: tuple[bool, ...] = ()
    relations: tuple[Tree, ...] = ()
    written: tuple[Any, ...] = ()
    hull: Subspace = field(default=Subspace(), compare=False, repr=False)

    def __contains__(self, x: Vector) -> bool:
        values = (form.at((Fraction(1), *x)) for form in self.forms)
        return all(z > 0 or (z == 0 and not strict) for z, strict in zip(values, self.strict, strict=True))

    def confine(self, builder: Builder, x: Sequence[Linear]) -> None:
        """Require the inequalities, not strictly, in the coordinates ``x``."""
        for form in self.forms:
            builder.require(form.through(x))


EVERYWHERE = Polyhedron()


def read_where(where: Any, net: ReluNetwork, limit: Budget = UNLIMITED) -> Polyhedron:
    """A SymPy inequality in ``net.inputs``, or several; None is everywhere. InvalidInput where that is empty."""
    items, relations = _items(where), read_conditions(where, net, limit)
    x = [wire(i) for i in range(1, net.widths[0] + 1)]
    forms = [value(minus(a, b), x, number(1), lambda z: z) for _, a, b in relations]
    strict = [head == ">" for head, *_ in relations]
    hull = affine_hull(forms, strict, limit.ticker("looking for the affine hull of the place of the claim"))
    if hull is None:
        raise InvalidInput(f"where: no point satisfies {', '.join(map(str, items))} together.")
    return Polyhedron(tuple(forms), tuple(strict), tuple(relations), items, hull)


def read_conditions(where: Any, net: ReluNetwork, limit: Budget = UNLIMITED) -> list[Tree]:
    """The inequalities of `read_where` as trees; whether a point satisfies them is not asked."""
    names = {f"x_{i}": i for i in range(1, net.widths[0] + 1)}
    found: list[Tree] = []
    for k, item in enumerate(_items(where), 1):
        limit.tick("reading the conditions on the inputs")
        found += _relations(item, Reader(names, f"where, condition {k}"))
    return found


def _items(where: Any) -> tuple[Any, ...]:
    return () if where is None else tuple(where) if isinstance(where, list | tuple | set) else (where,)


def _relations(item: Any, reader: Reader) -> Sequence[Tree]:
    """Each as a comparison of linear expressions."""
    if not isinstance(item, INEQUALITY):
        raise InvalidInput(f"{reader.where}: {shown(item)} is no inequality; pass one such as x_1 >= 0.")
    relations = reader.relation(item)
    if not all(linear(side) for _, *sides in relations for side in sides):
        raise NotSupported(f"{reader.where}: {shown(item)} is not linear. Give the polyhedron by linear inequalities.")
    return relations
