"""Words of the model language that are more than functions of one number: what shape each has, and what it is worth.

meaning   (t, args, world, known) -> every meaning that the shapes allow; ``args`` are the arguments with their shapes
value     (point, t, *arrays) -> array, from the definition of the word; nothing here knows the rules of backprop
index     a whole number from 0; at a random point any number is taken modulo the rows that it counts, and rounded down
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import mpmath
import sympy as sp

from symnet.claims.decision import numbers
from symnet.claims.decision.numbers import Elsewhere, Irrational
from symnet.claims.meaning.lengths import dim, formula, size_of
from symnet.claims.meaning.parts import PARTS, Array, grid, whole
from symnet.claims.meaning.shapes import SCALAR, Known, Meaning, Shapes, Typed, Unclear, settle, shown
from symnet.readers.latex.term import Term


@dataclass(frozen=True)
class Word:
    """``shape`` of the value, from (term, shapes of the arguments); ``value`` from (point, typed, arrays)."""

    shape: Callable[[Term, list[Any]], Any]
    value: Callable[..., Array]
    arguments: tuple[int, ...] = (1,)

    def meaning(self, t: Term, args: tuple[Typed, ...], world: Shapes, known: Known) -> Iterator[Meaning]:
        try:
            if len(args) not in self.arguments:
                raise ValueError(f"{t.name} does not take {len(args)} arguments")
            shape = self.shape(t, [settle(a.shape, known) for a in args])
        except ValueError as error:
            world.fail(str(error), t)
        else:
            yield Typed(_WHOLE.get(t.name, t.name), args, shape, t.name), known


_WHOLE = {"max": "max_whole", "min": "min_whole"}  # of one argument; max and min themselves are entry by entry


# ---------------------------------------------------------------------- arrays
def _turned(A: Array) -> Array:
    return tuple(zip(*A, strict=True))


def _total(xs: Any) -> Any:
    first, *rest = xs
    for x in rest:
        first = first + x
    return first


def _by_lines(t: Typed, A: Array, f: Callable[[Any], Any]) -> Array:
    """``f`` of each line: a column vector as a whole, the rows of a matrix, its columns, or all of it."""
    if t.name.endswith("_all"):
        flat = f(tuple(x for row in A for x in row))
        return tuple(flat[i : i + len(A[0])] for i in range(0, len(flat), len(A[0])))
    down = t.name.endswith("_columns") or (t.args[0].shape[1] == 1 and not t.name.endswith("_rows"))
    rows = tuple(map(f, _turned(A) if down else A))
    return _turned(rows) if down else rows


# ---------------------------------------------------------------------- shapes
def _alike(t: Term, shapes: list[Any]) -> Any:
    _numbers(t, shapes[1:])
    return shapes[0]


def _numbers(t: Term, shapes: list[Any]) -> None:
    """ε is a number."""
    if any(shape != SCALAR for shape in shapes):
        raise ValueError(f"{t.args[1]} is {shown(shapes[0], {})}, and a number is needed")


def _sized(start: int) -> Callable[[Term, list[Any]], Any]:
    """The sizes are among the arguments: one for a column, two for a matrix."""

    def shape(t: Term, shapes: list[Any]) -> Any:
        sizes = [dim(size_of(a)) for a in t.args[start:]]
        if len(sizes) not in (1, 2):
            raise Unclear(f"{t}: only vectors and matrices have a meaning here")
        return sizes[0], sizes[1] if len(sizes) == 2 else 1

    return shape


def _reduced(t: Term, shapes: list[Any]) -> Any:
    """One number for each line."""
    _numbers(t, shapes[1:])
    p, q = shapes[0]
    if (p, q) == SCALAR:
        raise ValueError(f"{t.args[0]} is a number, and {t.name} takes a vector or a matrix")
    if t.name.endswith("_all") or (q == 1 and not t.name.endswith("_rows")):
        return SCALAR
    return (1, q) if t.name.endswith("_columns") else (p, 1)


def _extreme(t: Term, shapes: list[Any]) -> Any:
    if not t.name.endswith(("_rows", "_columns")) and 1 not in shapes[0]:
        raise ValueError(f"{t.args[0]} is {shown(shapes[0], {})}; say of what, as in max of its rows")
    p, q = _reduced(t, shapes)
    return (q, 1) if t.name.endswith("_columns") else (p, q)


def _column(a: Term, shape: Any) -> Any:
    """The length of what must be a column."""
    if shape[1] != 1:
        raise ValueError(f"{a} is {shown(shape, {})}, and a column is needed")
    return shape[0]


def _onehot(t: Term, shapes: list[Any]) -> Any:
    return _column(t.args[0], shapes[0]), dim(size_of(t.args[1]))


def _scatter(t: Term, shapes: list[Any]) -> Any:
    if _column(t.args[1], shapes[1]) != shapes[0][0]:
        raise ValueError(f"{t.args[0]} is {shown(shapes[0], {})}, and {t.args[1]} is {shown(shapes[1], {})}")
    return dim(size_of(t.args[2])), shapes[0][1]


def _windows(t: Term, shapes: list[Any]) -> Any:
    taps, step = _taps(t, shapes)
    return dim(sp.floor((formula(_column(t.args[0], shapes[0])) - taps) / step) + 1), dim(taps)


def _fold(t: Term, shapes: list[Any]) -> Any:
    return dim(_taps(t, shapes)[0]), 1


def _taps(t: Term, shapes: list[Any]) -> tuple[Any, Any]:
    if not 2 <= len(t.args) <= 3:
        raise Unclear(f"{t}: only windows along one axis, without padding, have a meaning here")
    return size_of(t.args[1]), size_of(t.args[2]) if len(t.args) == 3 else sp.Integer(1)


# ---------------------------------------------------------------------- values
def _reshape(p: Any, t: Typed, A: Array, *sizes: Array) -> Array:
    entries = [x for row in A for x in row]
    rows, columns = p.shape(t)
    if rows * columns != len(entries):
        raise Elsewhere
    return tuple(tuple(entries[i * columns : (i + 1) * columns]) for i in range(rows))


def _scattered(p: Any, t: Typed, G: Array, i: Array, n: Array) -> Array:
    rows, columns = p.shape(t)
    zero = 0 * G[0][0]
    at = [whole(k) % rows for (k,) in i]
    return grid(rows, columns, lambda r, c: _total([zero, *(g[c] for g, k in zip(G, at, strict=True) if k == r)]))


def _one_hot(p: Any, t: Typed, i: Array, n: Array) -> Array:
    rows, columns = p.shape(t)
    return grid(rows, columns, lambda r, c: p.number(int(whole(i[r][0]) % columns == c)))


def _causal(p: Any, t: Typed, *sizes: Array) -> Array:
    if p.exact:
        raise Irrational  # no fraction is -∞
    rows, columns = p.shape(t)
    return grid(rows, columns, lambda i, j: mpmath.mpf("-inf") if j > i else mpmath.mpf(0))


def _best(line: Any, sign: int) -> int:
    plain = [sign * numbers.plain(x) for x in line]
    return plain.index(max(plain))  # the first of several, as NumPy has it


def _extremum(sign: int) -> Callable[..., Array]:
    def value(p: Any, t: Typed, A: Array) -> Array:
        if t.name.endswith("_columns"):
            A = _turned(A)
        lines = A if t.name.endswith(("_rows", "_columns")) else (tuple(x for row in A for x in row),)
        return tuple((line[_best(line, sign)],) for line in lines)

    return value


def _is_max(p: Any, t: Typed, A: Array) -> Array:
    return _by_lines(t, A, lambda line: tuple(p.number(int(k == _best(line, 1))) for k in range(len(line))))


def _moments(p: Any, line: Any, eps: Any, centred: bool) -> tuple[list[Any], Any]:
    n = p.number(len(line))
    mean = _total(line) / n if centred else 0 * line[0]
    apart = [x - mean for x in line]
    return apart, numbers.root(_total(x * x for x in apart) / n + eps, 2, p.exact)


def _standardized(centred: bool) -> Callable[..., Array]:
    def value(p: Any, t: Typed, A: Array, eps: Array = ()) -> Array:
        def line(xs: Any) -> tuple[Any, ...]:
            apart, deviation = _moments(p, xs, eps[0][0] if eps else 0, centred)
            return tuple(numbers.divided(x, deviation) for x in apart)

        return _by_lines(t, A, line)

    return value


def _deviation(centred: bool) -> Callable[..., Array]:
    def value(p: Any, t: Typed, A: Array, eps: Array = ()) -> Array:
        spread = _by_lines(t, A, lambda xs: (_moments(p, xs, eps[0][0] if eps else 0, centred)[1],) * len(xs))
        rows, columns = p.shape(t)
        return tuple(row[:columns] for row in spread[:rows])

    return value


def _cut(p: Any, t: Typed, x: Array, taps: Array, step: Array = ((Fraction(1),),)) -> Array:
    (rows, columns), s = p.shape(t), whole(step[0][0])
    if (rows - 1) * s + columns > len(x):
        raise Elsewhere
    return grid(rows, columns, lambda i, j: x[i * s + j][0])


def _overlapped(p: Any, t: Typed, G: Array, n: Array, step: Array = ((Fraction(1),),)) -> Array:
    s, zero = whole(step[0][0]), 0 * G[0][0]
    total = [zero] * p.shape(t)[0]
    if (len(G) - 1) * s + len(G[0]) > len(total):
        raise Elsewhere
    for i, row in enumerate(G):
        for j, x in enumerate(row):
            total[i * s + j] = total[i * s + j] + x
    return tuple((x,) for x in total)


def _stopped(p: Any, t: Typed, A: Array) -> Array:
    """The value, which changes with nothing."""
    return tuple(tuple(numbers.plain(x) for x in row) for row in A)


_LINES = ("", "_columns", "_all")
WORDS: Mapping[str, Word] = {
    "reshape": Word(_sized(1), _reshape, (2, 3)),
    "onehot": Word(_onehot, _one_hot, (2,)),
    "scatter": Word(_scatter, _scattered, (3,)),
    "causal": Word(_sized(0), _causal, (2,)),
    "stop": Word(_alike, _stopped),
    "windows": Word(_windows, _cut, (2, 3)),
    "fold": Word(_fold, _overlapped, (2, 3)),
    **{"standardize" + lines: Word(_alike, _standardized(True), (1, 2)) for lines in _LINES},
    **{"rmsnorm" + lines: Word(_alike, _standardized(False), (1, 2)) for lines in _LINES},
    **{"dev" + lines: Word(_reduced, _deviation(True), (1, 2)) for lines in _LINES},
    **{"rms" + lines: Word(_reduced, _deviation(False), (1, 2)) for lines in _LINES},
    **{"max" + lines: Word(_extreme, _extremum(1)) for lines in ("", "_rows", "_columns")},
    **{"min" + lines: Word(_extreme, _extremum(-1)) for lines in ("", "_rows", "_columns")},
    **{"ismax" + lines: Word(_alike, _is_max) for lines in ("", "_rows", "_columns")},
}


VALUES: Mapping[str, Callable[..., Array]] = {
    **{_WHOLE.get(name, name): word.value for name, word in WORDS.items()},
    **PARTS,
}
