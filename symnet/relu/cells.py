"""The cells of a circuit: the largest polyhedra on which no unit changes its sign. They cover ℝⁿ. All exact.

Homogeneous coordinates make infinity ordinary. Write a point as (w : x), w ≥ 0, and multiply every bias by w. Then each
unit is positively homogeneous, a cell is a cone, and the cone is spanned by finitely many generators:

    vertex  w > 0, the point x / w       ray  w = 0, the direction x       line  a ray whose opposite is there, too

Start with the whole space (the origin, and a line along each axis). For each level of units, cut each cell along each
unit that is positive on one generator and negative on another: the double description method (Motzkin, Raiffa,
Thompson, Thrall 1953; Fukuda and Prodon 1996). Units are linear on the cells of the levels before, so a new generator
between two old ones has the interpolated values on every wire. Integers only: no linear program, tolerance or box.

wires      values of all wires on a generator, (w, x_1 ... x_n, h_1 ...); 0 for a unit of a level not yet reached,
           the value before the relu on the level that is being cut
masks      bit k stands for unit k, bit 0 for the constraint w ≥ 0
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from math import gcd
from typing import TypeAlias

from symnet.relu.budget import UNLIMITED, Budget
from symnet.relu.circuits import Circuit, Linear
from symnet.relu.rationals import integer_product, primitive


@dataclass(frozen=True, slots=True, eq=False)
class Generator:
    """A vertex, ray or line, with the constraints that vanish, are positive, are negative on it (masks).

    ``positive`` and ``negative`` speak of the current level; a line is both, for it reaches both sides.
    """

    wires: tuple[int, ...]
    zero: int
    positive: int
    negative: int


@dataclass(frozen=True, slots=True, eq=False)
class Cell:
    """A cone spanned by ``rays`` (vertices among them) and ``lines``; ``active`` units are positive inside it."""

    rays: tuple[Generator, ...]
    lines: tuple[Generator, ...]
    active: int
    facets: int
    """The constraints among which the facets are."""

    @property
    def generators(self) -> tuple[Generator, ...]:
        return self.rays + self.lines


@dataclass(frozen=True)
class Arrangement:
    """All cells of a circuit. A wire's true value is ``scales[wire]`` times the integer that a generator holds."""

    circuit: Circuit
    rows: dict[int, dict[int, int]]
    """Each unit's form before the relu, as integers: wire → weight."""
    scales: tuple[Fraction, ...]
    cells: tuple[Cell, ...]

    def evaluate(self, form: Linear, generator: Generator) -> Fraction:
        """A linear form on a generator: w times its value at a vertex, its slope along a ray or a line."""
        row, scale = self.integers(form)
        return scale * row.on(generator)

    def integers(self, form: Linear) -> tuple["Row", Fraction]:
        """The form as a positive multiple of integer weights of the wires: to be evaluated many times."""
        row, scale = primitive([a * self.scales[k] for k, a in form.terms.items()])
        return Row(tuple(form.terms), row), scale


@dataclass(frozen=True)
class Row:
    """Σ weight · wire, in integers."""

    wires: tuple[int, ...]
    weights: tuple[int, ...]

    def on(self, generator: Generator) -> int:
        values = generator.wires
        return sum([a * values[k] for k, a in zip(self.wires, self.weights, strict=True)])


@dataclass(frozen=True)
class Level:
    """The units whose cuts come next: their wires, integer rows (wire → weight), and the masks they need."""

    inputs: int
    units: tuple[int, ...]
    rows: tuple[dict[int, int], ...]
    settled: int
    """The constraints of earlier levels: no cell has one of them on both sides."""
    budget: Budget

    @cached_property
    def bits(self) -> tuple[tuple[int, int], ...]:
        """Each unit with its bit in the masks."""
        return tuple((unit, self.bit(unit)) for unit in self.units)

    def bit(self, unit: int) -> int:
        return 1 << (unit - self.inputs)


def arrangement(circuit: Circuit, budget: Budget = UNLIMITED) -> Arrangement:
    """Every full-dimensional cell of the circuit, none twice, in the order of the cuts."""
    n, depths = circuit.inputs, circuit.depths
    rows, scales = _integer_rows(circuit)
    cells, settled = [_whole_space(n, len(depths))], 1
    for units, cut in _levels(circuit):
        level = Level(n, units, tuple(rows[unit] for unit in units), settled, budget)
        cells = _leave(level, cut(level, _enter(level, cells)))
        settled |= sum(level.bit(unit) for unit in units)
    return Arrangement(circuit, rows, scales, tuple(cells))


