"""Linear forms with exact coefficients, for the checkers of certificates: what they add up, and how they reject.

A form is {0: constant, i: coefficient of x_i, (h_0, ..., h_n): coefficient of |h_0 + Σ h_i x_i|}, zeros left out.
"""

import re
from collections.abc import Iterable, Sequence
from fractions import Fraction
from functools import reduce
from math import gcd, lcm
from typing import Any

Form = dict[Any, Fraction]


class Rejected(Exception):
    """The certificate does not prove what it says."""


class Undefined(Rejected):
    """No branch of a Piecewise applies."""


def require(condition: bool, why: str) -> None:
    """Reject the certificate unless the condition holds."""
    if not condition:
        raise Rejected(why)


def rational(text: Any) -> Fraction:
    """A fraction written as "-2" or "1/3", and in no other way."""
    require(isinstance(text, str) and re.fullmatch(r"-?[0-9]+(/[0-9]+)?", text) is not None, f"{text!r} is no fraction")
    return Fraction(text)


def constant(value: Fraction) -> Form:
    """A number as a form."""
    return {0: value} if value else {}


def is_constant(z: Form) -> bool:
    """Whether no input is in the form."""
    return z.keys() <= {0}


def number(z: Form) -> Fraction:
    """The number that a constant form is."""
    require(is_constant(z), "a number was expected")
    return z.get(0, Fraction(0))


def add(a: Form, b: Form, factor: Fraction | int = 1) -> Form:
    """a + factor · b."""
    total = {key: a.get(key, Fraction(0)) + factor * b.get(key, Fraction(0)) for key in a.keys() | b.keys()}
    return {key: value for key, value in total.items() if value}


def times(factor: Fraction | int, z: Form) -> Form:
    """factor · z."""
    return add({}, z, factor)


def sums(W: Iterable[Sequence[Fraction]], b: Iterable[Fraction], h: Sequence[Form]) -> list[Form]:
    """W h + b."""
    return [
        reduce(lambda s, term: add(s, term[1], term[0]), zip(row, h, strict=True), constant(c))
        for row, c in zip(W, b, strict=True)
    ]


def variables(n: int) -> list[Form]:
    """x_1, ..., x_n."""
    return [{i: Fraction(1)} for i in range(1, n + 1)]


def kinked(z: Form) -> Form:
    """relu(z) = z/2 + |z|/2, and |z| = |s| |h|, h in primitive integers with a positive first slope."""
    if is_constant(z):
        return constant(max(number(z), Fraction(0)))
    require(all(isinstance(key, int) for key in z), "a relu inside a relu has no kink form")
    slopes = [z.get(i, Fraction(0)) for i in range(max(z) + 1)]
    d = lcm(*(a.denominator for a in slopes))
    s = Fraction(gcd(*(int(a * d) for a in slopes)), d) * (1 if next(a for a in slopes[1:] if a) > 0 else -1)
    return add(times(Fraction(1, 2), z), {tuple(a / s for a in slopes): abs(s)}, Fraction(1, 2))


def positive(z: Form, strict: bool) -> bool:
    """z ≥ 0, or z > 0, for a number."""
    return number(z) > 0 or (number(z) == 0 and not strict)
