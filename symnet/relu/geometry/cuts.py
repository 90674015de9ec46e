"""Cones and their cuts: the double description method (Motzkin, Raiffa, Thompson, Thrall 1953; Fukuda, Prodon 1996).

A cone is spanned by its generators. A hyperplane that has some of them on both sides cuts it; the new generators are
where it crosses the edges, the pairs of rays that span a face. On a cell of the levels before, each unit is one linear
form in (w : x), so a generator is its point alone: its sign under a unit follows from the signs at the ends of the edge
that it cuts, but for the few units with both signs there. Integers only.

masks      bit k stands for the k-th unit in the order of the levels, bit 0 for the constraint w ≥ 0
forms      for each level, its units before their relu as integer rows (constant, slopes) on a cell; cells that are
           pieces of one cell of the level before share them
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

import numpy as np

from symnet.relu.budget import Tick, unlimited
from symnet.relu.geometry.integers import Row, at, shortest

MANY = 256
"""On cells with so many generators a single cut takes long enough for a look at the clock."""


@dataclass(frozen=True, slots=True, eq=False)
class Generator:
    """A vertex, ray or line, with the constraints that vanish, are positive, are negative on it (masks).

    ``positive`` and ``negative`` speak of the current level; a line is both, for it reaches both sides.
    """

    point: Row
    zero: int
    positive: int
    negative: int


@dataclass(frozen=True, slots=True, eq=False)
class Forms:
    """A level's units as linear forms, (units, n + 1): for NumPy, and for Python."""

    array: np.ndarray
    rows: list[list[int]]


@dataclass(frozen=True, slots=True, eq=False)
class Cell:
    """A cone spanned by ``rays`` (vertices among them) and ``lines``; ``active`` units are positive inside it."""

    rays: tuple[Generator, ...]
    lines: tuple[Generator, ...]
    active: int
    facets: int
    """The constraints that have a facet, one bit for each facet."""
    forms: tuple[Forms, ...]

    @property
    def generators(self) -> tuple[Generator, ...]:
        return self.rays + self.lines


@dataclass(frozen=True)
class Level:
    """The units whose cuts come next: the first one's bit, and rows (wire → integer) in wires of levels before.

    ``required`` units are constraints: there are cells only where they are ≥ 0.
    """

    number: int
    units: tuple[int, ...]
    rows: tuple[Mapping[int, int], ...]
    first: int
    required: bool = False

    @property
    def all(self) -> int:
        """The mask of the level's units."""
        return ((1 << len(self.units)) - 1) << self.first

    @property
    def settled(self) -> int:
        """The constraints of earlier levels: no cell has one of them on both sides."""
        return (1 << self.first) - 1


# ---------------------------------------------------------------------- cuts
Edge: TypeAlias = tuple[Generator, Generator, int]
"""Its ends above and below a unit, and the unit's bit."""


