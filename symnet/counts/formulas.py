r"""How a count is written: products and sums that keep their factors and terms.

    W_conv2 = k²·(c_in/g)·c_out = 5 × 5 × 48 × 256 = 307,200

SymPy would multiply 5 × 5 × 48 × 256 out and sort the letters; a reader wants to see where each factor comes from.
"""

import math
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import reduce
from itertools import pairwise
from typing import Any

import sympy as sp

from symnet import notation
from symnet.counts.sizes import evaluate, floor
from symnet.derivation import Relation
from symnet.notation import Form, Medium


@dataclass(frozen=True)
class Product:
    """A product with its factors in the order given: numbers with ×, letters side by side, equal letters as powers."""

    factors: tuple[Any, ...]

    @property
    def value(self) -> int | sp.Expr:
        return math.prod(self.factors)

    @property
    def binds(self) -> int:
        return notation.PRODUCT if len(self.factors) > 1 else notation.ATOM

    def written(self, medium: Medium) -> str:
        latex = medium == "latex"
        if all(isinstance(f, int | sp.Integer) for f in self.factors):
            return (r" \times " if latex else " × ").join(notation.write(f, medium) for f in self.factors)
        powers = Counter(part for f in self.factors for part in _parts(f) if part != 1)
        alone = len(powers) == 1 and 1 in powers.values()
        if alone:
            return notation.write(next(iter(powers)), medium)
        return _side_by_side([(f, _raised(f, n, medium)) for f, n in powers.items()], medium) or "1"

    def __str__(self) -> str:
        return self.written("text")


def _side_by_side(written: list[tuple[Any, str]], medium: Medium) -> str:
    """Factors beside each other; in LaTeX two numbers in a row need a ×, for 3 64 would read as one number."""
    words = ""
    for (before, _), (factor, word) in pairwise([(sp.Symbol("x"), ""), *written]):
        numbers = _is_number(before) and _is_number(factor)
        words += (
            "" if not words else r" \times " if numbers and medium == "latex" else " " if medium == "latex" else "·"
        ) + word
    return words


def _is_number(factor: Any) -> bool:
    return isinstance(factor, int | sp.Number)


def _parts(factor: Any) -> tuple[Any, ...]:
    """A product among the factors, c_5·m_5² of a flattened map, is written factor by factor; a quotient stays whole."""
    whole = isinstance(factor, sp.Mul) and factor.is_polynomial()
    if not whole:
        return (factor,)
    powers = [(base, int(n)) for base, n in (f.as_base_exp() for f in factor.as_ordered_factors())]
    return tuple(base for base, n in powers for _ in range(n))


def _raised(factor: Any, n: int, medium: Medium) -> str:
    level = notation.PRODUCT if medium == "latex" and n == 1 else notation.POWER
    base = notation.within(factor, level, medium)
    if n == 1:
        return base
    return f"{base}^{{{n}}}" if medium == "latex" else notation.text(sp.Symbol("x") ** n).replace("x", base)


@dataclass(frozen=True)
class Total:
    """A sum with its terms in the order given."""

    terms: tuple[Any, ...]
    binds = notation.SUM

    def written(self, medium: Medium) -> str:
        return " + ".join(notation.write(term, medium) for term in self.terms) or "0"

    def __str__(self) -> str:
        return self.written("text")


@dataclass(frozen=True)
class Windows:
    """⌊(h + 2p − k)/s⌋ + 1: how many windows of length k, s apart, fit into h with p added on both sides."""

    h: Any
    k: Any
    s: Any
    p: Any
    binds = notation.SUM

    def at(self, values: Mapping[sp.Symbol, Any]) -> "Windows":
        """The same count with values in place of letters, not yet worked out."""
        return Windows(*(evaluate(side, values) for side in (self.h, self.k, self.s, self.p)))

    @property
    def value(self) -> int | sp.Expr:
        span = self.h + 2 * self.p - self.k
        return floor(Fraction(span, self.s) if isinstance(span, int) and isinstance(self.s, int) else span / self.s) + 1

    def written(self, medium: Medium) -> str:
        k, p = (self.k - 2 * self.p, 0) if self._keeps_sides else (self.k, self.p)
        padding = [] if p == 0 else [p]
        stride = [] if self.s == 1 else [self.s]
        return notation.fill(_WINDOWS[len(padding), len(stride)], (self.h, *padding, k, *stride), medium)

    @property
    def _keeps_sides(self) -> bool:
        """A kernel of 2p + 1: the letter p makes no difference to the side."""
        return (
            isinstance(self.p, sp.Expr)
            and not self.p.is_number
            and sp.sympify(self.k - 2 * self.p, strict=True).is_Integer
        )

    def __str__(self) -> str:
        return self.written("text")


