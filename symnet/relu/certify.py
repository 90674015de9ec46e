"""A certificate is all that a checker needs, as JSON: the network, the claim, and the proof or the counterexample."""

from typing import Any

from symnet.relu.claims import Claim
from symnet.relu.network import ReluNetwork
from symnet.relu.paths import path_tree
from symnet.relu.polyhedra import Polyhedron
from symnet.relu.rationals import Vector
from symnet.relu.structure import comparators
from symnet.relu.trees import dumped

FORMAT, VERSION = "symnet certificate", 1


def certificate(net: ReluNetwork, claim: Claim, where: Polyhedron, method: str, point: Vector | None) -> dict[str, Any]:
    """The proof: a point with both values, the comparators, nothing more for "kinks" (done again), or the tree."""
    head = {"format": FORMAT, "version": VERSION, "network": net.to_json()["layers"], "claim": _stated(claim)}
    if where.forms:
        head["where"] = [[str(a) for a in form.row(net.widths[0] + 1)] for form in where.forms]
    if point is not None:
        values = [None if v is None else dumped(v) for v in (net(point), None if claim.relations else claim(point))]
        return {**head, "holds": False, "method": "counterexample", "point": dumped(point), "values": values}
    if method == "kinks":
        return {**head, "holds": True, "method": "kinks"}
    if method == "comparators":
        return {**head, "holds": True, "method": "comparators", "comparators": _comparators(net, claim)}
    return {**head, "holds": True, "method": "cells", "tree": path_tree(net, claim, where)}


def _stated(claim: Claim) -> dict[str, Any]:
    """The other network; or an expression for each output; or what is ≥ 0 or > 0."""
    if isinstance(claim.source, ReluNetwork):
        return {"network": claim.source.to_json()["layers"]}
    return {"relations": dumped(claim.relations)} if claim.relations else {"outputs": dumped(claim.trees)}


def _comparators(net: ReluNetwork, claim: Claim) -> dict[str, Any]:
    """For the network, and the claim if it is one: the pairs of wires of each layer, and the wires of the outputs."""
    sides = {"network": net} | ({"claim": claim.source} if isinstance(claim.source, ReluNetwork) else {})
    found = {side: comparators(source.layers) for side, source in sides.items()}
    return {
        side: {"layers": [[list(pair) for pair in layer] for layer in c.layers], "outputs": list(c.outputs)}
        for side, c in found.items()
        if c is not None
    }
