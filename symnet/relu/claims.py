"""What can be claimed of a network: an expression for each output, that they are the inputs sorted, or another network.

A claim is read once, with every name and operator checked, into a tree for each output (see `trees`).
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from typing import Any, TypeAlias, cast

import sympy as sp

from symnet.errors import InvalidInput, NotSupported
from symnet.relu.circuits import Builder, Linear, Relu, forward, number
from symnet.relu.functions import Sorted, order_statistic, relu
from symnet.relu.network import ReluNetwork
from symnet.relu.rationals import Vector, exact
from symnet.relu.trees import UNDEFINED, Guard, Sign, Tree, Undefined, atoms, cases, linear, truth, value

Case: TypeAlias = tuple[tuple[Guard, ...], Linear | None]
GRAMMAR = "+, -, rational multiples, Min, Max, Abs, relu, and Piecewise with linear conditions"


@dataclass(frozen=True)
class Claim:
    """``source`` as it was claimed; ``trees`` as it was read, empty where another network is the claim."""

    source: ReluNetwork | Sorted | tuple[sp.Expr, ...]
    trees: tuple[Tree, ...]

    def written(self, x: Sequence[sp.Symbol]) -> tuple[sp.Expr, ...] | ReluNetwork:
        """SymPy expressions in the inputs ``x``, or the network."""
        return self.source.expressions(x) if isinstance(self.source, Sorted) else self.source

    def values(self, x: Sequence[Any], one: Any, relu: Relu, sign: Sign | None = None) -> list[Any]:
        """The claimed outputs, in whatever ``x`` is made of (see `trees.value`)."""
        if isinstance(self.source, ReluNetwork):
            return forward(self.source.layers, x, relu, one)
        return [value(tree, x, one, relu, sign) for tree in self.trees]

    def __call__(self, x: Vector) -> Vector | None:
        """The exact values claimed at the point ``x``; None where a Piecewise has no branch."""
        try:
            return tuple(self.values(x, Fraction(1), _relu, _sign))
        except Undefined:
            return None

    @cached_property
    def conditions(self) -> tuple[Tree, ...]:
        """The conditions of all Piecewise branches."""
        return tuple(dict.fromkeys(c for tree in self.trees for guards, _ in cases(tree) for c, _ in guards))

    def facts(self, x: Vector) -> dict[Tree, bool]:
        """Which conditions hold at the point ``x``."""

        def sign(e: Tree, strict: bool) -> bool:
            return _sign(value(e, x, Fraction(1), _relu), strict)

        return {condition: truth(condition, sign) for condition in self.conditions}

    def compile(self, builder: Builder, x: Sequence[Linear]) -> list[list[Case]]:
        """For each output its cases, as wires. A condition becomes a unit too, so that no cell has both its sides."""
        one = number(1)
        if isinstance(self.source, ReluNetwork):
            return [[((), form)] for form in self.values(x, one, builder.shared)]
        for condition in self.conditions:
            for atom in atoms(condition):
                builder.shared(value(atom, x, one, builder.shared))
        return [
            [(guards, None if tree == UNDEFINED else value(tree, x, one, builder.shared)) for guards, tree in cases(tree)]
            for tree in self.trees
        ]


def _relu(z: Fraction) -> Fraction:
    return max(z, Fraction(0))


def _sign(z: Fraction, strict: bool) -> bool:
    return z > 0 if strict else z >= 0


def chosen(cases: Iterable[Case], facts: Mapping[Tree, bool]) -> Linear | None:
    """The form of the first case whose guards agree with the facts, condition → its truth."""
    return next(form for guards, form in cases if all(facts[condition] == wanted for condition, wanted in guards))


# ---------------------------------------------------------------------- reading
def read_claim(claim: Any, net: ReluNetwork) -> Claim:
    """The claim, checked against the network's inputs and outputs."""
    n, m = net.widths[0], net.widths[-1]
    if isinstance(claim, ReluNetwork):
        if (claim.widths[0], claim.widths[-1]) != (n, m):
            raise InvalidInput(
                f"the networks differ in shape: {n} inputs and {m} outputs here, "
                f"{claim.widths[0]} and {claim.widths[-1]} in the claim."
            )
        return Claim(claim, ())
    if isinstance(claim, Sorted):
        _same_number(m, n)
        return Claim(claim, tuple(("order", k, *(("x", i) for i in range(1, n + 1))) for k in range(1, n + 1)))
    written = _expressions(claim)
    _same_number(m, len(written))
    names = {f"x_{i}": i for i in range(1, n + 1)}
    return Claim(written, tuple(_Reader(names, f"the claim for output {o}").read(e) for o, e in enumerate(written, 1)))


