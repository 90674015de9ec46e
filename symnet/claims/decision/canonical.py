r"""Both sides in one form: matrix notation and ⊙ are spellings of sums over indices, and those have a normal form.

    (V h)_i = Σ_k V_ik h_k        (a ⊙ b)_i = a_i b_i        (𝟏 aᵀ)_ij = a_j        φ'(r)_i a function of r's own form

A formula's entry (i, j) is a sum of monomials, a monomial an exact coefficient and factors with indices; the summed
indices get canonical names. Equal forms prove equality for every size and every φ. Different forms prove nothing.

-1, -2      the free indices i, j           0, 1, …   summed indices           None   an axis of length 1
-3, -4, …   free indices that are written, x_i              -1002     the second of an axis, x_2
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from fractions import Fraction
from hashlib import sha256
from itertools import permutations, product
from math import floor
from typing import Any

import sympy as sp

from symnet.claims.decision.budget import Budget, TooHard
from symnet.claims.decision.numbers import Elsewhere
from symnet.claims.meaning.keys import Key
from symnet.claims.meaning.shapes import Typed

Label = int | None
Factor = tuple[Any, tuple[Label, ...]]
Monomial = tuple[Fraction, tuple[Factor, ...]]
Form = tuple[tuple[tuple[str, ...], Fraction], ...]
ORDERINGS = 720


class NoForm(Exception):
    """The formula has a part without a normal form, or too many summed indices for one."""


def canonically_equal(left: Typed, right: Typed, key: Key, budget: Budget, indices: Iterable[str] = ()) -> bool:
    """Whether both sides have the same normal form once every defined name is written out; False where that is long.

    ``indices`` are those that the claim is for every value of.
    """
    for definitions in ({}, key.typed):
        part = budget.part(8)
        try:
            sides = [Writer(definitions, part, labels_of(indices)) for _ in range(2)]
            forms = [w.form(w.entry(t, *generic(t))) for w, t in zip(sides, (left, right), strict=True)]
            if forms[0] == forms[1]:
                return True
        except (NoForm, TooHard, RecursionError, Elsewhere):
            continue
    return False


def normal_form(t: Typed, definitions: Mapping[str, Typed], budget: Budget) -> Form:
    """The normal form of every entry of a formula at once."""
    writer = Writer(definitions, budget)
    return writer.form(writer.entry(t, *generic(t)))


def labels_of(indices: Iterable[str]) -> dict[str, int]:
    """A label for each index that is written."""
    return {name: -3 - n for n, name in enumerate(indices)}


def generic(t: Typed) -> tuple[Label, Label]:
    """The free indices of a formula's entries."""
    i, j = (None if d == 1 else label for d, label in zip(t.shape, (-1, -2), strict=True))
    return i, j


@dataclass
class Writer:
    """``labels`` of the indices that are written; ``choose`` says of a form whether it is positive, zero or negative.

    Without ``choose`` a kink or a step is a function like another, equal where its arguments are.
    """

    definitions: Mapping[str, Typed]
    budget: Budget
    labels: dict[str, int] = field(default_factory=dict)
    choose: Callable[[Form], int] | None = None
    names: dict[str, tuple[str, tuple[int, ...]]] = field(default_factory=dict)  # of the factors that are entries
    facts: list[tuple[Form, str]] = field(default_factory=list)  # what is known of factors: form > 0, form >= 0
    strict: bool = False  # where a derivative is taken, a kink has none
    last: int = 0

    def entry(self, t: Typed, i: Label, j: Label) -> list[Monomial]:
        """The monomials of entry (i, j)."""
        self.budget.spend(4)
        rule = _ENTRIES.get(t.op, _whole)
        found = rule(self, t, i, j)
        if len(found) > 400:
            raise NoForm
        return found

    def scalar(self, t: Typed) -> list[Monomial]:
        return self.entry(t, None, None)

    def summed(self, d: Any) -> Label:
        if d == 1:
            return None
        self.last += 1
        return self.last - 1

    def sign(self, monomials: list[Monomial], start: int) -> int | None:
        """Of a number that no sum around it runs over; None where nothing is chosen."""
        if self.choose is None or any(0 <= k < start for k in _outer(monomials, start)):
            return None
        form = self.form(monomials)
        found = self.choose(form)
        if found == 0 and self.strict and form:
            raise Elsewhere
        return found

    # ------------------------------------------------------------------ the normal form
    def form(self, monomials: list[Monomial]) -> Form:
        """Like monomials collected, each with canonical names for its summed indices."""
        collected: dict[tuple[str, ...], Fraction] = {}
        for c, factors in monomials:
            name = _canonical(factors, self.budget)
            collected[name] = collected.get(name, Fraction(0)) + c
        return tuple(sorted((m, c) for m, c in collected.items() if c))


