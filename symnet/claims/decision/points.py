r"""A point: every quantity an array of numbers, what is given drawn at random, every definition worked out from it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from fractions import Fraction
from itertools import product
from math import prod
from typing import Any

import mpmath

from symnet.claims.decision import numbers
from symnet.claims.decision.budget import Budget, TooHard
from symnet.claims.decision.numbers import Array, Functions, Number, Slope, each
from symnet.claims.meaning.lengths import length
from symnet.claims.meaning.shapes import Typed


@dataclass
class Point:
    """``given`` holds the arrays known so far; ``definitions`` and ``drawn`` give those of other names when needed.

    ``evaluate`` works out a formula whose parts the point gives.
    """

    evaluate: Callable[["Point", Typed], Array]
    sizes: Mapping[str, int]
    given: dict[str, Array]
    definitions: Mapping[str, Typed]
    functions: Functions
    drawn: Callable[[str], Array] = lambda name: ((),)
    budget: Budget = field(default_factory=Budget)
    indices: dict[str, int] = field(default_factory=dict)

    @property
    def exact(self) -> bool:
        return self.functions.exact

    def number(self, x: "int | str | Fraction") -> Number:
        value = Fraction(x)
        return value if self.exact else mpmath.mpf(value.numerator) / value.denominator

    def size(self, d: Any) -> int:
        return length(d, self.sizes)

    def shape(self, t: Typed) -> tuple[int, int]:
        return self.size(t.shape[0]), self.size(t.shape[1])

    def name(self, name: str) -> Array:
        if name not in self.given:
            defined = self.definitions.get(name)
            self.given[name] = self.drawn(name) if defined is None else self.value(defined)
        return self.given[name]

    def value(self, t: Typed) -> Array:
        """The value of a formula; `Elsewhere` where it has none here."""
        return self.bounded(self.evaluate(self, t))

    def bounded(self, array: Array) -> Array:
        """The array, its work counted; `TooHard` where its numbers grow too long."""
        self.budget.spend(1 + len(array) * len(array[0]) // 4)
        if self.exact and any(numbers.is_huge(x) for row in array for x in row):
            raise TooHard
        return array

    def scalar(self, t: Typed) -> Number:
        return self.value(t)[0][0]

    def with_given(self, given: Mapping[str, Array]) -> "Point":
        """The same functions, with other values for what is given."""
        fresh = Functions(self.functions.seed, self.exact, self.functions.spread)
        return replace(self, given=dict(given), functions=fresh, indices={})

    # ------------------------------------------------------------------ derivatives of definitions
    def changed(self, name: str, entry: tuple[int, int], direct: bool, target: str) -> Array:
        """The rates of change of ``target`` with one entry of ``name``; directly, or through everything between."""
        if target != name and target not in self.definitions:
            return each(lambda x: 0 * x, self.name(target))
        moved = tuple(
            tuple(Slope(x, 0 * x + (1 if (i, j) == entry else 0)) for j, x in enumerate(row))
            for i, row in enumerate(self.name(name))
        )
        if target == name:
            return each(lambda x: x.b, moved)
        kept = _names(self.definitions[target]) if direct else set(self.given) - set(self.definitions)
        given = {n: self.name(n) for n in kept if n not in self.indices} | {name: moved}
        there = replace(self, given=given, indices={})
        moving = there.value(self.definitions[target])
        return each(lambda x: x.b if isinstance(x, Slope) else 0 * x, moving)


def _names(t: Typed) -> set[str]:
    own = {t.name} if t.op == "name" else set()
    return own.union(*map(_names, t.args))


def assignments(names: list[str], sizes: list[int]) -> list[dict[str, int]]:
    """Every value of the free indices."""
    if prod(sizes) > 200:
        raise TooHard
    return [dict(zip(names, values, strict=True)) for values in product(*(range(n) for n in sizes))]
