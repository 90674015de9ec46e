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
from symnet.relu.functions import relu
from symnet.relu.geometry.rationals import Vector, dot
from symnet.relu.proof.argument import MOST_UNITS, Argument


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
        Relation(
            At(about.outputs[o], point),
            "=",
            Relation(found[o], "!=", claimed[o] if claimed else "undefined"),
            about.given,
        )
        for o in differing
    )
    steps = [_input(about, point), *_values(about, point)]
    for o in differing:
        steps.append(Step(Relation(about.outputs[o], "=", found[o]), "what the network computes"))
        steps.append(Step(Relation(about.claimed[o], "=", claimed[o] if claimed else "undefined"), "what was claimed"))
    return Derivation("The claim is wrong: a counterexample", statement, tuple(steps))


def _refuted_inequality(about: Argument, point: Vector) -> Derivation:
    """The inequalities with the values put in that are false."""
    values = dict(
        zip((*about.net.inputs, *about.net.outputs), map(sp.Rational, (*point, *about.net(point))), strict=True)
    )
    statement, steps = [], [_input(about, point), *_values(about, point)]
    steps += [
        Step(Relation(out, "=", a), "what the network computes")
        for out, a in zip(about.outputs, about.net(point), strict=True)
    ]
    claimed = about.inequalities()
    for k, relation in enumerate(claimed, 1):
        left, right = (at_values(side, values) for side in (relation.lhs, relation.rhs))
        if sp.nan in (left, right):
            undefined = relation.lhs if left is sp.nan else relation.rhs
            statement.append(Relation(undefined, "=", "undefined", about.given))
        elif not HOLDS[relation.sign](left, right):
            statement.append(Relation(left, DENIED[relation.sign], right, about.given))
            which = "the claim" if len(claimed) == 1 else f"part {k} of the {len(claimed)} that are claimed"
            steps.append(Step(Relation(relation.lhs, "=", left), f"the left side of {which}"))
            steps.append(Step(Relation(left, DENIED[relation.sign], relation.rhs), f"so {which} is wrong here"))
    return Derivation("The claim is wrong: a counterexample", tuple(statement), tuple(steps))


def _input(about: Argument, point: Vector) -> Step:
    """x at the point, which satisfies what is given."""
    x, at = (about.net.inputs, point) if len(point) > 1 else (about.net.inputs[0], *point)
    short = all(len(str(a)) <= SHORT for a in point)
    nearly = () if short else (Step(Relation(x, "≈", _decimals(point)), "in decimals"),)
    return Step(Relation(x, "=", at, about.given), "take this input", parts=nearly)


def _decimals(point: Vector) -> Any:
    """Rounded to six digits."""
    found = tuple(sp.Rational(a).n(6) for a in point)
    return found if len(found) > 1 else next(iter(found))


SHORT = 12
"""Characters of a fraction that needs no decimals beside it."""
HOLDS = {"<=": operator.le, ">=": operator.ge, "<": operator.lt, ">": operator.gt, "=": operator.eq}
DENIED = {"<=": ">", ">=": "<", "<": ">=", ">": "<=", "=": "!="}


def at_values(e: Any, values: dict[Any, Any]) -> Any:
    """The expression with numbers put in, relu too."""
    return sp.sympify(e, strict=True).subs(values, simultaneous=True).replace(relu, lambda z: sp.Max(z, 0))


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
