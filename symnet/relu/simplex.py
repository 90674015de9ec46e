"""Exact linear programming, small: the two-phase simplex method with Bland's rule, which cannot cycle.

    maximize ⟨c, y⟩   subject to   A y = b,  y ≥ 0

It finds the weights that show a system of inequalities to have no interior (Gordan), or no solution at all (Motzkin).
"""

from collections.abc import Sequence
from fractions import Fraction
from typing import TypeAlias

from symnet.relu.rationals import Vector, dot

Row = list[Fraction]


def maximize(c: Sequence[Fraction], A: Sequence[Sequence[Fraction]], b: Sequence[Fraction]) -> Vector | None:
    """An optimal y, or None where no y is feasible. The feasible set must be bounded."""
    m, n = len(A), len(c)
    table = []
    for i, (row, target) in enumerate(zip(A, b, strict=True)):
        sign = -1 if target < 0 else 1
        table.append(
            [*(Fraction(sign * a) for a in row), *(Fraction(int(i == k)) for k in range(m)), Fraction(sign * target)]
        )
    basis = list(range(n, n + m))
    _climb(table, basis, [Fraction(0)] * n + [Fraction(-1)] * m)
    if any(row[-1] for row, column in zip(table, basis, strict=True) if column >= n):
        return None
    _drive_out(table, basis, n)
    _climb(table, basis, [*map(Fraction, c), *[Fraction(0)] * m], columns=n)
    level = {column: row[-1] for row, column in zip(table, basis, strict=True)}
    return tuple(level.get(column, Fraction(0)) for column in range(n))


def _climb(table: list[Row], basis: list[int], c: Sequence[Fraction], columns: int | None = None) -> None:
    """Pivot until no column improves: always the first that does, and the first row among ties."""
    while True:
        prices = [c[k] for k in basis]
        improving = (
            j for j in range(columns or len(c)) if j not in basis and c[j] > dot(prices, (row[j] for row in table))
        )
        entering = next(improving, None)
        if entering is None:
            return
        ratios = [(row[-1] / row[entering], basis[i], i) for i, row in enumerate(table) if row[entering] > 0]
        _pivot(table, basis, min(ratios)[2], entering)


def _drive_out(table: list[Row], basis: list[int], n: int) -> None:
    """Exchange the artificial columns in the basis, which are at level 0, for real ones; drop rows that have none."""
    for i in reversed(range(len(table))):
        if basis[i] >= n:
            real = next((j for j in range(n) if table[i][j]), None)
            if real is None:
                del table[i], basis[i]
            else:
                _pivot(table, basis, i, real)


def _pivot(table: list[Row], basis: list[int], r: int, column: int) -> None:
    """Make ``column`` basic in row r."""
    lead = [a / table[r][column] for a in table[r]]
    for i, row in enumerate(table):
        if i != r and row[column]:
            table[i] = [a - row[column] * b for a, b in zip(row, lead, strict=True)]
    table[r], basis[r] = lead, column


Vectors: TypeAlias = Sequence[Sequence[int | Fraction]]


def combination(rows: Vectors, target: Sequence[int | Fraction]) -> Vector:
    """Weights y ≥ 0 with Σ y · rows = target, which must exist (Farkas). Independent rows have no others."""
    found = _only_solution(rows, target)
    if found is None:
        found = maximize([Fraction(0)] * len(rows), [[row[i] for row in rows] for i in range(len(target))], target)
    assert found is not None
    return found


def _only_solution(rows: Vectors, target: Sequence[int | Fraction]) -> Vector | None:
    """The y with Σ y · rows = target, by elimination without fractions; None where the rows are dependent."""
    k, M = len(rows), [[*column, t] for *column, t in zip(*rows, target, strict=True)]
    for j in range(k):
        i = next((i for i in range(j, len(M)) if M[i][j]), None)
        if i is None:
            return None
        M[i], M[j] = M[j], M[i]
        lead = M[j]
        M = [row if row is lead else [lead[j] * a - row[j] * b for a, b in zip(row, lead, strict=True)] for row in M]
    return tuple(Fraction(M[j][k], M[j][j]) for j in range(k))


def contradiction(rows: Sequence[Vector], strict: Sequence[bool]) -> tuple[Vector, bool] | None:
    """Weights y ≥ 0, Σ y = 1, with which the forms ⟨slope, x⟩ + constant, all ≥ 0, sum to a constant ≤ 0; or None.

    A row is (constant, slope). Such weights exist exactly where the system has no interior (Gordan). The flag says
    whether it has no solution at all: the constant is negative, or a strict inequality has a weight (Motzkin).
    """
    constants, *slopes = zip(*rows, strict=True)
    zero, one = Fraction(0), Fraction(1)
    A = [*((*slope, zero) for slope in slopes), (*constants, one), (*[one] * len(rows), zero)]
    b = [zero] * (len(slopes) + 1) + [one]
    c = [*(Fraction(int(s)) for s in strict), one]
    found = maximize(c, A, b)
    return None if found is None else (found[:-1], dot(c, found) > 0)
