"""Verify a certificate of ``prove``: a small program with exact fractions, apart from the one that found the proof.

A certificate holds a network, a claim (expressions or a network), and one of

    kinks            nothing more: both kink canonical forms are computed again, and must be the same
    cells            a tree in preorder. At a form z that is not constant "split" follows z ≥ 0 and then z ≤ 0;
                     ["+", y] follows z ≥ 0 alone, ["-", y] z ≤ 0 alone: the weights y exclude the other way.
                     ["within", y] goes on in a subspace. "equal" ends a path: both sides are one affine map there.
    counterexample   a point and both values there

Every x follows a path, so in the end the sides are equal at every x.
"""

import json
from collections.abc import Callable, Mapping
from fractions import Fraction
from functools import reduce
from math import gcd, lcm
from pathlib import Path
from typing import Any

from symnet.checks.sides import (
    Form,
    Rejected,
    Side,
    Undefined,
    add,
    constant,
    expressions,
    is_constant,
    layers,
    number,
    rational,
    refuse,
    require,
    times,
)
from symnet.derivation import Check
from symnet.errors import InvalidInput

Inputs = Callable[[list[Form]], Side]
MALFORMED = (ArithmeticError, AttributeError, LookupError, RecursionError, TypeError, ValueError)


def check_certificate(source: str | Path | Mapping[str, Any]) -> Check:
    """Whether the certificate (a file or its contents) proves its statement. The evidence: what was proved, or why not.

    Raises InvalidInput where the file cannot be read as JSON at all.
    """
    try:
        certificate = source if isinstance(source, Mapping) else json.loads(Path(source).read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        raise InvalidInput(f"{source}: not a certificate: {error}. Write one with proof.save(path).") from None
    try:
        return Check("certificate", "exact", True, _proved(certificate))
    except Rejected as why:
        return Check("certificate", "exact", False, {"why": str(why)})
    except MALFORMED as error:
        return Check("certificate", "exact", False, {"why": f"malformed certificate: {error!r}"})


def _proved(certificate: Mapping[str, Any]) -> dict[str, Any]:
    require(certificate["format"] == "symnet certificate" and certificate["version"] == 1, "unknown format or version")
    n, m, network = layers(certificate["network"])
    claim, method = certificate["claim"], certificate["method"]
    inputs, outputs, claimed = layers(claim["network"]) if "network" in claim else expressions(claim["outputs"], n)
    require((inputs, outputs) == (n, m), "network and claim differ in shape")
    require(certificate["holds"] is (method != "counterexample"), '"holds" and "method" disagree')
    facts = METHODS[method](certificate, n, network, claimed)
    verdict = "equals the claim on all of" if certificate["holds"] else "differs from the claim at a point of"
    return {"statement": f"the network {verdict} ℝ^{n}", "method": method, "claim": claim, **facts}


# ---------------------------------------------------------------------- kinks
def by_kinks(certificate: Mapping[str, Any], n: int, network: Inputs, claimed: Inputs) -> dict[str, Any]:
    """affine + Σ c |h| on both sides, the same."""
    left, right = (side(variables(n))(kinked, refuse) for side in (network, claimed))
    require(left == right, "the kink canonical forms differ")
    return {"kinks": sum(isinstance(key, tuple) for form in left for key in form)}


def variables(n: int) -> list[Form]:
    """x_1, ..., x_n."""
    return [{i: Fraction(1)} for i in range(1, n + 1)]


def kinked(z: Form) -> Form:
    """relu(z) = z/2 + |z|/2, and |z| = |s| |h|, h in primitive integers with a positive first slope."""
    if is_constant(z):
        return constant(max(number(z), Fraction(0)))
    require(all(isinstance(key, int) for key in z), "a relu inside a relu has no kink form")
    slopes = [z.get(i, Fraction(0)) for i in range(max(z) + 1)]
    d = lcm(*(a.denominator for a in slopes))
    s = Fraction(gcd(*(int(a * d) for a in slopes)), d) * (1 if next(a for a in slopes[1:] if a) > 0 else -1)
    return add(times(Fraction(1, 2), z), {tuple(a / s for a in slopes): abs(s)}, Fraction(1, 2))


# ---------------------------------------------------------------------- counterexample
def by_point(certificate: Mapping[str, Any], n: int, network: Inputs, claimed: Inputs) -> dict[str, Any]:
    """Both sides at one point, different."""
    point = [constant(rational(a)) for a in certificate["point"]]
    require(len(point) == n, "the point has the wrong number of coordinates")
    values = [values_at(side(point)) for side in (network, claimed)]
    require(values[0] != values[1], "both sides have the same value at the point")
    require(values == certificate["values"], "the values at the point are others")
    return {"point": certificate["point"], "values": values}


def values_at(side: Side) -> list[str] | None:
    """The exact values; None where a Piecewise has none."""
    try:
        return [str(number(z)) for z in side(kinked, positive)]
    except Undefined:
        return None


def positive(z: Form, strict: bool) -> bool:
    """z ≥ 0, or z > 0, for a number."""
    return number(z) > 0 or (number(z) == 0 and not strict)


# ---------------------------------------------------------------------- cells
def by_cells(certificate: Mapping[str, Any], n: int, network: Inputs, claimed: Inputs) -> dict[str, Any]:
    """Every path to its end. A path is repeated from the start, for the sides are evaluated along it."""
    unread, later, paths = certificate["tree"][::-1], [[]], 0
    while later:
        trail = Trail(unread, later.pop(), later)
        right, left = (side(variables(n))(trail.relu, trail.choose) for side in (claimed, network))
        trail.narrow()
        require(unread.pop() == "equal", "a path does not end where it should")
        differences = [trail.reduced(add(a, b, -1)) for a, b in zip(left, right, strict=True)]
        require(not any(differences), "the sides differ on a path")
        paths += 1
    require(not unread, "there are tokens after the last path")
    return {"paths": paths}


class Trail:
    """The choices of one path: first ``steps``, then what the tree says. A step is yes, no, or weights to narrow by.

    rows     the inequalities of the path: (a form that is ≥ 0, whether it is even > 0)
    solved   the equations of the path, each for one input
    """

    def __init__(self, unread: list[Any], steps: list[Any], later: list[list[Any]]) -> None:
        self.unread, self.steps, self.later, self.done = unread, steps, later, 0
        self.rows: list[tuple[Form, bool]] = []
        self.solved: dict[int, Form] = {}

    def relu(self, z: Form) -> Form:
        """At z = 0 both ways are right: both are closed, and only the open rest is to be excluded."""
        return z if self.choose(z, False, either=True) else {}

    def choose(self, z: Form, strict: bool, either: bool = False) -> bool:
        """Whether the path goes where z ≥ 0 (``strict``: z > 0)."""
        self.narrow()
        z = self.reduced(z)
        if is_constant(z):
            return positive(z, strict)
        if self.done == len(self.steps):
            self.steps.append(self.step(self.unread.pop(), z, strict, either))
        yes = self.steps[self.done]
        self.done += 1
        self.rows.append((z if yes else times(-1, z), not either and strict == yes))
        return yes

    def step(self, token: Any, z: Form, strict: bool, either: bool) -> bool:
        """What the token says, verified."""
        if token == "split":
            self.later.append([*self.steps, False])
            return True
        sign, weights = token
        yes = {"+": True, "-": False}[sign]
        other = (times(-1, z) if yes else z, either or strict != yes)
        rows, total = self.weighed(weights, [*self.rows, other])
        require(total < 0 or (total == 0 and any(open for _, open in rows)), "the weights do not exclude the other way")
        return yes

    def weighed(self, weights: list[Any], rows: list[tuple[Form, bool]]) -> tuple[list[tuple[Form, bool]], Fraction]:
        """The rows that have a weight, and their sum, which must be constant. Each row is ≥ 0, so the sum is."""
        require(all(type(i) is int and i >= 0 and rational(y) > 0 for i, y in weights), "a weight is not positive")
        total = reduce(lambda s, weight: add(s, rows[weight[0]][0], rational(weight[1])), weights, {})
        return [rows[i] for i, _ in weights], number(self.reduced(total))

    def narrow(self) -> None:
        """["within", y]: forms ≥ 0 whose weighted sum is 0 are all 0 on the path."""
        while self.done < len(self.steps) or is_within(self.unread):
            if self.done == len(self.steps):
                _, weights = self.unread.pop()
                require(isinstance(weights, list), "weights must be a list")
                self.steps.append(weights)
            if isinstance(self.steps[self.done], bool):
                return
            rows, total = self.weighed(self.steps[self.done], self.rows)
            require(total == 0, "the weights do not show equations")
            for form, _ in rows:
                self.solve(self.reduced(form))
            self.done += 1

    def solve(self, z: Form) -> None:
        """Use z = 0 to eliminate an input."""
        if pivot := max(z, default=0):
            self.solved = {i: eliminated(f, pivot, z) for i, f in self.solved.items()}
            self.solved[pivot] = eliminated({pivot: Fraction(1)}, pivot, z)

    def reduced(self, z: Form) -> Form:
        """The form with the solved inputs put in."""
        kept = {i: a for i, a in z.items() if i not in self.solved}
        return reduce(lambda s, i: add(s, self.solved[i], z[i]), z.keys() & self.solved.keys(), kept)


def eliminated(form: Form, pivot: int, z: Form) -> Form:
    """The form less the multiple of z = 0 that takes the pivot out of it."""
    return add(form, z, -form.get(pivot, Fraction(0)) / z[pivot])


def is_within(unread: list[Any]) -> bool:
    """Whether the next token narrows the path."""
    return bool(unread) and isinstance(unread[-1], list) and unread[-1][0] == "within"


METHODS = {"kinks": by_kinks, "cells": by_cells, "counterexample": by_point}
