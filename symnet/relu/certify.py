"""A certificate is all that a checker needs, as JSON: the network, the claim, and the proof or the counterexample."""

from typing import Any

from symnet.relu.claims import Claim
from symnet.relu.network import ReluNetwork
from symnet.relu.paths import path_tree
from symnet.relu.rationals import Vector
from symnet.relu.trees import dumped

FORMAT, VERSION = "symnet certificate", 1


def certificate(net: ReluNetwork, claim: Claim, method: str, point: Vector | None) -> dict[str, Any]:
    """A counterexample with both values; nothing more for "kinks", where the checker does it all again; or the tree."""
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
    return {**head, "holds": True, "method": "cells", "tree": path_tree(net, claim)}