Cut: TypeAlias = Callable[["Level", list[Cell]], list[Cell]]


def _levels(circuit: Circuit) -> Iterator[tuple[tuple[int, ...], Cut]]:
    """The constraints, then the units depth by depth, with what is done to the cells."""
    first = circuit.inputs + 1
    if circuit.required:
        yield tuple(range(first, first + circuit.required)), _confined
    units = dict(enumerate(circuit.depths[circuit.required :], first + circuit.required))
    for depth in range(1, max(units.values(), default=0) + 1):
        yield tuple(unit for unit, d in units.items() if d == depth), _cut_all


def _integer_rows(circuit: Circuit) -> tuple[dict[int, dict[int, int]], tuple[Fraction, ...]]:
    """Each unit as a positive multiple of a row of integers: relu(s z) = s relu(z)."""
    rows: dict[int, dict[int, int]] = {}
    scales = [Fraction(1)] * (circuit.inputs + 1)
    for unit, form in enumerate(circuit.units, circuit.inputs + 1):
        row, scale = primitive([a * scales[k] for k, a in form.terms.items()])
        rows[unit] = dict(zip(form.terms, row, strict=True))
        scales.append(scale)
    return rows, tuple(scales)


def _whole_space(n: int, units: int) -> Cell:
    """The origin, and a line along each axis."""
    axes = [tuple(int(k == axis) for k in range(n + 1 + units)) for axis in range(n + 1)]
    origin, *lines = (Generator(wires, zero=int(not wires[0]), positive=0, negative=0) for wires in axes)
    return Cell((origin,), tuple(lines), active=0, facets=1)


# ---------------------------------------------------------------------- from level to level
def _each_generator(cells: Sequence[Cell], change: Callable[[list[Generator]], list[Generator]]) -> list[Cell]:
    """The cells with all generators changed at once, those that cells share only once."""
    old = list({id(g): g for cell in cells for g in cell.generators}.values())
    new = dict(zip(map(id, old), change(old), strict=True))
    return [
        Cell(tuple(new[id(g)] for g in cell.rays), tuple(new[id(g)] for g in cell.lines), cell.active, cell.facets)
        for cell in cells
    ]


def _enter(level: Level, cells: list[Cell]) -> list[Cell]:
    """Evaluate the level's units, before their relu, on every generator."""
    read = sorted({k for row in level.rows for k in row})
    weights = [[row.get(k, 0) for k in read] for row in level.rows]
    lines = {id(line) for cell in cells for line in cell.lines}

    def evaluated(generators: list[Generator]) -> list[Generator]:
        values = integer_product([[g.wires[k] for k in read] for g in generators], weights)
        found = []
        for g, z in zip(generators, values, strict=True):
            wires = list(g.wires)
            for unit, value in zip(level.units, z, strict=True):
                wires[unit] = value
            found.append(_generator(level, wires, g.zero, is_line=id(g) in lines))
        return found

    return _each_generator(cells, evaluated)


def _generator(level: Level, wires: Sequence[int], zero: int, is_line: bool = False) -> Generator:
    """A generator with the signs of the level's units read off its wires."""
    positive = negative = 0
    for unit, bit in level.bits:
        if wires[unit] > 0:
            positive |= bit
        elif wires[unit] < 0:
            negative |= bit
        else:
            zero |= bit
    if is_line:
        positive = negative = positive | negative
    return Generator(tuple(wires), zero, positive, negative)


def _leave(level: Level, cells: list[Cell]) -> list[Cell]:
    """Apply the relu to the level's units on every generator; lines have nothing left on them."""

    def rectified(generators: list[Generator]) -> list[Generator]:
        found = []
        for g in generators:
            wires = list(g.wires)
            for unit in level.units:
                if wires[unit] < 0:
                    wires[unit] = 0
            found.append(Generator(tuple(wires), g.zero, g.positive, g.negative))
        return found

    return _each_generator(cells, rectified)


# ---------------------------------------------------------------------- cuts
def _confined(level: Level, cells: list[Cell]) -> list[Cell]:
    """The part of the cell where all units of the level are ≥ 0, if there are points in it."""
    (cell,) = cells
    known: Known = {}
    for unit in level.units:
        cell = _cut(level, cell, unit, known)[1]
    return [cell] if any(g.wires[0] for g in cell.rays) else []


