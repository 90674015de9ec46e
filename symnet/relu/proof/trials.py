"""Points worth a try before a long proof: where floats say that the sides differ most, exact evaluation has the word.

A proof is never made here, only a counterexample: a point where both sides, evaluated exactly, differ.
"""

import random
from collections.abc import Iterator, Sequence
from fractions import Fraction
from typing import Any

import numpy as np

from symnet.relu.claims.claim import Claim
from symnet.relu.claims.trees import Tree, minus, value
from symnet.relu.geometry.rationals import Vector
from symnet.relu.network import ReluNetwork

POINTS, EXACT, REACH = 256, 4, 9


def suspects(net: ReluNetwork, claim: Claim) -> Iterator[Vector]:
    """The few points of a fixed choice on which floats differ most; none where they all agree, or cannot tell."""
    if claim.conditions:
        return
    points = _points(net.widths[0])
    with np.errstate(all="ignore"):
        try:
            X = np.array(points, dtype=np.float64)
            apart = _apart(claim, X, net.numpy(X))
        except OverflowError:  # a weight beyond the floats
            return
    for k in np.argsort(-apart, kind="stable")[:EXACT]:
        if apart[k] > 0:
            yield tuple(map(Fraction, points[k]))


def _points(n: int) -> list[tuple[int, ...]]:
    """Zeros and ones, then small integers: always the same."""
    draw = random.Random(n)
    return [tuple(draw.choices(range(-reach, reach + 1), k=n)) for reach in range(1, REACH) for _ in range(POINTS // 8)]


def _apart(claim: Claim, X: np.ndarray, found: np.ndarray) -> np.ndarray:
    """How far the outputs are from what is claimed; the worst inequality counts, and one that just holds is suspect."""
    if not claim.relations:
        return np.abs(found - _values(claim, X)).max(axis=1)
    variables = [*X.T, *found.T]
    gaps = [_column(minus(b, a), variables, len(X)) for _, a, b in claim.relations]
    return np.max(gaps, axis=0) + np.finfo(float).tiny


def _column(tree: Tree, variables: Sequence[Any], rows: int) -> np.ndarray:
    one: Any = np.ones(rows)
    return np.asarray(value(tree, variables, one, lambda z: np.maximum(z, 0)), dtype=np.float64)


def _values(claim: Claim, X: np.ndarray) -> np.ndarray:
    """The claimed outputs for the rows of X, in floats."""
    if isinstance(claim.source, ReluNetwork):
        return claim.source.numpy(X)
    return np.stack([_column(tree, list(X.T), len(X)) for tree in claim.trees], axis=1)
