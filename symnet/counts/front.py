"""The exact front of weights and connections over a grid of widths, by dynamic programming along the chain.

W = Σ_i W_i(x_{i−1}, x_i), C likewise: each layer's counts depend on its own width and on that of the layer before. So
all designs that agree in x_i have the same future, and of these only those that no other one beats in all respects need
be kept: F_i(x) = undominated ⋃_y (F_{i−1}(y) + (W_i, C_i)(y, x)). No design is lost, and the front is exact.

P = Π x_i   the product of the widths: how many ways lead through the hidden channels. Narrower is cheaper in W and in
            C, so without a floor for P the narrowest network wins alone. More than the floor is worth no more: P is
            capped there. Widths are divided by their greatest common divisors, so that P stays small and exact.
"""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
import sympy as sp

from symnet.counts.architecture import Architecture
from symnet.counts.layers import Conv, Linear
from symnet.counts.rows import Row
from symnet.counts.sizes import letter, size
from symnet.counts.table import count
from symnet.errors import InvalidInput, NotSupported

WIDTH = {Conv: "out_channels", Linear: "out_features"}
GOALS = ("weights", "connections")


@dataclass(frozen=True)
class Design:
    """One choice of widths and what it costs."""

    base: Architecture
    widths: Mapping[str, int]
    weights: int
    connections: int

    @cached_property
    def architecture(self) -> Architecture:
        """The network with these widths."""
        new = self.base
        for name, width in self.widths.items():
            new = new.changed(name, **{WIDTH[type(new[name])]: width})
        return new


@dataclass(frozen=True)
class Front:
    """The designs that no other design of the grid beats in both weights and connections; fewest weights first.

    grid          layer -> the widths that it may have
    least_paths   the least product of all widths that a design must have
    """

    base: Architecture
    points: tuple[Design, ...]
    grid: Mapping[str, tuple[int, ...]]
    least_paths: int

    @property
    def designs(self) -> int:
        """How many designs the grid has."""
        return math.prod(len(widths) for widths in self.grid.values())

    def __iter__(self) -> Any:
        return iter(self.points)

    def __len__(self) -> int:
        return len(self.points)

    def to_json(self) -> dict[str, Any]:
        points = [{"widths": dict(p.widths), "weights": p.weights, "connections": p.connections} for p in self.points]
        return {
            "network": self.base.name,
            "grid": {k: list(v) for k, v in self.grid.items()},
            "least_paths": self.least_paths,
            "front": points,
        }


def pareto(
    architecture: Architecture,
    widths: Mapping[str, Iterable[int]] | None = None,
    limits: Mapping[str, int] | None = None,
    least_paths: int | None = None,
) -> Front:
    """The exact front over a grid of widths.

    widths   layer -> the widths that it may have; without it a quarter, half, three quarters and all of the present
             width of every layer but the last
    limits   "weights" or "connections" -> the most that a design may have
    least_paths   the least product of all widths chosen; without it an eighth of the largest on the grid: what is left
             when three layers are halved. 1 is no floor.

    Raises NotSupported where widths are tied across the chain (residual sums, concatenations).
    """
    grid = _grid(architecture, widths)
    chain = _costs(architecture, grid)
    floor = math.prod(max(w) for w in grid.values()) // 8 if least_paths is None else size(least_paths, "least_paths")
    found = _front(chain, list(grid.values()), floor)
    points = [Design(architecture, dict(zip(grid, w, strict=True)), *cost) for cost, w in found]
    for goal, most in (limits or {}).items():
        if goal not in GOALS:
            raise InvalidInput(f"a front can be limited in {' or '.join(GOALS)}, not in {goal!r}")
        points = [p for p in points if getattr(p, goal) <= most]
    return Front(architecture, tuple(points), grid, floor)


