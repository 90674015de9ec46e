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

from symnet.audit import numbers
from symnet.audit.budget import TooHard
from symnet.audit.lengths import dim, formula, size_of
from symnet.audit.numbers import Irrational
from symnet.audit.shapes import SCALAR, Known, Meaning, Shapes, Typed, Unclear, is_scalar, same, settle, settled, shown
from symnet.readers.latex_term import Term

Array = tuple[tuple[Any, ...], ...]
MANY = 10_000


@dataclass(frozen=True)
class Word:
    """``shape`` of the value, from (term, shapes of the arguments); ``value`` from (point, typed, arrays)."""

    shape: Callable[[Term, list[Any]], Any]
    value: Callable[..., Array]

    def meaning(self, t: Term, args: tuple[Typed, ...], world: Shapes, known: Known) -> Iterator[Meaning]:
        try:
            shape = self.shape(t, [settle(a.shape, known) for a in args])
        except ValueError as error:
            world.fail(str(error), t)
        else:
            yield Typed(t.name, args, shape, t.name), known


# ---------------------------------------------------------------------- arrays
def _grid(rows: int, columns: int, f: Callable[[int, int], Any]) -> Array:
    if rows * columns > MANY:
        raise TooHard
    return tuple(tuple(f(i, j) for j in range(columns)) for i in range(rows))


def _turned(A: Array) -> Array:
    return tuple(zip(*A, strict=True))


def _whole(x: Any) -> int:
    return int(mpmath.floor(numbers.plain(x)))


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
    down = t.name.endswith("_columns") or (len(A[0]) == 1 and not t.name.endswith("_rows"))
    rows = tuple(map(f, _turned(A) if down else A))
    return _turned(rows) if down else rows


# ---------------------------------------------------------------------- shapes
def _square(t: Term, shapes: list[Any]) -> Any:
    return shapes[0]


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


def _onehot(t: Term, shapes: list[Any]) -> Any:
    return shapes[0][0], dim(size_of(t.args[1]))


def _scatter(t: Term, shapes: list[Any]) -> Any:
    return dim(size_of(t.args[2])), shapes[0][1]


def _windows(t: Term, shapes: list[Any]) -> Any:
    taps, step = _taps(t, shapes)
    return dim(sp.floor((formula(shapes[0][0]) - taps) / step) + 1), dim(taps)


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
        raise TooHard
    return tuple(tuple(entries[i * columns : (i + 1) * columns]) for i in range(rows))


def _gathered(A: Array, i: Array) -> Array:
    return tuple(A[_whole(k) % len(A)] for (k,) in i)


def _scattered(p: Any, t: Typed, G: Array, i: Array, n: Array) -> Array:
    rows, columns = p.shape(t)
    zero = 0 * G[0][0]
    at = [_whole(k) % rows for (k,) in i]
    return _grid(rows, columns, lambda r, c: _total([zero, *(g[c] for g, k in zip(G, at, strict=True) if k == r)]))


def _one_hot(p: Any, t: Typed, i: Array, n: Array) -> Array:
    rows, columns = p.shape(t)
    return _grid(rows, columns, lambda r, c: p.number(int(_whole(i[r][0]) % columns == c)))


def _causal(p: Any, t: Typed, *sizes: Array) -> Array:
    if p.exact:
        raise Irrational  # no fraction is -∞
    rows, columns = p.shape(t)
    return _grid(rows, columns, lambda i, j: mpmath.mpf("-inf") if j > i else mpmath.mpf(0))


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
    (rows, columns), s = p.shape(t), _whole(step[0][0])
    return _grid(rows, columns, lambda i, j: x[i * s + j][0])


def _overlapped(p: Any, t: Typed, G: Array, n: Array, step: Array = ((Fraction(1),),)) -> Array:
    s, zero = _whole(step[0][0]), 0 * G[0][0]
    total = [zero] * p.shape(t)[0]
    for i, row in enumerate(G):
        for j, x in enumerate(row):
            total[i * s + j] = total[i * s + j] + x
    return tuple((x,) for x in total)


def _stopped(p: Any, t: Typed, A: Array) -> Array:
    """The value, which changes with nothing."""
    return tuple(tuple(numbers.plain(x) for x in row) for row in A)


_LINES = ("", "_columns", "_all")
WORDS: Mapping[str, Word] = {
    "reshape": Word(_sized(1), _reshape),
    "onehot": Word(_onehot, _one_hot),
    "scatter": Word(_scatter, _scattered),
    "causal": Word(_sized(0), _causal),
    "stop": Word(_square, _stopped),
    "windows": Word(_windows, _cut),
    "fold": Word(_fold, _overlapped),
    **{"standardize" + lines: Word(_square, _standardized(True)) for lines in _LINES},
    **{"rmsnorm" + lines: Word(_square, _standardized(False)) for lines in _LINES},
    **{"dev" + lines: Word(_reduced, _deviation(True)) for lines in _LINES},
    **{"rms" + lines: Word(_reduced, _deviation(False)) for lines in _LINES},
    **{"max" + lines: Word(_extreme, _extremum(1)) for lines in ("", "_rows", "_columns")},
    **{"min" + lines: Word(_extreme, _extremum(-1)) for lines in ("", "_rows", "_columns")},
    **{"ismax" + lines: Word(_square, _is_max) for lines in ("", "_rows", "_columns")},
}


