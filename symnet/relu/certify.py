"""A certificate is all that a checker needs, as JSON: the network, the claim, and the proof or the counterexample."""

from typing import Any

from symnet.relu.claims import Claim
from symnet.relu.network import ReluNetwork
from symnet.relu.paths import path_tree
from symnet.relu.rationals import Vector
from symnet.relu.structure import comparators
from symnet.relu.trees import dumped

FORMAT, VERSION = "symnet certificate", 1


def certificate(net: ReluNetwork, claim: Claim, method: str, point: Vector | None) -> dict[str, Any]:
    """The proof: a point with both values, the comparators, nothing more for "kinks" (done again), or the tree."""
    other = claim.source
    stated = (
        {"network": other.to_json()["layers"]} if isinstance(other, ReluNetwork) else {"outputs": dumped(claim.trees)}
    )
    head = {"format": FORMAT, "version": VERSION, "network": net.to_json()["layers"], "claim": stated}
    if point is not None:
        values = [None if v is None else dumped(v) for v in (net(point), claim(point))]
        return {**head, "holds": False, "method": "counterexample", "point": dumped(point), "values": values}
    if method == "kinks":
        return {**head, "holds": True, "method": "kinks"}
    if method == "comparators":
        return {**head, "holds": True, "method": "comparators", "comparators": _comparators(net, claim)}
    return {**head, "holds": True, "method": "cells", "tree": path_tree(net, claim)}


def _comparators(net: ReluNetwork, claim: Claim) -> dict[str, Any]:
    """For the network, and the claim if it is one: the pairs of wires of each layer, and the wires of the outputs."""
    sides = {"network": net} | ({"claim": claim.source} if isinstance(claim.source, ReluNetwork) else {})
    found = {side: comparators(source.layers) for side, source in sides.items()}
    return {
        side: {"layers": [[list(pair) for pair in layer] for layer in c.layers], "outputs": list(c.outputs)}
        for side, c in found.items()
        if c is not None
    }
