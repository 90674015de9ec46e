"""The cells of a circuit: the largest polyhedra on which no unit changes its sign. They cover ℝⁿ. All exact.

Homogeneous coordinates make infinity ordinary. Write a point as (w : x), w ≥ 0, and multiply every bias by w. Then each
unit is positively homogeneous, a cell is a cone, and the cone is spanned by finitely many generators:

    vertex  w > 0, the point x / w       ray  w = 0, the direction x       line  a ray whose opposite is there, too

Start with the whole space (the origin, and a line along each axis). For each level of units, cut each cell along each
unit that is positive on one generator and negative on another (see `cuts`). Integers only: no linear program,
tolerance or box.
"""

from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from itertools import islice

import numpy as np

from symnet.relu.budget import UNLIMITED, Budget, Watch
from symnet.relu.circuits import Circuit, Linear
from symnet.relu.cuts import Cell, Cutter, Forms, Generator, Level
from symnet.relu.integers import bits, masks, product, total, weights
from symnet.relu.rationals import over_one_divisor, primitive

FEWEST, MOST = 2**4, 2**9
"""So many cells are put through NumPy together: few at first, for the first results come soon, then more."""


@dataclass(frozen=True)
class Arrangement:
    """All cells of a circuit. A unit is ``scales[wire]`` times its integer form, where it is active."""

    circuit: Circuit
    scales: tuple[Fraction, ...]
    levels: tuple[Level, ...]
    budget: Budget = UNLIMITED

    @cached_property
    def cells(self) -> tuple[Cell, ...]:
        """Each full-dimensional cell once, the first units on first."""
        stream = Stream(self)
        return tuple(stream.watch.regions(stream.cells()))

    def with_maps(self, forms: Sequence[Linear]) -> Iterator[tuple[Cell, list[list[int]]]]:
        """Each cell as it is found, and on it the forms, times their ``divisors``, as rows (constant, slopes)."""
        stream, rows = Stream(self), [row for row, _ in map(self._whole, forms)]
        yield from stream.watch.regions(
            pair
            for cells in _batches(stream.cells())
            for pair in zip(cells, _forms(self.levels, rows, cells).tolist(), strict=True)
        )

    def divisors(self, forms: Sequence[Linear]) -> tuple[int, ...]:
        return tuple(divisor for _, divisor in map(self._whole, forms))

    def _whole(self, form: Linear) -> tuple[dict[int, int], int]:
        """The form times a divisor, in integer forms of the units; the divisor."""
        row, divisor = over_one_divisor([a * self.scales[k] for k, a in form.terms.items()])
        return dict(zip(form.terms, row, strict=True)), divisor


class Stream:
    """The cells as they are found; none is kept."""

    def __init__(self, found: Arrangement) -> None:
        self.inputs, self.levels = found.circuit.inputs, found.levels
        self.cut, self.seen = [0] * len(self.levels), [1] + [0] * len(self.levels)
        self.watch = Watch(found.budget, self.covered)

    def covered(self, done: int) -> str:
        """How many cells of each level are cut, of those that have been found."""
        cut = (f"{a:,} of {b:,}" for a, b in zip(self.cut, self.seen, strict=False))
        return f"{done:,} found; cells cut, depth by depth: {', '.join(cut) or 'none'}"

    def cells(self) -> Iterator[Cell]:
        cells = iter((_whole_space(self.inputs),))
        for level in self.levels:
            cells = self.pieces(level, cells)
        return cells

    def pieces(self, level: Level, cells: Iterator[Cell]) -> Iterator[Cell]:
        """The parts of the cells on which no unit of the level changes its sign, in the order of the cells."""
        for batch in _batches(cells):
            cutter = Cutter(level, self.watch.tick)
            for cell in _enter(self.levels[: level.number], level, batch):
                for piece in cutter.parts(cell):
                    self.seen[level.number + 1] += 1
                    yield piece
                self.cut[level.number] += 1


def arrangement(circuit: Circuit, budget: Budget = UNLIMITED) -> Arrangement:
    """The cells of the circuit, found when they are asked for."""
    rows, scales = _integer_rows(circuit)
    return Arrangement(circuit, scales, tuple(_levels(circuit, rows)), budget)


def _levels(circuit: Circuit, rows: Mapping[int, Mapping[int, int]]) -> Iterator[Level]:
    """The constraints, then the units depth by depth."""
    depths = dict(enumerate(circuit.depths, circuit.inputs + 1))
    groups: dict[int, list[int]] = {}
    for unit, depth in depths.items():
        groups.setdefault(depth if unit > circuit.inputs + circuit.required else 0, []).append(unit)
    first = 1
    for number, (depth, units) in enumerate(sorted(groups.items())):
        yield Level(number, tuple(units), tuple(rows[u] for u in units), first, required=not depth)
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
    origin, *lines = (Generator(point, zero=int(not point[0]), positive=0, negative=0) for point in axes)
    return Cell((origin,), tuple(lines), active=0, facets=1, forms=())


# ---------------------------------------------------------------------- from level to level
def _batches(cells: Iterable[Cell]) -> Iterator[list[Cell]]:
    cells, size = iter(cells), FEWEST
    while batch := list(islice(cells, size)):
        yield batch
        size = min(2 * size, MOST)


def _enter(before: Sequence[Level], level: Level, cells: Sequence[Cell]) -> Iterator[Cell]:
    """The cells with the level's units as forms, and their signs on every generator."""
    Z = _forms(before, level.rows, cells)
    home = {g: c for c, cell in enumerate(cells) for g in cell.generators}
    lines = {line for cell in cells for line in cell.lines}
    signed = dict(zip(home, _signed(level, list(home), lines, Z[list(home.values())]), strict=True))
    for cell, array, rows in zip(cells, Z, Z.tolist(), strict=True):
        rays, lines = (tuple([signed[g] for g in part]) for part in (cell.rays, cell.lines))
        yield Cell(rays, lines, cell.active, cell.facets, (*cell.forms, Forms(array, rows)))


def _forms(before: Sequence[Level], rows: Sequence[Mapping[int, int]], cells: Sequence[Cell]) -> np.ndarray:
    """Rows (wire → integer) times the wires that they read, as forms: (cells, rows, n + 1)."""
    n = len(cells[0].generators[0].point) - 1
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


def _signed(
    level: Level, generators: Sequence[Generator], lines: Container[Generator], Z: np.ndarray
) -> Iterator[Generator]:
    """The generators with the signs of the level's units; ``Z`` are the forms on a cell of each."""
    points = np.array([g.point for g in generators], dtype=object)
    values = product(Z, points[:, :, None])[:, :, 0]
    for g, positive, negative in zip(generators, masks(values > 0), masks(values < 0), strict=True):
        positive, negative = positive << level.first, negative << level.first
        zero = g.zero | level.all & ~(positive | negative)
        if g in lines:
            positive = negative = positive | negative
        yield Generator(g.point, zero, positive, negative)
