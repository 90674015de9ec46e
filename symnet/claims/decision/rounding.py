r"""Relations between numbers: a ≈ b, where b is a rounded to the digits that it shows, and c/g ∈ ℕ."""

from fractions import Fraction

import mpmath

from symnet.claims.decision.budget import Budget, TooHard
from symnet.claims.decision.decision import Decision, depends
from symnet.claims.decision.numbers import DIGITS, Elsewhere, Irrational
from symnet.claims.decision.sampling import point_at
from symnet.claims.meaning.keys import Key
from symnet.claims.meaning.shapes import Unclear, meanings, settled_everywhere
from symnet.readers.latex.reading import Term


def rounded(lhs: Term, rhs: Term, key: Key, budget: Budget) -> Decision:
    """a ≈ b: b is a, rounded to the digits that b shows."""
    a, b = constant(lhs, key, budget), constant(rhs, key, budget)
    unit = _last_digit(rhs, budget)
    if a is None or b is None or unit is None:
        return Decision("unread", why="≈ is decided between numbers only")
    if abs(a - b) * 2 <= unit:
        return Decision("holds", "rounding")
    with mpmath.workdps(DIGITS):
        left = mpmath.nstr(mpmath.mpf(a.numerator) / a.denominator, 10)
    return Decision("wrong", "rounding", why=f"the left side is {left}")


def constant(t: Term, key: Key, budget: Budget) -> Fraction | None:
    """The value of a formula of numbers, or None."""
    try:
        typed, known = next(meanings(t, key.world(budget=budget), {}))
        if depends(typed, key):
            return None
        value = point_at(key, 0, True, (2,), 9, budget).value(settled_everywhere(typed, known))
    except (Irrational, Elsewhere, Unclear, TooHard, StopIteration, RecursionError):
        return None
    return value[0][0] if len(value) == len(value[0]) == 1 else None


def _last_digit(t: Term, budget: Budget) -> Fraction | None:
    """What one unit in the last written digit of 6.1 × 10⁷ is worth."""
    if t.op == "number":
        digits = t.name.lower().partition("e")
        decimals = len(digits[0].partition(".")[2])
        exponent = int(digits[2] or 0)
        trailing = len(t.name) - len(t.name.rstrip("0")) if "." not in t.name and not digits[2] else 0
        return Fraction(10) ** (exponent - decimals + trailing) if abs(exponent) < 10_000 else None
    if t.op in ("product", "dot") and len(t.args) == 2 and t.args[1].op == "power":
        first, scale = _last_digit(t.args[0], budget), constant(t.args[1], Key(""), budget)
        return first * scale if first is not None and scale is not None else None
    return None


def whole(lhs: Term, key: Key, budget: Budget) -> Decision:
    r"""lhs ∈ ℕ."""
    value = constant(lhs, key, budget)
    if value is None:
        return Decision("unread", why="whether it is a whole number depends on the letters")
    if value.denominator == 1 and value >= 0:
        return Decision("holds", "exact arithmetic")
    return Decision("wrong", "exact arithmetic", why=f"it is {value}")
