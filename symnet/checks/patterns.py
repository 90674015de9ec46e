"""Are these all the activation cells? Every pattern is tried, and decided by Fourier-Motzkin elimination.

p   pattern, one 0/1 per hidden unit       z = g·x + c   a unit's pre-activation, affine once p is fixed
A pattern has a cell with inner points exactly if the strict system {z > 0 where p = 1, z < 0 where p = 0} has a
solution; a unit whose z is constant under p does not cut the space and only has to agree in sign (0 counts as off).
"""

from collections.abc import Iterable, Sequence
from fractions import Fraction
from itertools import product
from typing import Any

from symnet.derivation import Check
from symnet.errors import NotSupported

Row = tuple[tuple[Fraction, ...], Fraction]  # g·x + c > 0
MOST_UNITS = 12


def check_patterns(layers: Sequence[Any], patterns: Iterable[Any]) -> Check:
    """Compare ``patterns`` (nested by layer) with those that brute force over all 2^units finds non-empty. Exact.

    ``layers`` are (W, b) with rational entries, the last one linear. Raises NotSupported beyond 12 hidden units.
    """
    hidden = layers[:-1]
    units = sum(len(b) for _, b in hidden)
    if units > MOST_UNITS:
        raise NotSupported(f"{units} hidden units have 2^{units} patterns; brute force stops at {MOST_UNITS}")
    claimed = sorted(tuple(bit for layer in pattern for bit in layer) for pattern in patterns)
    found = sorted(p for p in product((0, 1), repeat=units) if _has_inner_points(hidden, p))
    evidence = {"patterns tried": 2**units, "with inner points": len(found), "claimed": len(claimed)}
    return Check("the activation cells are all there are", "exact", claimed == found, evidence)


def _has_inner_points(hidden: Sequence[Any], pattern: Sequence[int]) -> bool:
    n = len(hidden[0][0][0]) if hidden else 0
    values = [(tuple(Fraction(int(i == j)) for j in range(n)), Fraction(0)) for i in range(n)]
    system: list[Row] = []
    bits = iter(pattern)
    for W, b in hidden:
        z = [_combine(row, bias, values, n) for row, bias in zip(W, b, strict=True)]
        signs = [next(bits) for _ in z]
        system += [row if on else (tuple(-g for g in row[0]), -row[1]) for row, on in zip(z, signs, strict=True)]
        if not all(_constant_agrees(row, on) for row, on in zip(z, signs, strict=True)):
            return False
        zero: Row = ((Fraction(0),) * n, Fraction(0))
        values = [row if on else zero for row, on in zip(z, signs, strict=True)]
    return _solvable([row for row in system if any(row[0])], n)


def _constant_agrees(row: Row, on: int) -> bool:
    return any(row[0]) or (row[1] > 0) == bool(on)


def _combine(weights: Sequence[Fraction], bias: Fraction, values: Sequence[Row], n: int) -> Row:
    g = tuple(sum((w * v[0][j] for w, v in zip(weights, values, strict=True)), Fraction(0)) for j in range(n))
    return g, sum((w * v[1] for w, v in zip(weights, values, strict=True)), Fraction(bias))


def _solvable(system: Sequence[Row], n: int) -> bool:
    """Does {g·x + c > 0} have a solution? Each variable is eliminated between its lower and its upper bounds."""
    rows = {_scaled(row) for row in system}
    for j in range(n):
        lower = [row for row in rows if row[0][j] > 0]
        upper = [row for row in rows if row[0][j] < 0]
        rows = {row for row in rows if row[0][j] == 0} | {_scaled(_add(p, q, j)) for p in lower for q in upper}
    return all(c > 0 for _, c in rows)


def _add(p: Row, q: Row, j: int) -> Row:
    s, t = -q[0][j], p[0][j]
    return tuple(s * a + t * b for a, b in zip(p[0], q[0], strict=True)), s * p[1] + t * q[1]


def _scaled(row: Row) -> Row:
    """The same half-space with its largest coefficient at 1, so that repetitions are seen."""
    largest = max((abs(g) for g in (*row[0], row[1])), default=Fraction(0)) or Fraction(1)
    return tuple(g / largest for g in row[0]), row[1] / largest
