"""Regions of a ReLU network: polyhedra, each with the affine map that the network is there.

    activation cell   every hidden unit is on or off; all cells together cover ℝⁿ and meet only in faces
    linear region     a maximal connected union of cells on which the network is one affine map

a, b    an inequality ⟨a, x⟩ ≤ b in primitive integers          G, c    out = G x + c on the region
point   homogeneous integers (w, x): the vertex x / w, or the direction x where w = 0
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from functools import cached_property, partial
from math import gcd
from typing import TypeAlias

from symnet.relu.budget import UNLIMITED, Budget, Tick, ticking, unlimited
from symnet.relu.circuits import Layers, compiled
from symnet.relu.geometry.cuts import Cell, Forms
from symnet.relu.geometry.rationals import Matrix, Vector, dot, null_space, primitive, rank
from symnet.relu.regions.cells import Arrangement, WithMaps, arrangement
from symnet.relu.regions.garbage import uncollected
from symnet.relu.regions.jobs import each_cell

Point: TypeAlias = tuple[int, ...]
Direction: TypeAlias = tuple[int, ...]
Inequality: TypeAlias = tuple[tuple[int, ...], int]
Facet: TypeAlias = frozenset[Point]


@dataclass(frozen=True)
class Region:
    """{x : A x ≤ b} = conv(vertices) + cone(rays) + span(lines), where out = G x + c. Kept in integers.

    pattern       for each hidden layer, 1 for a unit that is positive inside, 0 for one that is not
    inequalities  irredundant pairs (a, b) of primitive integers, one for each facet
    points        the vertices and rays; where there are lines, one point of each smallest face
    lines         directions in primitive integers
    maps          for each output (constant, slopes), times its divisor
    cells         for a linear region the cells that it is made of. It may not be convex: then ``inequalities`` is None
                  and ``points`` are those of its cells. Its ``pattern`` is empty.
    """

    pattern: tuple[tuple[int, ...], ...]
    inequalities: tuple[Inequality, ...] | None
    points: tuple[Point, ...]
    lines: tuple[Direction, ...]
    maps: tuple[tuple[int, ...], ...]
    divisors: tuple[int, ...]
    cells: tuple["Region", ...] = ()
    walls: tuple[int, ...] = field(default=(), repr=False)
    """For each inequality a bit, which is in ``zeros`` of the points where it is an equation."""
    zeros: tuple[int, ...] = field(default=(), repr=False)

    @cached_property
    def vertices(self) -> tuple[Vector, ...]:
        """Exact points."""
        return tuple(tuple(Fraction(a, w) for a in x) for w, *x in self.points if w)

    @cached_property
    def rays(self) -> tuple[Direction, ...]:
        """Directions in primitive integers."""
        return tuple(point[1:] for point in self.points if not point[0])

    @cached_property
    def G(self) -> Matrix:
        return tuple(tuple(Fraction(a, d) for a in row[1:]) for row, d in zip(self.maps, self.divisors, strict=True))

    @cached_property
    def c(self) -> Vector:
        return tuple(Fraction(row[0], d) for row, d in zip(self.maps, self.divisors, strict=True))

    @cached_property
    def facets(self) -> tuple[tuple[Facet, Inequality], ...]:
        """The points that span each facet, as a set, for neighbours have it in common; with the inequality."""
        if self.cells:
            return _outer_facets(self.cells)
        on = (frozenset(p for p, zero in zip(self.points, self.zeros, strict=True) if zero & w) for w in self.walls)
        return tuple(zip(on, self.inequalities or (), strict=True))

    @property
    def convex(self) -> bool:
        return self.inequalities is not None

    @property
    def bounded(self) -> bool:
        return not self.rays and not self.lines

    @cached_property
    def interior(self) -> Vector:
        """A rational point strictly inside: the mean of the vertices plus the sum of the rays."""
        if not self.convex:
            return self.cells[0].interior
        mean = [sum(column, start=Fraction(0)) / len(self.vertices) for column in zip(*self.vertices, strict=True)]
        return tuple(a + sum(ray[i] for ray in self.rays) for i, a in enumerate(mean))

    def __contains__(self, x: Sequence[Fraction | int]) -> bool:
        """Whether the exact point x is in the closed region."""
        if self.inequalities is None:
            return any(x in cell for cell in self.cells)
        return all(dot(a, x) <= b for a, b in self.inequalities)

    def __call__(self, x: Sequence[Fraction | int]) -> Vector:
        """G x + c, anywhere."""
        return tuple(dot(row, x) + c for row, c in zip(self.G, self.c, strict=True))


# ---------------------------------------------------------------------- activation cells
def iter_regions(layers: Layers, budget: Budget = UNLIMITED, jobs: int = 1) -> Iterator[Region]:
    """The activation cells as they are found, those with the first units on first."""
    circuit, hidden = compiled(layers), [len(b) for _, b in layers[:-1]]
    return each_cell(arrangement(circuit, budget, circuit.outputs), partial(_read, hidden), jobs)


def _read(widths: Sequence[int], found: Arrangement, pairs: WithMaps) -> Iterator[Region]:
    reader = Reader(found, widths)
    return (reader.region(cell, maps) for cell, maps in pairs)


def regions(layers: Layers, budget: Budget = UNLIMITED, jobs: int = 1) -> tuple[Region, ...]:
    """All activation cells."""
    with uncollected():
        return tuple(iter_regions(layers, budget, jobs))


class Reader:
    """Turns cells into regions; what cells share is written down once."""

    def __init__(self, found: Arrangement, widths: Sequence[int]) -> None:
        self.widths = widths
        self.divisors = found.divisors
        self.place = [(0, 0), *((level.number, i) for level in found.levels for i in range(len(level.units)))]
        """For each bit its unit's level, and its number there."""
        units = [unit - found.inputs for level in found.levels for unit in level.units]
        self.order = None if units == sorted(units) else units
        """The units' numbers 1, 2, ... in the order of the bits, if that is another; constant units come first."""
        self.forms: tuple[Forms, ...] = ()
        self.known: dict[int, Inequality] = {}
        """The inequalities of the cells with these forms, which come one after the other."""

    def region(self, cell: Cell, maps: Sequence[Sequence[int]]) -> Region:
        walls = tuple(_bits(cell.facets & ~1))  # infinity is none
        return Region(
            pattern=_grouped(cell.active if self.order is None else _reordered(cell.active, self.order), self.widths),
            inequalities=self.inequalities(cell, walls),
            points=tuple([g.point for g in cell.rays]),
            lines=tuple([g.point[1:] for g in cell.lines]),
            maps=tuple(map(tuple, maps)),
            divisors=self.divisors,
            walls=walls,
            zeros=tuple([g.zero for g in cell.rays]),
        )

    def inequalities(self, cell: Cell, walls: Iterable[int]) -> tuple[Inequality, ...]:
        """The constraints on the cell: a unit's form is not negative where it is active, not positive elsewhere."""
        if cell.forms is not self.forms:
            self.forms, self.known = cell.forms, {}
        found = []
        for bit in walls:
            side = bit if cell.active & bit else -bit
            if side not in self.known:
                self.known[side] = self.inequality(cell, bit)
            found.append(self.known[side])
        return tuple(found)

    def inequality(self, cell: Cell, bit: int) -> Inequality:
        number, i = self.place[bit.bit_length() - 1]
        form = cell.forms[number].rows[i]
        divisor = gcd(*form) * (1 if cell.active & bit else -1)
        constant, *slope = (a // divisor for a in form)
        return tuple([-a for a in slope]), constant


def _bits(mask: int) -> Iterator[int]:
    while mask:
        yield mask & -mask
        mask &= mask - 1


def _reordered(active: int, order: Sequence[int]) -> int:
    """The mask with bit k for unit k."""
    return sum(1 << k for i, k in enumerate(order, 1) if active >> i & 1)


def _grouped(active: int, widths: Sequence[int]) -> tuple[tuple[int, ...], ...]:
    """The bits 1, 2, ... of the mask, layer by layer."""
    groups, rest = [], active >> 1
    for width in widths:
        digits = f"{rest & (1 << width) - 1:0{width}b}"[::-1]
        groups.append(tuple(digits.encode().translate(DIGITS)))
        rest >>= width
    return tuple(groups)


DIGITS = bytes.maketrans(b"01", b"\0\1")


# ---------------------------------------------------------------------- linear regions
def linear_regions(layers: Layers, budget: Budget = UNLIMITED, jobs: int = 1) -> tuple[Region, ...]:
    """The maximal connected regions with one affine map, in the order of their first cells."""
    groups = connected(regions(layers, budget, jobs), budget.ticker("joining the cells of each linear region"))
    return tuple(joined(group) for group in budget.each(groups, len(groups), "joining the cells of each linear region"))


def connected(cells: Sequence[Region], tick: Tick = unlimited) -> list[list[Region]]:
    """The cells in groups: with the same affine map, and joined through common facets."""
    neighbours = defaultdict(list)
    for k, cell in enumerate(ticking(cells, tick)):
        for facet, _ in cell.facets:
            neighbours[facet, cell.maps].append(k)
    links = defaultdict(set)
    for group in ticking(neighbours.values(), tick):
        for k in group:
            links[k].update(group)
    seen: set[int] = set()
    return [[cells[i] for i in sorted(_reached(k, links, seen))] for k in range(len(cells)) if k not in seen]


def _reached(start: int, links: dict[int, set[int]], seen: set[int]) -> set[int]:
    """All that is linked with ``start``, marked as seen."""
    reached, todo = {start}, [start]
    while todo:
        new = links[todo.pop()] - reached
        reached |= new
        todo += new
    seen |= reached
    return reached


def joined(cells: Sequence[Region]) -> Region:
    """One region from cells with the same affine map. Cells that are linked through facets, and whose outer facets'
    inequalities all hold throughout, fill the intersection of those halfspaces, and so are convex."""
    inequalities = tuple(dict.fromkeys(inequality for _, inequality in _outer_facets(cells)))
    points = tuple(dict.fromkeys(point for cell in cells for point in cell.points))
    first = cells[0]
    merged = Region((), inequalities, points, first.lines, first.maps, first.divisors, tuple(cells))
    holds = all(within(merged, inequality) for inequality in inequalities)
    return _extreme(merged) if holds else replace(merged, inequalities=None)


def within(region: Region, inequality: Inequality) -> bool:
    """Whether the inequality holds on all of the region: at its points, and along its lines."""
    a, _ = inequality
    along = all(dot(a, line) == 0 for line in region.lines)
    return along and all(_slack(inequality, point) >= 0 for point in region.points)


def _slack(inequality: Inequality, point: Point) -> int:
    """b w − ⟨a, x⟩."""
    (a, b), (w, *x) = inequality, point
    return b * w - dot(a, x)


def _outer_facets(cells: Sequence[Region]) -> tuple[tuple[Facet, Inequality], ...]:
    """The facets that no two of the cells share."""
    times = Counter(facet for cell in cells for facet, _ in cell.facets)
    return tuple((facet, inequality) for cell in cells for facet, inequality in cell.facets if times[facet] == 1)


def _extreme(region: Region) -> Region:
    """The convex region in its own generators, for a union may gain lines and lose vertices and rays.

    A vertex is tight on as many independent inequalities as there are dimensions beside the lines, a ray on one less.
    Of those that differ along a line only, one is kept.
    """
    n, inequalities = len(region.maps[0]) - 1, region.inequalities or ()
    lines = tuple(primitive(v)[0] for v in null_space([a for a, _ in inequalities], n))
    faces: dict[tuple[bool, tuple[Direction, ...]], Point] = {}
    for point in region.points:
        tight = tuple(a for a, b in inequalities if _slack((a, b), point) == 0)
        faces.setdefault((point[0] > 0, tight), point)
    need = n - len(lines)
    points = tuple(p for (vertex, tight), p in faces.items() if rank(tight) == (need if vertex else need - 1))
    return replace(region, points=points, lines=lines)
