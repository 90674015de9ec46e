"""The cells of a circuit: the largest polyhedra on which no unit changes its sign. They cover ℝⁿ. All exact.

Homogeneous coordinates make infinity ordinary. Write a point as (w : x), w ≥ 0, and multiply every bias by w. Then each
unit is positively homogeneous, a cell is a cone, and the cone is spanned by finitely many generators:

    vertex  w > 0, the point x / w       ray  w = 0, the direction x       line  a ray whose opposite is there, too

Start with the whole space (the origin, and a line along each axis). For each level of units, cut each cell along each
unit that is positive on one generator and negative on another (see `cuts`). Integers only: no linear program,
tolerance or box.
"""

from collections import Counter
from collections.abc import Callable, Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import cached_property
from itertools import islice
from typing import TypeAlias

import numpy as np

from symnet.relu.budget import UNLIMITED, Budget, Tick, Watch, ticking
from symnet.relu.circuits import Circuit, Linear
from symnet.relu.geometry.cuts import Cell, Cutter, Forms, Generator, Level
from symnet.relu.geometry.integers import bits, masks, product, total, weights
from symnet.relu.geometry.rationals import over_one_divisor, primitive

Rows: TypeAlias = Sequence[Mapping[int, int]]
"""Forms in wires: wire → integer."""

FEWEST, MOST, WORK = 2**4, 2**9, 2**22
"""So many cells go through NumPy together: few at first, for the first results come soon, then more; and no more
than take so many multiplications, for the clock is read in between."""


@dataclass(frozen=True)
class Arrangement:
    """All cells of a circuit with so many inputs; and the forms wanted on each, ``rows`` divided by ``divisors``."""

    inputs: int
    levels: tuple[Level, ...]
    rows: Rows = ()
    divisors: tuple[int, ...] = ()
    budget: Budget = UNLIMITED

    @cached_property
    def cells(self) -> tuple[Cell, ...]:
        """Each full-dimensional cell once, the first units on first."""
        return tuple(self.each())

    def each(self) -> Iterator[Cell]:
        """The cells as they are found; none is kept."""
        stream = Stream(self)
        return stream.watch.regions(stream.cells(self.whole))

    @property
    def whole(self) -> list[Cell]:
        """Where the cuts begin: the origin, and a line along each axis."""
        n = self.inputs
        axes = [tuple(int(k == axis) for k in range(n + 1)) for axis in range(n + 1)]
        origin, *lines = (Generator(point, zero=int(not point[0]), positive=0, negative=0) for point in axes)
        return [Cell((origin,), tuple(lines), active=0, facets=1, forms=())]

    def with_maps(self, start: Iterable[Cell] | None = None, begun: int = 0) -> "WithMaps":
        """Each cell as it is found, and on it the wanted forms, times their divisors, as (constant, slopes).

        ``start``: only what is cut from these cells of the first ``begun`` levels.
        """
        stream = Stream(self)
        forms_on = _reading(self.inputs, self.levels, self.rows)
        cells = stream.cells(self.whole if start is None else start, begun)
        pairs = (p for batch in _batches(cells) for p in zip(batch, forms_on(batch).tolist(), strict=True))
        return stream.watch.regions(pairs)

    def split(self, number: int, units: int) -> "Arrangement":
        """The same with the level's first units apart, in a level of their own before it."""
        *before, level = self.levels[: number + 1]
        first = replace(level, units=level.units[:units], rows=level.rows[:units])
        rest = replace(level, units=level.units[units:], rows=level.rows[units:], first=level.first + units)
        levels = (*before, first, rest, *self.levels[number + 1 :])
        return replace(self, levels=tuple(replace(level, number=k) for k, level in enumerate(levels)))


WithMaps: TypeAlias = Iterator[tuple[Cell, list[list[int]]]]


