"""Verify a certificate of ``prove`` in exact arithmetic: a small program, apart from the one that found the proof.

A certificate holds networks, conditions ``where`` on the inputs, and a ``claim``: conditions on inputs and outputs that
are said to be true wherever ``where`` is (see `statement`). Its ``proof`` is, by method,

    counterexample   a point where ``where`` is true and the claim is not
    kinks            nothing: both sides are written as affine + Σ c |h|, in which equal functions look the same
    comparators      for each network what its layers do to the wires, see `by_comparators`
    cells            a tree of paths, see `by_cells`
"""

import json
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from functools import reduce
from pathlib import Path
from typing import Any

from symnet.checks.statement import (
    COMPARISONS,
    Form,
    Meaning,
    Rejected,
    Statement,
    Undefined,
    add,
    affine,
    exact,
    exchanging,
    kinked,
    positive,
    require,
)
from symnet.derivation import Check
from symnet.errors import InvalidInput

MALFORMED = (ArithmeticError, AttributeError, LookupError, RecursionError, TypeError, ValueError)
MOST_INPUTS = 24


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
    """What is proved, after it is verified."""
    require(certificate["format"] == "symnet certificate" and certificate["version"] == 2, "unknown format or version")
    holds, method, where, claim = (certificate[key] for key in ("holds", "method", "where", "claim"))
    require(holds is (method != "counterexample"), '"holds" and "method" disagree')
    about = Statement(exact(certificate["networks"]), exact(where), exact(claim))
    facts = METHODS[method](about, exact(certificate["proof"]))
    place = f"ℝ^{len(about.x)}" + (" where the conditions are true" if where else "")
    statement = f"what is claimed of the network is {'true on all of' if holds else 'false at a point of'} {place}"
    claimed, given = ("; ".join(map(said, conditions)) or "nothing" for conditions in (claim, where))
    return {"statement": statement, "method": method, "claim": claimed, "where": given, **facts}


def said(tree: Any) -> str:
    """A condition or expression as text: out_1 = order(1, x_1, x_2)."""
    if not isinstance(tree, list):
        return str(tree)
    head, *rest = tree
    if head in ("x", "out", "other"):
        return f"{head}_{rest[0]}"
    return f" {head} ".join(map(said, rest)) if head in COMPARISONS else f"{head}({', '.join(map(said, rest))})"


# ---------------------------------------------------------------------- counterexample
def by_point(about: Statement, point: Any) -> dict[str, Any]:
    """What is claimed is false or undefined at a point where it is claimed."""
    x = [add({}, {0: a}) for a in point]
    require(len(x) == len(about.x) and about.met(x, kinked, positive), "nothing is claimed at the point")
    with suppress(Undefined):
        require(not about.true(x, kinked, positive), "the claim is true at the point")
    return {"point": [str(a) for a in point]}


# ---------------------------------------------------------------------- kinks
def by_kinks(about: Statement, _: Any) -> dict[str, Any]:
    """Both sides differ by a number, so that it is plain which of them is larger: on all of ℝⁿ."""
    require(about.true(about.x, kinked, positive), "the claim is false")
    return {}


