"""Two functions equal everywhere, or a point where they are not. A decision: nothing is sampled.

Both sides are compiled to one circuit and compared by the first method that applies:

    kinks   one hidden layer on both sides: the kink canonical forms are equal (any number of inputs)
    cells   otherwise: on each cell of the common refinement both sides are linear, and equal on the generators
            (vertices, rays, lines) that span it
"""

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from itertools import islice, product

from symnet.relu.cells import Cell, arrangement
from symnet.relu.circuits import Builder, Circuit, Linear, forward, number
from symnet.relu.claims import Case, Claim, chosen
from symnet.relu.kinks import kink_form, witnesses
from symnet.relu.network import ReluNetwork
from symnet.relu.rationals import Vector


@dataclass(frozen=True)
class Comparison:
    """A network and a claim on one circuit: for each output the network's form, and the claim's cases."""

    net: ReluNetwork
    claim: Claim
    circuit: Circuit
    outputs: tuple[Linear, ...]
    claimed: tuple[tuple[Case, ...], ...]

    @property
    def shallow(self) -> bool:
        """No relu inside a relu, and no conditions: kink forms exist."""
        return max(self.circuit.depths, default=0) <= 1 and not self.claim.conditions

    def differ(self, x: Vector) -> bool:
        """Exact evaluation of both sides, apart from the circuit."""
        return self.net(x) != self.claim(x)


def compare(net: ReluNetwork, claim: Claim) -> Comparison:
    """Compile both sides, the network's units first."""
    builder = Builder(net.widths[0])
    outputs = forward(net.layers, builder.variables, builder.relu, number(1))
    claimed = tuple(map(tuple, claim.compile(builder, builder.variables)))
    return Comparison(net, claim, builder.circuit(outputs), tuple(outputs), claimed)


def difference(both: Comparison) -> tuple[str, Vector | None]:
    """The method that decided, and a point where the sides differ, or None where they are equal everywhere."""
    method, candidates = ("kinks", _by_kinks(both)) if both.shallow else ("cells", _by_cells(both))
    first = next(candidates, None)
    if first is None:
        return method, None
    points = (*_simple_points(both.net.widths[0]), first, *candidates)
    return method, next(x for x in points if both.differ(x))


def _simple_points(n: int) -> list[Vector]:
    """Small integer points, the smallest first: a counterexample should be easy to check by hand."""
    points = islice(product(range(-2, 3), repeat=n), 5**4) if n <= 4 else [(0,) * n]
    return [tuple(map(Fraction, x)) for x in sorted(points, key=lambda x: (sum(map(abs, x)), [-a for a in x]))]


def _by_kinks(both: Comparison) -> Iterator[Vector]:
    """Points on one of which the sides differ; none if they are equal."""
    for form, [(_, claimed)] in zip(both.outputs, both.claimed, strict=True):
        assert claimed is not None
        kinks = kink_form(both.circuit, form - claimed)
        if not kinks.zero:
            yield from witnesses(kinks, both.circuit.inputs)
            return


def _by_cells(both: Comparison) -> Iterator[Vector]:
    """Points on one of which the sides differ; none if they are equal: on each cell two affine maps."""
    found, n = arrangement(both.circuit), both.circuit.inputs
    differences = {
        (o, id(form)): both.outputs[o] - form
        for o, cases in enumerate(both.claimed)
        for _, form in cases
        if form is not None
    }
    maps, _ = found.affine(list(differences.values()))
    for cell, rows in zip(found.cells, maps, strict=True):
        differ = {key: any(row) for key, row in zip(differences, rows, strict=True)}
        facts = both.claim.facts(interior(cell, n)) if both.claim.conditions else {}
        claimed = [chosen(cases, facts) for cases in both.claimed]
        if any(form is None or differ[o, id(form)] for o, form in enumerate(claimed)):
            yield from _inner_points(cell, n)
            return


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
