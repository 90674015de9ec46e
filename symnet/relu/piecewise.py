"""The closed form of each output: a sympy.Piecewise with one branch for each affine map.

The cells with the same map are joined into as few convex parts as a greedy pass finds; a part is the conjunction of its
irredundant inequalities, a branch the disjunction of its parts. The branch with the most complex region comes last and
needs no condition.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import replace
from fractions import Fraction
from itertools import combinations
from typing import TYPE_CHECKING, Any

import sympy as sp

from symnet.relu.budget import UNLIMITED, Budget
from symnet.relu.rationals import Vector
from symnet.relu.regions import Inequality, Region, joined, regions

if TYPE_CHECKING:
    from symnet.relu.network import ReluNetwork


def piecewise(net: "ReluNetwork", budget: Budget = UNLIMITED) -> tuple[Any, ...]:
    """One Piecewise for each output, exhaustive, exact on the closed regions."""
    cells = regions(net, budget)
    return tuple(_output(cells, o, net.inputs, budget) for o in range(net.widths[-1]))


def _output(cells: Sequence[Region], o: int, x: Sequence[sp.Symbol], budget: Budget) -> Any:
    """The branches of output ``o``, simplest regions first."""
    branches = defaultdict(list)
    for cell in cells:
        branches[cell.G[o], cell.c[o]].append(replace(cell, maps=(cell.maps[o],), divisors=(cell.divisors[o],)))
    each = budget.each(branches.items(), len(branches), f"joining the cells of each affine map of output {o + 1}")
    parts = [(affine(key[0], key[1], x), _convex_parts(group)) for key, group in each]
    *first, (last, _) = sorted(parts, key=lambda branch: _complexity(branch[1]))
    return sp.Piecewise(*((value, condition(group, x)) for value, group in first), (last, True), evaluate=False)


def _complexity(parts: Sequence[Region]) -> tuple[Any, ...]:
    """Fewest parts first, then fewest inequalities, then from small to large inputs."""
    halfspaces = [i for part in parts for i in part.inequalities or ()]
    return len(parts), len(halfspaces), sorted((tuple(-c for c in a), b) for a, b in halfspaces)


def _convex_parts(cells: Sequence[Region]) -> list[Region]:
    """Neighbours joined for as long as the union of two parts is convex."""
    parts = [joined([cell]) for cell in cells]
    while (found := next(_convex_unions(parts), None)) is not None:
        i, j, union = found
        parts = [*(part for k, part in enumerate(parts) if k not in (i, j)), union]
    return parts


def _convex_unions(parts: Sequence[Region]) -> Iterator[tuple[int, int, Region]]:
    """Two parts and their union, where that is convex."""
    for i, j in combinations(range(len(parts)), 2):
        union = joined(parts[i].cells + parts[j].cells)
        if union.convex:
            yield i, j, union


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