def _cut_all(level: Level, cells: list[Cell]) -> list[Cell]:
    """The pieces of the cells on which no unit of the level is positive somewhere and negative elsewhere."""
    known = {g.wires[: level.inputs + 1]: g for cell in cells for g in cell.rays}
    work, pieces = f"cutting {len(cells):,} cells along {len(level.units)} units", []
    for done, cell in enumerate(level.budget.each(cells, len(cells), work)):
        for piece in _pieces(level, cell, known):
            pieces.append(piece)
            level.budget.allow(len(pieces), f"{work}, {done:,} of {len(cells):,} done")
    return pieces


Known = dict[tuple[int, ...], Generator]


def _pieces(level: Level, cell: Cell, known: Known) -> Iterator[Cell]:
    todo = [Cell(cell.rays, cell.lines, cell.active, level.settled)]
    while todo:
        cell = todo.pop()
        positive = negative = 0
        for g in cell.generators:
            positive |= g.positive
            negative |= g.negative
        if mixed := positive & negative:
            first = (mixed & -mixed).bit_length() - 1
            todo += _cut(level, cell, level.inputs + first, known)
        else:
            yield Cell(cell.rays, cell.lines, cell.active | positive, cell.facets)


def _cut(level: Level, cell: Cell, unit: int, known: Known) -> tuple[Cell, Cell]:
    """The parts of the cell with unit ≤ 0 and with unit ≥ 0."""
    line = next((line for line in cell.lines if line.wires[unit]), None)
    below, above, lines = (
        _cut_edges(level, cell, unit, known) if line is None else _cut_line(level, cell, unit, line, known)
    )
    facets = cell.facets | level.bit(unit)
    return Cell(below, lines, cell.active, facets), Cell(above, lines, cell.active, facets)


Parts = tuple[tuple[Generator, ...], tuple[Generator, ...], tuple[Generator, ...]]


def _cut_edges(level: Level, cell: Cell, unit: int, known: Known) -> Parts:
    """The generators below and above, and on both sides a new one where an edge crosses."""
    above = [g for g in cell.rays if g.wires[unit] > 0]
    below = [g for g in cell.rays if g.wires[unit] < 0]
    between = [g for g in cell.rays if not g.wires[unit]]
    between += [
        _combine(level, u, -v.wires[unit], v, u.wires[unit], known)
        for u in above
        for v in below
        if _adjacent(level, cell, u, v)
    ]
    return (*below, *between), (*above, *between), cell.lines


def _adjacent(level: Level, cell: Cell, u: Generator, v: Generator) -> bool:
    """u and v span an edge: no third generator lies on all the facets that both lie on."""
    common = u.zero & v.zero & cell.facets
    if common.bit_count() < level.inputs - 1 - len(cell.lines):
        return False  # an edge lies on at least so many facets: most pairs end here
    return sum(g.zero & common == common for g in cell.rays) == 2


def _cut_line(level: Level, cell: Cell, unit: int, line: Generator, known: Known) -> Parts:
    """The line becomes a ray to either side; all else slides along it onto the hyperplane."""
    slope = line.wires[unit]
    sign = 1 if slope > 0 else -1
    up, down = (_combine(level, line, side, line, 0, known) for side in (sign, -sign))

    def slide(g: Generator, known: Known | None) -> Generator:
        return _combine(level, g, sign * slope, line, -sign * g.wires[unit], known)

    rays = tuple(slide(g, known) for g in cell.rays)
    lines = tuple(slide(g, None) for g in cell.lines if g is not line)
    return (*rays, down), (*rays, up), lines


def _combine(level: Level, u: Generator, a: int, v: Generator, b: int, known: Known | None) -> Generator:
    """The primitive generator along a u + b v, with all its wires interpolated; a line if ``known`` is None."""
    n = level.inputs + 1
    point = [a * s + b * t for s, t in zip(u.wires[:n], v.wires[:n], strict=True)]
    g = gcd(*point)
    key = tuple(s // g for s in point)
    if known is not None and key in known:
        return known[key]
    wires = [(a * s + b * t) // g for s, t in zip(u.wires, v.wires, strict=True)]
    found = _generator(level, wires, u.zero & v.zero & level.settled, is_line=known is None)
    if known is not None:
        known[key] = found
    return found
