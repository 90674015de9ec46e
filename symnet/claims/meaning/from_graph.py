r"""Formulas of nodes, made piece by piece from the graph: nothing is printed, and nothing is read.

formula_of     a node, an exact number or a size as a `Term`          V̄   the adjoint of V, whose name is ``\bar{V}``
NoFormula      it has none: a tensor is in it, or an operator without a ``formula`` in its record, or a stranger's name

What each operator means is in its own record; here is how the pieces are put together, as a person would write them.
"""

from collections.abc import Callable, Container
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import sympy as sp

from symnet.adjoints.graph import Node
from symnet.adjoints.record import OPERATORS
from symnet.readers.latex.term import Term, neg, num


class NoFormula(Exception):
    """Why something cannot be written without tensors, or with the names at hand."""


def formula_of(x: Any, names: Container[str]) -> Term:
    """``x`` in plain mathematics, where all of it is called by one of ``names``; else `NoFormula`."""
    return _Maker(names)(x)


@dataclass(frozen=True)
class _Maker:
    """The `Make` of the records."""

    names: Container[str]

    def __call__(self, op: Any, *parts: Any, name: str = "") -> Term:
        if not isinstance(op, str):
            return self._term(op)
        args = tuple(map(self._term, parts))
        return _MADE[op](*args) if op in _MADE else self._known(Term(op, args, name))

    def _known(self, t: Term) -> Term:
        if t.op == "name" and t.name not in self.names:
            raise NoFormula(f"{t.name} is not among the names")
        return t if t.op != "letter" else Term("name", name=t.name)

    def _term(self, x: Any) -> Term:
        if isinstance(x, Term):
            return x
        return self._node(x) if isinstance(x, Node) else self._exact(sp.sympify(x, strict=True))

    def _node(self, y: Node) -> Term:
        if y.rank > 2:
            raise NoFormula(f"{y} is a tensor")
        rule = OPERATORS[y.op].formula
        made = None if isinstance(rule, str) else rule(y, self)
        if made is None:
            raise NoFormula(f"{y} has no formula" + (f": {rule}" if isinstance(rule, str) else ""))
        return made

    # -- exact numbers, and formulas in sizes
    def _exact(self, e: Any) -> Term:
        if e.is_Rational:
            return _signed(num(Fraction(abs(int(e.p)), int(e.q))), e)
        if e.is_Symbol:
            return self("name", name=e.name)
        if e.is_Add:
            return _sum(*map(self._exact, e.as_ordered_terms()))
        above, below = sp.fraction(e)
        if below != 1:
            return _signed(Term("quotient", (self._exact(_unsigned(above)), self._exact(below))), above)
        if e.is_Mul:
            return _signed(_product(*map(self._exact, _unsigned(e).as_ordered_factors())), e)
        if e.is_Pow and e.exp == sp.Rational(1, 2):
            return Term("sqrt", (self._exact(e.base),))
        if e.is_Pow:
            return Term("power", (self._exact(e.base), self._exact(e.exp)))
        if (op := _FUNCTIONS.get(type(e))) is not None:
            return Term(op, tuple(map(self._exact, e.args)))
        if isinstance(e, sp.exp | sp.log):
            return Term("apply", (self._exact(e.args[0]),), type(e).__name__)
        raise NoFormula(f"{e} is written with {type(e).__name__}")


_FUNCTIONS = {sp.floor: "floor", sp.ceiling: "ceil", sp.Max: "max", sp.Min: "min", sp.Abs: "abs"}


def _unsigned(e: Any) -> Any:
    """Without the sign that stands before it."""
    return -e if e.could_extract_minus_sign() else e


def _signed(t: Term, e: Any) -> Term:
    return neg(t) if e.could_extract_minus_sign() else t


# ---------------------------------------------------------------------- pieces, as they are written
def _sum(*terms: Term) -> Term:
    """A term that is added comes first."""
    first = next((i for i, t in enumerate(terms) if t.op != "neg"), 0)
    return Term("sum", (terms[first], *terms[:first], *terms[first + 1 :]))


def _product(*factors: Term) -> Term:
    flat = tuple(f for t in factors for f in (t.args if t.op == "product" else (t,)))
    return flat[0] if len(flat) == 1 else Term("product", flat)


def _hadamard(a: Term, b: Term) -> Term:
    return Term("hadamard", (*(a.args if a.op == "hadamard" else (a,)), b))


def _times(s: Term, X: Term) -> Term:
    """s X: a sign comes first, no 1 is written, and the first of what is multiplied entry by entry is what s meets."""
    if s.op == "neg":
        return neg(_times(s.args[0], X))
    if s == _ONE:
        return X
    if X.op in ("hadamard", "oslash"):
        return X.with_args(Term("product", (s, X.args[0])), *X.args[1:])
    return Term("product", (s, *(X.args if X.op == "product" else (X,))))


_ONE = num(1)
_MADE: dict[str, Callable[..., Term]] = {
    "sum": _sum,
    "product": _product,
    "times": _times,
    "hadamard": _hadamard,
    "exact": lambda t: t,
    "itself": lambda t: t,
}
