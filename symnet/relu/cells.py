"""The cells of a circuit: the largest polyhedra on which no unit changes its sign. They cover ℝⁿ. All exact.

Homogeneous coordinates make infinity ordinary. Write a point as (w : x), w ≥ 0, and multiply every bias by w. Then each
unit is positively homogeneous, a cell is a cone, and the cone is spanned by finitely many generators:

    vertex  w > 0, the point x / w       ray  w = 0, the direction x       line  a ray whose opposite is there, too

Start with the whole space (the origin, and a line along each axis). For each level of units, cut each cell along each
unit that is positive on one generator and negative on another: the double description method (Motzkin, Raiffa,
Thompson, Thrall 1953; Fukuda and Prodon 1996). On a cell of the levels before, each unit is one linear form in (w : x),
so a generator is its point alone: its sign under a unit follows from the signs at the ends of the edge that it cuts,
but for the few units with both signs there. Integers only: no linear program, tolerance or box.

masks      bit k stands for the k-th unit in the order of the levels, bit 0 for the constraint w ≥ 0
forms      for each level, its units before their relu as integer rows (constant, slopes) on a cell; cells that are
           pieces of one cell of the level before share them
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import reduce
from itertools import islice
from math import gcd, lcm
from operator import or_
from typing import TypeAlias

import numpy as np

from symnet.relu.circuits import Circuit, Linear
from symnet.relu.integers import bits, masks, product, total, weights
from symnet.relu.rationals import primitive

Row: TypeAlias = tuple[int, ...]
BATCH = 2**12


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
    """The units whose cuts come next: the first one's bit, and rows (wire → integer) in wires of levels before."""

    number: int
    units: tuple[int, ...]
    rows: tuple[Mapping[int, int], ...]
    first: int

    @property
    def all(self) -> int:
        """The mask of the level's units."""
        return ((1 << len(self.units)) - 1) << self.first

    @property
    def settled(self) -> int:
        """The constraints of earlier levels: no cell has one of them on both sides."""
        return (1 << self.first) - 1


@dataclass(frozen=True)
class Arrangement:
    """All cells of a circuit. A unit is ``scales[wire]`` times its integer form, where it is active."""

    circuit: Circuit
    scales: tuple[Fraction, ...]
    levels: tuple[Level, ...]
    cells: tuple[Cell, ...]

    def affine(self, forms: Sequence[Linear]) -> tuple[Iterator[list[list[int]]], list[int]]:
        """For each cell the forms as affine maps (constant, slopes); and what each form is to be divided by."""
        rows = [{k: a * self.scales[k] for k, a in form.terms.items()} for form in forms]
        units = [lcm(*(a.denominator for a in row.values())) for row in rows]
        whole = [{k: int(a * d) for k, a in row.items()} for row, d in zip(rows, units, strict=True)]
        n = self.circuit.inputs
        return (row for cells in _batches(self.cells) for row in _forms(n, self.levels, whole, cells).tolist()), units


def arrangement(circuit: Circuit) -> Arrangement:
    """Every full-dimensional cell of the circuit, none twice, in the order of the cuts."""
    n = circuit.inputs
    rows, scales = _integer_rows(circuit)
    cells = [_whole_space(n)]
    levels = tuple(_levels(circuit, rows))
    for level in levels:
        cells = _cut_all(level, _enter(n, levels[: level.number], level, cells))
    return Arrangement(circuit, scales, levels, tuple(cells))


def _levels(circuit: Circuit, rows: Mapping[int, Mapping[int, int]]) -> Iterator[Level]:
    """The units by depth."""
    depths, first = dict(enumerate(circuit.depths, circuit.inputs + 1)), 1
    for number in range(max(depths.values(), default=0)):
        units = tuple(u for u, d in depths.items() if d == number + 1)
        yield Level(number, units, tuple(rows[u] for u in units), first)
        first += len(units)


