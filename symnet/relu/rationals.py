"""Exact numbers and small exact linear algebra: Fractions in, Fractions out.

A   matrix, a list of rows        v   vector        d, g   common denominator, common divisor
"""

from collections.abc import Iterable, Sequence
from fractions import Fraction
from math import gcd, lcm
from numbers import Integral, Rational, Real
from typing import Any, TypeAlias

import numpy as np

from symnet.errors import InvalidInput

LONGEST_EXPONENT = 5
"""Characters, with the sign: 10^99999 has a hundred thousand digits, and that is enough."""
Vector: TypeAlias = tuple[Fraction, ...]
Matrix: TypeAlias = tuple[Vector, ...]


def exact(value: Any, where: str) -> Fraction:
    """The rational number that ``value`` is; ``where`` names the place in the error.

    int, Fraction, SymPy's Rational and strings such as "1/3" are exact. A float is refused: 0.1 is not one tenth.
    """
    if isinstance(value, bool | np.bool_):
        raise InvalidInput(f"{where}: {value} is a truth value; write 1 or 0.")
    if isinstance(value, Integral | Rational):
        return Fraction(int(value.numerator), int(value.denominator))
    if isinstance(value, str):
        return _read(value, where)
    if getattr(value, "is_Rational", False):
        return Fraction(int(value.p), int(value.q))
    if isinstance(value, Real) or getattr(value, "is_Float", False):
        raise InvalidInput(f"{where}: {_float_advice(float(value))}")
    raise InvalidInput(f'{where}: {value!r} is not an exact number; pass an int, a Fraction or a string such as "1/3".')


def _read(text: str, where: str) -> Fraction:
    if len(text.lower().partition("e")[2]) > LONGEST_EXPONENT:
        raise InvalidInput(f'{where}: "{text}" has too large an exponent to be written out exactly.')
    try:
        return Fraction(text)
    except (ValueError, ZeroDivisionError):
        raise InvalidInput(
            f'{where}: "{text}" is not a rational number; write it like "-2", "1/3" or "0.25".'
        ) from None


def _float_advice(value: float) -> str:
    if not np.isfinite(value):
        return f"{value} is not a real number; every entry must be a finite rational."
    nearby = Fraction(value).limit_denominator(1000)
    return f'{value} is a float; pass an exact number, "{nearby}" or Fraction({value!r}) for the float as it is.'


# ---------------------------------------------------------------------- vectors
def dot(u: Iterable[Any], v: Iterable[Any]) -> Any:
    """⟨u, v⟩ = Σ uᵢ vᵢ."""
    return sum(a * b for a, b in zip(u, v, strict=True))


def over_one_divisor(v: Sequence[Fraction | int]) -> tuple[list[int], int]:
    """(p, d) with v = p / d in integers, d > 0 the smallest."""
    d = lcm(*[a.denominator for a in v])
    return [a.numerator * (d // a.denominator) for a in v], d


def primitive(v: Sequence[Fraction | int]) -> tuple[tuple[int, ...], Fraction]:
    """(p, s) with v = s p, s > 0, and p integers without a common divisor; s = 1 for v = 0."""
    whole, d = over_one_divisor(v)
    g = gcd(*whole) or d
    return tuple(a // g for a in whole), Fraction(g, d)


# ---------------------------------------------------------------------- elimination
def row_reduce(A: Iterable[Sequence[Fraction | int]]) -> tuple[list[list[Fraction]], list[int]]:
    """Reduced row echelon form without zero rows, and its pivot columns."""
    rows, pivots = [[Fraction(a) for a in row] for row in A], []
    for column in range(len(rows[0]) if rows else 0):
        top = len(pivots)
        found = next((r for r in range(top, len(rows)) if rows[r][column]), None)
        if found is None:
            continue
        rows[top], rows[found] = rows[found], rows[top]
        lead = [a / rows[top][column] for a in rows[top]]
        rows = [[a - row[column] * b for a, b in zip(row, lead, strict=True)] for row in rows]
        rows[top] = lead
        pivots.append(column)
    return rows[: len(pivots)], pivots


def rank(A: Iterable[Sequence[Fraction | int]]) -> int:
    """Number of independent rows."""
    return len(row_reduce(A)[1])


def null_space(A: Iterable[Sequence[Fraction | int]], n: int) -> list[Vector]:
    """A basis of {v ∈ ℚⁿ : A v = 0}, one vector for each column without a pivot."""
    rows, pivots = row_reduce(A)
    free = [column for column in range(n) if column not in pivots]
    return [_null_vector(rows, pivots, column, n) for column in free]


def _null_vector(rows: list[list[Fraction]], pivots: list[int], free: int, n: int) -> Vector:
    v = [Fraction(0)] * n
    v[free] = Fraction(1)
    for row, pivot in zip(rows, pivots, strict=True):
        v[pivot] = -row[free]
    return tuple(v)
