"""Regions of a ReLU network: polyhedra, each with the affine map that the network is there.

    activation cell   every hidden unit is on or off; all cells together cover ℝⁿ and meet only in faces
    linear region     a maximal connected union of cells on which the network is one affine map

a, b    an inequality ⟨a, x⟩ ≤ b in primitive integers          G, c    out = G x + c on the region
point   homogeneous integers (w, x): the vertex x / w, or the direction x where w = 0
"""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from functools import cached_property
from math import gcd
from typing import TYPE_CHECKING, TypeAlias

from symnet.relu.budget import UNLIMITED, Budget
from symnet.relu.cells import Arrangement, arrangement
from symnet.relu.circuits import compiled
from symnet.relu.cuts import Cell, Forms, Generator
from symnet.relu.garbage import uncollected
from symnet.relu.rationals import Matrix, Vector, dot, null_space, primitive, rank

if TYPE_CHECKING:
    from symnet.relu.network import ReluNetwork

Point: TypeAlias = tuple[int, ...]
Direction: TypeAlias = tuple[int, ...]
Inequality: TypeAlias = tuple[tuple[int, ...], int]
Facet: TypeAlias = frozenset[Point]


@dataclass(frozen=True)
class Region:
    """{x : A x ≤ b} = conv(vertices) + cone(rays) + span(lines), where out = G x + c.

    pattern       for each hidden layer, 1 for a unit that is positive inside, 0 for one that is not
    inequalities  irredundant pairs (a, b) of primitive integers, one for each facet
    vertices      exact points; where there are lines, one point of each smallest face
    rays, lines   directions in primitive integers
    cells         for a linear region the cells that it is made of. It may not be convex: then ``inequalities`` is None
                  and ``vertices`` and ``rays`` are those of its cells. Its ``pattern`` is empty.
    """

    pattern: tuple[tuple[int, ...], ...]
    inequalities: tuple[Inequality, ...] | None
    vertices: tuple[Vector, ...]
    rays: tuple[Direction, ...]
    lines: tuple[Direction, ...]
    G: Matrix
    c: Vector
    cells: tuple["Region", ...] = ()
    spans: tuple[tuple[Collection[Point], Inequality], ...] = field(default=(), repr=False)
    """The points that span each facet, with its inequality."""

    @cached_property
    def facets(self) -> tuple[tuple[Facet, Inequality], ...]:
        """The points as sets: neighbours have them in common."""
        return tuple((frozenset(points), inequality) for points, inequality in self.spans)

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
def regions(net: "ReluNetwork", budget: Budget = UNLIMITED) -> tuple[Region, ...]:
    """All activation cells, those with the first units on first."""
    with uncollected():
        found = arrangement(compiled(net.layers), budget)
        maps, units = found.affine(found.circuit.outputs)
        reader = Reader(found, units, net.widths[1:-1])
        pairs = zip(found.cells, maps, strict=True)
        each = budget.each(pairs, len(found.cells), "reading the facets and the affine map of each cell")
        read = [reader.region(cell, rows) for cell, rows in each]
        return tuple(sorted(read, key=lambda region: region.pattern, reverse=True))


