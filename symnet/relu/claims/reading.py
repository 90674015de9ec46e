"""SymPy expressions and conditions read as trees, with every name and operator checked (see `trees`)."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, cast

import sympy as sp
from sympy.core.relational import Relational
from sympy.logic.boolalg import BooleanAtom, BooleanFunction

from symnet.errors import InvalidInput, NotSupported
from symnet.relu.claims.trees import UNDEFINED, Tree, linear
from symnet.relu.functions import order_statistic, relu
from symnet.relu.geometry.rationals import exact, shown

INEQUALITY = (Relational, BooleanFunction, BooleanAtom)
"""SymPy's classes of inequalities, also of several, and of those that it has evaluated."""
GRAMMAR = "+, -, rational multiples, Min, Max, Abs, relu, and Piecewise with linear conditions"


@dataclass(frozen=True)
class Reader:
    """Reads one expression; ``names`` are the positions of the variables; ``where`` is the place for the errors."""

    names: Mapping[str, int]
    where: str

    def read(self, e: sp.Expr) -> Tree:
        if e.is_Symbol:
            return self._input(e)
        if e.is_number:
            return self.number(e)
        for kind, reader in _READERS.items():
            if isinstance(e, kind):
                return reader(self, e)
        raise self.refused(e)

    def refused(self, e: Any) -> NotSupported:
        return NotSupported(
            f"{self.where}: {shown(e)} is not read as piecewise linear. Build the claim from {GRAMMAR}."
        )

    def _input(self, symbol: sp.Symbol) -> Tree:
        if symbol.name not in self.names:
            what = "inputs" if all(name.startswith("x") for name in self.names) else "inputs and outputs"
            an = "an input" if what == "inputs" else "an input or output"
            raise InvalidInput(
                f"{self.where}: {shown(symbol)} is not {an} of the network; the {what} are {', '.join(self.names)}."
            )
        return ("x", self.names[symbol.name])

    def number(self, e: sp.Expr) -> Tree:
        if e.is_Rational or e.is_Float:
            return exact(e, self.where)
        if e.is_finite is False or e is sp.nan:
            raise InvalidInput(f"{self.where}: {shown(e)} is not a real number.")
        raise NotSupported(f"{self.where}: {shown(e)} is not rational; proofs are over the rationals.")

    def multiple(self, e: sp.Mul) -> Tree:
        factor, rest = e.as_coeff_Mul()
        if rest.is_Mul or not factor.is_Rational:
            numbers = [a for a in e.args if a.is_number]
            raise self.refused(e) if len(numbers) < len(e.args) - 1 else _irrational(self, numbers)
        return ("*", exact(factor, self.where), self.read(rest))

    def order(self, e: Any) -> Tree:
        return ("order", int(e.args[0]), *map(self.read, e.args[1:]))

    def piecewise(self, e: sp.Piecewise) -> Tree:
        tree: Tree = UNDEFINED
        for branch, condition in reversed(cast("Any", e).args):
            tree = (
                self.read(branch)
                if condition is sp.true
                else ("if", self.condition(condition), self.read(branch), tree)
            )
        return tree

    def condition(self, c: Any) -> Tree:
        for kind, reader in _CONDITIONS.items():
            if isinstance(c, kind):
                return reader(self, c)
        raise NotSupported(
            f"{self.where}: the condition {shown(c)} is not read. Use <=, <, >=, > between linear expressions."
        )

    def relation(self, c: Any) -> tuple[Tree, ...]:
        """An inequality, or an equation as two, between any expressions: each as (">=", a, b) or (">", a, b)."""
        if c in (sp.true, sp.false):
            return ((">=", Fraction(1 if c else -1), Fraction(0)),)
        if isinstance(c, sp.Eq):
            a, b = map(self.read, c.args)
            return (">=", a, b), (">=", b, a)
        if isinstance(c, sp.And):
            return tuple(tree for part in c.args for tree in self.relation(part))
        if not isinstance(c, sp.Le | sp.Lt | sp.Ge | sp.Gt):
            raise NotSupported(f"{self.where}: {shown(c)} is not read. Use <=, <, >=, > or Eq between expressions.")
        return ((">=" if isinstance(c, sp.Le | sp.Ge) else ">", self.read(c.gts), self.read(c.lts)),)

    def compared(self, c: Any) -> Tree:
        """A condition of a Piecewise: (">=", a, b) or (">", a, b), both sides linear."""
        ((head, *sides),) = self.relation(c)
        if not all(map(linear, sides)):
            raise NotSupported(
                f"{self.where}: the condition {shown(c)} is not linear. Split it into linear conditions."
            )
        return (head, *sides)


def _irrational(reader: Reader, numbers: Sequence[sp.Expr]) -> Exception:
    try:
        for a in numbers:
            reader.number(a)
    except (InvalidInput, NotSupported) as error:
        return error
    return reader.refused(sp.Mul(*numbers))


def _spread(head: str) -> Callable[[Reader, Any], Tree]:
    """The head applied to the arguments in a fixed order (Min and Max hold theirs as a set)."""
    return lambda reader, e: (head, *(reader.read(a) for a in sorted(e.args, key=sp.default_sort_key)))


_READERS: Mapping[type, Callable[[Reader, Any], Tree]] = {
    sp.Add: _spread("+"),
    sp.Max: _spread("max"),
    sp.Min: _spread("min"),
    sp.Abs: _spread("abs"),
    relu: _spread("relu"),
    sp.Mul: Reader.multiple,
    order_statistic: Reader.order,
    sp.Piecewise: Reader.piecewise,
}

_CONDITIONS: Mapping[type, Callable[[Reader, Any], Tree]] = {
    sp.Le: Reader.compared,
    sp.Lt: Reader.compared,
    sp.Ge: Reader.compared,
    sp.Gt: Reader.compared,
    sp.And: lambda reader, c: ("and", *map(reader.condition, c.args)),
    sp.Or: lambda reader, c: ("or", *map(reader.condition, c.args)),
    sp.Not: lambda reader, c: ("not", *map(reader.condition, c.args)),
    type(sp.true): lambda reader, c: ("and",),
    type(sp.false): lambda reader, c: ("or",),
}
