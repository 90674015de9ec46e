r"""Piecewise linear claims about numbers and ReLU networks are proved: `symnet.relu` decides them for all reals.

    y_1 = \min(x_1, x_2)        the network's outputs against an expression        \max(a, b) \ge a        an identity

The two sides are written out entry by entry as SymPy expressions; what they cannot express is left to other ways.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

import sympy as sp

from symnet.claims.decision.budget import TooHard
from symnet.claims.decision.decision import Decision
from symnet.claims.decision.numbers import Elsewhere, Irrational
from symnet.claims.decision.sampling import Question, point_at, sampled
from symnet.claims.meaning.shapes import Typed
from symnet.errors import SymnetError

CELLS, MOST_NUMBERS, MOST_KINKS = 3000, 12, 40
HOW = "proved for all real inputs"
Entries = tuple[tuple[Any, ...], ...]


class _Beyond(Exception):
    """Not a piecewise linear relation between numbers."""


def proved(question: Question) -> Decision | None:
    """The verdict of a proof; None where the claim is not of this kind, and is decided in another way."""
    if question.sign == "!=" or question.ranges or question.key.positive:
        return None
    writer = _Writer(question)
    try:
        sides = [writer.entries(side) for side in question.relation.args]
        where = [
            c for condition in question.where for row in writer.entries(condition) for c in row if c is not sp.true
        ]
        holds = all(
            writer.proves(a, question.sign, b, where)
            for row, other in zip(*sides, strict=True)
            for a, b in zip(row, other, strict=True)
        )
    except (_Beyond, SymnetError):
        return _undecided(question) if writer.outputs else None
    if holds:
        return Decision("holds", HOW if not where else f"{HOW} that satisfy the condition")
    return _refuted(question, writer) or (_undecided(question) if writer.outputs else None)


def _undecided(question: Question) -> Decision | None:
    """A claim about a network that no proof reaches is never called right: values at points refute it, or nothing."""
    met, found = _sampled(question)
    if found is not None:
        return Decision("wrong", "exact values at a point", counterexample=found)
    return Decision("unread", why=f"no proof within the limit; no counterexample at {met} random points")


def _refuted(question: Question, writer: "_Writer") -> Decision | None:
    _, found = _sampled(question)
    found = found or writer.counterexample()
    return Decision("wrong", "a counterexample, found by proof", counterexample=found) if found else None


def _sampled(question: Question) -> tuple[int, Any]:
    try:
        return sampled(question, True, 5)
    except (Irrational, TooHard):
        return 0, None


@dataclass
class _Writer:
    """Entries as SymPy expressions; ``names`` are the numbers given, ``outputs`` those of the network that occur."""

    question: Question
    names: dict[tuple[str, int, int], sp.Symbol] = field(default_factory=dict)
    outputs: set[sp.Symbol] = field(default_factory=set)
    point: Mapping[sp.Symbol, Any] = field(default_factory=dict)
    kinks: int = 0

    @property
    def network(self) -> Any:
        return self.question.key.network

    def entries(self, t: Typed) -> Entries:
        kinks = t.op in ("max", "min", "abs", "cases")
        self.kinks += kinks
        self.question.budget.spend(100 * self.kinks if kinks else 2)  # SymPy compares them with one another
        if self.kinks > MOST_KINKS:
            raise _Beyond
        if t.op == "name":
            return self.named(t)
        rule = _ENTRIES.get(t.op)
        if rule is None:
            raise _Beyond
        return rule(t, *(self.entries(a) for a in t.args if a.op != "position"))

    def named(self, t: Typed) -> Entries:
        key, (rows, columns) = self.question.key, t.shape
        if not isinstance(rows, int) or not isinstance(columns, int) or rows * columns > MOST_NUMBERS:
            raise _Beyond
        if self.network is not None and t.name == f"layer {len(self.network.layers)}":
            self.outputs |= set(self.network.outputs)
            return tuple((y,) for y in self.network.outputs)
        if t.name in key.definitions:
            return self.entries(key.typed[t.name])
        if any(t.name in shape for shape in key.shapes.values()):  # a size is no real number
            raise _Beyond
        if self.network is not None:
            if t.name != "x":
                raise _Beyond
            return tuple((x,) for x in self.network.inputs)
        return tuple(tuple(self._symbol(t.name, i, j) for j in range(columns)) for i in range(rows))

    def _symbol(self, name: str, i: int, j: int) -> sp.Symbol:
        found = self.names.setdefault((name, i, j), sp.Symbol(f"x_{len(self.names) + 1}", real=True))
        if len(self.names) > MOST_NUMBERS:
            raise _Beyond
        return found

    # ------------------------------------------------------------------ proving
    def proves(self, a: Any, sign: str, b: Any, where: list[Any]) -> bool:
        """Whether a sign b for all reals that satisfy ``where``; ``point`` is a counterexample where it does not."""
        from symnet import relu  # loads only when such a claim is met

        budget = self.question.budget
        net, claim = self._claim(a, sign, b)
        budget.spend(500 * (1 + self.kinks))
        proof = relu.prove(
            net,
            claim,
            [_closed(c) for c in where if c is not sp.true] or None,
            max_regions=CELLS,
            timeout=budget.seconds_left,
        )
        if proof.counterexample is not None:
            self.point = {sp.Symbol(x.name): value for x, value in proof.counterexample.items()}
        return proof.holds

    def _claim(self, a: Any, sign: str, b: Any) -> tuple[Any, list[Any]]:
        """A network and what it computes: y_k = … as a claim about the network of that output alone."""
        from symnet.relu import ReluNetwork

        if self.network is not None and a in self.outputs and sign == "=" and not b.free_symbols & self.outputs:
            k = self.network.outputs.index(a)
            *hidden, (W, c) = self.network.layers
            return ReluNetwork([*hidden, ([W[k]], [c[k]])]), [b]
        difference = sp.sympify(a - b, strict=True)
        if self.outputs & difference.free_symbols:
            return self.network, [_RELATIONS[sign](a, b)]
        n = self.network.widths[0] if self.network is not None else max(len(self.names), 1)
        zero = ReluNetwork([([[0] * n], [0])])
        return zero, [difference] if sign == "=" else [_RELATIONS[sign](a, b)]

    def counterexample(self) -> Any:
        """The point that the proof found, as a counterexample of the claim."""
        key, budget = self.question.key, self.question.budget
        point = point_at(key, 0, True, (2,), 9, budget)
        for (name, i, j), symbol in self._places().items():
            rows = point.given.get(name) or point.name(name)
            value = self.point.get(sp.Symbol(symbol.name), sp.S.Zero)
            changed = [list(row) for row in rows]
            changed[i][j] = Fraction(int(value.p), int(value.q))
            point.given[name] = tuple(map(tuple, changed))
        try:
            return self.question.at(point)[1]
        except (Elsewhere, Irrational, TooHard):
            return None

    def _places(self) -> Mapping[tuple[str, int, int], sp.Symbol]:
        if self.network is None:
            return self.names
        return {("x", i, 0): x for i, x in enumerate(self.network.inputs)}


def _closed(condition: Any) -> Any:
    """≤ for <: what holds on a polyhedron with its border holds without."""
    if isinstance(condition, sp.Lt | sp.Gt):
        return sp.Ge(condition.gts, condition.lts)
    return condition


_RELATIONS: Mapping[str, Any] = {"=": sp.Eq, "<=": sp.Le, "<": sp.Lt, ">=": sp.Ge, ">": sp.Gt}


# ---------------------------------------------------------------------- one line for each operator
def _each(f: Callable[..., Any]) -> Callable[..., Entries]:
    return lambda t, *arrays: tuple(
        tuple(f(*xs) for xs in zip(*rows, strict=True)) for rows in zip(*arrays, strict=True)
    )


def _times(*factors: Any) -> Any:
    """A product of which all factors but one are numbers."""
    if sum(not f.is_Rational for f in factors) > 1:
        raise _Beyond
    return sp.Mul(*factors)


def _reciprocal(x: Any) -> Any:
    if not x.is_Rational or x == 0:
        raise _Beyond
    return 1 / x


def _matmul(t: Typed, A: Entries, B: Entries) -> Entries:
    return tuple(tuple(sp.Add(*map(_times, r, c)) for c in zip(*B, strict=True)) for r in A)


def _apply(t: Typed, a: Entries) -> Entries:
    from symnet.relu import relu

    if t.name != "relu":
        raise _Beyond
    return _each(relu)(t, a)


def _one_norm(t: Typed, a: Entries) -> Entries:
    if t.name != "1":
        raise _Beyond
    return ((sp.Add(*(sp.Abs(x) for row in a for x in row)),),)


def _index(t: Typed, a: Entries) -> Entries:
    where = [s.name for s in t.args[1:]]
    if not all(s.isdigit() for s in where):
        raise _Beyond
    n = [int(s) - 1 for s in where]
    i, j = (n[0], n[1]) if len(n) == 2 else (n[0], 0) if len(a[0]) == 1 else (0, n[0])
    if not (0 <= i < len(a) and 0 <= j < len(a[0])):
        raise _Beyond
    return ((a[i][j],),)


def _cases(t: Typed, *args: Entries) -> Entries:
    branches = [(value[0][0], condition[0][0]) for value, condition in zip(args[::2], args[1::2], strict=True)]
    return ((sp.Piecewise(*branches),),)


def _relation(t: Typed, a: Entries, b: Entries) -> Entries:
    if t.name not in _RELATIONS:
        raise _Beyond
    return _each(_RELATIONS[t.name])(t, a, b)


def _fill(t: Typed, number: Entries) -> Entries:
    if not all(isinstance(d, int) for d in t.shape):
        raise _Beyond
    return (number[0] * t.shape[1],) * t.shape[0]


_ENTRIES: Mapping[str, Callable[..., Entries]] = {
    "number": lambda t: ((sp.Rational(t.name),),),
    "ones": lambda t: _fill(t, ((sp.S.One,),)),
    "zeros": lambda t: _fill(t, ((sp.S.Zero,),)),
    "fill": _fill,
    "sum": _each(lambda *xs: sp.Add(*xs)),
    "neg": _each(lambda x: -x),
    "scale": lambda t, s, a: _each(lambda x: _times(s[0][0], x))(t, a),
    "reciprocal": _each(_reciprocal),
    "hadamard": _each(_times),
    "matmul": _matmul,
    "norm": _one_norm,
    "transpose": lambda t, a: tuple(zip(*a, strict=True)),
    "matrix": lambda t, *a: tuple(
        tuple(a[i * t.shape[1] + j][0][0] for j in range(t.shape[1])) for i in range(t.shape[0])
    ),
    "index": _index,
    "max": _each(sp.Max),
    "min": _each(sp.Min),
    "abs": _each(sp.Abs),
    "apply": _apply,
    "cases": _cases,
    "otherwise": lambda t: ((sp.true,),),
    "relation": _relation,
    "both": lambda t, *a: ((sp.And(*(x for array in a for row in array for x in row)),),),
}
