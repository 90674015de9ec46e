"""Sorting networks: comparators at fixed places that sort every input.

A comparator i-j with i < j puts the smaller of wires i and j on i and the larger on j. The comparators of a layer touch
different wires, so a layer is one step.

0-1 principle (Knuth, TAOCP 3, 5.3.4, theorem Z): a comparator network that sorts all 2ⁿ inputs of zeros and ones sorts
everything. For bits min is "and", max is "or": one bit of a machine word for each input, and all are sorted at once.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import Any, TypeAlias

import numpy as np

from symnet.errors import InvalidInput, NotSupported

Comparator: TypeAlias = tuple[int, int]
WORD = 64
MOST_WIRES = 26
"""The 0-1 check holds n · 2ⁿ bits: 200 MB for 26 wires."""


@dataclass(frozen=True)
class ComparatorNetwork:
    """Layers of comparators on wires 0 ... n − 1; ``source`` says where they are from."""

    inputs: int
    layers: tuple[tuple[Comparator, ...], ...]
    source: str = ""

    def __post_init__(self) -> None:
        for number, layer in enumerate(self.layers, 1):
            wires = [wire for comparator in layer for wire in comparator]
            if len(set(wires)) < len(wires) or not all(0 <= i < j < self.inputs for i, j in layer):
                raise InvalidInput(
                    f"layer {number}: each comparator is a pair i < j below {self.inputs}, and no two share a wire; "
                    f"got {layer}."
                )

    @property
    def size(self) -> int:
        """The number of comparators."""
        return sum(map(len, self.layers))

    @property
    def depth(self) -> int:
        return len(self.layers)

    def __call__(self, values: Sequence[Any]) -> list[Any]:
        """The values after all comparators."""
        wires = list(values)
        for layer in self.layers:
            for i, j in layer:
                wires[i], wires[j] = min(wires[i], wires[j]), max(wires[i], wires[j])
        return wires

    @cached_property
    def unsorted(self) -> tuple[int, ...] | None:
        """Zeros and ones that come out unsorted, or None: then the network sorts everything."""
        wires = zeros_and_ones(self.inputs)
        for layer in self.layers:
            for i, j in layer:
                wires[i], wires[j] = wires[i] & wires[j], wires[i] | wires[j]
        for low, high in pairwise(wires):
            if (wrong := low & ~high).any():
                return _first_input(wrong, self.inputs)
        return None

    @property
    def sorts(self) -> bool:
        return self.unsorted is None

    def without(self, layer: int, comparator: Comparator) -> "ComparatorNetwork":
        """The network with one comparator left out of a layer (0, 1, ...)."""
        if comparator not in self.layers[layer]:
            raise InvalidInput(f"layer {layer} has no comparator {comparator}; it has {self.layers[layer]}.")
        kept = tuple(c for c in self.layers[layer] if c != comparator)
        return ComparatorNetwork(self.inputs, (*self.layers[:layer], kept, *self.layers[layer + 1 :]), self.source)


# ---------------------------------------------------------------------- the 0-1 principle, a bit for each input
def zeros_and_ones(n: int) -> list[np.ndarray]:
    """Wire i holds bit i of the numbers 0 ... 2ⁿ − 1, packed into words (repeated where they do not fill one)."""
    if n > MOST_WIRES:
        raise NotSupported(f"the 0-1 check of {n} wires needs {n} · 2^{n} bits; it goes up to {MOST_WIRES} wires.")
    inside = WORD.bit_length() - 1
    words = np.arange(max(1, 2**n // WORD), dtype=np.uint64)
    ones = ~np.uint64(0)
    return [_within_word(i) + 0 * words if i < inside else (words >> (i - inside) & 1) * ones for i in range(n)]


def _within_word(i: int) -> np.uint64:
    """Bit i of 0 ... 63, as one word."""
    return np.uint64(sum(1 << number for number in range(WORD) if number >> i & 1))


def _first_input(wrong: np.ndarray, n: int) -> tuple[int, ...]:
    word = int(np.flatnonzero(wrong)[0])
    bits = int(wrong[word])
    number = word * WORD + (bits & -bits).bit_length() - 1
    return tuple(number >> i & 1 for i in range(n))


# ---------------------------------------------------------------------- the networks
def sorting_network(n: int) -> ComparatorNetwork:
    """The smallest network known for 2 ≤ n ≤ 16, Batcher's for more. One wire is sorted as it is."""
    if not isinstance(n, int) or n < 1:
        raise InvalidInput(f"a sorting network has a whole number of inputs, at least 1; got {n!r}.")
    if n in SMALLEST:
        return ComparatorNetwork(n, _read(SMALLEST[n]), OPTIMAL.get(n, SOURCE))
    return batcher(n)


def batcher(n: int) -> ComparatorNetwork:
    """Batcher's odd-even merge sort for any n (1968; Knuth, TAOCP 3, 5.2.2, algorithm M)."""
    return ComparatorNetwork(n, tuple(filter(None, _merge_exchange(n))), "Batcher 1968")


def _merge_exchange(n: int) -> Iterator[tuple[Comparator, ...]]:
    """Algorithm M: sort with distances p = 2^t, ..., 2, 1; each p starts at distance p, then q − p for smaller q."""
    top = 1 << max(n - 1, 0).bit_length() >> 1
    p = top
    while p:
        q, r, d = top, 0, p
        while True:
            yield tuple((i, i + d) for i in range(n - d) if i & p == r)
            if q == p:
                break
            q, r, d = q >> 1, p, q - p
        p >>= 1


