"""Exact linear programming, small: the two-phase simplex method with Bland's rule, which cannot cycle.

    maximize ⟨c, y⟩   subject to   A y = b,  y ≥ 0

It finds the weights that show a system of inequalities to have no interior (Gordan), or no solution at all (Motzkin).

All is done in integers, without fractions (Edmonds 1967, Bareiss 1968): after a pivot every entry is a minor of the
matrix that was given, so the last pivot divides what the next one multiplies, and entries stay short.

T   the table, d times what it says         d   the last pivot
"""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import TypeAlias

from symnet.relu.budget import Tick, unlimited
from symnet.relu.geometry.rationals import Vector, dot, over_one_divisor

Row: TypeAlias = list[int]


def maximize(
    c: Sequence[Fraction], A: Sequence[Sequence[Fraction]], b: Sequence[Fraction], tick: Tick = unlimited
) -> Vector | None:
    """An optimal y, or None where no y is feasible. The feasible set must be bounded."""
    n = len(c)
    rows = [over_one_divisor([*row, target])[0] for row, target in zip(A, b, strict=True)]
    rows = [[-a for a in row] if row[-1] < 0 else row for row in rows]
    table = Table(rows, [n + i for i in range(len(rows))], [sum(column) for column in zip(*rows, strict=True)], tick)
    table.climb()
    if any(row[-1] for row, column in zip(table.rows, table.basis, strict=True) if column >= n):
        return None
    table.drive_out()
    table.aim(over_one_divisor(c)[0])
    table.climb()
    level = {column: Fraction(row[-1], table.d) for row, column in zip(table.rows, table.basis, strict=True)}
    return tuple(level.get(column, Fraction(0)) for column in range(n))


@dataclass
class Table:
    """``rows`` of (coefficients, level), each basic in its column of ``basis``; the ``goal``: what each column adds.

    Columns from n on are artificial, one for each row that has no real one yet. They are not written down, for none
    comes back; at first the goal is that they all be 0.
    """

    rows: list[Row]
    basis: list[int]
    goal: Row
    tick: Tick
    d: int = 1

    @property
    def n(self) -> int:
        return len(self.goal) - 1

    def climb(self) -> None:
        """Pivot until no column improves: always the first that does, and the first row among ties."""
        while (entering := next((j for j in range(self.n) if self.goal[j] > 0), None)) is not None:
            ratios = (
                (Fraction(row[-1], row[entering]), self.basis[i], i)
                for i, row in enumerate(self.rows)
                if row[entering] > 0
            )
            self.pivot(min(ratios)[2], entering)

    def drive_out(self) -> None:
        """Exchange the artificial columns in the basis, at level 0, for real ones; drop rows that have none."""
        for i in reversed(range(len(self.rows))):
            if self.basis[i] >= self.n:
                real = next((j for j in range(self.n) if self.rows[i][j]), None)
                if real is None:
                    del self.rows[i], self.basis[i]
                    continue
                if self.rows[i][real] < 0:
                    self.rows[i] = [-a for a in self.rows[i]]
                self.pivot(i, real)

    def aim(self, c: Sequence[int]) -> None:
        """The goal is now ⟨c, y⟩."""
        self.goal = [self.d * a for a in (*c, 0)]
        for row, column in zip(self.rows, self.basis, strict=True):
            if c[column]:
                self.goal = [g - c[column] * a for g, a in zip(self.goal, row, strict=True)]

    def pivot(self, r: int, column: int) -> None:
        """Make ``column`` basic in row r."""
        lead = self.rows[r]
        self.rows = [row if i == r else self.reduced(row, lead, column) for i, row in enumerate(self.rows)]
        self.goal = self.reduced(self.goal, lead, column)
        self.basis[r], self.d = column, lead[column]

    def reduced(self, row: Row, lead: Row, column: int) -> Row:
        """The row with 0 in the column."""
        self.tick()
        return eliminated(row, lead, column, self.d)


def eliminated(row: Sequence[int], lead: Sequence[int], column: int, d: int) -> Row:
    """The row times the pivot, less what puts a 0 there; the last pivot d divides it (Bareiss)."""
    p, q = lead[column], row[column]
    if not q:
        return [p * a // d for a in row] if p != d else list(row)
    return [(p * a - q * b) // d for a, b in zip(row, lead, strict=True)]


Vectors: TypeAlias = Sequence[Sequence[int | Fraction]]


def combination(rows: Vectors, target: Sequence[int | Fraction], tick: Tick = unlimited) -> Vector:
    """Weights y ≥ 0 with Σ y · rows = target, which must exist (Farkas). Independent rows have no others."""
    found = _only_solution(rows, target, tick)
    if found is None:
        A = [[Fraction(row[i]) for row in rows] for i in range(len(target))]
        found = maximize([Fraction(0)] * len(rows), A, [Fraction(t) for t in target], tick)
    assert found is not None
    return found


def _only_solution(rows: Vectors, target: Sequence[int | Fraction], tick: Tick) -> Vector | None:
    """The y with Σ y · rows = target, by elimination without fractions; None where the rows are dependent."""
    k, d = len(rows), 1
    M = [over_one_divisor([*column, t])[0] for *column, t in zip(*rows, target, strict=True)]
    for j in range(k):
        i = next((i for i in range(j, len(M)) if M[i][j]), None)
        if i is None:
            return None
        M[i], M[j] = M[j], M[i]
        lead = M[j]
        for i, row in enumerate(M):
            if row is not lead:
                tick()
                M[i] = eliminated(row, lead, j, d)
        d = lead[j]
    return tuple(Fraction(M[j][k], d) for j in range(k))


def contradiction(rows: Sequence[Vector], strict: Sequence[bool], tick: Tick = unlimited) -> tuple[Vector, bool] | None:
    """Weights y ≥ 0, Σ y = 1, with which the forms ⟨slope, x⟩ + constant, all ≥ 0, sum to a constant ≤ 0; or None.

    A row is (constant, slope). Such weights exist exactly where the system has no interior (Gordan). The flag says
    whether it has no solution at all: the constant is negative, or a strict inequality has a weight (Motzkin).
    """
    constants, *slopes = zip(*rows, strict=True)
    zero, one = Fraction(0), Fraction(1)
    A = [*((*slope, zero) for slope in slopes), (*constants, one), (*[one] * len(rows), zero)]
    b = [zero] * (len(slopes) + 1) + [one]
    c = [*(Fraction(int(s)) for s in strict), one]
    found = maximize(c, A, b, tick)
    return None if found is None else (found[:-1], dot(c, found) > 0)