def _same_number(outputs: int, claimed: int) -> None:
    if outputs != claimed:
        raise InvalidInput(f"the network has {outputs} outputs, but the claim is about {claimed}.")


def _expressions(claim: Any) -> tuple[sp.Expr, ...]:
    if isinstance(claim, sp.MatrixBase):
        claim = claim.flat()
    items = claim if isinstance(claim, list | tuple) else claim.args if isinstance(claim, sp.Tuple) else [claim]
    return tuple(_expression(item, f"the claim for output {o}") for o, item in enumerate(items, 1))


def _expression(item: Any, where: str) -> sp.Expr:
    if isinstance(item, sp.Expr):
        return item
    if isinstance(item, str):
        raise InvalidInput(f'{where}: "{item}" is a string; pass a SymPy expression in net.inputs, e.g. Max(x_1, 0).')
    return sp.Rational(exact(item, where))


@dataclass(frozen=True)
class _Reader:
    """Reads one expression; ``names`` are the inputs' positions."""

    names: Mapping[str, int]
    where: str

    def read(self, e: sp.Expr) -> Tree:
        if e.is_Symbol:
            return self._input(e)
        if e.is_number:
            return self._number(e)
        for kind, reader in _READERS.items():
            if isinstance(e, kind):
                return reader(self, e)
        raise self.refused(e)

    def refused(self, e: Any) -> NotSupported:
        return NotSupported(f"{self.where}: {e} is not read as piecewise linear. Build the claim from {GRAMMAR}.")

    def _input(self, symbol: sp.Symbol) -> Tree:
        if symbol.name not in self.names:
            raise InvalidInput(
                f"{self.where}: {symbol} is not an input of the network; the inputs are {', '.join(self.names)}."
            )
        return ("x", self.names[symbol.name])

    def _number(self, e: sp.Expr) -> Tree:
        if e.is_Rational or e.is_Float:
            return exact(e, self.where)
        if e.is_finite is False or e is sp.nan:
            raise InvalidInput(f"{self.where}: {e} is not a real number.")
        raise NotSupported(f"{self.where}: {e} is not rational; proofs are over the rationals.")

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
        raise NotSupported(f"{self.where}: the condition {c} is not read. Use <=, <, >=, > between linear expressions.")

    def at_least(self, sign: str, e: sp.Expr) -> Tree:
        tree = self.read(sp.expand(e))
        if not linear(tree):
            raise NotSupported(f"{self.where}: the condition on {e} is not linear. Split it into linear conditions.")
        return (sign, tree)


def _irrational(reader: _Reader, numbers: Sequence[sp.Expr]) -> Exception:
    try:
        for a in numbers:
            reader._number(a)
    except (InvalidInput, NotSupported) as error:
        return error
    return reader.refused(sp.Mul(*numbers))


def _spread(head: str) -> Callable[[_Reader, Any], Tree]:
    """The head applied to the arguments in a fixed order (Min and Max hold theirs as a set)."""
    return lambda reader, e: (head, *(reader.read(a) for a in sorted(e.args, key=sp.default_sort_key)))


_READERS: Mapping[type, Callable[[_Reader, Any], Tree]] = {
    sp.Add: _spread("+"),
    sp.Max: _spread("max"),
    sp.Min: _spread("min"),
    sp.Abs: _spread("abs"),
    relu: _spread("relu"),
    sp.Mul: _Reader.multiple,
    order_statistic: _Reader.order,
    sp.Piecewise: _Reader.piecewise,
}

_CONDITIONS: Mapping[type, Callable[[_Reader, Any], Tree]] = {
    sp.Le: lambda reader, c: reader.at_least(">=", c.rhs - c.lhs),
    sp.Lt: lambda reader, c: reader.at_least(">", c.rhs - c.lhs),
    sp.Ge: lambda reader, c: reader.at_least(">=", c.lhs - c.rhs),
    sp.Gt: lambda reader, c: reader.at_least(">", c.lhs - c.rhs),
    sp.And: lambda reader, c: ("and", *map(reader.condition, c.args)),
    sp.Or: lambda reader, c: ("or", *map(reader.condition, c.args)),
    sp.Not: lambda reader, c: ("not", *map(reader.condition, c.args)),
    type(sp.true): lambda reader, c: ("and",),
    type(sp.false): lambda reader, c: ("or",),
}
