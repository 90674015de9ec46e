"""Where a claim is made: a polyhedron {x ∈ ℝⁿ : form ≥ 0, or > 0, for each form}, given by linear inequalities.

Its affine hull is found first: weights y > 0 under which some of the inequalities sum to 0 ≥ 0 show them
to be equations (Gordan). In coordinates of the hull the polyhedron has an interior.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from typing import Any

from symnet.errors import InvalidInput, NotSupported
from symnet.relu.circuits import Builder, Linear, number, wire
from symnet.relu.network import ReluNetwork
from symnet.relu.rationals import Vector, shown
from symnet.relu.reading import INEQUALITY, Reader
from symnet.relu.simplex import contradiction
from symnet.relu.subspaces import Subspace
from symnet.relu.trees import Tree, linear, minus, value


@dataclass(frozen=True)
class Polyhedron:
    """``forms``, all ≥ 0, some of them ``strict``, as they were ``written``. All of ℝⁿ without any.

    A polyhedron with strict inequalities has the same hull as its closure, from which it lacks some faces.
    """

    forms: tuple[Linear, ...] = ()
    strict: tuple[bool, ...] = ()
    relations: tuple[Tree, ...] = ()
    written: tuple[Any, ...] = ()

    def __contains__(self, x: Vector) -> bool:
        values = (form.at((Fraction(1), *x)) for form in self.forms)
        return all(z > 0 or (z == 0 and not strict) for z, strict in zip(values, self.strict, strict=True))

    @cached_property
    def hull(self) -> Subspace:
        """The smallest affine subspace around the polyhedron. InvalidInput where that is empty."""
        space = Subspace()
        while (found := self._equations(space)) is not None:
            equations, empty = found
            if empty:
                raise InvalidInput(f"where: no point satisfies {', '.join(map(str, self.written))} together.")
            space = space.where_zero(self.forms[i] for i in equations)
        return space

    def _equations(self, space: Subspace) -> tuple[list[int], bool] | None:
        """Forms that vanish on all of the part in ``space``, and whether it is empty; None: it has an interior."""
        forms = {i: space.reduced(form) for i, form in enumerate(self.forms)}
        if any(constant_and_false(form, self.strict[i]) for i, form in forms.items()):
            return [], True
        varying = [i for i, form in forms.items() if form.constant is None]
        if not varying:
            return None
        width = 1 + max(max(forms[i].terms) for i in varying)
        found = contradiction([forms[i].row(width) for i in varying], [self.strict[i] for i in varying])
        return found and ([i for i, y in zip(varying, found[0], strict=True) if y], found[1])

    def confine(self, builder: Builder, x: Sequence[Linear]) -> None:
        """Require the inequalities, not strictly, in the coordinates ``x``."""
        for form in self.forms:
            builder.require(form.through(x))


def constant_and_false(form: Linear, strict: bool) -> bool:
    """A number that is < 0, or 0 where it should be > 0."""
    return form.constant is not None and (form.constant < 0 or (strict and form.constant == 0))


EVERYWHERE = Polyhedron()


def read_where(where: Any, net: ReluNetwork) -> Polyhedron:
    """A SymPy inequality in ``net.inputs``, or several; None is everywhere."""
    items = () if where is None else tuple(where) if isinstance(where, list | tuple | set) else (where,)
    names = {f"x_{i}": i for i in range(1, net.widths[0] + 1)}
    relations = [c for k, item in enumerate(items, 1) for c in _relations(item, Reader(names, f"where, condition {k}"))]
    x = [wire(i) for i in range(1, net.widths[0] + 1)]
    forms = [value(minus(a, b), x, number(1), lambda z: z) for _, a, b in relations]
    found = Polyhedron(tuple(forms), tuple(head == ">" for head, *_ in relations), tuple(relations), items)
    found.hull  # noqa: B018 - empty is refused at once
    return found


def _relations(item: Any, reader: Reader) -> Sequence[Tree]:
    """Each as a comparison of linear expressions."""
    if not isinstance(item, INEQUALITY):
        raise InvalidInput(f"{reader.where}: {shown(item)} is no inequality; pass one such as x_1 >= 0.")
    relations = reader.relation(item)
    if not all(linear(side) for _, *sides in relations for side in sides):
        raise NotSupported(f"{reader.where}: {shown(item)} is not linear. Give the polyhedron by linear inequalities.")
    return relations
