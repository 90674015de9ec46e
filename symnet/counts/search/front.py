"""The exact front of weights and connections over a grid of widths, for chains and for networks with branches.

W = Σ_r W_r, C likewise: each layer's counts depend on the widths of what arrives and of what leaves, and on no others.
That is what makes the exact front cheap to find: see ``elimination.py``. Layers whose outputs are added have one width
to choose between them: see ``ties.py``.

P = Π x_i   the product of the widths: how many ways lead through the hidden channels. Narrower is cheaper in W and in
            C, so without a floor for P the narrowest network wins alone. More than the floor is worth no more: P is
            capped there. Widths are divided by their greatest common divisors, so that P stays small and exact.
"""

import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import sympy as sp

from symnet.counts.architecture import Architecture
from symnet.counts.rows import Row
from symnet.counts.search.elimination import Cost, front
from symnet.counts.search.ties import WIDTH, Tied, tied
from symnet.counts.sizes import size
from symnet.counts.table import count
from symnet.errors import InvalidInput
from symnet.sizes import letter

GOALS = ("weights", "connections")


@dataclass(frozen=True)
class Design:
    """One choice of widths and what it costs; ``ties`` are the layers that have each of them."""

    base: Architecture
    widths: Mapping[str, int]
    weights: int
    connections: int
    ties: Mapping[str, Tied]

    @cached_property
    def architecture(self) -> Architecture:
        """The network with these widths."""
        new = self.base
        for name, width in self.widths.items():
            new = self.ties[name].applied(new, width)
        return new


