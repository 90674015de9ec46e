"""The proof of a network that consists of comparators, written out: what each layer compares, and the 0-1 principle.

C_l      the pairs of wires that layer l compares      w_l_i    wire i after layer l; w_0 = x
"""

from collections.abc import Iterator, Sequence
from typing import Any

import sympy as sp

from symnet.derivation import Derivation, Relation, Step
from symnet.relu.network import ReluNetwork
from symnet.relu.proof.argument import Argument
from symnet.relu.sorting.sorting_networks import Comparator
from symnet.relu.sorting.structure import Comparators, comparators

MOST_COMPARATORS = 24
"""More are told in a sentence for each layer."""


def by_comparators(about: Argument) -> Derivation:
    """Each layer's comparators, then the claim for all zeros and ones, hence for all real numbers."""
    found, statement = comparators(about.net.layers), about.equations()
    assert found is not None
    title = f"The network consists of {found.size} comparators, and is right for all zeros and ones"
    tried = (
        f"so it is for all {2**found.inputs} inputs of zeros and ones; both sides are made of minima and maxima, and"
    )
    agree, there = ("are in order", "are") if about.claim.relations else ("agree", "agree")
    reasons = [f"{tried} those {agree} for all reals if they {there} there (the 0-1 principle)", *[""] * len(statement)]
    ends = (Step(relation, reason) for relation, reason in zip(statement, reasons, strict=False))
    return Derivation(title, statement, (*_layers(about.net, found), *_outputs(found, about.outputs), *ends))


def _layers(net: ReluNetwork, found: Comparators) -> Iterator[Step]:
    """C_l, the pairs of each layer, and what they do to the wires."""
    for number, pairs in enumerate(found.layers, 1):
        reason = (
            f"layer {number}, {net.widths[number]} units: in what the next layer reads, no kinks are left but those of"
            f" the pairs of wires that are compared, {len(pairs)} in number"
        )
        which = tuple((sp.Integer(i), sp.Integer(j)) for i, j in pairs)
        parts = tuple(_compared(number, pair) for pair in pairs) if found.size <= MOST_COMPARATORS else ()
        yield Step(Relation(sp.Symbol(f"C_{number}"), ":=", which), reason, parts=parts)


def _compared(number: int, pair: Comparator) -> Step:
    """The smaller to the first wire, the larger to the second."""
    before, after = (tuple(_wire(layer, w) for w in pair) for layer in (number - 1, number))
    return Step(Relation(after, ":=", (sp.Min(*before), sp.Max(*before))))


def _wire(layer: int, w: int) -> sp.Symbol:
    """Wire w after the comparators of the layer; w_0 = x."""
    return sp.Symbol(f"w_{layer}_{w}" if layer else f"x_{w}", real=True)


def _outputs(found: Comparators, outputs: Sequence[Any]) -> Iterator[Step]:
    """Which wires the outputs are, where that is not plain."""
    wires = tuple(_wire(len(found.layers), o) for o in found.outputs)
    yield Step(
        Relation(tuple(outputs), "=", wires), "the outputs are wires; a wire that a layer leaves alone stays as it is"
    )