def _integer_rows(circuit: Circuit) -> tuple[dict[int, dict[int, int]], tuple[Fraction, ...]]:
    """Each unit as a positive multiple of a row of integers: relu(s z) = s relu(z)."""
    rows: dict[int, dict[int, int]] = {}
    scales = [Fraction(1)] * (circuit.inputs + 1)
    for unit, form in enumerate(circuit.units, circuit.inputs + 1):
        row, scale = primitive([a * scales[k] for k, a in form.terms.items()])
        rows[unit] = dict(zip(form.terms, row, strict=True))
        scales.append(scale)
    return rows, tuple(scales)


def _whole_space(n: int) -> Cell:
    """The origin, and a line along each axis."""
    axes = [tuple(int(k == axis) for k in range(n + 1)) for axis in range(n + 1)]
    origin, *lines = (Generator(wires, zero=int(not wires[0]), positive=0, negative=0) for wires in axes)
    return Cell((origin,), tuple(lines), active=0, facets=1, forms=())


# ---------------------------------------------------------------------- from level to level
def _batches(cells: Iterable[Cell]) -> Iterator[list[Cell]]:
    cells = iter(cells)
    while batch := list(islice(cells, BATCH)):
        yield batch


def _enter(n: int, before: Sequence[Level], level: Level, cells: Sequence[Cell]) -> Iterator[Cell]:
    """The cells with the level's units as forms, and their signs on every generator."""
    known: dict[Generator, Generator] = {}
    for batch in _batches(cells):
        Z = _forms(n, before, level.rows, batch)
        home = {g: c for c, cell in enumerate(batch) for g in cell.generators if g not in known}
        known |= zip(home, _signed(level, list(home), Z[list(home.values())], batch), strict=True)
        for cell, array, rows in zip(batch, Z, Z.tolist(), strict=True):
            rays, lines = (tuple([known[g] for g in part]) for part in (cell.rays, cell.lines))
            yield Cell(rays, lines, cell.active, level.settled, (*cell.forms, Forms(array, rows)))


def _forms(n: int, before: Sequence[Level], rows: Sequence[Mapping[int, int]], cells: Sequence[Cell]) -> np.ndarray:
    """Rows (wire → integer) times the wires that they read, as forms: (cells, rows, n + 1)."""
    found = product(
        weights(rows, range(n + 1)), np.broadcast_to(np.eye(n + 1, dtype=np.int64), (len(cells), n + 1, n + 1))
    )
    for level in before:
        W = weights(rows, level.units)
        if W.any():
            active = bits([cell.active >> level.first for cell in cells], len(level.units))
            H = np.where(active[:, :, None], np.stack([cell.forms[level.number].array for cell in cells]), 0)
            found = total(found, product(W, H))
    return found


def _signed(level: Level, generators: Sequence[Generator], Z: np.ndarray, cells: Sequence[Cell]) -> Iterator[Generator]:
    """The generators with the signs of the level's units; ``Z`` are the forms on a cell of each."""
    if not generators:
        return
    points = np.array([g.wires for g in generators], dtype=object)
    values = product(Z, points[:, :, None])[:, :, 0]
    lines = {line for cell in cells for line in cell.lines}
    for g, positive, negative in zip(generators, masks(values > 0), masks(values < 0), strict=True):
        positive, negative = positive << level.first, negative << level.first
        zero = g.zero | level.all & ~(positive | negative)
        if g in lines:
            positive = negative = positive | negative
        yield Generator(g.wires, zero, positive, negative)


# ---------------------------------------------------------------------- cuts
def _cut_all(level: Level, cells: Iterator[Cell]) -> list[Cell]:
    """The pieces of the cells on which no unit of the level is positive somewhere and negative elsewhere."""
    known: Known = {}
    return [piece for cell in cells for piece in _pieces(level, cell, known)]


Known = dict[tuple[Generator, Generator, int], Generator]
"""The new generators by the edge they cut and the unit: cells that share an edge share them."""


def _pieces(level: Level, cell: Cell, known: Known) -> Iterator[Cell]:
    forms, todo = cell.forms[-1].rows, [cell]
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
            bit = mixed & -mixed
            form = forms[bit.bit_length() - 1 - level.first]
            cut = _cut_line if any(line.positive & bit for line in cell.lines) else _cut_edges
            todo += cut(level, cell, form, bit, known)
        else:
            yield Cell(cell.rays, cell.lines, cell.active | positive, cell.facets, cell.forms)


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