@dataclass(frozen=True)
class Front:
    """The designs that no other design of the grid beats in both weights and connections; fewest weights first.

    grid          layer -> the widths that it, and the layers that it is tied to, may have
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

    widths   layer -> the widths that it may have, with the layers that must be as wide; without it a quarter, half,
             three quarters and all of the present width of every layer but the last
    limits   "weights" or "connections" -> the most that a design may have
    least_paths   the least product of all widths chosen; without it an eighth of the largest on the grid: what is left
             when three layers are halved. 1 is no floor.

    Raises InvalidInput for a layer without a width to choose, NotSupported where too many widths meet in one place.
    """
    if architecture.symbols:
        raise InvalidInput(f"{architecture.name}: a front needs numbers; use .at({{letter: number}})")
    for goal in limits or {}:
        if goal not in GOALS:
            raise InvalidInput(f"a front can be limited in {' or '.join(GOALS)}, not in {goal!r}")
    ties, grid = _grid(architecture, widths)
    floor = math.prod(max(w) for w in grid.values()) // 8 if least_paths is None else size(least_paths, "least_paths")
    common = [math.gcd(*w) for w in grid.values()]
    ways = [[x // g for x in w] for w, g in zip(grid.values(), common, strict=True)]
    found = front(_costs(architecture, grid, ties), ways, -(-floor // math.prod(common)), list(grid))
    chosen = ([w[int(i)] for w, i in zip(grid.values(), places, strict=True)] for places in found.X)
    points = [
        Design(architecture, dict(zip(grid, chose, strict=True)), int(W), int(C), ties)
        for chose, W, C in zip(chosen, found.W, found.C, strict=True)
    ]
    kept = (p for p in points if all(getattr(p, goal) <= most for goal, most in (limits or {}).items()))
    return Front(architecture, tuple(kept), grid, floor)


# ---------------------------------------------------------------------- the grid
def _grid(
    architecture: Architecture, widths: Mapping[str, Iterable[int]] | None
) -> tuple[dict[str, Tied], dict[str, tuple[int, ...]]]:
    """The name of each set of tied layers with the set, and with the widths that it may have."""
    sets = tied(architecture)
    if widths is None:
        ties = {ties.names[0]: ties for ties in sets}
        return ties, {name: tuple(sorted({max(1, t.width * i // 4) for i in (1, 2, 3, 4)})) for name, t in ties.items()}
    of_layer = {name: ties for ties in sets for name in ties.names}
    chosen: dict[str, Tied] = {}
    for name in widths:
        ties = _with_a_width(architecture, name, of_layer)
        for other in chosen:
            if chosen[other] is ties:
                raise InvalidInput(
                    f"{architecture.name}: {other!r} and {name!r} are equally wide; choose for one of them"
                )
        chosen[name] = ties
    order = sorted(chosen, key=lambda name: architecture.names.index(name))
    grid = {name: tuple(sorted({size(w, f"layer {name!r}: width") for w in widths[name]})) for name in order}
    if empty := [name for name, w in grid.items() if not w]:
        raise InvalidInput(f"layer {empty[0]!r}: give at least one width")
    return {name: chosen[name] for name in order}, grid


def _with_a_width(architecture: Architecture, name: str, of_layer: Mapping[str, Tied]) -> Tied:
    if name in of_layer:
        return of_layer[name]
    if name in architecture.names and type(architecture[name]) in WIDTH:
        raise InvalidInput(
            f"{architecture.name}: {name!r} has no width to choose: it must be as wide as the output, the input or a "
            f"table; {', '.join(of_layer)} have"
        )
    raise InvalidInput(f"{architecture.name}: {name!r} has no width to choose; {', '.join(of_layer)} have")


# ---------------------------------------------------------------------- costs
def _costs(architecture: Architecture, grid: Mapping[str, tuple[int, ...]], ties: Mapping[str, Tied]) -> list[Cost]:
    """W and C of all layers that see the same widths, over their grids."""
    letters = {name: letter(f"x_{i}") for i, name in enumerate(grid)}
    network = architecture
    for name, s in letters.items():
        network = ties[name].applied(network, s)
    sides = [np.array(w, dtype=object) for w in grid.values()]
    places = {s: i for i, s in enumerate(letters.values())}
    found: dict[tuple[int, ...], Cost] = {}
    for row in count(network).rows:
        scope = tuple(sorted(places[s] for s in _seen(row) if s in places))
        axes = {s: _along(sides[i], scope.index(i), len(scope)) for s, i in places.items() if i in scope}
        shape = tuple(len(sides[i]) for i in scope)
        W, C = (_value(row.short(goal), axes, shape) for goal in GOALS)
        built = _built(row, axes, shape)
        if scope in found:
            before = found[scope]
            W, C, built = W + before.W, C + before.C, built & before.built
        found[scope] = Cost(scope, W, C, built)
    return list(found.values())


def _seen(row: Row) -> Iterator[sp.Symbol]:
    sides = (
        *row.arrives,
        *row.values.values(),
        *row.leaves,
        *(side for c in row.conditions for side in (c.lhs, c.rhs)),
    )
    yield from {s for side in sides for s in getattr(side, "free_symbols", ())}


def _along(side: Any, axis: int, axes: int) -> Any:
    return side.reshape([-1 if i == axis else 1 for i in range(axes)])


def _value(amount: Any, axes: Mapping[sp.Symbol, Any], shape: tuple[int, ...]) -> Any:
    above, below = _quotient(amount, axes, shape)
    return above // below


def _built(row: Row, axes: Mapping[sp.Symbol, Any], shape: tuple[int, ...]) -> Any:
    """Where groups divide the channels, and what meets has equal shapes."""
    holds = np.ones(shape, dtype=bool)
    for condition in row.conditions:
        if condition.sign == "in":
            above, below = _quotient(condition.lhs, axes, shape)
            holds &= (above % below == 0).astype(bool)
        elif condition.sign == "=":
            above, _ = _quotient(condition.lhs - condition.rhs, axes, shape)
            holds &= (above == 0).astype(bool)
    return holds


def _quotient(x: Any, axes: Mapping[sp.Symbol, Any], shape: tuple[int, ...]) -> tuple[Any, Any]:
    """Numerator and denominator over the grid of all widths in sight, in Python's integers."""
    parts = sp.fraction(sp.together(sp.sympify(x, strict=True)))
    above, below = (sp.lambdify(list(axes), part, modules="math")(*axes.values()) for part in parts)
    return tuple(np.broadcast_to(np.asarray(part, dtype=object), shape) for part in (above, below))  # type: ignore
