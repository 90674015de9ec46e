"""Cones and their cuts: the double description method (Motzkin, Raiffa, Thompson, Thrall 1953; Fukuda, Prodon 1996).

A cone is spanned by its generators. A hyperplane that has some of them on both sides cuts it; the new generators are
where it crosses the edges, the pairs of rays that span a face. On a cell of the levels before, each unit is one linear
form in (w : x), so a generator is its point alone: its sign under a unit follows from the signs at the ends of the edge
that it cuts, but for the few units with both signs there. Integers only.

masks      bit k stands for the k-th unit in the order of the levels, bit 0 for the constraint w ≥ 0
forms      for each level, its units before their relu as integer rows (constant, slopes) on a cell; cells that are
           pieces of one cell of the level before share them
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import reduce
from math import gcd
from operator import or_
from typing import TypeAlias

import numpy as np

Row: TypeAlias = tuple[int, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Generator:
    """A vertex, ray or line, with the constraints that vanish, are positive, are negative on it (masks).

    ``positive`` and ``negative`` speak of the current level; a line is both, for it reaches both sides.
    """

    wires: Row
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
    """The constraints among which the facets are."""
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
def confined(level: Level, cells: Iterable[Cell]) -> list[Cell]:
    """The parts of the cells where all units of the level are ≥ 0, those with points in them."""
    parts = [_confined(level, cell) for cell in cells]
    return [part for part in parts if any(g.wires[0] for g in part.rays)]


def _confined(level: Level, cell: Cell) -> Cell:
    for i in range(len(level.units)):
        cell = _cut(level, cell, 1 << level.first + i, {})[1]
    return Cell(cell.rays, cell.lines, cell.active | level.all, cell.facets, cell.forms)


Known = dict[tuple[Generator, Generator, int], Generator]
"""The new generators by the edge they cut and the unit: cells that share an edge share them."""


def pieces(level: Level, cell: Cell, known: Known) -> Iterator[Cell]:
    """The parts of the cell on which no unit of the level is positive somewhere and negative elsewhere."""
    todo = [cell]
    while todo:
        cell = todo.pop()
        positive = negative = 0
        for g in cell.rays:
            positive |= g.positive
            negative |= g.negative
        for g in cell.lines:
            positive |= g.positive
            negative |= g.negative
        if mixed := positive & negative:
            todo += _cut(level, cell, mixed & -mixed, known)
        else:
            yield Cell(cell.rays, cell.lines, cell.active | positive, cell.facets, cell.forms)


def _cut(level: Level, cell: Cell, bit: int, known: Known) -> tuple[Cell, Cell]:
    """The parts of the cell where the unit is ≤ 0, and ≥ 0."""
    form = cell.forms[-1].rows[bit.bit_length() - 1 - level.first]
    cut = _cut_line if any(line.positive & bit for line in cell.lines) else _cut_edges
    return cut(level, cell, form, bit, known)


def _cut_edges(level: Level, cell: Cell, form: Sequence[int], bit: int, known: Known) -> tuple[Cell, Cell]:
    """The parts below and above, on both sides a new generator where an edge crosses."""
    above = [g for g in cell.rays if g.positive & bit]
    below = [g for g in cell.rays if g.negative & bit]
    between = [g for g in cell.rays if g.zero & bit]
    for u, v in _edges(cell, above, below):
        new = known.get((u, v, bit))
        if new is None:
            new = known[u, v, bit] = _crossing(level, cell.forms[-1].rows, form, bit, u, v)
        between.append(new)
    facets = cell.facets | bit
    return (
        Cell((*below, *between), cell.lines, cell.active, facets, cell.forms),
        Cell((*above, *between), cell.lines, cell.active, facets, cell.forms),
    )


def _edges(cell: Cell, above: Sequence[Generator], below: Sequence[Generator]) -> Iterator[tuple[Generator, Generator]]:
    """The pairs that span an edge: no third generator lies on all the facets that both lie on."""
    facets, least = cell.facets, len(cell.rays[0].wires) - 2 - len(cell.lines)
    zeros = [g.zero for g in cell.rays]
    for u in above:
        on_u = u.zero & facets
        for v in below:
            common = on_u & v.zero
            if common.bit_count() >= least:  # an edge lies on at least so many facets: most pairs end here
                others = 0
                for zero in zeros:
                    if zero & common == common:
                        others += 1
                if others == 2:
                    yield u, v


def _crossing(
    level: Level, forms: Sequence[Sequence[int]], form: Sequence[int], bit: int, u: Generator, v: Generator
) -> Generator:
    """The generator between u (above) and v (below) on which the form vanishes.

    It has the signs that its ends have; where they differ, the unit's form decides.
    """
    a, b = -_at(form, v.wires), _at(form, u.wires)
    point = _primitive([a * s + b * t for s, t in zip(u.wires, v.wires, strict=True)])
    positive, negative = u.positive | v.positive, u.negative | v.negative
    mixed = positive & negative
    positive, negative = positive & ~mixed, negative & ~mixed
    mixed &= ~bit
    while mixed:
        low = mixed & -mixed
        mixed ^= low
        value = _at(forms[low.bit_length() - 1 - level.first], point)
        if value > 0:
            positive |= low
        elif value < 0:
            negative |= low
    settled = u.zero & v.zero & level.settled
    return Generator(point, settled | level.all & ~(positive | negative), positive, negative)


def _at(form: Sequence[int], point: Row) -> int:
    return sum([a * b for a, b in zip(form, point, strict=True)])


def _primitive(point: Sequence[int]) -> Row:
    divisor = gcd(*point)
    return tuple(point) if divisor <= 1 else tuple([z // divisor for z in point])


def _cut_line(level: Level, cell: Cell, form: Sequence[int], bit: int, known: Known) -> tuple[Cell, Cell]:
    """A line becomes a ray to either side; all else slides along it onto the hyperplane."""
    line = next(line for line in cell.lines if line.positive & bit)
    slope = _at(form, line.wires)
    sign = 1 if slope > 0 else -1

    def slide(g: Generator, a: int, b: int, is_line: bool = False) -> Generator:
        """a g + b line, with its signs from the forms."""
        point = _primitive([a * s + b * t for s, t in zip(g.wires, line.wires, strict=True)])
        values = [_at(row, point) for row in cell.forms[-1].rows]
        positive = reduce(or_, (1 << level.first + i for i, z in enumerate(values) if z > 0), 0)
        negative = reduce(or_, (1 << level.first + i for i, z in enumerate(values) if z < 0), 0)
        zero = g.zero & line.zero & level.settled | level.all & ~(positive | negative)
        if is_line:
            positive = negative = positive | negative
        return Generator(point, zero, positive, negative)

    up, down = slide(line, sign, 0), slide(line, -sign, 0)
    rays = [slide(g, sign * slope, -sign * _at(form, g.wires)) for g in cell.rays]
    lines = tuple(slide(g, sign * slope, -sign * _at(form, g.wires), True) for g in cell.lines if g is not line)
    facets = cell.facets | bit
    return (
        Cell((*rays, down), lines, cell.active, facets, cell.forms),
        Cell((*rays, up), lines, cell.active, facets, cell.forms),
    )
