"""A polyhedron that is cut again and again: its vertices, rays and lines in integers (w : x), as in `cells`.

tight   for a generator the rows that vanish on it, a mask: bit 0 for w, bit k for the k-th row that cut
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import reduce
from operator import and_
from typing import TypeAlias

from symnet.relu.budget import Tick, unlimited
from symnet.relu.geometry.integers import Row, at, shortest
from symnet.relu.geometry.rationals import Vector

Ray: TypeAlias = tuple[Row, int]


@dataclass(frozen=True)
class Cone:
    """Spanned by ``rays``, each with its mask ``tight``, and ``lines``, on which all rows so far (``bits``) vanish."""

    rays: tuple[Ray, ...]
    lines: tuple[Row, ...]
    bits: int = 1

    def signs(self, row: Row) -> tuple[bool, bool]:
        """Whether the row is positive somewhere, and negative somewhere."""
        if any(at(row, line) for line in self.lines):
            return True, True
        values = [at(row, point) for point, _ in self.rays]
        return max(values) > 0, min(values) < 0

    @property
    def vertices(self) -> list[Ray]:
        return [ray for ray in self.rays if ray[0][0]]

    @property
    def common(self) -> int:
        """The rows that vanish on all of it."""
        return reduce(and_, (tight for _, tight in self.rays))

    @property
    def inside(self) -> Vector:
        """A point of the relative interior: the sum of all rays."""
        w, *x = (sum(column) for column in zip(*(point for point, _ in self.rays), strict=True))
        return tuple(Fraction(a, w) for a in x)

    def touched(self, row: Row, bit: int) -> "Cone":
        """The same; the row, which has one sign here, is one of the rows."""
        rays = tuple((point, tight if at(row, point) else tight | bit) for point, tight in self.rays)
        return Cone(rays, self.lines, self.bits | bit)

    def face(self, row: Row, bit: int) -> "Cone":
        """The part where the row, which has one sign here, vanishes."""
        rays = tuple((point, tight | bit) for point, tight in self.rays if not at(row, point))
        return Cone(rays, self.lines, self.bits | bit)

    def cut(self, row: Row, bit: int, tick: Tick = unlimited) -> tuple["Cone", "Cone"]:
        """The parts where the row is ≤ 0 and ≥ 0; it has both signs here."""
        line = next((line for line in self.lines if at(row, line)), None)
        if line is not None:
            return self._cut_line(row, bit, line, tick)
        values = [(ray, at(row, ray[0])) for ray in self.rays]
        above, below = [ray for ray, z in values if z > 0], [ray for ray, z in values if z < 0]
        on = [(point, tight | bit) for (point, tight), z in values if not z]
        on += [(_between(row, u, v), common | bit) for u, v, common in self._edges(above, below, tick)]
        bits = self.bits | bit
        return Cone((*below, *on), self.lines, bits), Cone((*above, *on), self.lines, bits)

    def _edges(self, above: Sequence[Ray], below: Sequence[Ray], tick: Tick) -> Iterator[tuple[Row, Row, int]]:
        """The pairs that span an edge, and the rows that vanish on it: on no third ray do they all."""
        least = len(self.rays[0][0]) - 2 - len(self.lines)
        masks = [tight for _, tight in self.rays]
        for u, tight_u in above:
            tick()
            for v, tight_v in below:
                common = tight_u & tight_v
                if common.bit_count() >= least and sum(tight & common == common for tight in masks) == 2:
                    yield u, v, common

    def _cut_line(self, row: Row, bit: int, line: Row, tick: Tick) -> tuple["Cone", "Cone"]:
        """The line becomes a ray to either side; all else slides along it to where the row vanishes."""
        slope = at(row, line)
        up, down = (line, _opposite(line)) if slope > 0 else (_opposite(line), line)
        slope = abs(slope)

        def slid(point: Row) -> Row:
            tick()
            return shortest([slope * a - at(row, point) * b for a, b in zip(point, up, strict=True)])

        rays = tuple((slid(point), tight | bit) for point, tight in self.rays)
        lines = tuple(slid(other) for other in self.lines if other is not line)
        bits = self.bits | bit
        return Cone((*rays, (down, self.bits)), lines, bits), Cone((*rays, (up, self.bits)), lines, bits)


def whole_space(n: int) -> Cone:
    """The origin, and a line along each axis."""
    origin, *lines = (tuple(int(k == axis) for k in range(n + 1)) for axis in range(n + 1))
    return Cone(((origin, 0),), tuple(lines))


def _between(row: Row, u: Row, v: Row) -> Row:
    """The point of the edge from u, where the row is > 0, to v, where it is < 0, on which it vanishes."""
    a, b = at(row, u), at(row, v)
    return shortest([a * t - b * s for s, t in zip(u, v, strict=True)])


def _opposite(point: Row) -> Row:
    return tuple([-a for a in point])
