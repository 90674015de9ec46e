"""Verify a certificate of ``prove``: a small program with exact fractions, apart from the one that found the proof.

A certificate holds a network, a claim (expressions or a network), and one of

    kinks            nothing more: both kink canonical forms are computed again, and must be the same
    cells            a tree in preorder. At a form z that is not constant "split" follows z ≥ 0 and then z ≤ 0;
                     ["+", y] follows z ≥ 0 alone, ["-", y] z ≤ 0 alone: the weights y exclude the other way. "equal" ends
                     a path: both sides are the same affine map there. ["within", y]: see `Path.narrow`
    counterexample   a point and both values there

Every x follows a path, so the sides are equal at every x. Values are forms, zeros left out:
{0: constant, i: coefficient of x_i, (h_0, ..., h_n): coefficient of |h_0 + Σ h_i x_i|}.
"""

import json
import re
from collections.abc import Callable, Mapping
from fractions import Fraction
from functools import reduce
from math import gcd, lcm
from pathlib import Path
from typing import Any

from symnet.derivation import Check
from symnet.errors import InvalidInput

Form = dict[Any, Fraction]
Relu = Callable[[Form], Form]
Choose = Callable[[Form, bool], bool]  # choose(z, strict): does the path go where z ≥ 0 (strict: z > 0)?
Side = Callable[[list[Form], Relu, Choose], list[Form]]


class Rejected(Exception):
    """The certificate does not prove what it says."""


class Undefined(Rejected):
    """No branch of a Piecewise applies."""


def require(condition: bool, why: str) -> None:
    if not condition:
        raise Rejected(why)


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
    except (ArithmeticError, AttributeError, LookupError, RecursionError, TypeError, ValueError) as error:
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


# ---------------------------------------------------------------------- methods
def by_kinks(certificate: Mapping[str, Any], n: int, network: Side, claimed: Side) -> dict[str, Any]:
    left, right = (side(variables(n), kinked, refuse) for side in (network, claimed))
    require(left == right, "the kink canonical forms differ")
    return {"kinks": sum(isinstance(key, tuple) for form in left for key in form)}


def by_cells(certificate: Mapping[str, Any], n: int, network: Side, claimed: Side) -> dict[str, Any]:
    unread, later, paths = certificate["tree"][::-1], [[]], 0
    while later:
        path = Path(unread, later.pop(), later)
        left, right = (side(variables(n), path.relu, path.choose) for side in (claimed, network))
        path.narrow()
        require(unread.pop() == "equal", "a path does not end where it should")
        require(not any(path.reduced(add(a, b, -1)) for a, b in zip(left, right, strict=True)), "the sides differ on a path")
        paths += 1
    require(not unread, "there are tokens after the last path")
    return {"paths": paths}


def by_point(certificate: Mapping[str, Any], n: int, network: Side, claimed: Side) -> dict[str, Any]:
    point = [add({}, {0: rational(a)}) for a in certificate["point"]]
    require(len(point) == n, "the point has the wrong number of coordinates")
    values = [values_at(point, side) for side in (network, claimed)]
    require(values[0] != values[1], "both sides have the same value at the point")
    require(values == certificate["values"], "the values at the point are others")
    return {"point": certificate["point"], "values": values}


def values_at(point: list[Form], side: Side) -> list[str] | None:
    """The exact values; None where a Piecewise has none."""
    try:
        return [
            str(number(z))
            for z in side(point, kinked, lambda z, strict: number(z) > 0 or (number(z) == 0 and not strict))
        ]
    except Undefined:
        return None


METHODS = {"kinks": by_kinks, "cells": by_cells, "counterexample": by_point}


