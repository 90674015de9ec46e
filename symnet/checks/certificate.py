"""Verify a certificate of ``prove``: a small program with exact fractions, apart from the one that found the proof.

A certificate holds a network, a claim (expressions, inequalities, a network), perhaps a polyhedron, and one of

    comparators      the comparators of each layer, see `zero_one`
    kinks            nothing more: both kink canonical forms are computed again, and must be the same
    cells            a tree of paths with the proof of every turn, see `trails`
    counterexample   a point and both values there
"""

import json
from collections.abc import Mapping
from fractions import Fraction
from pathlib import Path
from typing import Any

from symnet.checks.forms import (
    Form,
    Rejected,
    Undefined,
    constant,
    kinked,
    number,
    positive,
    rational,
    require,
    sums,
    variables,
)
from symnet.checks.sides import Claimed, Side, Statement, expressions, halfspaces, inequalities, layers, refuse
from symnet.checks.trails import by_cells
from symnet.checks.zero_one import by_comparators
from symnet.derivation import Check
from symnet.errors import InvalidInput

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
    inputs, outputs, claimed = _claimed(claim, n, m)
    require((inputs, outputs) == (n, m), "network and claim differ in shape")
    require(certificate["holds"] is (method != "counterexample"), '"holds" and "method" disagree')
    where = halfspaces(certificate.get("where", []), n)
    facts = METHODS[method](certificate, Statement(n, network, claimed, where))
    verb, word = ("satisfies", "inequalities") if claimed.relations else ("equals", "claim")
    verdict = f"{verb} the {word} on all" if certificate["holds"] else f"does not satisfy the {word} at a point"
    place = f"ℝ^{n}" if not where else f"the polyhedron of {len(where)} inequalities in ℝ^{n}"
    return {"statement": f"the network {verdict} of {place}", "method": method, "claim": claim, **facts}


def _claimed(claim: Mapping[str, Any], n: int, m: int) -> tuple[int, int, Claimed]:
    require(len(claim) == 1, "more than one claim")
    if "relations" in claim:
        return n, m, Claimed(relations=inequalities(claim["relations"], n + m))
    inputs, outputs, side = layers(claim["network"]) if "network" in claim else expressions(claim["outputs"], n)
    return inputs, outputs, Claimed(side)


# ---------------------------------------------------------------------- kinks
def by_kinks(certificate: Mapping[str, Any], about: Statement) -> dict[str, Any]:
    """affine + Σ c |h| on both sides, the same."""
    require(not about.claimed.relations, "kinks do not prove inequalities")
    left, right = (side(variables(about.n))(kinked, refuse) for side in (about.network, about.claimed.side))
    require(left == right, "the kink canonical forms differ")
    return {"kinks": sum(isinstance(key, tuple) for form in left for key in form)}


# ---------------------------------------------------------------------- counterexample
def by_point(certificate: Mapping[str, Any], about: Statement) -> dict[str, Any]:
    """Both sides at one point, different."""
    point = [constant(rational(a)) for a in certificate["point"]]
    require(len(point) == about.n, "the point has the wrong number of coordinates")
    require(all(positive(form_at(form, point), False) for form in about.where), "nothing is claimed at the point")
    found = about.network(point)(kinked, positive)
    values = [
        [str(number(z)) for z in found],
        None if about.claimed.relations else values_at(about.claimed.side(point)),
    ]
    wrong = (
        not about.claimed.true([*point, *found], kinked, positive)
        if about.claimed.relations
        else values[0] != values[1]
    )
    require(wrong, "the claim is true at the point")
    require(values == certificate["values"], "the values at the point are others")
    return {"point": certificate["point"], "values": values}


def form_at(form: Form, point: list[Form]) -> Form:
    """The form with numbers put in for the inputs."""
    return sums([[form.get(i, Fraction(0)) for i in range(1, len(point) + 1)]], [form.get(0, Fraction(0))], point)[0]


def values_at(side: Side) -> list[str] | None:
    """The exact values; None where a Piecewise has none."""
    try:
        return [str(number(z)) for z in side(kinked, positive)]
    except Undefined:
        return None


METHODS = {"kinks": by_kinks, "cells": by_cells, "comparators": by_comparators, "counterexample": by_point}
