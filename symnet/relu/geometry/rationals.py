"""Exact numbers and small exact linear algebra: Fractions in, Fractions out.

A   matrix, a list of rows        v   vector        d, g   common denominator, common divisor
"""

import re
from collections.abc import Iterable, Sequence
from fractions import Fraction
from math import gcd, lcm
from numbers import Integral, Rational, Real
from typing import Any, TypeAlias

import numpy as np

from symnet.errors import InvalidInput, NotSupported

MOST_DIGITS = 4300
"""The longest number that is read, in digits of its numerator or denominator: the one limit of all readers.

It is Python's own for integers as text, so what is read can be written, too.
"""
TOO_LARGE = 10**MOST_DIGITS
MOST_SHOWN = 60
"""Characters of somebody's number that an error repeats."""
Vector: TypeAlias = tuple[Fraction, ...]
Matrix: TypeAlias = tuple[Vector, ...]


def exact(value: Any, where: str) -> Fraction:
    """The rational number that ``value`` is; ``where`` names the place in the error.

    int, Fraction, SymPy's Rational and strings such as "1/3" are exact. A float is refused: 0.1 is not one tenth.
    So is what is written with more than MOST_DIGITS digits, be it in a text or in SymPy.
    """
    if isinstance(value, bool | np.bool_):
        raise InvalidInput(f"{where}: {value} is a truth value; write 1 or 0.")
    if getattr(value, "is_Rational", False):
        return _short(Fraction(int(value.p), int(value.q)), where)
    if isinstance(value, Integral | Rational):
        return Fraction(int(value.numerator), int(value.denominator))
    if isinstance(value, str):
        return _short(_read(value, where), where)
    if isinstance(value, Real) or getattr(value, "is_Float", False):
        raise InvalidInput(f"{where}: {_float_advice(float(value))}")
    raise InvalidInput(
        f'{where}: {shown(value)} is not an exact number; pass an int, a Fraction or a string such as "1/3".'
    )


def shown(value: Any) -> str:
    """What an error repeats of a text that somebody wrote, or of a value: all of it, or its beginning and length."""
    try:
        text = value if isinstance(value, str) else repr(value)
    except ValueError:  # a number too long to be written
        text = type(value).__name__
    return text if len(text) <= MOST_SHOWN else f"{text[: MOST_SHOWN // 2]}… ({len(text):,} characters)"


def written(a: Fraction | int) -> str:
    """The number as it is read again; NotSupported where it has become too long for that."""
    if max(abs(a.numerator), a.denominator) >= TOO_LARGE:
        raise NotSupported(f"a number of this result has more than {MOST_DIGITS:,} digits, and is not written out.")
    return str(a)


def _read(text: str, where: str) -> Fraction:
    _, _, exponent = text.lower().partition("e")
    if len(exponent) > len(f"-{MOST_DIGITS}"):
        raise InvalidInput(f'{where}: "{shown(text)}" has too large an exponent to be written out exactly.')
    try:
        return Fraction(text)
    except (ValueError, ZeroDivisionError):
        if max(map(len, re.findall(r"[0-9]+", text)), default=0) > MOST_DIGITS:
            raise too_long(where) from None
        raise InvalidInput(
            f'{where}: "{shown(text)}" is not a rational number; write it like "-2", "1/3" or "0.25".'
        ) from None


def _short(a: Fraction, where: str) -> Fraction:
    """The number, which must not be longer than MOST_DIGITS digits."""
    if max(abs(a.numerator), a.denominator) >= TOO_LARGE:
        raise too_long(where)
    return a


def too_long(where: str) -> InvalidInput:
    """The refusal of a number with too many digits."""
    return InvalidInput(f"{where}: a number of more than {MOST_DIGITS:,} digits is not read.")


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
