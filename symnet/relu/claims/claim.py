"""What can be claimed: an expression for each output, that they are the inputs sorted, another network; inequalities.

A claim is read once, with every name and operator checked, into a tree for each output (see `trees`). An inequality,
out_1 ≤ Max(x_1, 3), is read as a condition on inputs 1 ... n and outputs n + 1 ... n + m.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from typing import Any, TypeAlias, TypeVar

import sympy as sp

from symnet.errors import InvalidInput
from symnet.relu.budget import ticking
from symnet.relu.circuits import Builder, Linear, Relu, forward, number, wire
from symnet.relu.claims.reading import INEQUALITY, Reader
from symnet.relu.claims.trees import (
    UNDEFINED,
    Guard,
    Sign,
    Sorts,
    Tree,
    Undefined,
    atoms,
    cases,
    conditions,
    linear,
    minus,
    truth,
    value,
)
from symnet.relu.functions import Sorted
from symnet.relu.geometry.rationals import Vector, exact, shown
from symnet.relu.network import ReluNetwork

Case: TypeAlias = tuple[tuple[Guard, ...], Linear | None]
Choice = TypeVar("Choice")


@dataclass(frozen=True)
class Claim:
    """``source`` as it was claimed. As it was read: ``trees``, one for each output, or ``relations``; or neither, where
    another network is the claim."""

    source: ReluNetwork | Sorted | tuple[sp.Basic, ...]
    trees: tuple[Tree, ...]
    relations: tuple[Tree, ...] = ()

    def written(self, x: Sequence[sp.Symbol]) -> tuple[Any, ...] | ReluNetwork:
        """SymPy expressions in the inputs ``x``, or inequalities, or the network."""
        return self.source.expressions(x) if isinstance(self.source, Sorted) else self.source

    def values(self, x: Sequence[Any], one: Any, relu: Relu, sign: Sign | None = None) -> list[Any]:
        """The claimed outputs, in whatever ``x`` is made of (see `trees.value`)."""
        if isinstance(self.source, ReluNetwork):
            return forward(self.source.layers, x, relu, one)
        known: Sorts = {}
        return [value(tree, x, one, relu, sign, known) for tree in self.trees]

    def __call__(self, x: Vector) -> Vector | None:
        """The exact values claimed at the point ``x``; None where a Piecewise has no branch."""
        if isinstance(self.source, ReluNetwork):
            return self.source(x)
        try:
            return tuple(self.values(x, Fraction(1), _relu, _sign))
        except Undefined:
            return None

    def met(self, x: Vector, found: Vector) -> bool:
        """Whether the claim is true at x, where the network's outputs are ``found``."""
        if not self.relations:
            return self(x) == found
        try:
            return all(self.facts((*x, *found), self.relations).values())
        except Undefined:
            return False

    @cached_property
    def conditions(self) -> tuple[Tree, ...]:
        """The conditions of all Piecewise branches."""
        trees = (*self.trees, *(side for _, *sides in self.relations for side in sides))
        return tuple(dict.fromkeys(c for tree in trees for c in conditions(tree)))

    def facts(self, values: Vector, conditions: Iterable[Tree]) -> dict[Tree, bool]:
        """Which of the conditions hold at the values of the inputs, and of the outputs."""

        def sign(e: Tree, strict: bool) -> bool:
            return _sign(value(e, values, Fraction(1), _relu, _sign), strict)

        return {condition: truth(condition, sign) for condition in conditions}

    def compile(self, builder: Builder, x: Sequence[Linear]) -> list[list[Case]]:
        """For each output its cases, as wires. A condition becomes a unit too, so that no cell has both its sides."""
        one = number(1)
        if isinstance(self.source, ReluNetwork):
            return [[((), form)] for form in self.values(x, one, builder.shared)]
        for condition in self.conditions:
            for atom in atoms(condition):
                builder.shared(value(atom, x, one, builder.shared))
        return [
            [
                (guards, None if tree == UNDEFINED else value(tree, x, one, builder.shared))
                for guards, tree in ticking(cases(tree), builder.tick)
            ]
            for tree in self.trees
        ]

    def differences(self, builder: Builder, variables: Sequence[Linear]) -> list[tuple[Linear, bool]]:
        """The inequalities as forms that are to be ≥ 0, or > 0 (True), each a unit, so that no cell has both its signs.

        ``variables`` are the inputs and the network's outputs. With conditions, a form for each case, which is a unit.
        """
        one = number(1)
        for condition in self.conditions:
            for atom in atoms(condition):
                builder.shared(value(atom, variables, one, builder.shared))
        found = [
            (value(e, variables, one, builder.shared), head == ">")
            for head, *sides in self.relations
            for _, e in ticking(cases(minus(*sides)), builder.tick)
            if e != UNDEFINED
        ]
        for form, _ in found:
            builder.shared(form)
        return found