@dataclass(frozen=True)
class Reader:
    """Turns cells into regions; what cells share is written down once."""

    found: Arrangement
    units: Sequence[int]
    widths: Sequence[int]
    walls: dict[tuple[Forms, int, bool], Inequality] = field(default_factory=dict)
    vertices: dict[Generator, Vector] = field(default_factory=dict)

    def region(self, cell: Cell, rows: Sequence[Sequence[int]]) -> Region:
        facets = tuple(self.facets(cell))
        affine = [tuple([Fraction(a, d) for a in row]) for row, d in zip(rows, self.units, strict=True)]
        return Region(
            pattern=_grouped(self.by_unit(cell.active), self.widths),
            inequalities=tuple([inequality for _, inequality in facets]),
            vertices=tuple([self.vertex(g) for g in cell.rays if g.wires[0]]),
            rays=tuple([g.wires[1:] for g in cell.rays if not g.wires[0]]),
            lines=tuple([g.wires[1:] for g in cell.lines]),
            G=tuple([row[1:] for row in affine]),
            c=tuple([row[0] for row in affine]),
            spans=facets,
        )

    @cached_property
    def order(self) -> list[int]:
        """The units' numbers 1, 2, ... in the order of the levels; constant units are on the first."""
        return [unit - self.found.circuit.inputs for level in self.found.levels for unit in level.units]

    @cached_property
    def place(self) -> list[tuple[int, int]]:
        """For each bit its unit's level, and its number there."""
        return [(0, 0), *((level.number, i) for level in self.found.levels for i in range(len(level.units)))]

    @cached_property
    def ordered(self) -> bool:
        return self.order == sorted(self.order)

    def by_unit(self, active: int) -> int:
        """The mask with bit k for unit k."""
        if self.ordered:
            return active
        return sum(1 << k for i, k in enumerate(self.order, 1) if active >> i & 1)

    def vertex(self, g: Generator) -> Vector:
        if g not in self.vertices:
            w, *x = g.wires
            self.vertices[g] = tuple([Fraction(a, w) for a in x])
        return self.vertices[g]

    def facets(self, cell: Cell) -> Iterator[tuple[tuple[Point, ...], Inequality]]:
        """The largest proper faces: a constraint is one where what it vanishes on is maximal. Not infinity."""
        whole, least = (1 << len(cell.rays)) - 1, self.found.circuit.inputs - len(cell.lines)
        large: dict[int, int] = {}
        for bit, face in _faces(cell):
            if face != whole and face.bit_count() >= least:
                large.setdefault(face, bit)
        for face, bit in large.items():
            if bit != 1 and not any(face & other == face != other for other in large):
                yield tuple([g.wires for i, g in enumerate(cell.rays) if face >> i & 1]), self.wall(cell, bit)

    def wall(self, cell: Cell, bit: int) -> Inequality:
        """The constraint on the cell: its unit's form is not negative where it is active, not positive elsewhere."""
        k = bit.bit_length() - 1
        number, i = self.place[k]
        forms, active = cell.forms[number], bool(cell.active & bit)
        key = (forms, k, active)
        if key not in self.walls:
            form = forms.rows[i]
            divisor = gcd(*form) * (1 if active else -1)
            constant, *slope = (a // divisor for a in form)
            self.walls[key] = tuple([-a for a in slope]), constant
        return self.walls[key]


def _faces(cell: Cell) -> list[tuple[int, int]]:
    """For each constraint that vanishes somewhere, its bit, and the rays on which it does, as a mask."""
    faces: dict[int, int] = {}
    for i, g in enumerate(cell.rays):
        zero, ray = g.zero & cell.facets, 1 << i
        while zero:
            bit = zero & -zero
            zero ^= bit
            faces[bit] = faces.get(bit, 0) | ray
    return sorted(faces.items())


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
def linear_regions(net: "ReluNetwork", budget: Budget = UNLIMITED) -> tuple[Region, ...]:
    """The maximal connected regions with one affine map, in the order of their first cells."""
    groups = connected(regions(net, budget))
    return tuple(joined(group) for group in budget.each(groups, len(groups), "joining the cells of each linear region"))


def connected(cells: Sequence[Region]) -> list[list[Region]]:
    """The cells in groups: with the same affine map, and joined through common facets."""
    neighbours = defaultdict(list)
    for k, cell in enumerate(cells):
        for facet, _ in cell.facets:
            neighbours[facet, cell.G, cell.c].append(k)
    links = defaultdict(set)
    for group in neighbours.values():
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
    outer = _outer_facets(cells)
    inequalities = tuple(dict.fromkeys(inequality for _, inequality in outer))
    vertices = tuple(dict.fromkeys(x for cell in cells for x in cell.vertices))
    rays = tuple(dict.fromkeys(ray for cell in cells for ray in cell.rays))
    merged = Region((), inequalities, vertices, rays, cells[0].lines, cells[0].G, cells[0].c, tuple(cells), outer)
    holds = all(dot(a, x) <= b for a, b in inequalities for x in vertices) and all(
        dot(a, ray) <= 0 for a, _ in inequalities for ray in rays
    )
    return _extreme(merged) if holds else replace(merged, inequalities=None)


def _outer_facets(cells: Sequence[Region]) -> tuple[tuple[Facet, Inequality], ...]:
    """The facets that no two of the cells share."""
    times = Counter(facet for cell in cells for facet, _ in cell.facets)
    return tuple((facet, inequality) for cell in cells for facet, inequality in cell.facets if times[facet] == 1)


def _extreme(region: Region) -> Region:
    """The convex region in its own generators, for a union may gain lines and lose vertices and rays.

    A vertex is tight on as many independent inequalities as there are dimensions beside the lines, a ray on one less.
    """
    n, inequalities = len(region.G[0]), region.inequalities or ()
    lines = tuple(primitive(v)[0] for v in null_space([a for a, _ in inequalities], n))
    need = n - len(lines)
    vertices, rays = {}, {}
    for x in region.vertices:
        vertices.setdefault(tuple(a for a, b in inequalities if dot(a, x) == b), x)
    for x in region.rays:
        rays.setdefault(tuple(a for a, _ in inequalities if dot(a, x) == 0), x)
    return replace(
        region,
        vertices=tuple(x for tight, x in vertices.items() if rank(tight) == need),
        rays=tuple(x for tight, x in rays.items() if rank(tight) == need - 1),
        lines=lines,
    )