@dataclass(frozen=True)
class Cutter:
    """Cuts cells along the units of a level. ``tick`` is called from time to time: it may raise, to stop the work.

    ``known`` are the new generators by the edge they cut: cells that share an edge share them.
    """

    level: Level
    tick: Tick = unlimited
    known: dict[Edge, Generator] = field(default_factory=dict)

    def parts(self, cell: Cell) -> Iterator[Cell]:
        """The cells that the cell is cut into, those with points inside."""
        return self._confined(cell) if self.level.required else self._pieces(cell)

    def _pieces(self, cell: Cell) -> Iterator[Cell]:
        """The parts on which no unit is positive somewhere and negative elsewhere, the first units on first."""
        todo = [cell]
        while todo:
            cell = todo.pop()
            positive, negative = _reached(cell)
            if mixed := positive & negative:
                todo += self._cut(cell, mixed & -mixed)
            else:
                self.tick()
                yield Cell(cell.rays, cell.lines, cell.active | positive, cell.facets, cell.forms)

    def _confined(self, cell: Cell) -> Iterator[Cell]:
        """The part where all units are ≥ 0. It may have no interior; ``facets`` then holds more bits than facets."""
        for bit in (1 << k for k in range(self.level.first, self.level.first + len(self.level.units))):
            self.tick()
            positive, negative = _reached(cell)
            if positive & negative & bit:
                _, cell = self._cut(cell, bit)
            elif negative & bit:
                on = tuple(g for g in cell.rays if g.zero & bit)
                cell = Cell(on, cell.lines, cell.active, cell.facets | bit, cell.forms)
        if any(g.point[0] for g in cell.rays):
            yield Cell(cell.rays, cell.lines, cell.active | self.level.all, cell.facets, cell.forms)

    def _cut(self, cell: Cell, bit: int) -> tuple[Cell, Cell]:
        """The parts of the cell where the unit is ≤ 0, and ≥ 0; there are points inside the cell on both sides."""
        return (self._cut_line if any(line.positive & bit for line in cell.lines) else self._cut_edges)(cell, bit)

    def _cut_edges(self, cell: Cell, bit: int) -> tuple[Cell, Cell]:
        """The parts below and above, on both sides a new generator where an edge crosses.

        A facet is one of a part's, too, if a generator of it is strictly on that side.
        """
        above, below, between = [], [], []
        walls_above = walls_below = 0
        for g in cell.rays:
            if g.positive & bit:
                above.append(g)
                walls_above |= g.zero
            elif g.negative & bit:
                below.append(g)
                walls_below |= g.zero
            else:
                between.append(g)
        for edge in self._edges(cell, above, below, bit):
            between.append(self.known.get(edge) or self._crossing(cell, edge))
        return (
            Cell((*below, *between), cell.lines, cell.active, cell.facets & walls_below | bit, cell.forms),
            Cell((*above, *between), cell.lines, cell.active, cell.facets & walls_above | bit, cell.forms),
        )

    def _edges(self, cell: Cell, above: Sequence[Generator], below: Sequence[Generator], bit: int) -> Iterator[Edge]:
        """The pairs that span an edge: no third generator lies on all the facets that both lie on.

        An edge lies on at least dimension − 2 facets: most pairs end here. Where one end lies on dimension − 1 only,
        as all do in general position, any dimension − 2 of them meet in an edge.
        """
        facets, least = cell.facets, len(cell.rays[0].point) - 2 - len(cell.lines)
        many = len(cell.rays) > MANY
        for u in above:
            if many:
                self.tick()
            on_u = u.zero & facets
            simple = on_u.bit_count() == least + 1
            for v in below:
                common = on_u & v.zero
                if common.bit_count() >= least and (simple or sum([g.zero & common == common for g in cell.rays]) == 2):
                    yield u, v, bit

    def _crossing(self, cell: Cell, edge: Edge) -> Generator:
        """The generator on the edge between u (above) and v (below) on which the unit vanishes.

        It has the signs that its ends have; where they differ, the unit's form decides.
        """
        u, v, bit = edge
        first, settled, units = self.level.first, self.level.settled, self.level.all
        rows = cell.forms[-1].rows
        form = rows[bit.bit_length() - 1 - first]
        a, b = -at(form, v.point), at(form, u.point)
        point = shortest([a * s + b * t for s, t in zip(u.point, v.point, strict=True)])
        positive, negative = u.positive | v.positive, u.negative | v.negative
        mixed = positive & negative
        positive, negative = positive & ~mixed, negative & ~mixed
        mixed &= ~bit
        while mixed:
            low = mixed & -mixed
            mixed ^= low
            value = at(rows[low.bit_length() - 1 - first], point)
            if value > 0:
                positive |= low
            elif value < 0:
                negative |= low
        zero = u.zero & v.zero & settled | units & ~(positive | negative)
        new = self.known[edge] = Generator(point, zero, positive, negative)
        return new

    def _cut_line(self, cell: Cell, bit: int) -> tuple[Cell, Cell]:
        """A line becomes a ray to either side; all else slides along it onto the hyperplane."""
        first, settled, units = self.level.first, self.level.settled, self.level.all
        rows = cell.forms[-1].rows
        form = rows[bit.bit_length() - 1 - first]
        line = next(line for line in cell.lines if line.positive & bit)
        slope = at(form, line.point)
        sign = 1 if slope > 0 else -1

        def combined(a: int, g: Generator, b: int, is_line: bool = False) -> Generator:
            """a g + b line, with its signs from the forms."""
            self.tick()
            point = shortest([a * s + b * t for s, t in zip(g.point, line.point, strict=True)])
            values = [at(row, point) for row in rows]
            positive = sum(1 << first + i for i, z in enumerate(values) if z > 0)
            negative = sum(1 << first + i for i, z in enumerate(values) if z < 0)
            zero = g.zero & line.zero & settled | units & ~(positive | negative)
            if is_line:
                positive = negative = positive | negative
            return Generator(point, zero, positive, negative)

        def slid(g: Generator, is_line: bool = False) -> Generator:
            return combined(sign * slope, g, -sign * at(form, g.point), is_line)

        up, down = combined(sign, line, 0), combined(-sign, line, 0)
        rays = [slid(g) for g in cell.rays]
        lines = tuple(slid(g, is_line=True) for g in cell.lines if g is not line)
        facets = cell.facets | bit
        return (
            Cell((*rays, down), lines, cell.active, facets, cell.forms),
            Cell((*rays, up), lines, cell.active, facets, cell.forms),
        )


def _reached(cell: Cell) -> tuple[int, int]:
    """The units that are positive somewhere on the cell, and those that are negative somewhere."""
    positive = negative = 0
    for g in cell.rays:
        positive |= g.positive
        negative |= g.negative
    for g in cell.lines:
        positive |= g.positive
        negative |= g.negative
    return positive, negative
