r"""One link of a claim, a = b: does it hold? Shapes first, then exact values at random points, then 40 digits.

Decision   state "holds", "wrong" or "unread"; ``how`` says what decided it; a counterexample where it is wrong

A link that holds is equal at several random points with integers up to 99, unspecified functions taking random values
too: two different formulas of this size agree there by chance less than once in 10¹². It is never called a proof.
"""

import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from itertools import islice
from random import Random
from typing import Any, Literal

import mpmath

from symnet.audit import numbers
from symnet.audit.canonical import canonically_equal
from symnet.audit.keys import Key
from symnet.audit.lengths import length
from symnet.audit.meanings import meanings
from symnet.audit.numbers import DIGITS, Elsewhere, Functions, Irrational, TooHard
from symnet.audit.points import Array, Point, assignments
from symnet.audit.shapes import (
    Known,
    Misfit,
    Shape,
    Size,
    Typed,
    Unclear,
    is_letter,
    same_shape,
    settle,
    settled_everywhere,
)
from symnet.readers.latex import Term

State = Literal["holds", "wrong", "unread"]
LENGTHS = ((3, 2, 4, 5), (2, 3, 5, 4), (4, 5, 2, 3), (5, 4, 3, 2))  # of n, m, k, …: no two letters alike
POINTS, TRIES, SECONDS, MEANINGS = 5, 25, 2.0, 24


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
class Decision:
    """What was decided about one link, and by what."""

    state: State
    how: str = ""
    notes: tuple[str, ...] = ()
    counterexample: Counterexample | None = None
    misfit: Misfit | None = None
    why: str = ""

    @property
    def holds(self) -> bool:
        return self.state == "holds"


def decide(lhs: Term, sign: str, rhs: Term, key: Key, seconds: float = SECONDS, like: Term | None = None) -> Decision:
    """Whether ``lhs sign rhs`` follows from ``key``; "unread" where the budget ends or a meaning is not known.

    like   the beginning of the chain, whose shape settles how long a 𝟏 is that nothing else settles
    """
    try:
        shape = None if like is None else shape_of(like, key)
        return _decide(lhs, "=" if sign == ":=" else sign, rhs, key, time.monotonic() + seconds, shape)
    except Unclear as error:
        return Decision("unread", why=str(error))
    except (TooHard, RecursionError, OverflowError, MemoryError):
        return Decision("unread", why="too hard: the claim takes more work than the limit allows")


def shape_of(t: Term, key: Key) -> Shape | None:
    """The shape of a formula where it is known and there is only one."""
    try:
        shapes = {settle(typed.shape, known) for typed, known in islice(meanings(t, key.world(), {}), 3)}
    except Unclear:
        return None
    shape = shapes.pop() if len(shapes) == 1 else None
    return shape if shape and not any(isinstance(d, Size) for d in shape) else None


def _decide(lhs: Term, sign: str, rhs: Term, key: Key, deadline: float, shape: Shape | None) -> Decision:
    if sign == "≈":
        return _rounded(lhs, rhs, key)
    if sign == "in":
        return _membership(lhs, key)
    link = Term("relation", (lhs, rhs), sign)
    indices = free_indices(link, key)
    typed, misfit = _meanings(link, key, indices, shape)
    if not typed:
        return Decision("wrong", "shapes", misfit=misfit, why=str(misfit))
    decisions = []
    for meaning in typed:
        decision = _decide_meaning(meaning, sign, key, indices, deadline)
        if decision.holds:
            return decision
        decisions.append(decision)
    return next((d for d in decisions if d.state == "wrong"), decisions[0])


def free_indices(link: Term, key: Key) -> list[str]:
    """Index letters that no sum binds: the claim is for every value of them."""
    found: dict[str, None] = {}

    def visit(t: Term, bound: frozenset[str]) -> None:
        inner = bound | {t.name} if t.op in ("bigsum", "bigprod") else bound
        if t.op == "index":
            found.update(dict.fromkeys(s.name for s in t.args[1:] if s.op == "name" and s.name not in inner))
        for a in t.args:
            visit(a, inner)

    visit(link, frozenset())
    return list(found)


def _meanings(
    link: Term, key: Key, indices: list[str], shape: Shape | None
) -> tuple[list[tuple[Typed, dict[str, Any]]], Misfit | None]:
    world = key.world(indices)
    found: list[tuple[Typed, dict[str, Any]]] = []
    unclear: Unclear | None = None
    for typed, known in meanings(link, world, {}):
        known = (same_shape(typed.shape, shape, known) if shape else None) or known
        try:
            ranges = {i: _length(world.names[f"index {i}"][0], known, i) for i in indices}
            settled = settled_everywhere(typed, known)
        except Unclear as error:
            unclear = error
            continue
        if (settled, ranges) not in found:
            found.append((settled, ranges))
        if len(found) >= MEANINGS:
            break
    if not found and unclear is not None:
        raise unclear
    return found, _worst(world.errors, link)


