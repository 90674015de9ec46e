"""A counterexample written out: the units' values at the point, and both sides there."""

import operator
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import sympy as sp

from symnet import notation
from symnet.derivation import Derivation, Relation, Step
from symnet.notation import Medium
from symnet.relu.argument import MOST_UNITS, Argument
from symnet.relu.functions import relu
from symnet.relu.rationals import Vector, dot


@dataclass(frozen=True)
class At:
    """A function's value at a point, not evaluated: out₁(1, 0)."""

    name: Any
    point: Vector
    binds = notation.ATOM

    def written(self, medium: Medium) -> str:
        return f"{notation.write(self.name, medium)}({', '.join(notation.write(a, medium) for a in self.point)})"


def refutation(about: Argument, point: Vector) -> Derivation:
    """Both sides at the counterexample, with the units' values."""
    if about.claim.relations:
        return _refuted_inequality(about, point)
    found, claimed = about.net(point), about.claim(point)
    differing = [o for o, value in enumerate(found) if claimed is None or claimed[o] != value]
    statement = tuple(
        Relation(At(about.outputs[o], point), "=", Relation(found[o], "!=", claimed[o] if claimed else "undefined"))
        for o in differing
    )
    steps = [Step(Relation(about.net.inputs, "=", point), "take this input"), *_values(about, point)]
    for o in differing:
        steps.append(Step(Relation(about.outputs[o], "=", found[o]), "what the network computes"))
        steps.append(Step(Relation(about.claimed[o], "=", claimed[o] if claimed else "undefined"), "what was claimed"))
    return Derivation("The claim is wrong: a counterexample", statement, tuple(steps))


def _refuted_inequality(about: Argument, point: Vector) -> Derivation:
    """The inequalities with the values put in that are false."""
    values = dict(
        zip((*about.net.inputs, *about.net.outputs), map(sp.Rational, (*point, *about.net(point))), strict=True)
    )
    statement, steps = [], [Step(Relation(about.net.inputs, "=", point), "take this input"), *_values(about, point)]
    steps += [
        Step(Relation(out, "=", a), "what the network computes")
        for out, a in zip(about.outputs, about.net(point), strict=True)
    ]
    for relation in about.inequalities():
        left, right = (at_values(side, values) for side in (relation.lhs, relation.rhs))
        if sp.nan in (left, right):
            statement.append(Relation(relation.lhs if left is sp.nan else relation.rhs, "=", "undefined"))
        elif not HOLDS[relation.sign](left, right):
            statement.append(Relation(left, DENIED[relation.sign], right))
            steps.append(Step(Relation(relation.lhs, "=", left), "the left side of what was claimed"))
            steps.append(Step(Relation(left, DENIED[relation.sign], relation.rhs), "so the claim is wrong here"))
    return Derivation("The claim is wrong: a counterexample", tuple(statement), tuple(steps))


HOLDS = {"<=": operator.le, ">=": operator.ge, "<": operator.lt, ">": operator.gt, "=": operator.eq}
DENIED = {"<=": ">", ">=": "<", "<": ">=", ">": "<=", "=": "!="}


def at_values(e: Any, values: dict[Any, Any]) -> Any:
    """The expression with numbers put in, relu too."""
    return sp.sympify(e).subs(values, simultaneous=True).replace(relu, lambda z: sp.Max(z, 0))


def _values(about: Argument, point: Vector) -> Iterator[Step]:
    """The units' values at the point."""
    if sum(about.net.widths[1:-1]) > MOST_UNITS:
        return
    h = point
    for units, (W, b) in zip(about.units, about.net.layers, strict=False):
        z = [dot(row, h) + c for row, c in zip(W, b, strict=True)]
        h = tuple(max(a, Fraction(0)) for a in z)
        for m, a, value in zip(units, z, h, strict=True):
            yield Step(Relation(m, "=", Relation(relu(sp.Rational(a), evaluate=False), "=", value)))