# ---------------------------------------------------------------------- products
def _times(*parts: list[Monomial]) -> list[Monomial]:
    found: list[Monomial] = [(Fraction(1), ())]
    for part in parts:
        if len(found) * len(part) > 400:
            raise NoForm
        found = [(a * b, f + g) for (a, f), (b, g) in product(found, part)]
    return found


def _contracted(monomials: list[Monomial], k: Label, size: Any) -> list[Monomial]:
    """The sum over k: a factor that the sum does not touch counts as often as k has values."""
    if k is None:
        return monomials
    return [_one_contracted(m, k, size) for m in monomials]


def _one_contracted(m: Monomial, k: int, size: Any) -> Monomial:
    c, factors = m
    for n, (atom, where) in enumerate(factors):
        if atom == "δ" and k in where:
            other = where[1] if where[0] == k else where[0]
            rest = factors[:n] + factors[n + 1 :]
            if other == k:
                break
            return c, tuple((a, tuple(other if label == k else label for label in w)) for a, w in rest)
    if any(k in where for _, where in factors):
        return m
    return (c * size, factors) if isinstance(size, int) else (c, (*factors, (size, ())))


# ---------------------------------------------------------------------- one line for each operator
def _name(w: Writer, t: Typed, i: Label, j: Label) -> list[Monomial]:
    if t.name in w.definitions:
        return w.entry(w.definitions[t.name], i, j)
    if t.name in w.labels:
        raise NoForm  # an index as a number
    where = tuple(x for x in (i, j) if x is not None)
    w.names[f"{t.name}{list(where)}"] = t.name, where
    return [(Fraction(1), ((t.name, where),))]


def _position(w: Writer, position: Typed, d: Any) -> Label:
    if d == 1:
        return None
    return -1000 - int(position.name) if position.name.isdigit() else w.labels[position.name]


def _index(w: Writer, t: Typed, i: Label, j: Label) -> list[Monomial]:
    a, *where = t.args
    p, q = a.shape
    if any(s.op != "position" or not (s.name.isdigit() or s.name in w.labels) for s in where):
        raise NoForm
    if len(where) == 2:
        return w.entry(a, _position(w, where[0], p), _position(w, where[1], q))
    column = q == 1
    at = _position(w, where[0], p if column else q)
    return w.entry(a, at, None) if column else w.entry(a, None, at)


def _line(w: Writer, t: Typed, i: Label, j: Label) -> list[Monomial]:
    a, position = t.args
    if not (position.name.isdigit() or position.name in w.labels):
        raise NoForm
    return w.entry(a, _position(w, position, a.shape[0]), j if t.name == "row" else i)


def _bigsum(w: Writer, t: Typed, i: Label, j: Label) -> list[Monomial]:
    """Over all values of its index; with bounds, where these are 1 and the size."""
    body, span, *bounds = t.args
    size = span.shape[0]
    whole = not bounds or (bounds[0].name == "1" and bounds[1].name == str(size))
    if not whole or size is None or t.name in w.labels:
        raise NoForm
    k = w.summed(size)
    if k is None:
        raise NoForm
    w.labels[t.name] = k
    try:
        return _contracted(w.entry(body, i, j), k, size)
    finally:
        del w.labels[t.name]


