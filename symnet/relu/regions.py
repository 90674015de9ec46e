"""Regions of a ReLU network: polyhedra, each with the affine map that the network is there.

    activation cell   every hidden unit is on or off; all cells together cover ℝⁿ and meet only in faces
    linear region     a maximal connected union of cells on which the network is one affine map

a, b    an inequality ⟨a, x⟩ ≤ b in primitive integers          G, c    out = G x + c on the region
point   homogeneous integers (w, x): the vertex x / w, or the direction x where w = 0
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from functools import cached_property
from math import gcd
from typing import TYPE_CHECKING, TypeAlias

from symnet.relu.budget import UNLIMITED, Budget
from symnet.relu.cells import Cell, Generator, arrangement
from symnet.relu.circuits import compiled
from symnet.relu.maps import Maps
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
    faces: tuple[tuple[Sequence[Point], Inequality], ...] = field(default=(), repr=False)
    """The points that span each facet, with its inequality."""

    @cached_property
    def facets(self) -> tuple[tuple[Facet, Inequality], ...]:
        """The points that span each facet, with its inequality: neighbours have the points in common."""
        return tuple((frozenset(points), inequality) for points, inequality in self.faces)

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
    found = arrangement(compiled(net.layers), budget)
    each = budget.each(found.cells, len(found.cells), "reading the facets and the affine map of each cell")
    maps, vertices = Maps(found), Vertices(net.widths[0])
    cells = [_region(maps, vertices, cell, net.widths[1:-1]) for cell in each]
    return tuple(sorted(cells, key=lambda region: region.pattern, reverse=True))


def _region(maps: Maps, vertices: "Vertices", cell: Cell, widths: Sequence[int]) -> Region:
    n = maps.n
    faces = tuple(_faces(maps, cell))
    G, c = maps.outputs(cell.active)
    return Region(
        pattern=_grouped(cell.active, widths),
        inequalities=tuple(inequality for _, inequality in faces),
        vertices=tuple(vertices[g] for g in cell.rays if g.wires[0]),
        rays=tuple(g.wires[1 : n + 1] for g in cell.rays if not g.wires[0]),
        lines=tuple(g.wires[1 : n + 1] for g in cell.lines),
        G=G,
        c=c,
        faces=faces,
    )


def _grouped(active: int, widths: Sequence[int]) -> tuple[tuple[int, ...], ...]:
    """The bits 1, 2, ... of the mask, layer by layer."""
    bits, found, first = f"{active >> 1:0{sum(widths)}b}"[::-1], [], 0
    for width in widths:
        found.append(tuple(map(int, bits[first : first + width])))
        first += width
    return tuple(found)


def _faces(maps: Maps, cell: Cell) -> Iterable[tuple[tuple[Point, ...], Inequality]]:
    """The largest proper faces: a constraint is one when what it vanishes on is maximal. Infinity is not reported."""
    on: dict[int, int] = {}
    for i, g in enumerate(cell.rays):
        zero = g.zero & cell.facets
        while zero:
            constraint = zero & -zero
            on[constraint] = on.get(constraint, 0) | 1 << i
            zero ^= constraint
    everything = (1 << len(cell.rays)) - 1
    first = {face: constraint for constraint, face in reversed(on.items()) if face != everything}
    for face, constraint in sorted(first.items(), key=lambda item: item[1]):
        if face != on.get(1) and not any(face & other == face != other for other in first):
            points = tuple(g.wires[: maps.n + 1] for i, g in enumerate(cell.rays) if face >> i & 1)
            k = constraint.bit_length() - 1
            yield points, _inequality(maps.unit(k, cell.active), bool(cell.active >> k & 1))


def _inequality(form: Sequence[int], positive: bool) -> Inequality:
    """⟨a, x⟩ ≤ b where the form, (constant, slopes), is ≥ 0, or ≤ 0."""
    g = gcd(*form) if positive else -gcd(*form)
    return tuple(-a // g for a in form[1:]), form[0] // g


class Vertices(dict[Generator, Vector]):
    """The exact point of each generator that is a vertex, made once for all cells that share it."""

    def __init__(self, n: int) -> None:
        super().__init__()
        self.n = n

    def __missing__(self, g: Generator) -> Vector:
        w, *x = g.wires[: self.n + 1]
        self[g] = tuple(Fraction(a, w) for a in x)
        return self[g]


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
