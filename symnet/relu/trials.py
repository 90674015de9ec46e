"""Points worth a try before a long proof: where floats say that the sides differ most, exact evaluation has the word.

A proof is never made here, only a counterexample: a point where both sides, evaluated exactly, differ.
"""

import random
from collections.abc import Iterator
from fractions import Fraction
from typing import Any

import numpy as np

from symnet.relu.claims import Claim
from symnet.relu.network import ReluNetwork
from symnet.relu.rationals import Vector
from symnet.relu.trees import value

POINTS, EXACT, REACH = 256, 4, 9


def suspects(net: ReluNetwork, claim: Claim) -> Iterator[Vector]:
    """The few points of a fixed choice on which floats differ most; none where they all agree, or cannot tell."""
    if claim.conditions or claim.relations:
        return
    points = _points(net.widths[0])
    with np.errstate(all="ignore"):
        try:
            X = np.array(points, dtype=np.float64)
            apart = np.abs(net.numpy(X) - _values(claim, X)).max(axis=1)
        except OverflowError:  # a weight beyond the floats
            return
    for k in np.argsort(-apart, kind="stable")[:EXACT]:
        if apart[k] > 0:
            yield tuple(map(Fraction, points[k]))


def _points(n: int) -> list[tuple[int, ...]]:
    """Zeros and ones, then small integers: always the same."""
    draw = random.Random(n)
    return [tuple(draw.choices(range(-reach, reach + 1), k=n)) for reach in range(1, REACH) for _ in range(POINTS // 8)]


def _values(claim: Claim, X: np.ndarray) -> np.ndarray:
    """The claimed outputs for the rows of X, in floats."""
    if isinstance(claim.source, ReluNetwork):
        return claim.source.numpy(X)
    one: Any = np.ones(len(X))
    columns = [value(tree, list(X.T), one, lambda z: np.maximum(z, 0)) for tree in claim.trees]
    return np.stack([np.asarray(column, dtype=np.float64) for column in columns], axis=1)
