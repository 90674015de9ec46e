"""The cells of a circuit: the largest polyhedra on which no unit changes its sign. They cover ℝⁿ. All exact.

Homogeneous coordinates make infinity ordinary. Write a point as (w : x), w ≥ 0, and multiply every bias by w. Then each
unit is positively homogeneous, a cell is a cone, and the cone is spanned by finitely many generators:

    vertex  w > 0, the point x / w       ray  w = 0, the direction x       line  a ray whose opposite is there, too

Start with the whole space (the origin, and a line along each axis). For each level of units, cut each cell along each
unit that is positive on one generator and negative on another (see `cuts`). Integers only: no linear program,
tolerance or box.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import islice
from math import lcm

import numpy as np

from symnet.relu.budget import UNLIMITED, Budget
from symnet.relu.circuits import Circuit, Linear
from symnet.relu.cuts import Cell, Forms, Generator, Known, Level, confined, pieces
from symnet.relu.integers import bits, masks, product, total, weights
from symnet.relu.rationals import primitive

BATCH = 2**12


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


def arrangement(circuit: Circuit, budget: Budget = UNLIMITED) -> Arrangement:
    """Every full-dimensional cell of the circuit, none twice, in the order of the cuts."""
    n = circuit.inputs
    rows, scales = _integer_rows(circuit)
    cells = [_whole_space(n)]
    levels = tuple(_levels(circuit, rows))
    for level in levels:
        entered = _enter(n, levels[: level.number], level, cells)
        cells = confined(level, entered) if level.required else _refined(level, entered, len(cells), budget)
    return Arrangement(circuit, scales, levels, tuple(cells))


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


def _refined(level: Level, cells: Iterator[Cell], of: int, budget: Budget) -> list[Cell]:
    """The pieces of the cells on which no unit of the level is positive somewhere and negative elsewhere."""
    work = f"cutting {of:,} cells along {len(level.units)} units"
    known: Known = {}
    found: list[Cell] = []
    for done, cell in enumerate(budget.each(cells, of, work)):
        covered = f"{work}, {done:,} of {of:,} done"
        for piece in pieces(level, cell, known):
            found.append(piece)
            budget.go_on(covered, len(found))
    return found


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
