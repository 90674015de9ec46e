"""Sorting by comparison, in ReLU units.

min(a, b) = a − relu(a − b),    max(a, b) = b + relu(a − b),    a = relu(a) − relu(−a)

A gadget is an encoder E and a decoder D with D relu(E x) = what it computes. Side by side they make a layer of a
comparator network; layer after layer, D of one and E of the next are multiplied into one matrix:

    W_1 = E_1,    W_{l+1} = E_{l+1} D_l,    W_out = D_last,    all biases 0
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from typing import Literal, TypeAlias

from symnet.errors import InvalidInput
from symnet.relu.geometry.rationals import Matrix
from symnet.relu.network import ReluNetwork
from symnet.relu.sorting.sorting_networks import Comparator, ComparatorNetwork, sorting_network

HALF = Fraction(1, 2)
Place: TypeAlias = tuple["Gadget", tuple[int, ...]]


@dataclass(frozen=True)
class Gadget:
    """decoder · relu(encoder · x) on one or two wires; ``encoder`` (units, wires), ``decoder`` (wires, units)."""

    name: str
    encoder: tuple[tuple[int, ...], ...]
    decoder: tuple[tuple[int | Fraction, ...], ...]

    @property
    def units(self) -> int:
        return len(self.encoder)


FIVE = Gadget(
    "relu(−a), relu(a), relu(a − b), relu(b), relu(−b)",
    encoder=((-1, 0), (1, 0), (1, -1), (0, 1), (0, -1)),
    decoder=((-1, 1, -1, 0, 0), (0, 0, 1, 1, -1)),
)
FOUR = Gadget(
    "relu(a − b), relu(b − a), relu(a + b), relu(−a − b)",
    encoder=((1, -1), (-1, 1), (1, 1), (-1, -1)),
    decoder=((-HALF, -HALF, HALF, -HALF), (HALF, HALF, HALF, -HALF)),
)
IDLE = Gadget("relu(−a), relu(a)", encoder=((-1,), (1,)), decoder=((-1, 1),))
COMPARATORS: Mapping[str, Gadget] = {"five": FIVE, "four": FOUR}
"""A comparator in five units is the worksheet's; four are the fewest (see `width`)."""


def two_input_sorter() -> ReluNetwork:
    """The worksheet's five units: out = (min, max) of two real numbers.

    m_1 = relu(-x_1), m_2 = relu(x_1), m_3 = relu(x_1 - x_2), m_4 = relu(x_2), m_5 = relu(-x_2), all biases 0.
    """
    hidden = [[-1, 0], [1, 0], [1, -1], [0, 1], [0, -1]]
    output = [[-1, 1, -1, 0, 0], [0, 0, 1, 1, -1]]
    return ReluNetwork([(hidden, [0] * 5), (output, [0] * 2)])


def sorter(n: int, gadget: Literal["five", "four"] = "five") -> ReluNetwork:
    """A network that sorts n real numbers: the smallest sorting network known, compiled (see `sorting_network`).

    >>> sorter(3)([3, 1, 2])
    (Fraction(1, 1), Fraction(2, 1), Fraction(3, 1))
    """
    return compiled_comparators(sorting_network(n), gadget)


# ---------------------------------------------------------------------- from comparators to weights
def compiled_comparators(network: ComparatorNetwork, gadget: Literal["five", "four"] = "five") -> ReluNetwork:
    """The comparator network as a ReLU network with one hidden layer for each of its layers."""
    if gadget not in COMPARATORS:
        known = " or ".join(f'"{name}"' for name in COMPARATORS)
        raise InvalidInput(f"gadget: {gadget!r} is not known; pass {known}.")
    n = network.inputs
    layers = [_placed(layer, n, COMPARATORS[gadget]) for layer in network.layers]
    encoders = [_encoder(places, n) for places in layers]
    decoders = [_decoder(places, n) for places in layers]
    weights = [*encoders[:1], *(product(E, D) for D, E in zip(decoders, encoders[1:], strict=False)), *decoders[-1:]]
    return ReluNetwork([(W, [0] * len(W)) for W in weights or [_identity(n)]])


def _placed(layer: Iterable[Comparator], n: int, comparator: Gadget) -> list[Place]:
    """The gadgets of one layer with their wires, in the order of their first wire."""
    busy = {wire for pair in layer for wire in pair}
    places = [*((comparator, pair) for pair in layer), *((IDLE, (wire,)) for wire in range(n) if wire not in busy)]
    return sorted(places, key=lambda place: place[1])


def _encoder(places: Iterable[Place], n: int) -> list[list[Fraction]]:
    """Each gadget's encoder on the columns of its wires."""
    return [_spread(row, wires, n) for gadget, wires in places for row in gadget.encoder]


def _decoder(places: Sequence[Place], n: int) -> list[list[Fraction]]:
    """Each gadget's decoder, in the rows of its wires and the columns of its units."""
    units = sum(gadget.units for gadget, _ in places)
    rows, first = [[Fraction(0)] * units for _ in range(n)], 0
    for gadget, wires in places:
        columns = range(first, first := first + gadget.units)
        for wire, row in zip(wires, gadget.decoder, strict=True):
            rows[wire] = _spread(row, columns, units)
    return rows


def _spread(values: Iterable[int | Fraction], places: Iterable[int], length: int) -> list[Fraction]:
    """A row of zeros with the values at their places."""
    row = [Fraction(0)] * length
    for place, value in zip(places, values, strict=True):
        row[place] = Fraction(value)
    return row


def _identity(n: int) -> list[list[Fraction]]:
    return [_spread([1], [i], n) for i in range(n)]


def product(A: Sequence[Sequence[Fraction]], B: Sequence[Sequence[Fraction]]) -> list[list[Fraction]]:
    """A B, skipping the zeros of A: encoders have one or two entries in a row."""
    zero = [Fraction(0)] * len(B[0])
    return [[sum(c, Fraction(0)) for c in zip(zero, *_scaled(row, B), strict=True)] for row in A]


def _scaled(row: Sequence[Fraction], B: Sequence[Sequence[Fraction]]) -> list[list[Fraction]]:
    return [[a * b for b in line] for a, line in zip(row, B, strict=True) if a]


# ---------------------------------------------------------------------- what it costs
@dataclass(frozen=True)
class SorterSize:
    """The exact cost of `sorter(inputs, gadget)`; ``weights`` counts all, ``nonzero`` those that are not 0."""

    inputs: int
    gadget: str
    comparators: int
    depth: int
    """Hidden layers: the layers of the comparator network."""
    units: int
    """Hidden units."""
    weights: int
    nonzero: int
    source: str


def sorter_sizes(
    inputs: Iterable[int] = range(2, 17), gadgets: Iterable[Literal["five", "four"]] = ("five", "four")
) -> tuple[SorterSize, ...]:
    """One record for each number of inputs and gadget, counted on the compiled networks."""
    gadgets = tuple(gadgets)
    return tuple(_size(n, gadget) for n in inputs for gadget in gadgets)


def _size(n: int, gadget: Literal["five", "four"]) -> SorterSize:
    network, net = sorting_network(n), sorter(n, gadget)
    entries: list[Matrix] = [W for W, _ in net.layers]
    return SorterSize(
        inputs=n,
        gadget=gadget,
        comparators=network.size,
        depth=network.depth,
        units=sum(net.widths[1:-1]),
        weights=sum(a * b for a, b in pairwise(net.widths)),
        nonzero=sum(bool(a) for W in entries for row in W for a in row),
        source=network.source,
    )
