"""A circuit as a network with layers: what is needed later is carried through the layers between.

A unit is never negative, so relu leaves it as it is: one unit carries it. An input takes two: x = relu(x) − relu(−x).
"""

from collections.abc import Mapping, Sequence
from fractions import Fraction

from symnet.relu.circuits import Circuit, Linear, wire
from symnet.relu.network import ReluNetwork

Spelling = Mapping[int, Linear]
"""Each wire as a linear form in 1 and the entries of a layer, which are numbered from 1."""


def layered(circuit: Circuit) -> ReluNetwork:
    """The network with the circuit's depth that computes its outputs."""
    n, depths = circuit.inputs, dict(enumerate(circuit.depths, circuit.inputs + 1))
    spelling: Spelling = {w: wire(w) for w in range(n + 1)}
    layers, width = [], n
    for level in range(1, max(depths.values(), default=0) + 1):
        later = [circuit.units[w - n - 1] for w, depth in depths.items() if depth > level] + list(circuit.outputs)
        needed = sorted({w for form in later for w in form.terms} & spelling.keys() - {0})
        rows: list[Linear] = []
        after: dict[int, Linear] = {0: wire(0)}
        for w, sign, form in _entering(circuit, depths, level, needed):
            rows.append(spelled(form, spelling))
            after[w] = after.get(w, Linear({})) + sign * wire(len(rows))
        layers.append(_weights(rows, width))
        spelling, width = after, len(rows)
    return ReluNetwork([*layers, _weights([spelled(form, spelling) for form in circuit.outputs], width)])


def _entering(
    circuit: Circuit, depths: Mapping[int, int], level: int, needed: Sequence[int]
) -> list[tuple[int, int, Linear]]:
    """The layer's units: the wire that each helps to spell, with which sign, and the form under its relu."""
    n = circuit.inputs
    units = [(w, 1, circuit.units[w - n - 1]) for w, depth in depths.items() if depth == level]
    carried = [(w, sign, sign * wire(w)) for w in needed for sign in ((1, -1) if w <= n else (1,))]
    return units + carried


def spelled(form: Linear, spelling: Spelling) -> Linear:
    """The form with every wire replaced."""
    return sum((a * spelling[w] for w, a in form.terms.items()), start=Linear({}))


def _weights(rows: Sequence[Linear], width: int) -> tuple[list[list[Fraction]], list[Fraction]]:
    table = [form.row(width + 1) for form in rows]
    return [list(row[1:]) for row in table], [row[0] for row in table]
