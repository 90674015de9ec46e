r"""A formula's value at a point, by recursion: one line for each operator."""

from collections.abc import Callable, Mapping
from fractions import Fraction
from math import prod
from typing import Any

import mpmath

from symnet.claims.decision import numbers
from symnet.claims.decision.budget import TooHard
from symnet.claims.decision.numbers import Array, Elsewhere, Number, Slope, each
from symnet.claims.decision.points import Point
from symnet.claims.meaning.shapes import Typed
from symnet.claims.meaning.words import VALUES


# ---------------------------------------------------------------------- arrays
def _entrywise_power(p: Point, a: Array, e: Array) -> Array:
    """One exponent for all entries, or one for each."""
    if len(e) == len(e[0]) == 1:
        return each(lambda x: numbers.power(x, e[0][0], p.exact), a)
    if [len(row) for row in a] != [len(row) for row in e]:
        raise Elsewhere
    return each(lambda x, k: numbers.power(x, k, p.exact), a, e)


def _full(shape: tuple[int, int], f: Callable[[int, int], Number]) -> Array:
    if shape[0] * shape[1] > 10_000:
        raise TooHard
    return tuple(tuple(f(i, j) for j in range(shape[1])) for i in range(shape[0]))


def _total(xs: Any) -> Number:
    total = None
    for x in xs:
        total = x if total is None else total + x
    return total if total is not None else Fraction(0)


def _matmul(A: Array, B: Array) -> Array:
    columns = list(zip(*B, strict=True))
    return tuple(tuple(_total(a * b for a, b in zip(row, c, strict=True)) for c in columns) for row in A)


