"""The affine maps of all units and outputs on a cell, from its pattern, in integers.

F      a row (constant, slopes) for each unit before its relu; a unit's row needs the pattern of the levels below alone
bits   1 for each unit that is positive on the cell
R, D   weights of a level's units: on units of lower levels, and on (1, x):    F_level = R · (bits F) + D

Cells with the same pattern below a level share its rows. Machine words are used where no entry can overflow.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from symnet.relu.cells import Arrangement
from symnet.relu.rationals import Matrix, Vector


@dataclass(frozen=True)
class Weights:
    """R and D for some units or outputs; the units' numbers from 0; what they need: a mask of units numbered from 1."""

    R: np.ndarray
    D: np.ndarray
    units: tuple[int, ...]
    below: int
    largest: int

    def rows(self, F: np.ndarray, bits: np.ndarray) -> np.ndarray:
        """R · (bits F) + D."""
        if F.dtype != object and self.largest * (int(np.abs(F).max(initial=0)) + 1) < 2**62:
            return (self.R * bits).astype(np.int64) @ F + self.D.astype(np.int64)
        return (self.R * bits) @ F.astype(object) + self.D


class Maps:
    """All maps on the cells of an arrangement."""

    def __init__(self, found: Arrangement) -> None:
        circuit = found.circuit
        self.n, self.count, self.known = circuit.inputs, len(circuit.units), {}
        depths = circuit.depths
        self.depths = dict(enumerate(depths, 1))
        self.levels = []
        for depth in range(1, max(depths, default=0) + 1):
            units = tuple(k for k, d in enumerate(depths) if d == depth)
            below = sum(1 << k for k, d in self.depths.items() if d < depth)
            self.levels.append(self._weights([found.rows[self.n + 1 + k] for k in units], units, below))
        scaled = [found.integers(form) for form in circuit.outputs]
        self.scales = [scale for _, scale in scaled]
        self.last = self._weights([dict(zip(row.wires, row.weights, strict=True)) for row, _ in scaled], (), -1)

    def _weights(self, rows: Sequence[dict[int, int]], units: tuple[int, ...], below: int) -> Weights:
        dense = np.zeros((len(rows), self.n + 1 + self.count), dtype=object)
        for i, row in enumerate(rows):
            for wire, a in row.items():
                dense[i, wire] = a
        largest = max((sum(map(abs, row.values())) for row in rows), default=0)
        return Weights(*self._typed(dense, largest), units, below, largest)

    def _typed(self, dense: np.ndarray, largest: int) -> tuple[np.ndarray, np.ndarray]:
        dense = dense.astype(np.int64) if largest < 2**62 else dense
        return dense[:, self.n + 1 :], dense[:, : self.n + 1]

    def filled(self, depth: int, active: int) -> np.ndarray:
        """F with the rows of the levels up to ``depth``."""
        if not depth:
            return np.zeros((self.count, self.n + 1), dtype=np.int64)
        level = self.levels[depth - 1]
        key = depth, active & level.below
        if key not in self.known:
            F = self.filled(depth - 1, active)
            rows = level.rows(F, self.bits(active))
            F = F.astype(rows.dtype)
            F[list(level.units)] = rows
            self.known[key] = F
        return self.known[key]

    def bits(self, active: int) -> np.ndarray:
        """Unit by unit."""
        packed = np.frombuffer((active >> 1).to_bytes(self.count // 8 + 1, "little"), dtype=np.uint8)
        return np.unpackbits(packed, count=self.count, bitorder="little").astype(np.int64)

    def unit(self, k: int, active: int) -> list[int]:
        """Unit k = 1, 2, ... before its relu."""
        return self.filled(self.depths[k], active)[k - 1].tolist()

    def outputs(self, active: int) -> tuple[Matrix, Vector]:
        """(G, c)."""
        rows = self.last.rows(self.filled(len(self.levels), active), self.bits(active)).tolist()
        found = [[scale * a for a in row] for scale, row in zip(self.scales, rows, strict=True)]
        return tuple(tuple(row[1:]) for row in found), tuple(row[0] for row in found)
