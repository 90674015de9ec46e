"""The closed form of each output: a sympy.Piecewise with one branch for each affine map.

The cells with the same map are joined into as few convex parts as a greedy pass finds: all that is connected, where
that is convex; else two neighbours with what lies between them, again and again. A part is the conjunction of its
irredundant inequalities, a branch the disjunction of its parts. The branch with the most complex region comes last and
needs no condition.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import replace
from fractions import Fraction
from itertools import combinations
from typing import Any

import sympy as sp

from symnet.relu.budget import UNLIMITED, Budget, Tick
from symnet.relu.circuits import Layers
from symnet.relu.geometry.rationals import Vector
from symnet.relu.regions.regions import Inequality, Region, connected, joined, regions, within


def piecewise(layers: Layers, x: Sequence[sp.Symbol], budget: Budget = UNLIMITED) -> tuple[Any, ...]:
    """One Piecewise for each output, exhaustive, exact on the closed regions."""
    cells = regions(layers, budget)
    return tuple(_output(cells, o, x, budget) for o in range(len(layers[-1][1])))


def _output(cells: Sequence[Region], o: int, x: Sequence[sp.Symbol], budget: Budget) -> Any:
    """The branches of output ``o``, simplest regions first."""
    branches = defaultdict(list)
    for cell in cells:
        branches[cell.G[o], cell.c[o]].append(replace(cell, maps=(cell.maps[o],), divisors=(cell.divisors[o],)))
    work = f"joining the cells of each affine map of output {o + 1}"
    each = budget.each(branches.items(), len(branches), work)
    parts = [(affine(key[0], key[1], x), _convex_parts(group, budget.ticker(work))) for key, group in each]
    *first, (last, _) = sorted(parts, key=lambda branch: _complexity(branch[1]))
    return sp.Piecewise(*((value, condition(group, x)) for value, group in first), (last, True), evaluate=False)


def _complexity(parts: Sequence[Region]) -> tuple[Any, ...]:
    """Fewest parts first, then fewest inequalities, then from small to large inputs."""
    halfspaces = [i for part in parts for i in part.inequalities or ()]
    return len(parts), len(halfspaces), sorted((tuple(-c for c in a), b) for a, b in halfspaces)


def _convex_parts(cells: Sequence[Region], tick: Tick) -> list[Region]:
    """What is connected as one part where that is convex; else joined from a pair on, for as long as a union is."""
    parts: list[Region] = []
    for group in connected(cells, tick):
        whole = joined(group)
        parts += [whole] if whole.convex else _grown(group, tick)
    return parts


def _grown(cells: Sequence[Region], tick: Tick) -> list[Region]:
    """The cells in convex parts, by steps that each join two neighbours and what lies between them."""
    parts = [joined([cell]) for cell in cells]
    while (union := next(_convex_unions(parts, tick), None)) is not None:
        parts = [*(part for part in parts if part.cells[0] not in union.cells), union]
    return parts


def _convex_unions(parts: Sequence[Region], tick: Tick) -> Iterator[Region]:
    """Unions of two neighbours, and of all parts in the halfspaces that hold both, where they are convex."""
    outer = [{facet for facet, _ in part.facets} for part in parts]
    for i, j in combinations(range(len(parts)), 2):
        if outer[i] & outer[j]:
            tick()
            two = parts[i].cells + parts[j].cells
            yield from filter(lambda union: union.convex, (joined(two), joined(_between(parts, parts[i], parts[j]))))


def _between(parts: Sequence[Region], first: Region, second: Region) -> list[Region]:
    """The cells of all parts that lie in every halfspace of the first or second that holds them both."""
    common = [h for part in (first, second) for h in part.inequalities or () if within(first, h) and within(second, h)]
    return [cell for part in parts if all(within(part, h) for h in common) for cell in part.cells]


# ---------------------------------------------------------------------- writing
def affine(slope: Vector, constant: Fraction | int, x: Sequence[sp.Symbol]) -> sp.Expr:
    """⟨slope, x⟩ + constant."""
    return sp.Add(*(sp.Rational(a) * v for a, v in zip(slope, x, strict=True)), sp.Rational(constant))


def condition(parts: Sequence[Region], x: Sequence[sp.Symbol]) -> sp.Basic:
    """x is in one of the convex parts."""
    return sp.Or(*(sp.And(*(inequality(i, x) for i in part.inequalities or ())) for part in parts))


def inequality(halfspace: Inequality, x: Sequence[sp.Symbol]) -> sp.Basic:
    """⟨a, x⟩ ≤ b with positive coefficients on both sides: x_1 ≤ x_2 − 1, x_1 ≥ 0."""
    a, b = halfspace
    plus, minus = (tuple(max(sign * c, 0) for c in a) for sign in (1, -1))
    return sp.Le(affine(plus, 0, x), affine(minus, b, x)) if any(plus) else sp.Ge(affine(minus, 0, x), -b)