def _worst(errors: list[Misfit], link: Term) -> Misfit | None:
    """The misfit to show: between the sides where each has a meaning, else the one furthest to the right."""
    inside = [e for e in errors if e.term != link]
    between = [e for e in errors if e.term == link]
    if between:
        return between[0]
    return max(inside, key=lambda e: max(t.at for t in e.term.walk()), default=Misfit("the sides do not fit", link))


def _length(d: Any, known: Known, name: str) -> Any:
    while isinstance(d, Size) and d in known:
        d = known[d]
    if isinstance(d, Size):
        raise Unclear(f"nothing says how far the index {name} runs")
    return d


# ---------------------------------------------------------------------- one meaning
def _decide_meaning(
    meaning: tuple[Typed, dict[str, Any]], sign: str, key: Key, indices: list[str], deadline: float
) -> Decision:
    typed, ranges = meaning
    constant = not _depends(typed, key)
    if sign == "=" and not indices and not constant and canonically_equal(typed.args[0], typed.args[1], key):
        how = "the same after writing both sides in one form, for every size"
        return _confirmed(Decision("holds", how, typed.notes()), typed, key)
    for exact in (True, False):
        try:
            return _at_points(typed, ranges, sign, key, exact, constant, deadline)
        except Irrational:
            continue
    raise Unclear("no point was found at which both sides have a value")


def _confirmed(decision: Decision, typed: Typed, key: Key) -> Decision:
    """The verdict of the normal form, unless the values at a point contradict it: then one of the two is at fault."""
    point = point_at(key, 0, True, (3, 2, 4, 5), 9)
    try:
        contradiction = _differs(typed, {}, "=", point)
    except (Irrational, Elsewhere):
        contradiction = None
    if contradiction is not None:
        return Decision("unread", why="two ways of deciding disagree on this claim; please report it")
    return decision


def _depends(t: Typed, key: Key) -> bool:
    if t.op == "name":
        return t.name not in key.typed or _depends(key.typed[t.name], key)
    if any(isinstance(d, str) for d in t.shape):  # it depends on a size
        return True
    return t.op in ("apply", "index", "jacobian", "slopes", "gradient") or any(_depends(a, key) for a in t.args)


def _at_points(
    typed: Typed, ranges: dict[str, Any], sign: str, key: Key, exact: bool, constant: bool, deadline: float
) -> Decision:
    met = 0
    notes = typed.notes()
    with mpmath.workdps(DIGITS):
        for point in points(key, exact):
            try:
                differs = _differs(typed, ranges, sign, point)
            except Elsewhere:
                continue
            if differs is not None:
                shown = smallest(typed, ranges, sign, key, exact) or differs
                return Decision("wrong", _how(exact, constant, 1), notes, shown)
            met += 1
            if met >= (1 if constant else POINTS):
                break
            if time.monotonic() > deadline:
                raise TooHard
    if not met:
        raise Unclear("no point was found at which both sides have a value")
    if sign not in ("=",) and not constant:
        return Decision("unread", why=f"no counterexample at {met} random points, which decides nothing for '{sign}'")
    return Decision("holds", _how(exact, constant, met), notes)


def _how(exact: bool, constant: bool, met: int) -> str:
    if constant:
        return "exact arithmetic" if exact else f"arithmetic to {DIGITS} digits"
    if exact:
        return f"exact values at {met} random integer points"
    return f"values to {DIGITS} digits at {met} random points"


def _differs(typed: Typed, ranges: dict[str, Any], sign: str, point: Point) -> Counterexample | None:
    left, right = typed.args
    names, lengths = list(ranges), [point.size(d) for d in ranges.values()]
    for where in assignments(names, lengths):
        point.indices = dict(where)
        a, b = point.value(left), point.value(right)
        for row, other in zip(a, b, strict=True):
            for x, y in zip(row, other, strict=True):
                if not _related(numbers.plain(x), numbers.plain(y), sign, point.exact):
                    used = dict(point.functions.used)
                    return Counterexample(dict(point.given), used, a, b, point.sizes, where)
    return None


def _related(x: Any, y: Any, sign: str, exact: bool) -> bool:
    if sign == "=":
        return numbers.close(x, y, exact)
    return {"<": x < y, ">": x > y, "<=": x <= y, ">=": x >= y, "!=": x != y}[sign]


# ---------------------------------------------------------------------- points
def points(key: Key, exact: bool) -> Iterator[Point]:
    """Random points, each with its own sizes; every third one positive, for roots and logarithms."""
    for seed in range(TRIES):
        yield point_at(key, seed, exact, LENGTHS[seed % len(LENGTHS)], spread=9 if seed < 2 else 99)


