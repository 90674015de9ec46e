"""Verify a certificate of ``prove``: a small program with exact fractions, apart from the one that found the proof.

A certificate holds a network, a claim (expressions or a network), and one of

    comparators      the comparators of each layer, see `zero_one`
    kinks            nothing more: both kink canonical forms are computed again, and must be the same
    cells            a tree of paths with the proof of every turn, see `trails`
    counterexample   a point and both values there
"""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from symnet.checks.forms import Rejected, Undefined, constant, kinked, number, positive, rational, require, variables
from symnet.checks.sides import Inputs, Side, expressions, layers, refuse
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


METHODS = {"kinks": by_kinks, "cells": by_cells, "comparators": by_comparators, "counterexample": by_point}