def _relu(z: Fraction) -> Fraction:
    return max(z, Fraction(0))


def _sign(z: Fraction, strict: bool) -> bool:
    return z > 0 if strict else z >= 0


def chosen(cases: Iterable[tuple[tuple[Guard, ...], Choice]], facts: Mapping[Tree, bool]) -> Choice:
    """What the first case is whose guards agree with the facts, condition → its truth."""
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
    written = _items(claim)
    names = {f"x_{i}": i for i in range(1, n + 1)}
    if any(isinstance(item, INEQUALITY) for item in written):
        return Claim(written, (), _relations(written, names | output_names(n, m)))
    _same_number(m, len(written))
    return Claim(written, tuple(Reader(names, f"the claim for output {o}").read(e) for o, e in enumerate(written, 1)))


def output_names(n: int, m: int) -> dict[str, int]:
    """The outputs' positions after n inputs; a single one may be called out, too."""
    return {f"out_{o}": n + o for o in range(1, m + 1)} | ({"out": n + 1} if m == 1 else {})


def _relations(items: Iterable[Any], names: Mapping[str, int]) -> tuple[Tree, ...]:
    """All inequalities; all items must be inequalities."""
    found: list[Tree] = []
    variables = [wire(i) for i in range(1, max(names.values()) + 1)]
    for k, item in enumerate(items, 1):
        reader = Reader(names, f"claim {k}")
        if not isinstance(item, INEQUALITY):
            raise InvalidInput(
                f"{reader.where}: {shown(item)} is no inequality, but others are; prove them one after the other."
            )
        found += (_plain(relation, variables) for relation in reader.relation(item))
    return tuple(found)


def _plain(relation: Tree, variables: Sequence[Linear]) -> Tree:
    """An inequality that says x ≥ y of two variables, however it is written, as x ≥ y: a claim about an order."""
    head, *sides = relation
    if not all(map(linear, sides)):
        return relation
    z = value(minus(*sides), variables, number(1), lambda z: z)
    above, below = ([w for w, a in z.terms.items() if sign * a > 0] for sign in (1, -1))
    if 0 in z.terms or (len(above), len(below)) != (1, 1) or sum(z.terms.values()):
        return relation
    return head, ("x", above[0]), ("x", below[0])


def _same_number(outputs: int, claimed: int) -> None:
    if outputs != claimed:
        raise InvalidInput(f"the network has {outputs} outputs, but the claim is about {claimed}.")


def _items(claim: Any) -> tuple[Any, ...]:
    if isinstance(claim, sp.MatrixBase):
        claim = claim.flat()
    items = claim if isinstance(claim, list | tuple) else claim.args if isinstance(claim, sp.Tuple) else [claim]
    return tuple(_expression(item, f"the claim for output {o}") for o, item in enumerate(items, 1))


def _expression(item: Any, where: str) -> Any:
    if isinstance(item, (sp.Expr, *INEQUALITY)):
        return item
    if isinstance(item, str):
        raise InvalidInput(
            f'{where}: "{shown(item)}" is a string; pass a SymPy expression in net.inputs, e.g. Max(x_1, 0).'
        )
    return sp.Rational(exact(item, where))