class Stream:
    """The cells as they are found; none is kept. ``cut`` and ``seen`` count those that each level takes and gets."""

    def __init__(self, found: Arrangement) -> None:
        self.found = found
        self.cut, self.seen = Counter[int](), Counter[int]({0: 1})
        self.watch = Watch(found.budget, self.covered)

    def covered(self, done: int) -> str:
        """How many cells each level has cut, of those that have been found."""
        cut = (f"{self.cut[k]:,} of {seen:,}" for k, seen in self.seen.items() if k < len(self.found.levels))
        return f"{done:,} found; cells cut, level by level: {', '.join(cut) or 'none'}"

    def cells(self, cells: Iterable[Cell], begun: int = 0) -> Iterator[Cell]:
        """What is cut from the cells of the first ``begun`` levels."""
        for level in self.found.levels[begun:]:
            cells = self.pieces(level, cells)
        return iter(cells)

    def pieces(self, level: Level, cells: Iterable[Cell]) -> Iterator[Cell]:
        """The parts of the cells on which no unit of the level changes its sign, in the order of the cells."""
        before = self.found.levels[: level.number]
        forms_on = _reading(self.found.inputs, before, level.rows)
        most = WORK // (len(level.units) * max((len(b.units) for b in before), default=1))
        for batch in _batches(cells, most):
            cutter = Cutter(level, self.watch.tick)
            for cell in _entered(level, batch, forms_on(batch), self.watch.tick):
                for piece in cutter.parts(cell):
                    self.seen[level.number + 1] += 1
                    yield piece
                self.cut[level.number] += 1


def arrangement(circuit: Circuit, budget: Budget = UNLIMITED, wanted: Sequence[Linear] = ()) -> Arrangement:
    """The cells of the circuit, found when they are asked for; and the wanted forms in its wires."""
    rows, scales = _integer_rows(circuit)
    forms = [_in_integers(form, scales) for form in wanted]
    levels = tuple(_levels(circuit, rows))
    return Arrangement(circuit.inputs, levels, [row for row, _ in forms], tuple(d for _, d in forms), budget)


def _in_integers(form: Linear, scales: Sequence[Fraction]) -> tuple[dict[int, int], int]:
    """The form times a divisor, in the integer forms of the units; the divisor."""
    row, divisor = over_one_divisor([a * scales[k] for k, a in form.terms.items()])
    return dict(zip(form.terms, row, strict=True)), divisor


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
    """Each unit as a positive multiple, its scale, of a row of integers: relu(s z) = s relu(z)."""
    rows: dict[int, dict[int, int]] = {}
    scales = [Fraction(1)] * (circuit.inputs + 1)
    for unit, form in enumerate(circuit.units, circuit.inputs + 1):
        row, scale = primitive([a * scales[k] for k, a in form.terms.items()])
        rows[unit] = dict(zip(form.terms, row, strict=True))
        scales.append(scale)
    return rows, tuple(scales)


# ---------------------------------------------------------------------- from level to level
def _batches(cells: Iterable[Cell], most: int = MOST) -> Iterator[list[Cell]]:
    """The cells in lists that grow."""
    cells, size = iter(cells), FEWEST
    while batch := list(islice(cells, size)):
        yield batch
        size = min(2 * size, max(FEWEST, most), MOST)


def _reading(n: int, before: Sequence[Level], rows: Rows) -> Callable[[Sequence[Cell]], np.ndarray]:
    """On cells of the levels ``before``, the rows as forms (constant, slopes): (cells, rows, n + 1)."""
    direct = weights(rows, range(n + 1))
    through = [(level, W) for level in before if (W := weights(rows, level.units)).any()]

    def forms(cells: Sequence[Cell]) -> np.ndarray:
        found = np.broadcast_to(direct, (len(cells), *direct.shape))
        for level, W in through:
            active = bits([cell.active >> level.first for cell in cells], len(level.units))
            H = np.where(active[:, :, None], np.stack([cell.forms[level.number].array for cell in cells]), 0)
            found = total(found, product(W, H))
        return found

    return forms


def _entered(level: Level, cells: Sequence[Cell], Z: np.ndarray, tick: Tick) -> Iterator[Cell]:
    """The cells with the level's units as forms ``Z``, and their signs on every generator."""
    home = {g: c for c, cell in enumerate(cells) for g in cell.generators}
    lines = {line for cell in cells for line in cell.lines}
    few = max(1, WORK // Z[0].size)  # whose forms are in memory together
    signed: dict[Generator, Generator] = {}
    generators = list(home)
    for some in ticking((generators[i : i + few] for i in range(0, len(generators), few)), tick):
        signed |= zip(some, _signed(level, some, lines, Z[[home[g] for g in some]]), strict=True)
    for cell, array, rows in zip(cells, Z, Z.tolist(), strict=True):
        rays, at_lines = (tuple([signed[g] for g in part]) for part in (cell.rays, cell.lines))
        yield Cell(rays, at_lines, cell.active, cell.facets, (*cell.forms, Forms(array, rows)))


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