def _read(text: str) -> tuple[tuple[Comparator, ...], ...]:
    """Layers apart by ";", comparators by spaces: "0-2 1-3; 0-1 2-3; 1-2"."""
    return tuple(tuple(_comparator(pair) for pair in layer.split()) for layer in text.split(";"))


def _comparator(pair: str) -> Comparator:
    i, j = pair.split("-")
    return int(i), int(j)


SOURCE = "B. Dobbelaere, List of sorting networks (after Knuth, TAOCP 3, 5.3.4, and others)"
OPTIMAL = (
    dict.fromkeys(range(2, 9), f"{SOURCE}; no smaller one: Knuth, TAOCP 3, 5.3.4")
    | dict.fromkeys((9, 10), f"{SOURCE}; no smaller one: Codish, Cruz-Filipe, Frank, Schneider-Kamp 2014")
    | dict.fromkeys((11, 12), f"{SOURCE}; no smaller one: Harder 2020")
)
"""Where the size is proved to be the least there is."""

SMALLEST = {
    2: "0-1",
    3: "0-2; 0-1; 1-2",
    4: "0-2 1-3; 0-1 2-3; 1-2",
    5: "0-3 1-4; 0-2 1-3; 0-1 2-4; 1-2 3-4; 2-3",
    6: "0-5 1-3 2-4; 1-2 3-4; 0-3 2-5; 0-1 2-3 4-5; 1-2 3-4",
    7: "0-6 2-3 4-5; 0-2 1-4 3-6; 0-1 2-5 3-4; 1-2 4-6; 2-3 4-5; 1-2 3-4 5-6",
    8: "0-2 1-3 4-6 5-7; 0-4 1-5 2-6 3-7; 0-1 2-3 4-5 6-7; 2-4 3-5; 1-4 3-6; 1-2 3-4 5-6",
    9: ("0-3 1-7 2-5 4-8; 0-7 2-4 3-8 5-6; 0-2 1-3 4-5 7-8; 1-4 3-6 5-7; 0-1 2-4 3-5 6-8; 2-3 4-5 6-7; 1-2 3-4 5-6"),
    10: (
        "0-8 1-9 2-7 3-5 4-6; 0-2 1-4 5-8 7-9; 0-3 2-4 5-7 6-9; 0-1 3-6 8-9; 1-5 2-3 4-8 6-7; "
        "1-2 3-5 4-6 7-8; 2-3 4-5 6-7; 3-4 5-6"
    ),
    11: (
        "0-9 1-6 2-4 3-7 5-8; 0-1 3-5 4-10 6-9 7-8; 1-3 2-5 4-7 8-10; 0-4 1-2 3-7 5-9 6-8; "
        "0-1 2-6 4-5 7-8 9-10; 2-4 3-6 5-7 8-9; 1-2 3-4 5-6 7-8; 2-3 4-5 6-7"
    ),
    12: (
        "0-8 1-7 2-6 3-11 4-10 5-9; 0-1 2-5 3-4 6-9 7-8 10-11; 0-2 1-6 5-10 9-11; "
        "0-3 1-2 4-6 5-7 8-11 9-10; 1-4 3-5 6-8 7-10; 1-3 2-5 6-9 8-10; 2-3 4-5 6-7 8-9; 4-6 5-7; "
        "3-4 5-6 7-8"
    ),
    13: (
        "0-12 1-10 2-9 3-7 5-11 6-8; 1-6 2-3 4-11 7-9 8-10; 0-4 1-2 3-6 7-8 9-10 11-12; "
        "4-6 5-9 8-11 10-12; 0-5 3-8 4-7 6-11 9-10; 0-1 2-5 6-9 7-8 10-11; 1-3 2-4 5-6 9-10; "
        "1-2 3-4 5-7 6-8; 2-3 4-5 6-7 8-9; 3-4 5-6"
    ),
    14: (
        "0-1 2-3 4-5 6-7 8-9 10-11 12-13; 0-2 1-3 4-8 5-9 10-12 11-13; 0-4 1-2 3-7 5-8 6-10 9-13 11-12; "
        "0-6 1-5 3-9 4-10 7-13 8-12; 2-10 3-11 4-6 7-9; 1-3 2-8 5-11 6-7 10-12; "
        "1-4 2-6 3-5 7-11 8-10 9-12; 2-4 3-6 5-8 7-10 9-11; 3-4 5-6 7-8 9-10; 6-7"
    ),
    15: (
        "1-2 3-10 4-14 5-8 6-13 7-12 9-11; 0-14 1-5 2-8 3-7 6-9 10-12 11-13; "
        "0-7 1-6 2-9 4-10 5-11 8-13 12-14; 0-6 2-4 3-5 7-11 8-10 9-12 13-14; "
        "0-3 1-2 4-7 5-9 6-8 10-11 12-13; 0-1 2-3 4-6 7-9 10-12 11-13; 1-2 3-5 8-10 11-12; "
        "3-4 5-6 7-8 9-10; 2-3 4-5 6-7 8-9 10-11; 5-6 7-8"
    ),
    16: (
        "0-13 1-12 2-15 3-14 4-8 5-6 7-11 9-10; 0-5 1-7 2-9 3-4 6-13 8-14 10-15 11-12; "
        "0-1 2-3 4-5 6-8 7-9 10-11 12-13 14-15; 0-2 1-3 4-10 5-11 6-7 8-9 12-14 13-15; "
        "1-2 3-12 4-6 5-7 8-10 9-11 13-14; 1-4 2-6 5-8 7-10 9-13 11-14; 2-4 3-6 9-12 11-13; "
        "3-5 6-8 7-9 10-12; 3-4 5-6 7-8 9-10 11-12; 6-7 8-9"
    ),
}
"""The fewest comparators known."""
