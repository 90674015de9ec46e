"""Two functions equal everywhere, or a point where they are not. A decision: no proof rests on samples.

The first method that applies decides:

    comparators   deep networks whose weights turn out to be minima and maxima of wires: the 0-1 principle
    kinks         one hidden layer on both sides: the kink canonical forms are equal (any number of inputs)
    evaluation    refutes only: some points are tried, as claims that are wrong are mostly wrong nearly everywhere
    cells         otherwise: on each cell of the common refinement both sides are linear, and equal on the generators
                  (vertices, rays, lines) that span it
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from itertools import islice, product
from typing import TypeAlias

from symnet.relu.cells import Arrangement, Cell, arrangement
from symnet.relu.circuits import Builder, Circuit, Linear, forward, number
from symnet.relu.claims import Case, Claim, chosen
from symnet.relu.kinks import kink_forms, witnesses
from symnet.relu.network import ReluNetwork
from symnet.relu.rationals import Vector
from symnet.relu.structure import differing_bits, zeros_and_ones_in
from symnet.relu.trials import suspects

Compiled: TypeAlias = tuple[Circuit, tuple[tuple[Case, ...], ...]]
Candidates: TypeAlias = Iterator[Vector]
"""Points on one of which the sides differ; none where they are equal."""


@dataclass(frozen=True)
class Comparison:
    """A network and a claim; on one circuit when asked: for each output the network's form, and the claim's cases."""

    net: ReluNetwork
    claim: Claim

    @cached_property
    def compiled(self) -> Compiled:
        builder = Builder(self.net.widths[0])
        outputs = forward(self.net.layers, builder.variables, builder.relu, number(1))
        claimed = self.claim.compile(builder, builder.variables)
        return builder.circuit(outputs), tuple(map(tuple, claimed))

    @property
    def circuit(self) -> Circuit:
        return self.compiled[0]

    @property
    def outputs(self) -> tuple[Linear, ...]:
        return self.circuit.outputs

    @property
    def claimed(self) -> tuple[tuple[Case, ...], ...]:
        return self.compiled[1]

    @property
    def shallow(self) -> bool:
        """No relu inside a relu, and no conditions: kink forms exist."""
        return max(self.circuit.depths, default=0) <= 1 and not self.claim.conditions

    def differ(self, x: Vector) -> bool:
        """Exact evaluation of both sides, apart from the circuit."""
        return self.net(x) != self.claim(x)


def compare(net: ReluNetwork, claim: Claim) -> Comparison:
    """Both sides, the network's units first."""
    return Comparison(net, claim)


def difference(both: Comparison) -> tuple[str, Vector | None]:
    """The method that decided, and a point where the sides differ, or None where they are equal everywhere."""
    method, candidates = next((name, found) for name, apply in METHODS.items() if (found := apply(both)) is not None)
    first = next(candidates, None)
    if first is None:
        return method, None
    points = (*_simple_points(both.net.widths[0]), first, *candidates)
    return method, next(x for x in points if both.differ(x))


def _simple_points(n: int) -> list[Vector]:
    """Small integer points, the smallest first: a counterexample should be easy to check by hand."""
    points = islice(product(range(-2, 3), repeat=n), 5**4) if n <= 4 else [(0,) * n]
    return [tuple(map(Fraction, x)) for x in sorted(points, key=lambda x: (sum(map(abs, x)), [-a for a in x]))]


def _by_comparators(both: Comparison) -> Candidates | None:
    wrong = differing_bits(both.net, both.claim)
    return None if wrong is None else zeros_and_ones_in(wrong, both.net.widths[0])


def _by_kinks(both: Comparison) -> Candidates | None:
    if not both.shallow:
        return None
    pairs = zip(both.outputs, both.claimed, strict=True)
    forms = kink_forms(both.circuit, [form - claimed for form, [(_, claimed)] in pairs if claimed is not None])
    return (x for form in forms if not form.zero for x in witnesses(form, both.circuit.inputs))


def _by_evaluation(both: Comparison) -> Candidates | None:
    found = next(filter(both.differ, suspects(both.net, both.claim)), None)
    return None if found is None else iter((found,))


def _by_cells(both: Comparison) -> Candidates:
    found = arrangement(both.circuit)
    for cell in found.cells:
        if not _equal_on(both, found, cell):
            yield from _inner_points(cell, both.circuit.inputs)
            return


def _equal_on(both: Comparison, found: Arrangement, cell: Cell) -> bool:
    facts = both.claim.facts(interior(cell, both.circuit.inputs))
    for form, cases in zip(both.outputs, both.claimed, strict=True):
        claimed = chosen(cases, facts)
        if claimed is None or any(found.evaluate(form - claimed, g) for g in cell.generators):
            return False
    return True


def interior(cell: Cell, n: int) -> Vector:
    """A point strictly inside: the sum of all generators of the cone."""
    w, *x = (sum(column) for column in zip(*(g.wires[: n + 1] for g in cell.rays), strict=True))
    return tuple(Fraction(a, w) for a in x)


def _inner_points(cell: Cell, n: int) -> Iterator[Vector]:
    """Points strictly inside that span the space, so that no nonzero affine map is zero on all of them."""
    p = interior(cell, n)
    yield p
    for g in cell.generators:
        w, *x = g.wires[: n + 1]
        yield tuple((a + Fraction(b, w)) / 2 if w else a + b for a, b in zip(p, x, strict=True))


METHODS: Mapping[str, Callable[[Comparison], Candidates | None]] = {
    "comparators": _by_comparators,
    "kinks": _by_kinks,
    "evaluation": _by_evaluation,
    "cells": _by_cells,
}
