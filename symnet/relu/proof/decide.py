"""Two functions equal everywhere, or a point where they are not. A decision: no proof rests on samples.

The first method that applies decides:

    comparators   deep networks whose weights turn out to be minima and maxima of wires: the 0-1 principle
    kinks         one hidden layer on both sides: the kink canonical forms are equal (any number of inputs)
    evaluation    refutes only: some points are tried, as claims that are wrong are mostly wrong nearly everywhere
    cells         otherwise: on each cell of the common refinement both sides are linear, and equal on the generators
                  (vertices, rays, lines) that span it; or an inequality holds on them. What can depend on single faces
                  is followed path by path (see `paths`): a Piecewise, or an inequality under strict ones
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import cached_property, partial
from itertools import chain, islice, product
from typing import TypeAlias

from symnet.relu.budget import UNLIMITED, Budget, ticking
from symnet.relu.circuits import Builder, Circuit, Linear, forward, number, wire
from symnet.relu.claims.claim import Case, Claim, chosen
from symnet.relu.geometry.cuts import Cell
from symnet.relu.geometry.polyhedra import EVERYWHERE, Polyhedron
from symnet.relu.geometry.rationals import Vector, dot
from symnet.relu.network import ReluNetwork
from symnet.relu.proof.kinks import kink_forms, witnesses
from symnet.relu.proof.paths import jump
from symnet.relu.proof.trials import suspects
from symnet.relu.regions.cells import Arrangement, WithMaps, arrangement
from symnet.relu.regions.jobs import each_cell
from symnet.relu.sorting.structure import differing_bits, zeros_and_ones_in

Candidates: TypeAlias = Iterator[Vector]
"""Points on one of which the claim fails; none where it holds."""
Row: TypeAlias = Sequence[int]
"""A form on a cell, times some positive number: constant, slopes."""


ROUND = (1, 2, 4, 10, 100, 1000, 10**6)
"""Denominators that are easy to read: a counterexample is tried with these before it is shown with its own."""


@dataclass(frozen=True)
class Compiled:
    """A network and a claim on one circuit: the network's outputs, and what is claimed about them.

    x         each input as a form in the circuit's inputs, which are coordinates of the polyhedron's affine hull
    claimed   for each output the claim's cases            positive   or forms that are to be ≥ 0, or > 0 (True)
    """

    circuit: Circuit
    x: tuple[Linear, ...]
    claimed: tuple[tuple[Case, ...], ...] = ()
    positive: tuple[tuple[Linear, bool], ...] = ()

    @property
    def compared(self) -> list[Linear]:
        """The forms that are to be positive; or each output less each of its cases, in their order."""
        differences = (
            out - form
            for out, cases in zip(self.circuit.outputs, self.claimed, strict=False)
            for _, form in cases
            if form is not None
        )
        return [form for form, _ in self.positive] or list(differences)

    def lifted(self, point: Sequence[Fraction | int]) -> Vector:
        """(w, t) in the circuit's inputs as x."""
        return tuple(form.at(point) for form in self.x)


@dataclass(frozen=True)
class Comparison:
    """A network and a claim, and where it is made; on one circuit when asked."""

    net: ReluNetwork
    claim: Claim
    where: Polyhedron = EVERYWHERE
    budget: Budget = UNLIMITED
    jobs: int = 1

    @cached_property
    def compiled(self) -> Compiled:
        space = self.where.hull
        tick = self.budget.ticker("writing the network and the claim in one circuit")
        builder = Builder(self.net.widths[0] - len(space.solved), tick=tick)
        x = space.coordinates(self.net.widths[0])
        self.where.confine(builder, x)
        outputs = forward(self.net.layers, x, builder.relu, number(1))
        if self.claim.relations:
            positive = tuple(self.claim.differences(builder, [*x, *outputs]))
            return Compiled(builder.circuit(outputs), tuple(x), positive=positive)
        claimed = tuple(map(tuple, self.claim.compile(builder, x)))
        return Compiled(builder.circuit(outputs), tuple(x), claimed)

    @property
    def circuit(self) -> Circuit:
        return self.compiled.circuit

    @property
    def outputs(self) -> tuple[Linear, ...]:
        return self.circuit.outputs

    @property
    def claimed(self) -> tuple[tuple[Case, ...], ...]:
        return self.compiled.claimed

    @property
    def everywhere(self) -> "Comparison":
        """The same on all of ℝⁿ."""
        return replace(self, where=EVERYWHERE) if self.where.forms else self

    @property
    def shallow(self) -> bool:
        """Equations with no relu inside a relu and no conditions: kink forms exist."""
        deep = max(self.circuit.depths, default=0) > 1
        return not (deep or self.claim.conditions or self.claim.relations)

    def differ(self, x: Vector) -> bool:
        """The claim is made at x, and is wrong there: exact evaluation of both sides, apart from the circuit."""
        return x in self.where and not self.claim.met(x, self.net(x))


def difference(both: Comparison) -> tuple[str, Vector | None]:
    """The method that decided, and a point where the claim fails, or None where it holds."""
    method, candidates = next((name, found) for name, apply in METHODS.items() if (found := apply(both)) is not None)
    first = next(candidates, None)
    if first is None:
        return method, None
    points = chain(_simple_points(both.net.widths[0]), _rounded(both.where, first), (first,), candidates)
    return method, next(x for x in points if both.differ(x))


