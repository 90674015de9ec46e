r"""Matrices put together of blocks, and parts of them: (A B), Y_{[:, n:]}, E_{[i]}, place_{[1:]}(x, n + 1).

blocks, parts    every meaning that the shapes allow          PARTS    the values, (point, t, *arrays) to an array
index            a whole number from 0; at a random point any number is taken, rounded down, modulo what it counts
"""

from collections.abc import Callable, Iterator, Mapping
from typing import Any, TypeAlias

import mpmath
import sympy as sp

from symnet.claims.decision import numbers
from symnet.claims.decision.budget import TooHard
from symnet.claims.decision.numbers import Elsewhere
from symnet.claims.meaning.lengths import dim, formula, size_of
from symnet.claims.meaning.shapes import (
    Known,
    Meaning,
    Shapes,
    Typed,
    Unclear,
    is_scalar,
    same,
    settle,
    settled,
    shown,
)
from symnet.readers.latex.term import Term

Array: TypeAlias = tuple[tuple[Any, ...], ...]
MANY = 10_000


# ---------------------------------------------------------------------- arrays
def grid(rows: int, columns: int, f: Callable[[int, int], Any]) -> Array:
    """The array whose entry at (i, j) is f(i, j)."""
    if rows * columns > MANY:
        raise TooHard
    return tuple(tuple(f(i, j) for j in range(columns)) for i in range(rows))


def whole(x: Any) -> int:
    """``x`` rounded down."""
    return int(mpmath.floor(numbers.plain(x)))


def _gathered(A: Array, i: Array) -> Array:
    return tuple(A[whole(k) % len(A)] for (k,) in i)


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
        p, one = settle(args[1].shape, known)
        if one == 1:
            yield Typed("gather", args, (p, args[0].shape[1])), known
        else:
            world.fail(f"{axes[0]} is {shown(args[1].shape, known)}, and an index is a column", t)
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
    by = size_of(step[0]) if step else sp.Integer(1)
    if not by.is_positive:
        raise Unclear(f"{axis}: a step is a positive number")
    return dim(sp.ceiling((last - first) / by))


def _places(p: Any, t: Typed, sizes: tuple[int, ...], bounds: list[Array]) -> list[list[int]]:
    """For each axis the positions that the key names."""
    found, given = [], iter(bounds)
    for kind, n in zip(t.name.split(","), sizes, strict=False):
        values = [None if k == "-" else whole(next(given)[0][0]) for k in kind]
        found.append([values[0]] if kind == "i" else list(range(n)[slice(*values)]))
    return found


def _part(p: Any, t: Typed, A: Array, *bounds: Array) -> Array:
    rows, columns = [*_places(p, t, (len(A), len(A[0])), list(bounds)), [0]][:2]
    height, width = p.shape(t)
    if len(rows) * len(columns) != height * width or max(rows) >= len(A) or max(columns) >= len(A[0]):
        raise Elsewhere
    flat = [A[i][j] for i in rows for j in columns]
    return tuple(tuple(flat[i * width : (i + 1) * width]) for i in range(height))


def _place(p: Any, t: Typed, A: Array, *rest: Array) -> Array:
    sizes = p.shape(t)
    axes = len(t.name.split(","))
    rows, columns = [*_places(p, t, sizes, list(rest[axes:])), [0]][:2]
    if len(rows) * len(columns) != len(A) * len(A[0]) or max(rows) >= sizes[0] or max(columns) >= sizes[1]:
        raise Elsewhere
    entries = iter([x for row in A for x in row])
    held = {(i, j): next(entries) for i in rows for j in columns}
    zero = 0 * A[0][0]
    return grid(sizes[0], sizes[1], lambda i, j: held.get((i, j), zero))


PARTS: Mapping[str, Callable[..., Array]] = {
    "blocks": _blocks,
    "part": _part,
    "place": _place,
    "gather": lambda p, t, E, i: _gathered(E, i),
}
