r"""Linear inequalities with fractions, strict ones too: is there a point, and which? By Fourier and Motzkin.

Linear       unknown -> coefficient, "" for the constant          Constraint      (linear, sign): linear sign 0

Unknowns are eliminated one after another, equations first; the point is read off on the way back, with small numbers
where there is room for them. Complete over the reals, and meant for few unknowns: `TooHard` beyond.
"""

from collections.abc import Mapping, Sequence
from fractions import Fraction
from math import ceil, floor

from symnet.claims.decision.budget import Budget, TooHard

Linear = Mapping[str, Fraction]
Constraint = tuple[Linear, str]  # ">", ">=" or "="
MANY = 300


def point(constraints: Sequence[Constraint], budget: Budget) -> dict[str, Fraction] | None:
    """A point that satisfies them all; None where there is none."""
    unknowns = sorted({x for linear, _ in constraints for x, c in linear.items() if x and c})
    if not unknowns:
        return {} if all(_true(linear.get("", Fraction(0)), sign) for linear, sign in constraints) else None
    budget.spend(2 * len(constraints))
    solved = next(((c, x) for c, sign in constraints if sign == "=" for x in c if x and c[x]), None)
    if solved is not None:
        row, x = solved
        value = {y: -c / row[x] for y, c in row.items() if y != x}
        rest = [(_put(c, x, value), sign) for c, sign in constraints if c is not row]
        found = point(rest, budget)
        return None if found is None else {**found, x: at(value, found)}
    x = min(unknowns, key=lambda y: _pairs(y, constraints))
    rest = [c for c in constraints if not c[0].get(x)]
    lower = [c for c in constraints if c[0].get(x, 0) > 0]
    upper = [c for c in constraints if c[0].get(x, 0) < 0]
    rest += [_joined(a, b, x) for a in lower for b in upper]
    if len(rest) > MANY:
        raise TooHard
    found = point(_distinct(rest), budget)
    return None if found is None else {**found, x: _between(lower, upper, x, found)}


def at(linear: Linear, values: Mapping[str, Fraction]) -> Fraction:
    """The value; what has none is 0."""
    return sum((c * (values.get(x, Fraction(0)) if x else 1) for x, c in linear.items()), Fraction(0))


def _true(value: Fraction, sign: str) -> bool:
    return value > 0 if sign == ">" else value >= 0 if sign == ">=" else value == 0


def _pairs(x: str, constraints: Sequence[Constraint]) -> int:
    above = sum(c.get(x, 0) > 0 for c, _ in constraints)
    below = sum(c.get(x, 0) < 0 for c, _ in constraints)
    return above * below - above - below


def _put(linear: Linear, x: str, value: Linear) -> Linear:
    factor = linear.get(x, Fraction(0))
    if not factor:
        return {y: c for y, c in linear.items() if y != x}
    found = {y: c for y, c in linear.items() if y != x}
    for y, c in value.items():
        found[y] = found.get(y, Fraction(0)) + factor * c
    return {y: c for y, c in found.items() if c}


def _joined(a: Constraint, b: Constraint, x: str) -> Constraint:
    """What a lower and an upper bound of x say without x."""
    (p, s), (q, t) = a, b
    u, v = -q[x], p[x]
    linear = {y: u * p.get(y, Fraction(0)) + v * q.get(y, Fraction(0)) for y in {*p, *q} if y != x}
    return {y: c for y, c in linear.items() if c}, ">" if ">" in (s, t) else ">="


def _distinct(constraints: Sequence[Constraint]) -> list[Constraint]:
    return list({(tuple(sorted(c.items())), sign): (c, sign) for c, sign in constraints}.values())


def _between(
    lower: Sequence[Constraint], upper: Sequence[Constraint], x: str, found: Mapping[str, Fraction]
) -> Fraction:
    """A number between the bounds, 0 or whole if there is one."""
    bounds = []
    for side, best in ((lower, max), (upper, min)):
        ends = [(-at({y: c for y, c in row.items() if y != x}, found) / row[x], sign == ">") for row, sign in side]
        end = best((e for e, _ in ends), default=None)
        bounds.append((end, any(strict for e, strict in ends if e == end)))
    (low, open_below), (high, open_above) = bounds
    for n in (Fraction(0), *_whole_near(low), *_whole_near(high)):
        above = low is None or n > low or (n == low and not open_below)
        below = high is None or n < high or (n == high and not open_above)
        if above and below:
            return n
    assert low is not None
    assert high is not None
    return (low + high) / 2


def _whole_near(end: Fraction | None) -> tuple[Fraction, ...]:
    return () if end is None else tuple(map(Fraction, (ceil(end), floor(end), floor(end) + 1, ceil(end) - 1)))