class Path:
    """The choices of one path: first those of ``steps``, then what the tree says. ``rows`` are its inequalities."""

    def __init__(self, unread: list[Any], steps: list[Any], later: list[list[Any]]) -> None:
        self.unread, self.steps, self.later, self.done = unread, steps, later, 0
        self.rows: list[tuple[Form, bool]] = []  # (form that is ≥ 0, whether it is even > 0)
        self.solved: dict[int, Form] = {}

    def relu(self, z: Form) -> Form:
        """At z = 0 both ways are right: both are taken as closed."""
        return self.reduced(z) if self.choose(z, False, either=True) else {}

    def choose(self, z: Form, strict: bool, either: bool = False) -> bool:
        """Whether the path goes where z ≥ 0 (``strict``: z > 0)."""
        self.narrow()
        z = self.reduced(z)
        if z.keys() <= {0}:
            return number(z) > 0 or (number(z) == 0 and not strict)
        if self.done == len(self.steps):
            self.steps.append(self.step(self.unread.pop(), z, strict, either))
        yes = self.steps[self.done]
        self.done += 1
        self.rows.append((z if yes else add({}, z, -1), not either and strict == yes))
        return yes

    def step(self, token: Any, z: Form, strict: bool, either: bool) -> bool:
        if token == "split":
            self.later.append([*self.steps, False])
            return True
        sign, weights = token
        yes = {"+": True, "-": False}[sign]
        other = (add({}, z, -1) if yes else z, either or strict != yes)
        rows, total = self.weighed(weights, [*self.rows, other])
        require(total < 0 or (total == 0 and any(s for _, s in rows)), "the weights do not exclude the other way")
        return yes

    def weighed(self, weights: list[Any], rows: list[tuple[Form, bool]]) -> tuple[list[tuple[Form, bool]], Fraction]:
        """The rows that have a weight, all positive, and their sum, which must be a constant."""
        require(len(weights) > 0 and all(type(i) is int and i >= 0 and rational(y) > 0 for i, y in weights), "bad weights")
        total = reduce(lambda s, w: add(s, rows[w[0]][0], rational(w[1])), weights, {})
        return [rows[i] for i, _ in weights], number(self.reduced(total))

    def narrow(self) -> None:
        """["within", y]: inequalities whose sum with positive weights is 0 are equations on the path. Solve them."""
        while self.done < len(self.steps) or is_within(self.unread):
            if self.done == len(self.steps):
                self.steps.append(self.unread.pop()[1])
            if isinstance(self.steps[self.done], bool):
                return
            rows, total = self.weighed(self.steps[self.done], self.rows)
            require(total == 0, "the weights do not show equations")
            for form, _ in rows:
                self.solve(self.reduced(form))
            self.done += 1

    def solve(self, z: Form) -> None:
        """Use z = 0 to eliminate one of its inputs."""
        if pivot := max(z, default=0):
            form = add({pivot: Fraction(1)}, z, -1 / z[pivot])
            self.solved = {i: add({k: a for k, a in f.items() if k != pivot}, form, f.get(pivot, 0)) for i, f in self.solved.items()}
            self.solved[pivot] = form

    def reduced(self, z: Form) -> Form:
        """The form with the solved inputs put in."""
        kept = {i: a for i, a in z.items() if i not in self.solved}
        return reduce(lambda s, i: add(s, self.solved[i], z[i]), z.keys() & self.solved.keys(), kept)


def is_within(unread: list[Any]) -> bool:
    return bool(unread) and isinstance(unread[-1], list) and unread[-1][0] == "within"


# ---------------------------------------------------------------------- forms
def rational(text: Any) -> Fraction:
    require(isinstance(text, str) and re.fullmatch(r"-?[0-9]+(/[0-9]+)?", text) is not None, f"{text!r} is no fraction")
    return Fraction(text)


def variables(n: int) -> list[Form]:
    return [{i: Fraction(1)} for i in range(1, n + 1)]


def add(a: Form, b: Form, factor: Fraction | int = 1) -> Form:
    """a + factor · b."""
    total = {key: a.get(key, Fraction(0)) + factor * b.get(key, Fraction(0)) for key in a.keys() | b.keys()}
    return {key: value for key, value in total.items() if value}


def combined(row: list[Fraction], h: list[Form], c: Fraction) -> Form:
    return reduce(lambda s, t: add(s, t[1], t[0]), zip(row, h, strict=True), add({}, {0: c}))


def number(z: Form) -> Fraction:
    require(z.keys() <= {0}, "a number was expected")
    return z.get(0, Fraction(0))