@dataclass(frozen=True)
class Taps:
    """How many taps of all windows along one axis meet real input, not padding: k·o − L − R.

    o windows of k taps, d apart, start s apart, the first of them p before the input of length h.
    L = Σ_{j<m} (p − j s) taps lie before it, m = ⌈p/s⌉ windows reach there;  R likewise for the r after its end.
    ``slides=False`` is for windows that were not laid by sliding, so that r need not be p where s is 1.
    """

    h: Any
    k: Any
    s: Any
    p: Any
    d: Any
    o: Any
    slides: bool = True
    binds = notation.SUM

    def at(self, values: Mapping[sp.Symbol, Any]) -> "Taps":
        sides = (self.h, self.k, self.s, self.p, self.d, self.o)
        return Taps(*(evaluate(sp.sympify(side, strict=True), values) for side in sides), slides=self.slides)

    @property
    def value(self) -> Any:
        if all(isinstance(side, int) for side in (self.h, self.k, self.s, self.p, self.d, self.o)):
            return sum(max(0, self._last(i) - self._first(i) + 1) for i in range(self.k))
        if self.d != 1:
            return self._tap_by_tap()
        return self.k * self.o - self._triangle(self.p) - self._triangle(self._overhang)

    def _first(self, i: Any) -> Any:
        """The first window whose tap i has reached the input."""
        return max(0, -((i * self.d - self.p) // self.s))

    def _last(self, i: Any) -> Any:
        """The last window whose tap i is still in the input."""
        return min(self.o - 1, (self.h - 1 + self.p - i * self.d) // self.s)

    def _tap_by_tap(self) -> Any:
        """Taps with gaps: for each tap the windows from the first to the last that have it in the input."""
        i = sp.Symbol("i", integer=True, nonnegative=True)
        first = sp.Max(0, -floor((i * self.d - self.p) / sp.sympify(self.s, strict=True)))
        last = sp.Min(self.o - 1, floor((self.h - 1 + self.p - i * self.d) / sp.sympify(self.s, strict=True)))
        return sp.Sum(sp.Max(0, last - first + 1), (i, 0, self.k - 1))

    @property
    def _overhang(self) -> Any:
        """r: how far the last window reaches beyond the input."""
        if self.slides and self.s == 1:
            return self.p
        return sp.Max(0, (self.o - 1) * self.s + self.k - self.p - self.h)

    def _triangle(self, p: Any) -> Any:
        """Σ_{j<m} (p − j s) with m = ⌈p/s⌉."""
        if p == 0:
            return 0
        m = floor((p + self.s - 1) / sp.sympify(self.s, strict=True))
        return m * p - self.s * m * (m - 1) / 2

    @property
    def conditions(self) -> tuple[Relation, ...]:
        """What letters must satisfy for k·o − L − R: no window lies in the padding alone, or reaches over both ends."""
        pairs = () if self.d != 1 or self.p == 0 else ((self.p, self.k), (self.k, self.h + self.p))
        return tuple(Relation(a, "<=", b) for a, b in pairs if sp.sympify(a <= b, strict=True) != sp.true)

    def written(self, medium: Medium) -> str:
        return notation.write(self.value, medium)

    def __str__(self) -> str:
        return self.written("text")


_H, _P, _K, _S = notation.SUM, notation.PRODUCT, notation.SUM + 1, notation.POWER  # how tightly h, p, k, s must bind
_WINDOWS = {  # (is there padding, is there a stride) -> spelling
    (0, 0): Form("{} - {} + 1", "{} - {} + 1", notation.SUM, (_H, _K)),
    (1, 0): Form(r"{} + 2 \cdot {} - {} + 1", "{} + 2·{} - {} + 1", notation.SUM, (_H, _P, _K)),
    (0, 1): Form(
        r"\left\lfloor \frac{{} - {}}{{}} \right\rfloor + 1", "⌊({} - {})/{}⌋ + 1", notation.SUM, (_H, _K, _S)
    ),
    (1, 1): Form(
        r"\left\lfloor \frac{{} + 2 \cdot {} - {}}{{}} \right\rfloor + 1",
        "⌊({} + 2·{} - {})/{}⌋ + 1",
        notation.SUM,
        (_H, _P, _K, _S),
    ),
}


@dataclass(frozen=True)
class Naturals:
    """ℕ, so that "g divides c" reads c/g ∈ ℕ."""

    binds = notation.ATOM

    def written(self, medium: Medium) -> str:
        return r"\mathbb{N}" if medium == "latex" else "ℕ"


def divides(divisor: Any, dividend: Any) -> Relation:
    """``divisor`` divides ``dividend``."""
    return Relation(sp.sympify(dividend, strict=True) / divisor, "in", Naturals())


def chain(*sides: Any) -> Relation:
    """a = b = c, leaving out a side that would print like the one before it."""
    kept = [side for i, side in enumerate(sides) if i == 0 or notation.text(side) != notation.text(sides[i - 1])]
    head, *tail = kept if len(kept) > 1 else [*kept, kept[0]]
    return Relation(head, "=", reduce(lambda right, left: Relation(left, "=", right), reversed(tail)))