def _matmul(w: Writer, t: Typed, i: Label, j: Label) -> list[Monomial]:
    A, B = t.args
    k = w.summed(A.shape[1])
    return _contracted(_times(w.entry(A, i, k), w.entry(B, k, j)), k, A.shape[1])


def _inner(w: Writer, t: Typed, i: Label, j: Label) -> list[Monomial]:
    A, B = t.args
    p, q = w.summed(A.shape[0]), w.summed(A.shape[1])
    both = _times(w.entry(A, p, q), w.entry(B, p, q))
    return _contracted(_contracted(both, p, A.shape[0]), q, A.shape[1])


def _trace(w: Writer, t: Typed, i: Label, j: Label) -> list[Monomial]:
    (A,) = t.args
    k = w.summed(A.shape[0])
    return _contracted(w.entry(A, k, k), k, A.shape[0])


def _diagonal(w: Writer, t: Typed, i: Label, j: Label) -> list[Monomial]:
    (a,) = t.args
    entry = w.entry(a, i, None) if a.shape[1] == 1 else w.entry(a, None, i)
    return [(c, (*factors, ("δ", (i, j)))) for c, factors in entry]


def _apply(w: Writer, t: Typed, i: Label, j: Label) -> list[Monomial]:
    base, order = t.name.rstrip("'"), t.name.count("'")
    if base in _KINKED:
        start = w.last
        inside = w.entry(t.args[0], i, j)
        sign = w.sign(inside, start)
        if sign is not None:
            return _kinked(base, order, inside, sign)
    return _pointwise(w, t, i, j, "f")


_KINKED = ("relu", "abs", "sign")


def _kinked(name: str, order: int, x: list[Monomial], sign: int) -> list[Monomial]:
    """Beside its kink each is a polynomial; at it a slope has no value."""
    if order and sign == 0:
        raise Elsewhere
    one, zero = _constant(1), _constant(0)
    if order > 1 or (name == "sign" and order):
        return zero
    if name == "relu":
        return zero if sign <= 0 else one if order else x
    return _scaled(x if name == "abs" and not order else one, sign)


def _constant(n: int) -> list[Monomial]:
    return [(Fraction(n), ())] if n else []


def _scaled(x: list[Monomial], c: int) -> list[Monomial]:
    return [(a * c, factors) for a, factors in x] if c else []


def _short(form: Any) -> str:
    """A name for a form within a form: written out, quotes within quotes would double its length at every level."""
    return sha256(repr(form).encode()).hexdigest()


def _pointwise(w: Writer, t: Typed, i: Label, j: Label, op: str = "") -> list[Monomial]:
    """A function of the entries of its arguments: φ(z)_i is φ(z_i), and one factor wherever z_i has one form."""
    start = w.last
    return _function(w, (op or t.op, t.name), [w.entry(a, *_at(a, i, j)) for a in t.args], start)


def _at(a: Typed, i: Label, j: Label) -> tuple[Label, Label]:
    """A number has the one entry, whatever stands beside it."""
    return (None, None) if a.shape == (1, 1) else (i, j)


def _function(w: Writer, name: tuple[str, str], arguments: list[list[Monomial]], start: int) -> list[Monomial]:
    """One factor, with the indices that its arguments have from outside."""
    outer = sorted({k for a in arguments for k in _outer(a, start)})
    if len(outer) > 3:
        raise NoForm
    found = []
    for order in permutations(outer):
        put = {k: -101 - n for n, k in enumerate(order)}
        renamed = [[(c, tuple((a, _put(where, put)) for a, where in fs)) for c, fs in m] for m in arguments]
        found.append((_short([w.form(m) for m in renamed]), order))
    inside, order = min(found)
    return [(Fraction(1), (((*name, inside), order),))]


def _outer(monomials: list[Monomial], start: int) -> set[int]:
    return {k for _, factors in monomials for _, where in factors for k in where if k is not None and k < start}


def _put(where: tuple[Label, ...], put: Mapping[int, int]) -> tuple[Label, ...]:
    return tuple(k if k is None else put.get(k, k) for k in where)


