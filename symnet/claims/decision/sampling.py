r"""Values at random points: both sides of a link worked out with integers, or to 40 digits, until they differ.

Question         a relation with one meaning, for every value of its free indices, where its conditions hold
Counterexample   a point at which it is false; `smallest` looks for one with small sizes and small integers

Integers run up to 99, and unspecified functions take random values too. What agreement at such points is worth, and of
which claims it says nothing, stands in `symnet.claims.decision.evidence`.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from random import Random
from typing import Any

import mpmath

from symnet.claims.decision import numbers
from symnet.claims.decision.budget import Budget, TooHard
from symnet.claims.decision.numbers import Array, Elsewhere, Functions, Irrational
from symnet.claims.decision.points import Point, assignments
from symnet.claims.decision.values import value
from symnet.claims.meaning.keys import Key
from symnet.claims.meaning.lengths import length
from symnet.claims.meaning.shapes import Typed, is_letter

LENGTHS = ((3, 2, 4, 5), (2, 3, 5, 4), (4, 5, 2, 3), (5, 4, 3, 2))  # of n, m, k, …: no two letters alike
POINTS, TRIES = 5, 25
SPREAD = 199  # values of an entry at most points


@dataclass(frozen=True)
class Counterexample:
    """Values of what is given and of what was worked out from it, and both sides there."""

    values: Mapping[str, Array]
    functions: Mapping[tuple[str, int, Fraction], Fraction]
    left: Array
    right: Array
    sizes: Mapping[str, int]
    indices: Mapping[str, int]


@dataclass(frozen=True)
class Question:
    """``relation`` has the two sides; ``ranges``: free index -> how far it runs; ``where``: what is presupposed."""

    relation: Typed
    sign: str
    ranges: Mapping[str, Any]
    where: tuple[Typed, ...]
    key: Key
    budget: Budget

    def at(self, point: Point) -> tuple[bool, Counterexample | None]:
        """(whether the conditions hold anywhere at this point, the first index values at which the sides differ)."""
        left, right = self.relation.args
        met = False
        for where in assignments(list(self.ranges), [point.size(d) for d in self.ranges.values()]):
            point.indices = dict(where)
            if not all(numbers.plain(x) == 1 for c in self.where for row in point.value(c) for x in row):
                continue
            met = True
            a, b = point.value(left), point.value(right)
            pairs = ((x, y) for row, other in zip(a, b, strict=True) for x, y in zip(row, other, strict=True))
            if not all(_related(numbers.plain(x), numbers.plain(y), self.sign, point.exact) for x, y in pairs):
                used = dict(point.functions.used)
                return met, Counterexample(dict(point.given), used, a, b, point.sizes, where)
        return met, None


def _related(x: Any, y: Any, sign: str, exact: bool) -> bool:
    if sign == "=":
        return numbers.close(x, y, exact)
    if not exact and numbers.close(x, y, exact):
        return True  # too close to tell, so no counterexample
    return {"<": x < y, ">": x > y, "<=": x <= y, ">=": x >= y, "!=": x != y}[sign]


def sampled(question: Question, exact: bool, enough: int, kinked: bool = False) -> tuple[int, Counterexample | None]:
    """(at how many points the relation was met, a counterexample); `Irrational` where there are no exact values.

    ``kinked``: fractions too, for a step may lie between whole numbers.
    """
    met = 0
    with mpmath.workdps(numbers.DIGITS):
        for point in points(question, exact, kinked):
            try:
                conditions, found = question.at(point)
            except Elsewhere:
                continue
            if found is not None:
                return met, found
            met += conditions
            if met >= enough:
                break
    return met, None


# ---------------------------------------------------------------------- points
def points(question: Question, exact: bool, kinked: bool = False) -> Iterator[Point]:
    """Random points, each with its own sizes; every third one positive, for roots and logarithms."""
    for seed in range(TRIES * (4 if question.where else 1)):
        sizes = LENGTHS[seed % len(LENGTHS)]
        part = 1 + seed % 4 if kinked and not question.key.positive else 1
        yield point_at(question.key, seed, exact, sizes, 9 if seed < 2 else 99, question.budget, part)


def point_at(
    key: Key, seed: int, exact: bool, sizes: tuple[int, ...], spread: int, budget: Budget, part: int = 1
) -> Point:
    """The random point number ``seed``: lengths from ``sizes``, integers up to ``spread``, drawn when first needed.

    ``part``: halves, thirds, … in the place of integers.
    """
    letters = dict.fromkeys(d for shape in key.shapes.values() for d in shape if is_letter(d))
    lengths = {letter: sizes[i % len(sizes)] for i, letter in enumerate(letters)}
    positive = key.positive or seed % 3 == 2

    def drawn(name: str) -> Array:
        if name in lengths:
            return ((_real(Fraction(lengths[name]), exact),),)
        p, q = (length(d, lengths) for d in key.shapes[name])
        budget.spend(p * q)
        draw = Random(f"{key.title} {seed} {name}")
        return tuple(tuple(_number(draw, spread, positive, exact, part) for _ in range(q)) for _ in range(p))

    return Point(value, lengths, {}, key.typed, Functions(seed, exact, spread), drawn, budget)


def _number(draw: Random, spread: int, positive: bool, exact: bool, part: int = 1) -> Any:
    n = Fraction(draw.randint(1 if positive else -spread, spread), part)
    return n if exact else _real(n * 3 / (2 * spread), False)


def _real(n: Fraction, exact: bool) -> Any:
    return n if exact else mpmath.mpf(n.numerator) / n.denominator


# ---------------------------------------------------------------------- the smallest counterexample
def smallest(question: Question, exact: bool, found: Counterexample) -> Counterexample:
    """One with small sizes and small integers, made smaller entry by entry, as far as the budget goes."""
    try:
        with mpmath.workdps(numbers.DIGITS):
            for sizes in ((1,), (2,), (2, 3, 4)):
                for spread in (1, 3, 9):
                    for seed in range(4):
                        point = point_at(question.key, seed, exact, sizes, spread, question.budget)
                        if smaller := _met(question, point):
                            return _shrunk(smaller, question, point)
    except TooHard:
        pass
    return found


def _met(question: Question, point: Point) -> Counterexample | None:
    try:
        return question.at(point)[1]
    except (Elsewhere, Irrational, IndexError):  # an index such as h_3 may lie outside of small sizes
        return None


def _shrunk(found: Counterexample, question: Question, point: Point) -> Counterexample:
    """Entries set to 0, then 1, one after another, while the sides still differ."""
    given = {n: v for n, v in found.values.items() if n not in point.definitions and n not in found.sizes}
    try:
        for name, array in list(given.items()):
            for i, row in enumerate(array):
                for j, _ in enumerate(row):
                    for small in (0, 1):
                        if given[name][i][j] == small:
                            break
                        tried = {**given, name: _with(given[name], i, j, _real(Fraction(small), point.exact))}
                        if smaller := _met(question, point.with_given(tried)):
                            given, found = tried, smaller
                            break
    except TooHard:
        pass
    return found


def _with(array: Array, i: int, j: int, x: Any) -> Array:
    return tuple(tuple(x if (r, c) == (i, j) else y for c, y in enumerate(row)) for r, row in enumerate(array))
