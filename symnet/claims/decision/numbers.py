r"""Arithmetic of the audit: exact fractions, 40-digit reals, and numbers with a slope; and the functions on them.

Exact      Fraction; a function such as exp has no exact value and raises `Irrational`, then everything is done again
           in 40 digits
φ          a function that nobody specified: exact mode gives it a random integer for each argument and each order of
           derivative (φ(2) = 3, φ'(2) = -1), numeric mode a smooth random function
Slope      a + a' ε with ε² = 0, for derivatives of definitions

None of this uses the rules that the backward pass was derived with.
"""

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from random import Random
from typing import Any, TypeAlias

import mpmath
import sympy as sp

from symnet.claims.decision.budget import TooHard

Number: TypeAlias = Any  # Fraction, mpf or Slope
Array: TypeAlias = tuple[tuple[Number, ...], ...]
DIGITS = 40
HUGE = 20_000  # bits of an exact number
HIGHEST = 6  # derivative of a known function


class Irrational(Exception):
    """No exact value; use the numeric mode."""


class Elsewhere(Exception):
    """No value at this point (a kink, a division by zero, a logarithm of a negative number): try another point."""


@dataclass(frozen=True)
class Slope:
    """``a + b ε``: a value and its rate of change."""

    a: Number
    b: Number

    def __add__(self, other: Number) -> "Slope":
        c = slope(other)
        return Slope(self.a + c.a, self.b + c.b)

    def __sub__(self, other: Number) -> "Slope":
        return self + -slope(other)

    def __neg__(self) -> "Slope":
        return Slope(-self.a, -self.b)

    def __mul__(self, other: Number) -> "Slope":
        c = slope(other)
        return Slope(self.a * c.a, self.a * c.b + self.b * c.a)

    def __truediv__(self, other: Number) -> "Slope":
        c = slope(other)
        return Slope(self.a / c.a, (self.b * c.a - self.a * c.b) / (c.a * c.a))

    def __rsub__(self, other: Number) -> "Slope":
        return slope(other) - self

    def __rtruediv__(self, other: Number) -> "Slope":
        return slope(other) / self

    __radd__, __rmul__ = __add__, __mul__


def slope(x: Number) -> Slope:
    """``x`` with its rate of change, 0 for a constant."""
    return x if isinstance(x, Slope) else Slope(x, 0 * x)


def plain(x: Number) -> Number:
    """``x`` without its rate of change."""
    return x.a if isinstance(x, Slope) else x


def is_huge(x: Number) -> bool:
    """An exact number so long that a few more operations would take seconds."""
    x = plain(x)
    return isinstance(x, Fraction) and max(x.numerator.bit_length(), x.denominator.bit_length()) > 4 * HUGE


def divided(a: Number, b: Number) -> Number:
    """a / b, where b is not 0."""
    if plain(b) == 0:
        raise Elsewhere
    return a / b


# ---------------------------------------------------------------------- functions
_t = sp.Symbol("t", real=True)
_KNOWN = {
    "exp": sp.exp(_t), "log": sp.log(_t), "tanh": sp.tanh(_t), "sin": sp.sin(_t), "cos": sp.cos(_t), "tan": sp.tan(_t),
    "sinh": sp.sinh(_t), "cosh": sp.cosh(_t), "arctan": sp.atan(_t), "erf": sp.erf(_t), "log1p": sp.log(1 + _t),
    "sigmoid": 1 / (1 + sp.exp(-_t)), "softplus": sp.log(1 + sp.exp(_t)), "silu": _t / (1 + sp.exp(-_t)),
    "gelu": _t * (1 + sp.erf(_t / sp.sqrt(2))) / 2, "sqrt": sp.sqrt(_t), "expm1": sp.exp(_t) - 1,
    "gelu_tanh": _t * (1 + sp.tanh(sp.sqrt(2 / sp.pi) * (_t + sp.Rational(44715, 10**6) * _t**3))) / 2,
    "log2": sp.log(_t) / sp.log(2), "log_sigmoid": -sp.log(1 + sp.exp(-_t)), "softsign": _t / (1 + sp.Abs(_t)),
    "mish": _t * sp.tanh(sp.log(1 + sp.exp(_t))),
}  # fmt: skip
_AT_ZERO = {("exp", 0): 1, ("tanh", 0): 0, ("sin", 0): 0, ("cos", 0): 1, ("sinh", 0): 0, ("cosh", 0): 1,
            ("arctan", 0): 0, ("erf", 0): 0, ("log1p", 0): 0, ("expm1", 0): 0, ("softsign", 0): 0, ("mish", 0): 0,
            ("gelu_tanh", 0): 0, ("silu", 0): 0, ("gelu", 0): 0}  # fmt: skip


@lru_cache(maxsize=256)
def _numeric(name: str, order: int) -> Callable[[Any], Any]:
    return sp.lambdify(_t, sp.diff(_KNOWN[name], _t, order), modules="mpmath")