def _product(p: Point, t: Typed, A: Array, B: Array) -> Array:
    p.budget.spend(len(A) * len(B) * len(B[0]) // 4)
    return _matmul(A, B)


def _inverse(A: Array) -> tuple[Array, Number]:
    """Gauss and Jordan: the inverse, and the determinant."""
    n = len(A)
    one = 0 * A[0][0] + 1
    rows = [[*row, *(one if i == j else 0 * one for j in range(n))] for i, row in enumerate(A)]
    determinant = one
    for c in range(n):
        pivot = next((r for r in range(c, n) if numbers.plain(rows[r][c]) != 0), None)
        if pivot is None:
            raise Elsewhere
        if pivot != c:
            rows[c], rows[pivot], determinant = rows[pivot], rows[c], -determinant
        head = rows[c][c]
        determinant = determinant * head
        rows[c] = [x / head for x in rows[c]]
        for r in range(n):
            if r != c:
                f = rows[r][c]
                rows[r] = [x - f * y for x, y in zip(rows[r], rows[c], strict=True)]
    return tuple(tuple(row[n:]) for row in rows), determinant


def _matrix_power(p: Point, A: Array, n: int) -> Array:
    if abs(n) > 64:
        raise TooHard
    p.budget.spend(abs(n) * len(A) ** 3)
    base = _inverse(A)[0] if n < 0 else A
    result = _full((len(A), len(A)), lambda i, j: 0 * A[0][0] + (1 if i == j else 0))
    for _ in range(abs(n)):
        result = _matmul(result, base)
    return result


# ---------------------------------------------------------------------- one line for each operator
def value(p: Point, t: Typed) -> Array:
    """The formula's rows; parts are worked out through the point, which keeps count."""
    rule = _VALUES.get(t.op)
    if rule:
        return rule(p, t)
    return (_STRICT.get(t.op) or VALUES[t.op])(p, t, *(p.value(a) for a in t.args))


def _apply(p: Point, t: Typed, a: Array) -> Array:
    p.budget.spend(len(a) * len(a[0]) * (1 if p.exact else 20))
    return each(lambda x: p.functions.apply(t.name, x), a)


def _det(p: Point, t: Typed, A: Array) -> Array:
    p.budget.spend(len(A) ** 3)
    return ((_inverse(A)[1],),)


def _extremum(sign: int) -> Callable[..., Array]:
    def choose(*xs: Number) -> Number:
        best = xs[0]
        for x in xs[1:]:
            best = x if sign * (numbers.plain(x) - numbers.plain(best)) > 0 else best
        return best

    return lambda p, t, *arrays: each(choose, *arrays)


def _floor(x: Number, up: bool) -> Number:
    if isinstance(x, Slope):
        raise Elsewhere
    if isinstance(x, Fraction):
        return Fraction(-(-x.numerator // x.denominator) if up else x.numerator // x.denominator)
    return mpmath.ceil(x) if up else mpmath.floor(x)


def _norm(p: Point, t: Typed, A: Array) -> Array:
    entries = [x for row in A for x in row]
    if t.name == "1":
        return ((_total(p.functions.apply("abs", x) for x in entries),),)
    return ((numbers.root(_total(x * x for x in entries), 2, p.exact),),)


def _softmax_rows(p: Point, A: Array, log: bool) -> Array:
    rows = []
    for row in A:
        weights = [p.functions.apply("exp", x) for x in row]
        total = _total(weights)
        rows.append(
            tuple(x - p.functions.apply("log", total) if log else w / total for x, w in zip(row, weights, strict=True))
        )
    return tuple(rows)


def _softmax(p: Point, t: Typed, A: Array) -> Array:
    down = t.op.endswith("_columns") or t.args[0].shape[1] == 1  # a matrix may have one column here and be no vector
    result = _softmax_rows(p, _turned(A) if down else A, t.op.startswith("log"))
    return _turned(result) if down else result


def _logsumexp(p: Point, t: Typed, A: Array) -> Array:
    rows = _turned(A) if t.op.endswith("_columns") or t.args[0].shape[1] == 1 else A
    return tuple((p.functions.apply("log", _total(p.functions.apply("exp", x) for x in row)),) for row in rows)


def _turned(A: Array) -> Array:
    return tuple(zip(*A, strict=True))


def _diagonal(p: Point, t: Typed, a: Array) -> Array:
    entries = [x for row in a for x in row]
    return _full((len(entries),) * 2, lambda i, j: entries[i] if i == j else 0 * entries[i])


_SIGNS: Mapping[str, Callable[[Any, Any], bool]] = {
    "<": lambda a, b: a < b, ">": lambda a, b: a > b, "<=": lambda a, b: a <= b, ">=": lambda a, b: a >= b,
    "=": lambda a, b: a == b, "!=": lambda a, b: a != b,
}  # fmt: skip


def _truth(p: Point, t: Typed, a: Array, b: Array) -> Array:
    sign = _SIGNS[t.name]
    return each(lambda x, y: p.number(int(sign(numbers.plain(x), numbers.plain(y)))), a, b)


_STRICT: Mapping[str, Callable[..., Array]] = {
    "sum": lambda p, t, *a: each(lambda *xs: _total(xs), *a),
    "neg": lambda p, t, a: each(lambda x: -x, a),
    "hadamard": lambda p, t, *a: each(lambda *xs: prod(xs[1:], start=xs[0]), *a),
    "oslash": lambda p, t, a, b: each(numbers.divided, a, b),
    "max": _extremum(1),
    "min": _extremum(-1),
    "abs": lambda p, t, a: each(lambda x: p.functions.apply("abs", x), a),
    "floor": lambda p, t, a: each(lambda x: _floor(x, up=False), a),
    "ceil": lambda p, t, a: each(lambda x: _floor(x, up=True), a),
    "scale": lambda p, t, s, a: each(lambda x: s[0][0] * x, a),
    "matmul": _product,
    "inner": lambda p, t, a, b: (
        (_total(x * y for r, s in zip(a, b, strict=True) for x, y in zip(r, s, strict=True)),),
    ),
    "reciprocal": lambda p, t, a: ((numbers.divided(0 * a[0][0] + 1, a[0][0]),),),
    "power": lambda p, t, a, e: ((numbers.power(a[0][0], e[0][0], p.exact),),),
    "hpower": lambda p, t, a, e: _entrywise_power(p, a, e),
    "matpower": lambda p, t, a: _matrix_power(p, a, int(t.name)),
    "root": lambda p, t, a, *n: each(lambda x: numbers.root(x, int(n[0][0][0]) if n else 2, p.exact), a),
    "sqrt": lambda p, t, a: each(lambda x: numbers.root(x, 2, p.exact), a),
    "transpose": lambda p, t, a: _turned(a),
    "apply": _apply,
    "det": _det,
    "tr": lambda p, t, a: ((_total(a[i][i] for i in range(len(a))),),),
    "diagonal": _diagonal,
    "entries": lambda p, t, a: tuple((a[i][i],) for i in range(len(a))),
    "softmax": _softmax,
    "softmax_columns": _softmax,
    "log_softmax": _softmax,
    "log_softmax_columns": _softmax,
    "logsumexp": _logsumexp,
    "logsumexp_columns": _logsumexp,
    "norm": _norm,
    "matrix": lambda p, t, *a: _full(t.shape, lambda i, j: a[i * t.shape[1] + j][0][0]),
    "relation": _truth,
    "both": lambda p, t, *a: each(lambda *xs: min(xs), *a),
    "indicator": lambda p, t, a: a,
}


def _index(p: Point, t: Typed) -> Array:
    array = p.value(t.args[0])
    where = [int(s.name) - 1 if s.name.isdigit() else p.indices[s.name] for s in t.args[1:]]
    rows, columns = len(array), len(array[0])
    i, j = where if len(where) == 2 else (where[0], 0) if columns == 1 else (0, where[0])
    if not (0 <= i < rows and 0 <= j < columns):
        raise Elsewhere
    return ((array[i][j],),)


def _line(p: Point, t: Typed) -> Array:
    array, where = p.value(t.args[0]), t.args[1].name
    i = int(where) - 1 if where.isdigit() else p.indices[where]
    if not 0 <= i < len(array):
        raise Elsewhere
    return (array[i],) if t.name == "row" else tuple((x,) for x in array[i])


def _big(p: Point, t: Typed) -> Array:
    body, span, *bounds = t.args
    if bounds:
        lower, upper = (numbers.plain(p.scalar(b)) for b in bounds)
        if lower != int(lower) or upper != int(upper) or upper - lower > 500:
            raise TooHard
        values = range(int(lower), int(upper) + 1)
    else:
        values = range(1, p.size(span.shape[0]) + 1)
    before = p.indices.get(t.name), p.given.get(t.name)
    total: Array | None = None
    for n in values:
        p.indices[t.name], p.given[t.name] = n - 1, ((p.number(n),),)
        value = p.value(body)
        combine = (lambda x, y: x + y) if t.op == "bigsum" else (lambda x, y: x * y)
        total = p.bounded(value if total is None else each(combine, total, value))
    p.indices.pop(t.name, None)
    p.given.pop(t.name, None)
    if before[0] is not None:
        p.indices[t.name] = before[0]
    if before[1] is not None:
        p.given[t.name] = before[1]
    neutral = p.number(0 if t.op == "bigsum" else 1)
    return total if total is not None else _full(p.shape(t), lambda i, j: neutral)


def _cases(p: Point, t: Typed) -> Array:
    for value, condition in zip(t.args[::2], t.args[1::2], strict=True):
        if condition.op == "otherwise" or p.scalar(condition) == 1:
            return p.value(value)
    raise Elsewhere


def _split(t: Typed) -> tuple[str, str, bool]:
    top, bottom, kind = t.name.split("|")
    return top, bottom, kind == "direct"


def _jacobian(p: Point, t: Typed) -> Array:
    """Row i, column j: how entry i of y changes with entry j of x."""
    top, bottom, direct = _split(t)
    array = p.name(bottom)
    places = [(i, j) for i in range(len(array)) for j in range(len(array[0]))]
    columns = [[x for row in p.changed(bottom, place, direct, top) for x in row] for place in places]
    return tuple(zip(*columns, strict=True))


def _slopes(p: Point, t: Typed) -> Array:
    full = _jacobian(p, t)
    return tuple((full[i][i],) for i in range(len(full)))


def _gradient(p: Point, t: Typed) -> Array:
    top, bottom, direct = _split(t)
    array = p.name(bottom)
    return _full((len(array), len(array[0])), lambda i, j: p.changed(bottom, (i, j), direct, top)[0][0])


def _derivative(p: Point, t: Typed) -> Array:
    body, x = t.args
    before = p.name(x.name)
    p.given[x.name] = ((Slope(before[0][0], 0 * before[0][0] + 1),),)
    try:
        return each(lambda y: y.b if isinstance(y, Slope) else 0 * y, p.value(body))
    finally:
        p.given[x.name] = before


_VALUES: Mapping[str, Callable[[Point, Typed], Array]] = {
    "number": lambda p, t: ((p.number(t.name),),),
    "name": lambda p, t: p.name(t.name),
    "ones": lambda p, t: _full(p.shape(t), lambda i, j: p.number(1)),
    "zeros": lambda p, t: _full(p.shape(t), lambda i, j: p.number(0)),
    "identity": lambda p, t: _full(p.shape(t), lambda i, j: p.number(int(i == j))),
    "fill": lambda p, t: _full(p.shape(t), lambda i, j: p.scalar(t.args[0])),
    "index": _index,
    "line": _line,
    "bigsum": _big,
    "bigprod": _big,
    "cases": _cases,
    "jacobian": _jacobian,
    "slopes": _slopes,
    "gradient": _gradient,
    "derivative": _derivative,
}