def _grid(architecture: Architecture, widths: Mapping[str, Iterable[int]] | None) -> dict[str, tuple[int, ...]]:
    if architecture.symbols:
        raise InvalidInput(f"{architecture.name}: a front needs numbers; use .at({{letter: number}})")
    wide = {name: getattr(layer, WIDTH[type(layer)]) for name, layer in architecture if type(layer) in WIDTH}
    if widths is None:
        *hidden, _ = wide
        return {name: tuple(sorted({max(1, wide[name] * i // 4) for i in (1, 2, 3, 4)})) for name in hidden}
    for name in widths:
        if name not in wide:
            raise InvalidInput(f"{architecture.name}: {name!r} has no width to choose; {', '.join(wide)} have")
    order = [name for name in wide if name in widths]
    return {name: tuple(sorted({size(w, f"layer {name!r}: width") for w in widths[name]})) for name in order}


# ---------------------------------------------------------------------- costs of neighbours
def _costs(architecture: Architecture, grid: Mapping[str, tuple[int, ...]]) -> list[tuple[Any, Any]]:
    """For each place in the chain (W, C) as arrays over (width before, width here); −1 where it cannot be built."""
    letters = {name: letter(f"x_{i}") for i, name in enumerate(grid)}
    named = [(n, _with_width(layer, letters[n]) if n in letters else layer) for n, layer in architecture]
    table = count(Architecture(architecture.name, named))
    places = {s: i for i, s in enumerate(letters.values())}
    sides = [np.array(w, dtype=object) for w in grid.values()]
    arrays: list[tuple[Any, Any]] = [_empty(sides, i) for i in range(len(sides) + 1)]
    for row in table.rows:
        at = _place(row, places)
        before, here = _broadcast(sides, at)
        built = _built(row, places, before, here)
        for array, goal in zip(arrays[at], GOALS, strict=True):
            _add(array, _value(row.short(goal), places, at, before, here), built)
    return arrays


def _with_width(layer: Any, width: sp.Symbol) -> Any:
    return replace(layer, **{WIDTH[type(layer)]: width})


def _empty(sides: list[Any], at: int) -> tuple[Any, Any]:
    shape = (len(sides[at - 1]) if at else 1, len(sides[at]) if at < len(sides) else 1)
    return np.zeros(shape, dtype=object), np.zeros(shape, dtype=object)


def _place(row: Row, places: Mapping[sp.Symbol, int]) -> int:
    """The later of the two widths that the layer depends on; after the last where only that one is before it."""
    used = sorted({places[s] for side in (*row.arrives, *row.values.values()) for s in _letters(side) if s in places})
    if not used:
        return 0
    own = {places[s] for value in row.leaves for s in _letters(value) if s in places}
    at = max(own) if own else used[-1] + 1
    if any(i not in (at - 1, at) for i in used):
        raise NotSupported(f"layer {row.name!r} ties widths that are not neighbours in the chain; give it fixed widths")
    return at


def _letters(side: Any) -> set[Any]:
    return set(getattr(side, "free_symbols", ()))


def _broadcast(sides: list[Any], at: int) -> tuple[Any, Any]:
    before = sides[at - 1][:, None] if at else np.ones((1, 1), dtype=object)
    return before, sides[at][None, :] if at < len(sides) else np.ones((1, 1), dtype=object)


def _value(amount: Any, places: Mapping[sp.Symbol, int], at: int, before: Any, here: Any) -> Any:
    above, below = _quotient(amount, places, at, before, here)
    return above // below


def _built(row: Row, places: Mapping[sp.Symbol, int], before: Any, here: Any) -> Any:
    """Where groups divide the channels."""
    holds = np.ones(np.broadcast(before, here).shape, dtype=bool)
    at = _place(row, places)
    for condition in row.conditions:
        if condition.sign == "in":
            above, below = _quotient(condition.lhs, places, at, before, here)
            holds &= np.asarray(above % below == 0, dtype=bool)
    return holds


def _quotient(x: Any, places: Mapping[sp.Symbol, int], at: int, before: Any, here: Any) -> tuple[Any, Any]:
    """Numerator and denominator over the grid of both widths, in Python's integers."""
    names = {i: s for s, i in places.items()}
    arguments = [names.get(at - 1, sp.Symbol("_a")), names.get(at, sp.Symbol("_b"))]
    parts = sp.fraction(sp.together(sp.sympify(x)))
    above, below = (sp.lambdify(arguments, part, modules="math")(before, here) for part in parts)
    return above, below


def _add(array: Any, value: Any, built: Any) -> None:
    """Sum the costs; what cannot be built stays −1."""
    array[...] = np.where(built & (array >= 0), array + value, -1)
    if array.max() >= 2**55:  # sums of these must stay in 64 bits
        raise NotSupported("a layer of the grid has more than 2^55 connections; choose smaller widths")


# ---------------------------------------------------------------------- dynamic programming
Points = tuple[Any, ...]  # W, C, P, width before, index there: arrays of equal length


def _front(
    costs: list[tuple[Any, Any]], sides: list[tuple[int, ...]], floor: int
) -> list[tuple[tuple[int, int], tuple[int, ...]]]:
    """The undominated (W, C) with the widths that reach them."""
    common = [math.gcd(*widths) for widths in sides]
    ways = [[x // g for x in widths] for widths, g in zip(sides, common, strict=True)]
    needed = -(-floor // math.prod(common))
    kept: list[list[Points]] = []
    for at, (W, C) in enumerate(costs):
        ahead = math.prod(max(w) for w in ways[at + 1 :])
        factors = ways[at] if at < len(sides) else [1]
        last = kept[-1] if kept else [_START]
        kept.append([_step(last, W[:, b], C[:, b], factors[b], needed, ahead) for b in range(W.shape[1])])
    W, C, _, before, index = kept[-1][0]
    best = _undominated(W, C)
    return [((int(W[i]), int(C[i])), _widths(kept, sides, int(before[i]), int(index[i]))) for i in best]


_START: Points = tuple(np.array([x], dtype=np.int64) for x in (0, 0, 1, 0, 0))


def _step(fronts: list[Points], W: Any, C: Any, ways: int, needed: int, ahead: int) -> Points:
    """F(x) = undominated ⋃_y (F(y) + cost(y, x)), of what can still reach the floor."""
    parts = []
    for y, (w, c, paths, _, _) in enumerate(fronts):
        if W[y] < 0:
            continue
        P = np.minimum(paths * ways, needed)
        able = P * ahead >= needed
        parts.append((w + W[y], c + C[y], P, np.full(len(w), y), np.arange(len(w)), able))
    if not parts:
        return tuple(np.zeros(0, dtype=np.int64) for _ in range(5))
    *columns, able = (np.concatenate([part[i] for part in parts]) for i in range(6))
    W_, C_, P_, before, index = (column[able] for column in columns)
    chosen = _undominated_by_level(W_, C_, P_)
    return W_[chosen], C_[chosen], P_[chosen], before[chosen], index[chosen]


def _undominated_by_level(W: Any, C: Any, P: Any) -> Any:
    """Those that no other one beats in W, C and P together: at each level of P, among all with at least as much."""
    kept = np.zeros(0, dtype=np.int64)
    for level in np.unique(P)[::-1]:
        here = np.flatnonzero(level == P)
        rivals = np.concatenate([kept, here])
        best = rivals[_undominated(W[rivals], C[rivals])]
        kept = np.concatenate([kept, best[P[best] == level]])
    return kept


def _undominated(W: Any, C: Any) -> Any:
    """Places of the points sorted by W, each with fewer connections than all before it; the first of equals."""
    if not len(W):
        return np.zeros(0, dtype=np.int64)
    order = np.lexsort((np.arange(len(W)), C.astype(np.int64), W.astype(np.int64)))
    best = np.minimum.accumulate(C[order].astype(np.int64))
    return order[np.concatenate([[True], best[1:] < best[:-1]])]


def _widths(kept: list[list[Points]], sides: list[tuple[int, ...]], width: int, index: int) -> tuple[int, ...]:
    """Walk back along what was kept."""
    found: list[int] = []
    for at in range(len(sides) - 1, -1, -1):
        found.append(sides[at][width])
        _, _, _, before, there = kept[at][width]
        width, index = int(before[index]), int(there[index])
    return tuple(reversed(found))
