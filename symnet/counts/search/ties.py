"""Which layers must be equally wide: those whose outputs are added, and depthwise convolutions with what they convolve.

Every layer gets a letter for its width, and the network is counted. Where branches meet, equal shapes are a condition:
x_1 = x_2 ties two layers, x_1 = 64 fixes one. What is left are sets of layers with one width each to choose.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import sympy as sp

from symnet.counts.architecture import Architecture
from symnet.counts.layers import Conv, Linear, Projection
from symnet.counts.table import CountTable, count
from symnet.sizes import letter

WIDTH = {Conv: "out_channels", Linear: "out_features", Projection: "out_features"}


@dataclass(frozen=True)
class Tied:
    """Layers of one width, the first of which gives its name; ``depthwise`` are as many groups as channels."""

    names: tuple[str, ...]
    width: int
    depthwise: frozenset[str] = frozenset()

    def applied(self, network: Architecture, width: Any) -> Architecture:
        """The network with this width in all of its layers."""
        for name in self.names:
            layer = network[name]
            groups = {"groups": width} if name in self.depthwise else {}
            network = network.changed(name, **{WIDTH[type(layer)]: width}, **groups)
        return network


def tied(architecture: Architecture) -> tuple[Tied, ...]:
    """The sets of layers with a width to choose, in the order of their first layers; the last layer has none."""
    wide = {name: layer for name, layer in architecture if type(layer) in WIDTH}
    depthwise = frozenset(row.name for row in count(architecture).rows if _is_depthwise(row))
    lettered = {name: letter(f"x_{i}") for i, name in enumerate(wide) if name not in depthwise}
    table = _counted(architecture, lettered, depthwise)
    sets = {s: {name} for name, s in lettered.items()}
    sets |= {s: sets[s] | {row.name for row in table.rows if row.name in depthwise and row.leaves[0] == s}
             for s in lettered.values()}  # fmt: skip
    fixed = {lettered[name] for name in [*wide][-1:] if name in lettered}
    for condition in table.conditions:
        if condition.sign == "=":
            _meet(condition.lhs, condition.rhs, sets, fixed)
    order = architecture.names.index
    found = {id(names): tuple(sorted(names, key=order)) for s, names in sets.items() if s not in fixed}
    return tuple(
        Tied(names, getattr(wide[names[0]], WIDTH[type(wide[names[0]])]), depthwise & set(names))
        for names in sorted(found.values(), key=lambda names: order(names[0]))
    )


def _is_depthwise(row: Any) -> bool:
    layer = row.layer
    return type(layer) is Conv and layer.groups > 1 and layer.groups == row.arrives[0] == layer.out_channels


def _counted(architecture: Architecture, letters: Mapping[str, sp.Symbol], depthwise: frozenset[str]) -> CountTable:
    """The table in letters; a depthwise convolution has as many channels and groups as arrive at it."""
    named: list[tuple[str, Any]] = []
    for name, layer in architecture:
        if name in letters:
            layer = replace(layer, **{WIDTH[type(layer)]: letters[name]})
        elif name in depthwise:
            arriving = count(Architecture(architecture.name, named)).rows[-1].leaves[0]
            layer = replace(layer, out_channels=arriving, groups=arriving)
        named.append((name, layer))
    return count(Architecture(architecture.name, named))


def _meet(a: Any, b: Any, sets: dict[sp.Symbol, set[str]], fixed: set[sp.Symbol]) -> None:
    """Two letters become one set; a letter that must be a number, or a sum of others, has no width to choose."""
    if a in sets and b in sets:
        together = sets[a] | sets[b]
        frozen = any(s in fixed for s in sets if sets[s] & together)
        for s in [s for s in sets if sets[s] & together]:
            sets[s] = together
            if frozen:
                fixed.add(s)
        return
    for side in (a, b):
        for s in getattr(side, "free_symbols", ()):
            fixed |= {other for other in sets if sets[other] is sets.get(s)}
