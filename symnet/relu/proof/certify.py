"""A certificate is all that a checker needs, as JSON: the network, the claim, and the proof or the counterexample."""

from collections.abc import Iterable
from typing import Any

from symnet.relu.budget import UNLIMITED, Budget
from symnet.relu.claims.claim import Claim
from symnet.relu.claims.trees import Tree, dumped
from symnet.relu.geometry.polyhedra import Polyhedron
from symnet.relu.geometry.rationals import Vector, written
from symnet.relu.network import ReluNetwork
from symnet.relu.proof.paths import path_tree
from symnet.relu.sorting.structure import comparators

FORMAT, VERSION = "symnet certificate", 2


def certificate(
    net: ReluNetwork, claim: Claim, where: Polyhedron, method: str, point: Vector | None, limit: Budget = UNLIMITED
) -> dict[str, Any]:
    """The statement, as conditions on x and the networks' outputs, and its proof or a point that refutes it."""
    networks = _networks(net, claim)
    proof: Any = None  # by kinks: the checker does all of it
    if point is not None:
        method, proof = "counterexample", dumped(point)
    elif method == "comparators":
        proof = {name: _stages(network) for name, network in networks.items()}
    elif method != "kinks":
        method, proof = "cells", path_tree(net, claim, where, limit)
    return {**statement(net, claim, where), "holds": point is None, "method": method, "proof": proof}


def statement(net: ReluNetwork, claim: Claim, where: Polyhedron) -> dict[str, Any]:
    """What a certificate is about: the networks, the conditions on the inputs, and the claim."""
    n = net.widths[0]
    return {
        "format": FORMAT,
        "version": VERSION,
        "networks": {name: network.to_json()["layers"] for name, network in _networks(net, claim).items()},
        "where": [dumped(_named(c, n)) for c in where.relations],
        "claim": [dumped(_named(c, n)) for c in stated(claim, net.widths[-1], n)],
    }


def _networks(net: ReluNetwork, claim: Claim) -> dict[str, ReluNetwork]:
    """The one that the claim is about, and the one that it may be compared with."""
    return {"out": net} | ({"other": claim.source} if isinstance(claim.source, ReluNetwork) else {})


def stated(claim: Claim, m: int, n: int) -> Iterable[Tree]:
    """The claim as conditions: what each of the m outputs equals, or the inequalities."""
    outputs = (("x", n + o) for o in range(1, m + 1))
    if isinstance(claim.source, ReluNetwork):
        return (("=", out, ("other", o)) for o, out in enumerate(outputs, 1))
    return claim.relations or (("=", out, tree) for out, tree in zip(outputs, claim.trees, strict=True))


def _named(tree: Tree, n: int) -> Tree:
    """Variables after the n inputs are outputs."""
    if not isinstance(tree, tuple):
        return tree
    if tree[0] == "x" and tree[1] > n:
        return ("out", tree[1] - n)
    return tuple(_named(part, n) for part in tree)


def _stages(net: ReluNetwork) -> list[dict[str, Any]]:
    """For each hidden layer the comparators after it, and what is read of the wires then: weights and biases."""
    found = comparators(net.layers)
    assert found is not None
    n = net.widths[0]
    return [
        {
            "comparators": [list(pair) for pair in pairs],
            "weights": [dumped(form.row(n + 1)[1:]) for form in read],
            "biases": [written(form.row(1)[0]) for form in read],
        }
        for pairs, read in zip(found.layers, found.read, strict=True)
    ]