# ---------------------------------------------------------------------- blocks
def blocks(t: Term, args: tuple[Typed, ...], world: Shapes, known: Known) -> Iterator[Meaning]:
    """A matrix of matrices: the blocks of a row have as many rows, those of a column as many columns."""
    rows, columns = map(int, t.name.split("x"))
    joined = known
    for i, a in enumerate(args):
        for axis, other in ((0, args[i - i % columns]), (1, args[i % columns])):
            met = same(a.shape[axis], other.shape[axis], joined)
            if met is None:
                world.fail(f"{t.args[i]} is {shown(a.shape, joined)} and does not fit beside the other blocks", t)
                return
            joined = met
    height = dim(sp.Add(*(formula(settled(args[i * columns].shape[0], joined)) for i in range(rows))))
    width = dim(sp.Add(*(formula(settled(args[j].shape[1], joined)) for j in range(columns))))
    yield Typed("blocks", args, (height, width), t.name), joined


def _blocks(p: Any, t: Typed, *arrays: Array) -> Array:
    columns = int(t.name.split("x")[1])
    return tuple(
        tuple(x for row in rows for x in row)
        for i in range(0, len(arrays), columns)
        for rows in zip(*arrays[i : i + columns], strict=True)
    )


# ---------------------------------------------------------------------- parts
def parts(t: Term, args: tuple[Typed, ...], world: Shapes, known: Known) -> Iterator[Meaning]:
    """Y_{[1:n, :]} and place_{[1:n, :]}(x, m, n). The name keeps which bounds are written: "i" an index, "se" both."""
    count = (len(t.args) // 2 + 1) if t.op == "place" else 1
    axes = t.args[count:]
    rank = 1 if settle(args[0].shape, known)[1] == 1 else 2
    if t.op == "part" and len(axes) == 1 and axes[0].op == "name" and not is_scalar(args[1].shape, known):
        p, q = settle(args[1].shape, known)[0], args[0].shape[1]
        yield Typed("gather", args, (p, q)), known
        return
    whole = settle(args[0].shape, known) if t.op == "part" else tuple(dim(size_of(a)) for a in t.args[1:count])
    if t.op == "part" and len(axes) != rank:
        world.fail(f"{t.args[0]} is {shown(args[0].shape, known)} and has no {len(axes)} axes", t)
        return
    key = ",".join(_written(axis) for axis in axes)
    kept = [_length(axis, n) for axis, n in zip(axes, whole, strict=False) if axis.op == "range"]
    if t.op == "part":
        yield Typed("part", args, (*kept, 1, 1)[:2], key), known
        return
    fitting: Known | None = known
    for have, want in zip(args[0].shape, (*kept, 1, 1), strict=False):
        fitting = same(have, want, fitting) if fitting is not None else None
    if fitting is None:
        world.fail(f"{t.args[0]} is {shown(args[0].shape, known)} and does not fill that part", t)
    else:
        yield Typed("place", args, (*whole, 1)[:2], key), fitting


def _written(axis: Term) -> str:
    """Which bounds of a range are there: "-" one left out, "x" one written; an index is "i"."""
    return "".join("-" if a.op == "open" else "x" for a in axis.args) if axis.op == "range" else "i"


def _length(axis: Term, n: Any) -> Any:
    start, stop, *step = axis.args
    first = sp.Integer(0) if start.op == "open" else size_of(start)
    last = formula(n) if stop.op == "open" else size_of(stop)
    span = last - first
    return dim(sp.ceiling(span / size_of(step[0])) if step else span)


def _places(p: Any, t: Typed, sizes: tuple[int, ...], bounds: list[Array]) -> list[list[int]]:
    """For each axis the positions that the key names."""
    found, given = [], iter(bounds)
    for kind, n in zip(t.name.split(","), sizes, strict=False):
        values = [None if k == "-" else _whole(next(given)[0][0]) for k in kind]
        found.append([values[0]] if kind == "i" else list(range(n)[slice(*values)]))
    return found


def _part(p: Any, t: Typed, A: Array, *bounds: Array) -> Array:
    rows, columns = [*_places(p, t, (len(A), len(A[0])), list(bounds)), [0]][:2]
    flat = [A[i][j] for i in rows for j in columns]
    height, width = p.shape(t)
    return tuple(tuple(flat[i * width : (i + 1) * width]) for i in range(height))


def _place(p: Any, t: Typed, A: Array, *rest: Array) -> Array:
    sizes = p.shape(t)
    axes = len(t.name.split(","))
    rows, columns = [*_places(p, t, sizes, list(rest[axes:])), [0]][:2]
    entries = iter([x for row in A for x in row])
    held = {(i, j): next(entries) for i in rows for j in columns}
    zero = 0 * A[0][0]
    return _grid(sizes[0], sizes[1], lambda i, j: held.get((i, j), zero))


VALUES: Mapping[str, Callable[..., Array]] = {
    **{name: word.value for name, word in WORDS.items()},
    "blocks": _blocks,
    "part": _part,
    "place": _place,
    "gather": lambda p, t, E, i: _gathered(E, i),
}