def _piecewise(name: str, order: int, x: Number) -> Number | None:
    """Functions with exact values: relu, |x|, sign, and their slopes away from the kink."""
    if name not in ("relu", "abs", "sign"):
        return None
    if x == 0 and order > 0:
        raise Elsewhere
    zero, one = 0 * x, 0 * x + 1
    if order == 0:
        return {"relu": x if x > 0 else zero, "abs": abs(x), "sign": one if x > 0 else -one if x < 0 else zero}[name]
    if order == 1:
        return {"relu": one if x > 0 else zero, "abs": one if x > 0 else -one, "sign": zero}[name]
    return zero


@dataclass
class Functions:
    """What stands in for functions at one random point; ``used`` remembers the values of unspecified ones."""

    seed: int
    exact: bool
    spread: int = 9

    def __post_init__(self) -> None:
        self.used: dict[tuple[str, int, Fraction], Fraction] = {}

    def apply(self, name: str, x: Number) -> Number:
        base, order = name.rstrip("'"), name.count("'")
        if isinstance(x, Slope):
            return Slope(self._at(base, order, x.a), self._at(base, order + 1, x.a) * x.b)
        return self._at(base, order, x)

    def _at(self, base: str, order: int, x: Number) -> Number:
        value = _piecewise(base, order, x)
        if value is not None:
            return value
        if base in _KNOWN:
            return self._known(base, order, x)
        return self._random(base, order, x) if self.exact else self._smooth(base, order, x)

    def _known(self, base: str, order: int, x: Number) -> Number:
        if order > HIGHEST:
            raise TooHard
        if self.exact:
            if x == 0 and (base, order) in _AT_ZERO:
                return Fraction(_AT_ZERO[base, order])
            raise Irrational
        if base == "exp" and x == -mpmath.inf:
            return mpmath.mpf(0)
        if abs(x) > 500 and base not in ("log", "sqrt", "log1p"):
            raise Elsewhere
        value = _numeric(base, order)(x)
        if not mpmath.isfinite(value) or isinstance(value, mpmath.mpc):
            raise Elsewhere
        return mpmath.mpf(value)

    def _random(self, base: str, order: int, x: Fraction) -> Fraction:
        key = (base, order, x)
        if key not in self.used:
            draw = Random(f"{self.seed} {base} {order} {x}")
            self.used[key] = Fraction(draw.choice([n for n in range(-self.spread, self.spread + 1) if n]))
        return self.used[key]

    def _smooth(self, base: str, order: int, x: Any) -> Any:
        """sin(a x + b) + c x², and its derivatives."""
        draw = Random(f"{self.seed} {base}")
        a, b, c = (mpmath.mpf(draw.randint(3, 12)) / 8 for _ in range(3))
        square = {0: c * x * x, 1: 2 * c * x, 2: 2 * c}.get(order, mpmath.mpf(0))
        return a**order * mpmath.sin(a * x + b + order * mpmath.pi / 2) + square


def power(x: Number, e: Number, exact: bool) -> Number:
    """x^e; an exponent that is no whole number needs a positive base, and has no exact value."""
    e = plain(e)
    if isinstance(x, Slope):
        return Slope(power(x.a, e, exact), e * power(x.a, e - 1, exact) * x.b)
    if e == int(e):
        n = int(e)
        if x == 0 and n < 0:
            raise Elsewhere
        if isinstance(x, Fraction) and abs(n) * max(x.numerator.bit_length(), x.denominator.bit_length()) > HUGE:
            raise TooHard
        return x**n
    if exact:
        raise Irrational
    if x <= 0:
        raise Elsewhere
    return mpmath.power(x, e)


def root(x: Number, n: int, exact: bool) -> Number:
    """The n-th root of a number that is not negative; exact where it is a fraction."""
    if plain(x) < 0:
        raise Elsewhere
    if not isinstance(x, Slope) and exact:
        for part in (x.numerator, x.denominator):
            if sp.integer_nthroot(part, n)[0] ** n != part:
                raise Irrational
        return Fraction(int(sp.integer_nthroot(x.numerator, n)[0]), int(sp.integer_nthroot(x.denominator, n)[0]))
    return power(x, Fraction(1, n) if exact else mpmath.mpf(1) / n, exact)


def each(f: Callable[..., Number], *arrays: Array) -> Array:
    """A function of numbers, entry by entry."""
    return tuple(tuple(f(*xs) for xs in zip(*rows, strict=True)) for rows in zip(*arrays, strict=True))


def close(a: Number, b: Number, exact: bool) -> bool:
    """Equal: exactly, or to half of the digits."""
    if exact:
        return a == b
    return bool(abs(a - b) <= mpmath.mpf(10) ** (-DIGITS // 2) * (1 + abs(a) + abs(b)))