def kinked(z: Form) -> Form:
    """relu(z) = z/2 + |z|/2, with |z| as a positive multiple of |h|, h in primitive integers, its first slope positive."""
    if z.keys() <= {0}:
        return add({}, {0: max(number(z), Fraction(0))})
    require(all(isinstance(key, int) for key in z), "a relu inside a relu has no kink form")
    h = [z.get(i, Fraction(0)) for i in range(max(z) + 1)]
    d = lcm(*(a.denominator for a in h))
    unit = Fraction(gcd(*(int(a * d) for a in h)), d) * (1 if next(a for a in h[1:] if a) > 0 else -1)
    return add(add({}, z, Fraction(1, 2)), {tuple(a / unit for a in h): abs(unit)}, Fraction(1, 2))


# ---------------------------------------------------------------------- the two sides
def layers(data: list[Any]) -> tuple[int, int, Side]:
    """A network W relu(... W relu(W x + b) + b ...) + b, with the numbers of its inputs and outputs."""
    read = [([list(map(rational, row)) for row in e["weights"]], list(map(rational, e["biases"]))) for e in data]
    widths = [len(read[0][0][0]), *(len(b) for _, b in read)]
    for (W, b), n in zip(read, widths, strict=False):
        require(len(W) == len(b) > 0 and all(len(row) == n > 0 for row in W), "a layer's shapes do not fit")

    def values(x: list[Form], relu: Relu, choose: Choose) -> list[Form]:
        h = x
        for depth, (W, b) in enumerate(read):
            h = [relu(z) for z in h] if depth else h
            h = [combined(row, h, c) for row, c in zip(W, b, strict=True)]
        return h

    return widths[0], widths[-1], values


def expressions(trees: list[Any], n: int) -> tuple[int, int, Side]:
    """An expression for each output."""
    return n, len(trees), lambda x, relu, choose: [evaluate(tree, x, relu, choose) for tree in trees]


def evaluate(tree: Any, x: list[Form], relu: Relu, choose: Choose) -> Form:
    if isinstance(tree, str):
        return add({}, {0: rational(tree)})
    head, *rest = tree
    if head == "x":
        require(type(rest[0]) is int and 1 <= rest[0] <= len(x), f"there is no input {rest[0]}")
        return x[rest[0] - 1]
    if head == "if":
        condition, yes, no = rest
        return evaluate(yes if true(condition, x, choose) else no, x, relu, choose)
    if head == "undefined":
        raise Undefined("a Piecewise has no branch for some inputs")
    first = rest.pop(0) if head in ("*", "order") else None
    a = [evaluate(e, x, relu, choose) for e in rest]
    return OPERATORS[head](relu, a, first)


def order(relu: Relu, a: list[Form], k: int) -> Form:
    """The k-th smallest, by exchanging neighbours: a, b become a − relu(a − b), b + relu(a − b)."""
    require(type(k) is int and 1 <= k <= len(a), f"there is no smallest number {k}")
    for last in range(len(a) - 1, 0, -1):
        for i in range(last):
            step = relu(add(a[i], a[i + 1], -1))
            a[i], a[i + 1] = add(a[i], step, -1), add(a[i + 1], step)
    return a[k - 1]


OPERATORS: dict[str, Callable[[Relu, list[Form], Any], Form]] = {
    "+": lambda relu, a, _: reduce(add, a),
    "*": lambda relu, a, factor: combined([rational(factor)], a, Fraction(0)),
    "max": lambda relu, a, _: reduce(lambda s, t: add(t, relu(add(s, t, -1))), a),
    "min": lambda relu, a, _: reduce(lambda s, t: add(s, relu(add(s, t, -1)), -1), a),
    "relu": lambda relu, a, _: relu(*a),
    "abs": lambda relu, a, _: add(add({}, relu(*a), 2), *a, -1),
    "order": order,
}


def true(condition: Any, x: list[Form], choose: Choose) -> bool:
    """The truth of a condition, from left to right until it is settled. What it compares must be affine: no relu and no "if" inside."""
    head, *rest = condition
    if head in (">=", ">"):
        (z,) = rest
        return choose(evaluate(z, x, refuse, refuse), head == ">")
    parts = (true(c, x, choose) for c in rest)
    return {"and": all, "or": any, "not": lambda parts: not any(parts)}[head](parts)


def refuse(*_: Any) -> Any:
    raise Rejected("a condition is not affine, or stands where none can be")