# ---------------------------------------------------------------------- comparators
def by_comparators(about: Statement, stages: Any) -> dict[str, Any]:
    """The networks consist of comparators, and the claim is true for all zeros and ones, so for all real numbers.

    For each network and layer: a layer E, e reads E w + e of its wires w (at first the inputs), then come comparators,
    pairs of wires: the smaller value goes to the first, the larger to the second. In kink form W relu(E w + e) + b must
    be E' w' + e', what the next layer reads of the wires w' after them; and at last the wires themselves.

    Minima and maxima commute with "≥ t" for every t, so they are known from zeros and ones. All 2ⁿ inputs are tried at
    once: bit k of a wire's integer is its value for input k, and x_i is 0 or 1 as k's bit i − 1 is 1 or 0.
    """
    n, x = len(about.x), about.x
    require(n <= MOST_INPUTS, f"2^{n} inputs are too many")
    names = {"x": [reduce(lambda bits, k: bits | bits << 2**k, range(i + 1, n), (1 << 2**i) - 1) for i in range(n)]}
    for name, (first, *later) in about.networks.items():
        bits, z = list(names["x"]), affine(first, x)
        for layer, stage in zip(later, stages[name], strict=True):
            wires = list(x)
            for i, j in stage["comparators"]:
                wires[i - 1], wires[j - 1] = exchanging(kinked)(wires[i - 1], wires[j - 1])
                bits[i - 1], bits[j - 1] = smaller_larger(bits[i - 1], bits[j - 1])
            require(affine(layer, [*map(kinked, z)]) == affine(stage, wires), "a layer has other comparators")
            z = affine(stage, x)
        require(all(form in x for form in z), "the outputs are not wires")
        names[name] = [bits[x.index(form)] for form in z]
    of = Meaning(names, smaller_larger, positive)
    for sign, *sides in about.claim:
        a, b = map(of.value, sides)
        same, above = a == b, sign == ">=" and a | b == a
        require(sign in ("=", ">=") and (same or above), "the claim is false for some zeros and ones")
    return {"zeros and ones": 2**n}


def smaller_larger(a: int, b: int) -> tuple[int, int]:
    """(min, max) of zeros and ones."""
    return a & b, a | b


# ---------------------------------------------------------------------- cells
def by_cells(about: Statement, tree: Any) -> dict[str, Any]:
    """Every x follows a path on which the claim is true. Each path is evaluated from the start to its end.

    The tree is in preorder, with a token for each form z that is not constant: "split" goes where z ≥ 0, and later
    where z ≤ 0; "+ 3:1/2 5:2" goes where z ≥ 0 alone, "- ..." where z ≤ 0 alone, with weights that exclude the rest.
    """
    unread, later, paths = tree[::-1], [[]], 0
    while later:
        trail = Trail(unread, later, later.pop())
        met = about.met(about.x, trail.relu, trail.choose)
        require(not met or about.true(about.x, trail.relu, trail.choose), "the claim is false on a path")
        paths += 1
    require(not unread, "there are tokens after the last path")
    return {"paths": paths}


@dataclass
class Trail:
    """The turns that were taken before are taken again, later ones are read. Each adds a row: form ≥ 0, or even > 0."""

    unread: list[str]
    later: list[list[bool]]
    turns: list[bool]
    rows: list[tuple[Form, bool]] = field(default_factory=list)

    def relu(self, z: Form) -> Form:
        """Where z = 0 both ways are right; so both rows are closed, and only what is beyond is to be excluded."""
        return z if self.choose(z, strict=False, either=True) else {}

    def choose(self, z: Form, strict: bool, either: bool = False) -> bool:
        """Whether the path goes where z ≥ 0 (``strict``: z > 0)."""
        if z.keys() <= {0}:
            return positive(z, strict)
        ways = {True: (z, strict), False: (add({}, z, -1), not strict)}
        if len(self.rows) == len(self.turns):
            self.turns.append(self.read(ways, either))
        yes = self.turns[len(self.rows)]
        form, strict = ways[yes]
        self.rows.append((form, strict and not either))
        return yes

    def read(self, ways: Mapping[bool, tuple[Form, bool]], either: bool) -> bool:
        """The next turn. Weights "i:y" add y > 0 times row i of the path to the row of the way that they exclude.

        On that way the sum would be ≥ 0, or > 0 as one of the rows is; but it is a number that is not.
        """
        sign, *weights = self.unread.pop().split()
        if sign == "split":
            self.later.append([*self.turns, False])
            return True
        yes = {"+": True, "-": False}[sign]
        total, strict = ways[not yes]
        strict = strict or either
        for i, y in (weight.split(":") for weight in weights):
            form, open_ = self.rows[int(i)]
            require(exact(y) > 0, "a weight is not positive")
            total, strict = add(total, form, exact(y)), strict or open_
        require(not positive(total, strict), "the weights do not exclude the other way")
        return yes


METHODS = {"counterexample": by_point, "kinks": by_kinks, "comparators": by_comparators, "cells": by_cells}
