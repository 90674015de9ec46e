"""The comparator network inside a deep network's weights, where there is one.

    w_0 = x,    z_l = A_l w_{l-1} + a_l before the relu of layer l,    w_l = c_l(w_{l-1}),    out = w_d, reordered

Each layer of such a network computes c_l, which puts the smaller and the larger of some pairs of wires in their places.
Encoders A_l and decoders are not seen: they are multiplied together, the units permuted and rescaled. What is seen is
z_{l+1} as a function of w_{l-1}. In its kink canonical form

    α min(u, v) + β max(u, v) = s (u + v) + k |u − v|        α = s − k,  β = s + k

so the pairs of layer l are the kinks that are left, and A_{l+1} follows, uniquely, layer after layer.

0-1 principle: a function built of min and max alone commutes with every monotone map, so with "x_i ≥ t" for each t; so
two such functions that are equal for all zeros and ones are equal for all real numbers (Knuth, TAOCP 3, 5.3.4).
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from itertools import pairwise
from typing import Any

import numpy as np

from symnet.relu.budget import Tick, ticking, unlimited
from symnet.relu.circuits import Circuit, Layers, Linear, affine, number, wire
from symnet.relu.claims.claim import Claim
from symnet.relu.claims.trees import Tree
from symnet.relu.geometry.rationals import Vector
from symnet.relu.network import ReluNetwork
from symnet.relu.proof.kinks import KinkForm, kink_forms
from symnet.relu.sorting.sorting_networks import Comparator, zeros_and_ones

MOST_INPUTS = 24
"""2²⁴ inputs of zeros and ones, packed, are 2 MB a wire."""


@dataclass(frozen=True)
class Comparators:
    """Layers of disjoint pairs i < j on wires 1 ... n: the smaller goes to i. Output o is wire ``outputs[o - 1]``.

    read   after each layer what the next one reads of the wires, A_{l+1} w_l + a_{l+1}
    """

    inputs: int
    layers: tuple[tuple[Comparator, ...], ...]
    outputs: tuple[int, ...]
    read: tuple[tuple[Linear, ...], ...]

    @property
    def size(self) -> int:
        return sum(map(len, self.layers))

    @cached_property
    def bits(self) -> list[Any]:
        """The outputs for all zeros and ones, packed."""
        w = zeros_and_ones(self.inputs)
        for layer in self.layers:
            for i, j in layer:
                w[i - 1], w[j - 1] = w[i - 1] & w[j - 1], w[i - 1] | w[j - 1]
        return [w[o - 1] for o in self.outputs]


def comparators(layers: Layers, tick: Tick = unlimited) -> Comparators | None:
    """The comparator network that the layers compute, or None where they are not recognised as one."""
    n = len(layers[0][0][0])
    z, found, read = _forms(*layers[0], [wire(i) for i in range(1, n + 1)]), [], []
    for W, b in ticking(layers[1:], tick):
        units = [wire(n + k) for k in range(1, len(z) + 1)]
        circuit, outputs = Circuit(n, tuple(z)), _forms(W, b, units)
        if _pairs(kink_forms(circuit, outputs[:1], tick)) is None:  # most networks are none: seen at the first output
            return None
        forms = kink_forms(circuit, outputs, tick)
        pairs = _pairs(forms)
        encoded = None if pairs is None else [_encoded(form, pairs) for form in forms]
        if pairs is None or encoded is None or None in encoded:
            return None
        found.append(pairs)
        z = encoded
        read.append(tuple(z))
    outputs = [_wire(form) for form in z]
    return None if None in outputs else Comparators(n, tuple(found), tuple(outputs), tuple(read))


def _forms(W: Sequence[Sequence[Fraction]], b: Sequence[Fraction], h: Sequence[Linear]) -> list[Linear]:
    return affine(W, b, h, number(1))


def _pairs(forms: Iterable[KinkForm]) -> tuple[Comparator, ...] | None:
    """The kinks as pairs (i, j) of wires, where all are of the form w_i = w_j and no two share a wire."""
    pairs = {_pair(h) for form in forms for h in form.kinks}
    wires = [w for pair in pairs if pair for w in pair]
    return None if None in pairs or len(set(wires)) < len(wires) else tuple(sorted(filter(None, pairs)))


def _pair(h: Sequence[int]) -> Comparator | None:
    """The wires i < j of the hyperplane w_i − w_j = 0."""
    places = [w for w, a in enumerate(h) if a]
    if len(places) == 2 and places[0] and (h[places[0]], h[places[1]]) == (1, -1):
        return places[0], places[1]
    return None


def _encoded(form: KinkForm, pairs: Iterable[Comparator]) -> Linear | None:
    """The form in terms of the wires after the comparators: s (u + v) + k |u − v| = (s − k) min + (s + k) max."""
    terms = dict(form.affine.terms)
    sizes = {_pair(h): k for h, k in form.kinks.items()}
    for i, j in pairs:
        s, k = terms.pop(i, Fraction(0)), sizes.get((i, j), Fraction(0))
        if s != terms.pop(j, Fraction(0)):
            return None
        terms |= {i: s - k, j: s + k}
    return Linear({w: a for w, a in terms.items() if a})


def _wire(form: Linear) -> int | None:
    """The wire that the form is."""
    ((w, a),) = form.terms.items() if len(form.terms) == 1 else [(0, Fraction(0))]
    return w if w and a == 1 else None


# ---------------------------------------------------------------------- the 0-1 principle
def differing_bits(net: ReluNetwork, claim: Claim, tick: Tick = unlimited) -> list[Any] | None:
    """For each output, or inequality, the zeros and ones, packed, on which it is wrong; None if one is not a lattice's.

    a ≥ b is min(a, b) = b, an equation between minima and maxima. Equations about one layer are left to the kinks.
    """
    n, layers = net.widths[0], len(net.layers)
    if n > MOST_INPUTS or layers < 2 or (layers == 2 and not claim.relations) or not is_lattice(claim):
        return None
    if (found := comparators(net.layers, tick)) is None:
        return None
    if isinstance(claim.source, ReluNetwork):
        other = comparators(claim.source.layers, tick)
        return None if other is None else [a ^ b for a, b in zip(found.bits, other.bits, strict=True)]
    of = bits_of([*zeros_and_ones(n), *found.bits])
    if claim.relations:
        return [of(b) & ~of(a) if head == ">=" else ~(of(a) & ~of(b)) for head, a, b in claim.relations]
    return [a ^ of(tree) for a, tree in zip(found.bits, claim.trees, strict=True)]


def zeros_and_ones_in(wrong: Iterable[Any], n: int) -> Iterator[Vector]:
    """The first input that is marked for each output, if there is one: input k has the bits of k."""
    for marked in wrong:
        for word in np.flatnonzero(marked)[:1]:
            bits = int(marked[word])
            k = 64 * int(word) + (bits & -bits).bit_length() - 1
            yield tuple(Fraction(k >> i & 1) for i in range(n))


def is_lattice(claim: Claim) -> bool:
    """Whether the claim is written with variables, minima, maxima and order statistics alone, or is a network."""
    return all(map(_is_lattice, (*claim.trees, *(side for _, *sides in claim.relations for side in sides))))


def _is_lattice(tree: Tree) -> bool:
    if isinstance(tree, Fraction) or tree[0] not in ("x", "min", "max", "order"):
        return False
    return tree[0] == "x" or all(map(_is_lattice, tree[2 if tree[0] == "order" else 1 :]))


def bits_of(variables: Sequence[Any]) -> Callable[[Tree], Any]:
    """Expressions for all zeros and ones, packed, where the variables are these: min is "and", max is "or"."""
    known: dict[tuple[Tree, ...], list[Any]] = {}

    def of(tree: Tree) -> Any:
        head, *rest = tree
        if head == "x":
            return variables[rest[0] - 1]
        if head == "order":
            k, *items = rest
            if (key := tuple(items)) not in known:
                known[key] = _sorted([of(e) for e in items])
            return known[key][k - 1]
        first, *others = map(of, rest)
        for other in others:
            first = first & other if head == "min" else first | other
        return first

    return of


def _sorted(bits: list[Any]) -> list[Any]:
    """By exchanging neighbours."""
    for last in range(len(bits) - 1, 0, -1):
        for i, j in pairwise(range(last + 1)):
            bits[i], bits[j] = bits[i] & bits[j], bits[i] | bits[j]
    return bits