def _whole(w: Writer, t: Typed, i: Label, j: Label) -> list[Monomial]:
    """A function of whole arguments, kept as it is: ‖x‖, det A, softmax(z)."""
    if t.op in _NO_FORM or (w.labels and any(_is_indexed(a) for a in t.args)):
        raise NoForm
    inside = tuple((_short(normal_form(a, w.definitions, w.budget)), a.shape) for a in t.args)
    return [(Fraction(1), (((t.op, t.name, _short(inside)), tuple(x for x in (i, j) if x is not None)),))]


_NO_FORM = {
    "bigprod",
    "range",
    "position",
    "otherwise",
    "jacobian",
    "slopes",
    "gradient",
    "derivative",
    "part",
    "place",
}


def _is_indexed(t: Typed) -> bool:
    return t.op in ("index", "line", "position") or any(_is_indexed(a) for a in t.args)


def _norm(w: Writer, t: Typed, i: Label, j: Label) -> list[Monomial]:
    return _whole(w, replace(t, name="1" if t.name == "1" else "2"), i, j)


def _power(w: Writer, t: Typed, i: Label, j: Label) -> list[Monomial]:
    base, exponent = t.args
    n = int(exponent.name) if exponent.op == "number" and exponent.name.isdigit() and len(exponent.name) < 3 else None
    if n is not None and n <= 6:
        if base.op == "norm" and base.name != "1" and n % 2 == 0:
            return _times(*(_inner(w, Typed("inner", base.args * 2, (1, 1)), None, None) for _ in range(n // 2)))
        return _times(_constant(1), *(w.entry(base, i, j) for _ in range(n)))
    return _pointwise(w, replace(t, op="power"), i, j)


def _oslash(w: Writer, t: Typed, i: Label, j: Label) -> list[Monomial]:
    a, b = t.args
    return _times(w.entry(a, i, j), _reciprocal(w, Typed("reciprocal", (b,), b.shape), i, j))


def _reciprocal(w: Writer, t: Typed, i: Label, j: Label) -> list[Monomial]:
    """1/(2 x) is ½ · 1/x."""
    start = w.last
    below = w.entry(t.args[0], *_at(t.args[0], i, j))
    if not w.form(below):
        raise Elsewhere
    if len(below) > 1:
        return _function(w, ("reciprocal", ""), [below], start)
    ((c, factors),) = below
    if not factors:
        return [(1 / c, ())]
    return [(a / c, f) for a, f in _function(w, ("reciprocal", ""), [[(Fraction(1), factors)]], start)]


def _sqrt(w: Writer, t: Typed, i: Label, j: Label) -> list[Monomial]:
    """The root of a square is an absolute value."""
    start = w.last
    inside = w.entry(t.args[0], *_at(t.args[0], i, j))
    root = _square_root(inside) if len(t.args) == 1 and w.last == start else None
    if root is None:
        return _pointwise(w, t, i, j)
    sign = w.sign(root, start)
    return _function(w, ("f", "abs"), [root], start) if sign is None else _scaled(root, sign)


def _square_root(monomials: list[Monomial]) -> list[Monomial] | None:
    """A polynomial whose square this is, if there is one."""
    atoms = {factor: sp.Dummy() for _, factors in monomials for factor in factors}
    polynomial = sp.Add(*(sp.Rational(c) * sp.Mul(*(atoms[f] for f in factors)) for c, factors in monomials))
    factored: Any = sp.factor_list(polynomial)
    c, parts = factored
    root = sp.sqrt(c) * sp.Mul(*(part ** sp.Rational(n, 2) for part, n in parts))
    if not root.is_polynomial() or not sp.sqrt(c).is_Rational or any(n % 2 for _, n in parts):
        return None
    back = {dummy: factor for factor, dummy in atoms.items()}
    terms = sp.Poly(root, *back).terms() if back else [((), root)]
    return [
        (Fraction(int(c.p), int(c.q)), tuple(f for f, n in zip(back.values(), powers, strict=True) for _ in range(n)))
        for powers, c in terms
    ]


# ---------------------------------------------------------------------- kinks and steps
def _extremum(w: Writer, t: Typed, i: Label, j: Label) -> list[Monomial]:
    start = w.last
    best, *others = (w.entry(a, *_at(a, i, j)) for a in t.args)
    for other in others:
        sign = w.sign([*other, *_scaled(best, -1)], start)
        if sign is None:
            return _pointwise(w, t, i, j)
        best = other if sign == (1 if t.op == "max" else -1) else best
    return best


def _floor(w: Writer, t: Typed, i: Label, j: Label) -> list[Monomial]:
    """⌊x + n⌋ = ⌊x⌋ + n, ⌈x⌉ = -⌊-x⌋, and ⌊x⌋ ≤ x < ⌊x⌋ + 1."""
    start, sign = w.last, 1 if t.op == "floor" else -1
    inside = _scaled(w.entry(t.args[0], i, j), sign)
    whole = floor(sum((c for c, factors in inside if not factors), Fraction(0)))
    inside = [*inside, *_constant(-whole)]
    if form := w.form(inside):
        below = _function(w, ("floor", ""), [inside], start)
        rest = w.form([*inside, *_scaled(below, -1)])
        w.facts += [(rest, ">="), (w.form([*below, *_constant(1), *_scaled(inside, -1)]), ">")] if form else []
    else:
        below = []
    return _scaled([*below, *_constant(whole)], sign)


def _abs(w: Writer, t: Typed, i: Label, j: Label) -> list[Monomial]:
    return _apply(w, Typed("apply", t.args, t.shape, "abs"), i, j)


def _truth(w: Writer, t: Typed, i: Label, j: Label) -> bool | None:
    if t.op == "both":
        found = [_truth(w, a, i, j) for a in t.args]
        return None if None in found else all(found)
    if t.op == "otherwise":
        return True
    if t.op != "relation":
        raise NoForm
    start = w.last
    a, b = (w.entry(x, *_at(x, i, j)) for x in t.args)
    sign = w.sign([*a, *_scaled(b, -1)], start)
    return None if sign is None else sign in SIGNS[t.name]


SIGNS: Mapping[str, tuple[int, ...]] = {
    "<": (-1,), ">": (1,), "<=": (-1, 0), ">=": (1, 0), "=": (0,), "!=": (-1, 1),
}  # fmt: skip


def _indicator(w: Writer, t: Typed, i: Label, j: Label) -> list[Monomial]:
    start = w.last
    (claim,) = t.args
    truth = _truth(w, claim, i, j)
    if truth is not None:
        return _constant(int(truth))
    if claim.op != "relation":
        raise NoForm
    sides = [w.entry(x, *_at(x, i, j)) for x in claim.args]
    return _function(w, ("indicator", claim.name), sides, start)


def _cases(w: Writer, t: Typed, i: Label, j: Label) -> list[Monomial]:
    for value, condition in zip(t.args[::2], t.args[1::2], strict=True):
        truth = _truth(w, condition, None, None)
        if truth is None:
            raise NoForm
        if truth:
            return w.entry(value, i, j)
    raise Elsewhere


def _derivative(w: Writer, t: Typed, i: Label, j: Label) -> list[Monomial]:
    """Of a polynomial, on each piece of a piecewise one; at its kinks there is none."""
    body, x = t.args
    if w.choose is None or _hides(body, x.name, w.definitions):
        raise NoForm
    before, w.strict = w.strict, True
    try:
        monomials = w.entry(body, i, j)
    finally:
        w.strict = before
    return [
        (c, factors[:n] + factors[n + 1 :])
        for c, factors in monomials
        for n, factor in enumerate(factors)
        if factor == (x.name, ())
    ]


def _hides(t: Typed, x: str, definitions: Mapping[str, Typed]) -> bool:
    """Whether x is inside of something that is no polynomial, or of a definition."""
    if t.op == "name":
        return t.name != x and (t.name in definitions or t.name.startswith("\\bar"))
    polynomial = t.op in _POLYNOMIAL or (t.op == "apply" and t.name in _KINKED)
    whole_power = (
        t.op in ("power", "hpower") and t.args[1].op == "number" and t.args[1].name in ("0", "1", "2", "3", "4")
    )
    return not (polynomial or whole_power) or any(_hides(a, x, definitions) for a in t.args)


_POLYNOMIAL = {"number", "ones", "zeros", "fill", "sum", "neg", "scale", "hadamard", "max", "min", "abs", "indicator",
               "cases", "relation", "both", "otherwise"}  # fmt: skip


def _sum(w: Writer, t: Typed, i: Label, j: Label) -> list[Monomial]:
    return [m for a in t.args for m in w.entry(a, i, j)]


_ENTRIES: Mapping[str, Callable[[Writer, Typed, Label, Label], list[Monomial]]] = {
    "name": _name,
    "number": lambda w, t, i, j: [(Fraction(t.name), ())],
    "ones": lambda w, t, i, j: [(Fraction(1), ())],
    "zeros": lambda w, t, i, j: [],
    "identity": lambda w, t, i, j: [(Fraction(1), (("δ", (i, j)),))],
    "fill": lambda w, t, i, j: w.scalar(t.args[0]),
    "sum": _sum,
    "neg": lambda w, t, i, j: [(-c, f) for c, f in w.entry(t.args[0], i, j)],
    "scale": lambda w, t, i, j: _times(w.scalar(t.args[0]), w.entry(t.args[1], i, j)),
    "hadamard": lambda w, t, i, j: _times(*(w.entry(a, i, j) for a in t.args)),
    "transpose": lambda w, t, i, j: w.entry(t.args[0], j, i),
    "matmul": _matmul,
    "inner": _inner,
    "tr": _trace,
    "diagonal": _diagonal,
    "entries": lambda w, t, i, j: w.entry(t.args[0], i, i),
    "power": _power,
    "hpower": _power,
    "apply": _apply,
    "reciprocal": _reciprocal,
    "oslash": _oslash,
    "sqrt": _sqrt,
    "root": _sqrt,
    "floor": _floor,
    "ceil": _floor,
    "norm": _norm,
    "index": _index,
    "line": _line,
    "bigsum": _bigsum,
    "max": _extremum,
    "min": _extremum,
    "abs": _abs,
    "indicator": _indicator,
    "cases": _cases,
    "derivative": _derivative,
}


# ---------------------------------------------------------------------- canonical names for summed indices
def _canonical(factors: tuple[Factor, ...], budget: Budget) -> tuple[str, ...]:
    """The factors sorted, with the summed indices named so that the result is the smallest."""
    dummies = sorted({k for _, where in factors for k in where if k is not None and k >= 0})
    groups = _alike(factors, dummies)
    orderings = 1
    for group in groups:
        for n in range(2, len(group) + 1):
            orderings *= n
    if orderings > ORDERINGS or len(factors) > 24:
        raise NoForm
    best: tuple[str, ...] | None = None
    for choice in product(*(permutations(group) for group in groups)):
        budget.spend(2 + 2 * len(factors))
        names = {k: n for n, k in enumerate(k for group in choice for k in group)}
        written = tuple(
            sorted(f"{atom}{[names.get(k, k) if k is not None else k for k in where]}" for atom, where in factors)
        )
        best = written if best is None or written < best else best
    return best or ()


def _alike(factors: tuple[Factor, ...], dummies: list[int]) -> list[list[int]]:
    """Summed indices grouped by where they stand, seen three factors far."""
    mark: dict[Any, str] = dict.fromkeys(dummies, "")
    for _ in range(3):
        seen: dict[int, list[str]] = {k: [] for k in dummies}
        for atom, where in factors:
            around = [mark.get(k, str(k)) for k in where]
            for place, k in enumerate(where):
                if k in seen:
                    seen[k].append(f"{atom}@{place}{around}")
        ranks = {s: str(n) for n, s in enumerate(sorted({str(sorted(s)) for s in seen.values()}))}
        mark = {k: ranks[str(sorted(s))] for k, s in seen.items()}
    groups: dict[str, list[int]] = {}
    for k in dummies:
        groups.setdefault(mark[k], []).append(k)
    return [groups[m] for m in sorted(groups)]