def _simple_points(n: int) -> list[Vector]:
    """Small integer points, the smallest first: a counterexample should be easy to check by hand."""
    points = islice(product(range(-2, 3), repeat=n), 5**4) if n <= 4 else [(0,) * n]
    return [tuple(map(Fraction, x)) for x in sorted(points, key=lambda x: (sum(map(abs, x)), [-a for a in x]))]


def _rounded(where: Polyhedron, point: Vector) -> Iterator[Vector]:
    """Near the point, in the hull of the place, points with small denominators; none where its own are small."""
    if max(a.denominator for a in point) <= ROUND[-1]:
        return
    for q in ROUND:
        near = (Fraction(1), *(Fraction(round(a * q), q) for a in point))
        yield tuple(where.hull.reduced(wire(i)).at(near) for i in range(1, len(near)))


def _by_comparators(both: Comparison) -> Candidates | None:
    tick = both.budget.ticker("looking for comparators in the network")
    wrong = differing_bits(both.net, both.claim, tick)
    return None if wrong is None else _if_decisive(both, zeros_and_ones_in(wrong, both.net.widths[0]))


def _by_kinks(both: Comparison) -> Candidates | None:
    everywhere = both.everywhere
    if not everywhere.shallow:
        return None
    circuit, pairs = everywhere.circuit, zip(everywhere.outputs, everywhere.claimed, strict=True)
    differences = [form - claimed for form, [(_, claimed)] in pairs if claimed is not None]
    forms = kink_forms(circuit, differences, both.budget.ticker("comparing the kinks"))
    return _if_decisive(both, (x for form in forms if not form.zero for x in witnesses(form, circuit.inputs)))


def _if_decisive(both: Comparison, candidates: Candidates) -> Candidates | None:
    """On a polyhedron, sides that are equal everywhere are equal; others may still be."""
    return candidates if not both.where.forms or next(candidates, None) is None else None


def _by_evaluation(both: Comparison) -> Candidates | None:
    tick = both.budget.ticker("trying some points")
    found = next(filter(both.differ, ticking(suspects(both.net, both.claim), tick)), None)
    return None if found is None else iter((found,))


def _by_cells(both: Comparison) -> Candidates:
    on_faces = bool(both.claim.conditions) or any(both.where.strict)
    if not (both.claim.relations and on_faces):
        yield from _inside_cells(both)
    if on_faces and (point := jump(both.net, both.claim, both.where, both.budget)):
        yield point


def _inside_cells(both: Comparison) -> Candidates:
    found = arrangement(both.circuit, both.budget, both.compiled.compared)
    wrong = each_cell(found, partial(_wrong, replace(both, budget=UNLIMITED)), both.jobs)
    yield from map(both.compiled.lifted, next(filter(None, wrong), ()))


def _wrong(both: Comparison, _: Arrangement, cells: WithMaps) -> Iterator[list[Vector]]:
    """For each cell points on one of which the claim fails; none where it holds."""
    wrong = _negative if both.compiled.positive else _unequal
    return (list(wrong(both, cell, rows)) for cell, rows in cells)


def _unequal(both: Comparison, cell: Cell, rows: Sequence[Row]) -> Iterator[Vector]:
    """Points inside the cell, if an output differs from its case there: on one of them it does."""
    left = iter(rows)
    claimed = [[(guards, form and next(left)) for guards, form in cases] for cases in both.claimed]
    facts = both.claim.facts(both.compiled.lifted((1, *interior(cell))), both.claim.conditions)
    differences = [chosen(cases, facts) for cases in claimed]
    if any(row is None or any(row) for row in differences):
        yield from _inner_points(cell)


def _negative(both: Comparison, cell: Cell, rows: Sequence[Row]) -> Iterator[Vector]:
    """For each inequality that fails on the cell a point where it does."""
    for row, (_, strict) in zip(rows, both.compiled.positive, strict=True):
        point = _not_positive(cell, row, strict)
        if point is not None:
            yield point


def _not_positive(cell: Cell, row: Row, strict: bool) -> Vector | None:
    """(1, t) in the cell where the form is < 0 (``strict``: ≤ 0), or None: not at a vertex, nor along a ray or line."""
    for g in cell.rays:
        z, w = dot(row, g.point), g.point[0]
        if w and (z < 0 or (strict and z == 0)):
            return tuple(Fraction(a, w) for a in g.point)
    start = (Fraction(1), *interior(cell))
    for g in cell.generators:
        slope = 0 if g.point[0] else dot(row, g.point)
        if slope < 0:  # along a line it is 0: the form is a unit, and would have cut
            far = -(max(dot(row, start), Fraction(0)) + 1) / slope
            return tuple(a + far * b for a, b in zip(start, g.point, strict=True))
    return None


def interior(cell: Cell) -> Vector:
    """A point strictly inside: the sum of all generators of the cone."""
    w, *x = (sum(column) for column in zip(*(g.point for g in cell.rays), strict=True))
    return tuple(Fraction(a, w) for a in x)


def _inner_points(cell: Cell) -> Iterator[Vector]:
    """(1, t) strictly inside for points t that span the space: no affine map but zero is zero on all of them."""
    start = (Fraction(1), *interior(cell))
    yield start
    for g in cell.generators:
        w = g.point[0]
        yield tuple((a + Fraction(b, w)) / 2 if w else a + b for a, b in zip(start, g.point, strict=True))


METHODS: Mapping[str, Callable[[Comparison], Candidates | None]] = {
    "comparators": _by_comparators,
    "kinks": _by_kinks,
    "evaluation": _by_evaluation,
    "cells": _by_cells,
}
