"""The exact front of a sum of costs over widths, by eliminating one width after the other.

W = Σ_r W_r(x_S(r)), C likewise: each layer's costs depend on the few widths S(r) that it sees. To eliminate x_v, all
costs that see it are added up, and for each choice of the other widths in them only those designs are kept that no
other one beats in W, C and P together: whatever is chosen later costs both the same. No design is lost, so the front is
exact.
Along a chain this is dynamic programming; where branches meet, more widths have to be looked at together.

P = Π x   the product of the widths, capped at what is needed: more is worth no more
"""

import itertools
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from symnet.errors import NotSupported

MOST_CHOICES, MOST_POINTS = 50_000, 4_000_000
Scope = tuple[int, ...]


@dataclass(frozen=True)
class Points:
    """Designs that are not beaten: W, C and P, arrays of equal length, and each width's place in its grid so far."""

    W: Any
    C: Any
    P: Any
    X: Any

    def __len__(self) -> int:
        return len(self.W)

    def at(self, places: Any) -> "Points":
        """Some of them."""
        return Points(self.W[places], self.C[places], self.P[places], self.X[places])


@dataclass(frozen=True)
class Cost:
    """W and C of layers that see the widths of ``scope``: arrays over their grids; ``built`` where they can be."""

    scope: Scope
    W: Any
    C: Any
    built: Any


@dataclass(frozen=True)
class Message:
    """What is left of eliminated widths: for each choice of the widths in ``scope`` the designs to go on with."""

    scope: Scope
    table: Mapping[Scope, Points]
    most: int
    """The largest product of the widths that were eliminated."""


def front(costs: Sequence[Cost], ways: Sequence[Sequence[int]], needed: int, names: Sequence[str]) -> Points:
    """The designs that no other beats in W and C; ``ways`` are the widths as they count in P.

    Raises NotSupported where too many widths meet, naming them.
    """
    most = math.prod(max(w) for w in ways)
    kind = np.int64 if most * most < 2**62 else object
    messages: list[Message] = []
    left = list(costs)
    remaining = set(range(len(ways)))
    while remaining:
        v = min(remaining, key=lambda v: (_met(v, left, messages), v))
        messages, left = _eliminated(v, left, messages, ways, needed, most, kind, names)
        remaining.remove(v)
    points = _constant(left, kind, len(ways))
    for message in messages:
        points = _kept(_sums(points, message.table[()], needed))
    able = points.at(np.flatnonzero(needed <= points.P))
    return able.at(_undominated(able.W, able.C))


def _seen(v: int, factors: Sequence[Any]) -> list[Any]:
    return [factor for factor in factors if v in factor.scope]


def _met(v: int, costs: Sequence[Cost], messages: Sequence[Message]) -> int:
    """How many widths have to be looked at together to eliminate this one."""
    return len({u for factor in (*_seen(v, costs), *_seen(v, messages)) for u in factor.scope})


def _eliminated(
    v: int, costs: list[Cost], messages: list[Message], ways: Sequence[Sequence[int]], needed: int, most: int,
    kind: Any, names: Sequence[str],
) -> tuple[list[Message], list[Cost]]:  # fmt: skip
    """The factors without x_v: those that see it become one message to the widths that they see besides."""
    mine, told = _seen(v, costs), _seen(v, messages)
    scope = tuple(sorted({u for factor in (*mine, *told) for u in factor.scope} - {v}))
    if math.prod(len(ways[u]) for u in (*scope, v)) > MOST_CHOICES:
        met = ", ".join(names[u] for u in sorted((*scope, v)))
        raise NotSupported(f"the widths of {met} meet: too many to look at together; choose fewer layers, or widths")
    so_far = max(ways[v]) * math.prod(message.most for message in told)
    table: dict[Scope, Points] = {}
    for choice in itertools.product(*(range(len(ways[u])) for u in scope)):
        at = dict(zip(scope, choice, strict=True))
        found = []
        for x, way in enumerate(ways[v]):
            points = _given({**at, v: x}, mine, told, needed, kind, len(ways))
            P = np.minimum(points.P * way, needed)
            X = points.X.copy()
            X[:, v] = x
            found.append(Points(points.W, points.C, P, X).at(np.flatnonzero(P * (most // so_far) >= needed)))
        table[choice] = _kept(_together(found))
    rest = [message for message in messages if v not in message.scope]
    return [*rest, Message(scope, table, so_far)], [cost for cost in costs if v not in cost.scope]


def _given(at: Mapping[int, int], costs: list[Cost], messages: list[Message], needed: int, kind: Any, n: int) -> Points:
    """The designs for one choice of all widths in sight: none where a layer cannot be built."""
    W = C = 0
    for cost in costs:
        place = tuple(at[u] for u in cost.scope)
        if not cost.built[place]:
            return _point(0, 0, kind, n).at(np.zeros(0, dtype=np.int64))
        W, C = W + int(cost.W[place]), C + int(cost.C[place])
    points = _point(W, C, kind, n)
    for i, message in enumerate(messages):
        points = _sums(points, message.table[tuple(at[u] for u in message.scope)], needed)
        points = _kept(points) if i else points  # of one message, all are kept already
    return points


def _constant(costs: list[Cost], kind: Any, n: int) -> Points:
    """What sees no width."""
    return _point(sum(int(cost.W) for cost in costs), sum(int(cost.C) for cost in costs), kind, n)


def _point(W: int, C: int, kind: Any, n: int) -> Points:
    if max(W, C) >= 2**55:  # sums of these must stay in 64 bits
        raise NotSupported("a layer of the grid has more than 2^55 connections; choose smaller widths")
    ones = np.ones(1, dtype=kind)
    return Points(np.array([W], dtype=np.int64), np.array([C], dtype=np.int64), ones, np.zeros((1, n), dtype=np.int32))


def _sums(a: Points, b: Points, needed: int) -> Points:
    """Each design of one with each of the other."""
    if len(a) * len(b) > MOST_POINTS:
        raise NotSupported("too many designs are left to compare; choose fewer layers or widths, or a higher floor")
    i, j = (index.ravel() for index in np.meshgrid(np.arange(len(a)), np.arange(len(b)), indexing="ij"))
    return Points(a.W[i] + b.W[j], a.C[i] + b.C[j], np.minimum(a.P[i] * b.P[j], needed), a.X[i] + b.X[j])


def _together(parts: Sequence[Points]) -> Points:
    return Points(*(np.concatenate([getattr(part, column) for part in parts]) for column in ("W", "C", "P", "X")))


def _kept(points: Points) -> Points:
    """Those that no other one beats in W, C and P together: at each level of P, among all with at least as much."""
    kept = np.zeros(0, dtype=np.int64)
    for level in np.unique(points.P)[::-1]:
        here = np.flatnonzero(level == points.P)
        rivals = np.concatenate([kept, here])
        best = rivals[_undominated(points.W[rivals], points.C[rivals])]
        kept = np.concatenate([kept, best[points.P[best] == level]])
    return points.at(kept)


def _undominated(W: Any, C: Any) -> Any:
    """Places of the points sorted by W, each with fewer connections than all before it; the first of equals."""
    if not len(W):
        return np.zeros(0, dtype=np.int64)
    order = np.lexsort((np.arange(len(W)), C, W))
    best = np.minimum.accumulate(C[order])
    return order[np.concatenate([[True], best[1:] < best[:-1]])]