def point_at(key: Key, seed: int, exact: bool, sizes: tuple[int, ...], spread: int) -> Point:
    """The random point number ``seed``: lengths from ``sizes``, integers up to ``spread``."""
    draw = Random(f"{key.title} {seed}")
    letters = dict.fromkeys(d for shape in key.shapes.values() for d in shape if is_letter(d))
    lengths = {letter: sizes[i % len(sizes)] for i, letter in enumerate(letters)}
    positive = key.positive or seed % 3 == 2
    given: dict[str, Array] = {}
    for name, shape in key.shapes.items():
        if name in lengths:
            given[name] = ((_real(Fraction(lengths[name]), exact),),)
        elif name not in key.definitions:
            p, q = (length(d, lengths) for d in shape)
            given[name] = tuple(tuple(_drawn(draw, spread, positive, exact) for _ in range(q)) for _ in range(p))
    return Point(lengths, given, key.typed, Functions(seed, exact, spread))


def _drawn(draw: Random, spread: int, positive: bool, exact: bool) -> Any:
    n = Fraction(draw.randint(1 if positive else -spread, spread))
    return n if exact else _real(n * 3 / (2 * spread), False)


def _real(n: Fraction, exact: bool) -> Any:
    return n if exact else mpmath.mpf(n.numerator) / n.denominator


# ---------------------------------------------------------------------- the smallest counterexample
def smallest(typed: Typed, ranges: dict[str, Any], sign: str, key: Key, exact: bool) -> Counterexample | None:
    """A counterexample with small sizes and small integers, then made smaller entry by entry."""
    for sizes in ((1,), (2,), (2, 3, 4)):
        for spread in (1, 3, 9):
            for seed in range(4):
                point = point_at(key, seed, exact, sizes, spread)
                try:
                    found = _differs(typed, ranges, sign, point)
                except (Elsewhere, IndexError):
                    continue
                if found is not None:
                    return _shrunk(found, typed, ranges, sign, key, exact, (seed, sizes, spread))
    return None


def _shrunk(
    found: Counterexample, typed: Typed, ranges: dict[str, Any], sign: str, key: Key, exact: bool, made: Any
) -> Counterexample:
    """Entries set to 0, then 1, one after another, while the sides still differ."""
    seed, _, spread = made
    given = {n: v for n, v in found.values.items() if n not in key.definitions}
    for name in list(given):
        if name in found.sizes:
            continue
        for i, row in enumerate(given[name]):
            for j, _ in enumerate(row):
                for small in (0, 1):
                    if given[name][i][j] == small:
                        break
                    tried = {**given, name: _with(given[name], i, j, _real(Fraction(small), exact))}
                    point = Point(found.sizes, dict(tried), key.typed, Functions(seed, exact, spread))
                    try:
                        smaller = _differs(typed, ranges, sign, point)
                    except (Elsewhere, IndexError):
                        continue
                    if smaller is not None:
                        given, found = tried, smaller
                        break
    return found


def _with(array: Array, i: int, j: int, x: Any) -> Array:
    return tuple(tuple(x if (r, c) == (i, j) else y for c, y in enumerate(row)) for r, row in enumerate(array))


# ---------------------------------------------------------------------- rounding and membership
def _rounded(lhs: Term, rhs: Term, key: Key) -> Decision:
    """a ≈ b: b is a, rounded to the digits that b shows."""
    a, b = constant(lhs, key), constant(rhs, key)
    unit = _last_digit(rhs)
    if a is None or b is None or unit is None:
        return Decision("unread", why="≈ is decided between numbers only")
    if abs(a - b) * 2 <= unit:
        return Decision("holds", "rounding")
    with mpmath.workdps(DIGITS):
        return Decision(
            "wrong", "rounding", why=f"the left side is {mpmath.nstr(mpmath.mpf(a.numerator) / a.denominator, 10)}"
        )


def constant(t: Term, key: Key) -> Fraction | None:
    """The value of a formula of numbers, or None."""
    try:
        typed, known = next(meanings(t, key.world(), {}))
        if _depends(typed, key):
            return None
        value = point_at(key, 0, True, (2,), 9).value(settled_everywhere(typed, known))
    except (Irrational, Elsewhere, Unclear, TooHard, StopIteration, RecursionError):
        return None
    return value[0][0] if len(value) == len(value[0]) == 1 else None


def _last_digit(t: Term) -> Fraction | None:
    """What one unit in the last written digit of 6.1 × 10⁷ is worth."""
    if t.op == "number":
        digits = t.name.lower().partition("e")
        decimals = len(digits[0].partition(".")[2])
        exponent = int(digits[2] or 0)
        trailing = len(t.name) - len(t.name.rstrip("0")) if "." not in t.name and not digits[2] else 0
        return Fraction(10) ** (exponent - decimals + trailing)
    if t.op in ("product", "dot") and len(t.args) == 2 and t.args[1].op == "power":
        first, scale = _last_digit(t.args[0]), constant(t.args[1], Key(""))
        return first * scale if first is not None and scale is not None else None
    return None


def _membership(lhs: Term, key: Key) -> Decision:
    value = constant(lhs, key)
    if value is None:
        return Decision("unread", why="whether it is a whole number depends on the letters")
    return Decision(
        "holds" if value.denominator == 1 and value >= 0 else "wrong",
        "exact arithmetic",
        why="" if value.denominator == 1 else f"it is {value}",
    )
