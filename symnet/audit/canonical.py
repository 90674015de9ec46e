r"""Both sides in one form: matrix notation and ⊙ are spellings of sums over indices, and those have a normal form.

    (V h)_i = Σ_k V_ik h_k        (a ⊙ b)_i = a_i b_i        (𝟏 aᵀ)_ij = a_j        φ'(r)_i a function of r's own form

A formula's entry (i, j) is a sum of monomials, a monomial an exact coefficient and factors with indices; the summed
indices get canonical names. Equal forms prove equality for every size and every φ. Different forms prove nothing.

-1, -2      the free indices i, j           0, 1, …   summed indices           None   an axis of length 1
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from hashlib import sha256
from itertools import count, permutations, product
from typing import Any

from symnet.audit.budget import Budget, TooHard
from symnet.audit.keys import Key
from symnet.audit.shapes import Typed

Label = int | None
Factor = tuple[Any, tuple[Label, ...]]
Monomial = tuple[Fraction, tuple[Factor, ...]]
Form = tuple[tuple[tuple[str, ...], Fraction], ...]
ORDERINGS = 720


class _NoForm(Exception):
    """The formula has a part without a normal form, or too many summed indices for one."""


def canonically_equal(left: Typed, right: Typed, key: Key, budget: Budget) -> bool:
    """Whether both sides have the same normal form once every defined name is written out; False where that is long."""
    for definitions in ({}, key.typed):
        part = budget.part(8)
        try:
            if normal_form(left, definitions, part) == normal_form(right, definitions, part):
                return True
        except (_NoForm, TooHard, RecursionError):
            continue
    return False


def normal_form(t: Typed, definitions: Mapping[str, Typed], budget: Budget) -> Form:
    """The normal form of every entry of a formula at once."""
    i, j = (None if d == 1 else label for d, label in zip(t.shape, (-1, -2), strict=True))
    writer = _Writer(definitions, budget)
    return writer.form(writer.entry(t, i, j))


@dataclass
class _Writer:
    definitions: Mapping[str, Typed]
    budget: Budget
    fresh: Any = field(default_factory=count)

    def entry(self, t: Typed, i: Label, j: Label) -> list[Monomial]:
        """The monomials of entry (i, j)."""
        self.budget.spend(4)
        rule = _ENTRIES.get(t.op)
        if rule is None:
            raise _NoForm
        found = rule(self, t, i, j)
        if len(found) > 400:
            raise _NoForm
        return found

    def scalar(self, t: Typed) -> list[Monomial]:
        return self.entry(t, None, None)

    def summed(self, d: Any) -> Label:
        return None if d == 1 else next(self.fresh)

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
            raise _NoForm
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
def _name(w: _Writer, t: Typed, i: Label, j: Label) -> list[Monomial]:
    if t.name in w.definitions:
        return w.entry(w.definitions[t.name], i, j)
    return [(Fraction(1), ((t.name, tuple(x for x in (i, j) if x is not None)),))]


def _matmul(w: _Writer, t: Typed, i: Label, j: Label) -> list[Monomial]:
    A, B = t.args
    k = w.summed(A.shape[1])
    return _contracted(_times(w.entry(A, i, k), w.entry(B, k, j)), k, A.shape[1])


def _inner(w: _Writer, t: Typed, i: Label, j: Label) -> list[Monomial]:
    A, B = t.args
    p, q = w.summed(A.shape[0]), w.summed(A.shape[1])
    both = _times(w.entry(A, p, q), w.entry(B, p, q))
    return _contracted(_contracted(both, p, A.shape[0]), q, A.shape[1])


def _trace(w: _Writer, t: Typed, i: Label, j: Label) -> list[Monomial]:
    (A,) = t.args
    k = w.summed(A.shape[0])
    return _contracted(w.entry(A, k, k), k, A.shape[0])


def _diagonal(w: _Writer, t: Typed, i: Label, j: Label) -> list[Monomial]:
    (a,) = t.args
    entry = w.entry(a, i, None) if a.shape[1] == 1 else w.entry(a, None, i)
    return [(c, (*factors, ("δ", (i, j)))) for c, factors in entry]


def _apply(w: _Writer, t: Typed, i: Label, j: Label) -> list[Monomial]:
    inside = _short(normal_form(t.args[0], w.definitions, w.budget))
    return [(Fraction(1), ((("f", t.name, inside), tuple(x for x in (i, j) if x is not None)),))]


def _short(form: Form) -> str:
    """A name for a form within a form: written out, quotes within quotes would double its length at every level."""
    return sha256(repr(form).encode()).hexdigest()


def _opaque(w: _Writer, t: Typed, i: Label, j: Label) -> list[Monomial]:
    """A scalar function of whole arguments, kept as it is: 1/s, ‖x‖, det A."""
    inside = tuple(_short(normal_form(a, w.definitions, w.budget)) for a in t.args)
    return [(Fraction(1), (((t.op, t.name, inside), tuple(x for x in (i, j) if x is not None)),))]


def _power(w: _Writer, t: Typed, i: Label, j: Label) -> list[Monomial]:
    base, exponent = t.args
    if exponent.op == "number" and exponent.name.isdigit() and int(exponent.name) <= 6:
        return _times(*(w.entry(base, i, j) for _ in range(int(exponent.name))))
    return _opaque(w, t, i, j)


def _sum(w: _Writer, t: Typed, i: Label, j: Label) -> list[Monomial]:
    return [m for a in t.args for m in w.entry(a, i, j)]


_ENTRIES: Mapping[str, Callable[[_Writer, Typed, Label, Label], list[Monomial]]] = {
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
    "reciprocal": _opaque,
    "det": _opaque,
    "norm": _opaque,
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
        raise _NoForm
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
