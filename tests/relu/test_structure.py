"""Comparator networks are found from the weights alone, and decided by zeros and ones."""

import json
from copy import deepcopy
from fractions import Fraction
from itertools import product

import pytest
import sympy as sp

from symnet.checks import check_certificate
from symnet.relu import OutOfBudget, ReluNetwork, Sorted, prove
from symnet.relu.sorting.comparators import compiled_comparators, sorter
from symnet.relu.sorting.sorting_networks import ComparatorNetwork, sorting_network
from symnet.relu.sorting.structure import comparators

from .small_networks import nudged, scrambled

GADGETS = ("five", "four")


@pytest.mark.parametrize("gadget", GADGETS)
@pytest.mark.parametrize("n", [3, 4, 5, 6, 7, 8, 10])
def test_a_sorter_is_proved_from_scrambled_weights(n, gadget):
    net = scrambled(sorter(n, gadget))
    proof = prove(net, Sorted())
    assert (proof.holds, proof.method) == (True, "comparators")
    assert all(check.passed for check in proof.check())


def test_sixteen_numbers_are_sorted():
    proof = prove(scrambled(sorter(16)), Sorted())
    assert (proof.holds, proof.method) == (True, "comparators")


@pytest.mark.parametrize("gadget", GADGETS)
def test_the_comparators_are_those_that_were_compiled(gadget):
    network = sorting_network(7)
    found = comparators(scrambled(compiled_comparators(network, gadget)).layers)
    assert [{(i - 1, j - 1) for i, j in layer} for layer in found.layers] == [set(layer) for layer in network.layers]
    assert found.outputs == tuple(range(1, 8))


@pytest.mark.parametrize("gadget", GADGETS)
def test_every_comparator_is_needed_and_its_absence_is_refuted_by_zeros_and_ones(gadget):
    """Except those that the network does not need, of which the smallest networks have none."""
    network = sorting_network(5)
    for layer, pairs in enumerate(network.layers):
        for pair in pairs:
            net = scrambled(compiled_comparators(network.without(layer, pair), gadget))
            proof = prove(net, Sorted())
            assert (proof.holds, proof.method) == (False, "comparators")
            assert set(proof.point) <= {0, 1}
            assert list(net(proof.point)) != sorted(proof.point)
            assert all(check.passed for check in proof.check())


def test_outputs_in_another_order_are_another_function():
    *hidden, (W, b) = sorter(4).layers
    reversed_outputs = ReluNetwork([*hidden, (W[::-1], b)])
    x = reversed_outputs.inputs
    assert not prove(reversed_outputs, Sorted()).holds
    assert prove(reversed_outputs, list(Sorted().expressions(x))[::-1]).method == "comparators"


def test_claims_of_minima_and_maxima_are_decided_likewise():
    net = scrambled(compiled_comparators(ComparatorNetwork(3, (((0, 1),), ((1, 2),)))))
    x1, x2, x3 = net.inputs
    claim = [sp.Min(x1, x2), sp.Min(sp.Max(x1, x2), x3), sp.Max(x1, x2, x3)]
    assert prove(net, claim).method == "comparators"
    assert prove(net, claim).holds
    assert not prove(net, [*claim[:2], sp.Max(x1, x3)]).holds


def test_two_sorters_are_equal_and_one_with_a_comparator_less_is_not():
    five, four = scrambled(sorter(6)), scrambled(sorter(6, "four"), seed=2)
    proof = prove(five, four)
    assert (proof.holds, proof.method) == (True, "comparators")
    assert all(check.passed for check in proof.check())
    network = sorting_network(6)
    worse = prove(five, compiled_comparators(network.without(2, network.layers[2][0])))
    assert not worse.holds
    assert all(check.passed for check in worse.check())


def test_a_claim_with_numbers_is_left_to_the_general_methods():
    net = compiled_comparators(ComparatorNetwork(2, (((0, 1),), ((0, 1),))))
    x1, x2 = net.inputs
    assert prove(net, [sp.Min(x1, x2), sp.Max(x1, x2) + sp.Max(0, 0)]).method == "comparators"
    assert prove(net, [(x1 + x2 - abs(x1 - x2)) / 2, sp.Max(x1, x2)]).method == "cells"
    wrong = prove(net, [sp.Min(x1, x2, 1000), sp.Max(x1, x2)])
    assert (wrong.holds, wrong.method) == (False, "cells")


ORDERED = scrambled(sorter(8))
X, OUT = ORDERED.inputs, ORDERED.outputs
INEQUALITIES = {
    "in order": ([OUT[i] <= OUT[i + 1] for i in range(7)], True),
    "as a difference": (3 * OUT[7] - 3 * OUT[0] >= 0, True),
    "between the least and the largest": ([OUT[0] <= X[4], X[4] <= OUT[7]], True),
    "the second is not above the larger of two": (OUT[1] <= sp.Max(X[0], X[5]), True),
    "an equation": (sp.Eq(OUT[7], sp.Max(*X)), True),
    "the wrong way round": (OUT[1] <= OUT[0], False),
    "a tie": (OUT[0] < OUT[1], False),
    "the second is not below all": (OUT[1] <= X[3], False),
    "one of two": ([OUT[0] <= X[0], OUT[6] >= X[0]], False),
}


@pytest.mark.parametrize("name", INEQUALITIES)
def test_an_order_of_eight_numbers_is_decided_by_zeros_and_ones(name):
    """Cell by cell there would be 362,880; where it is wrong a point may be found before."""
    claim, true = INEQUALITIES[name]
    proof = prove(ORDERED, claim, max_regions=1)
    assert (proof.holds, proof.method) == (true, "comparators")
    assert proof.holds or not all(c.subs(values(proof)) for c in (claim if isinstance(claim, list) else [claim]))
    assert [check.evidence for check in proof.check() if not check.passed] == []


def values(proof):
    """The inputs of the counterexample, and the network's outputs there."""
    return dict(zip((*X, *OUT), map(sp.Rational, (*proof.point, *proof.network(proof.point))), strict=True))


def test_an_order_that_is_true_everywhere_is_true_on_a_polyhedron_and_what_is_not_is_left_to_cells():
    assert prove(ORDERED, OUT[0] <= OUT[7], where=X[0] < X[1], max_regions=1).method == "comparators"
    with pytest.raises(OutOfBudget, match="more than 1 regions"):
        prove(ORDERED, X[0] <= OUT[6], where=X[0] < X[1], max_regions=1)


def test_one_layer_of_comparators_is_enough():
    net = compiled_comparators(ComparatorNetwork(6, (((0, 1), (2, 3), (4, 5)),)))
    proof = prove(net, net.outputs[2] <= net.outputs[3])
    assert (proof.holds, proof.method) == (True, "comparators")
    assert all(check.passed for check in proof.check())


@pytest.mark.parametrize("by", [Fraction(1), Fraction(-1, 1000)])
def test_one_wrong_number_is_refuted_whatever_it_is(by):
    """Unless the number does not matter: then z3's opinion is asked elsewhere, and here plain evaluation agrees."""
    net = scrambled(sorter(3))
    grid = [tuple(map(Fraction, x)) for x in product((-2, -1, 0, 1, 3), repeat=3)]
    for layer, (W, b) in enumerate(net.layers):
        for unit, column in product(range(0, len(b), 2), [None, *range(0, len(W[0]), 3)]):
            changed = nudged(net, layer, unit, column, by)
            proof = prove(changed, Sorted())
            assert proof.holds == all(list(changed(x)) == sorted(x) for x in grid)
            assert proof.holds or list(changed(proof.point)) != sorted(proof.point)


def test_the_proof_names_the_comparators():
    text = str(prove(sorter(3), Sorted()))
    assert "C₁ ≔ ((1, 3))" in text or "C₁ ≔ (1, 3)" in text
    assert "(w₂,₁, w₂,₂) ≔ (min(w₁,₁, w₁,₂), max(w₁,₁, w₁,₂))" in text
    assert "all 8 inputs of zeros and ones" in text
    assert "60 comparators" in str(prove(sorter(16), Sorted()))


# ---------------------------------------------------------------------- the certificate and its sceptic
PROOF = json.loads(json.dumps(prove(scrambled(sorter(4)), Sorted()).certificate))
LAYERS = [stage["comparators"] for stage in PROOF["proof"]["out"]]


@pytest.mark.parametrize(
    "layers",
    [
        LAYERS[:-1],
        [*LAYERS, []],
        [LAYERS[0][:1], *LAYERS[1:]],
        [[[1, 2], [3, 4]], *LAYERS[1:]],
        [[[3, 1], [2, 4]], *LAYERS[1:]],
        [[*LAYERS[0], LAYERS[0][0]], *LAYERS[1:]],
        [[[1, 3], [3, 4]], *LAYERS[1:]],
        [[[1, 1], [2, 4]], *LAYERS[1:]],
        [[[0, 3], [2, 4]], *LAYERS[1:]],
        [[["1", "3"], [2, 4]], *LAYERS[1:]],
        [[[1, 3.0], [2, 4]], *LAYERS[1:]],
        [None, *LAYERS[1:]],
    ],
)
def test_other_comparators_are_rejected(layers):
    changed = deepcopy(PROOF)
    stages = zip([*PROOF["proof"]["out"], PROOF["proof"]["out"][-1]], layers)  # noqa: B905 - one layer more, or less
    changed["proof"]["out"] = [{**stage, "comparators": pairs} for stage, pairs in stages]
    assert check_certificate(PROOF).passed
    assert not check_certificate(changed).passed


def test_every_other_reading_of_the_wires_is_rejected():
    """What a layer reads of the wires follows from the weights: no other numbers are accepted."""
    for number, stage in enumerate(PROOF["proof"]["out"]):
        for i, row in enumerate(stage["weights"]):
            for j, a in enumerate(row):
                changed = deepcopy(PROOF)
                changed["proof"]["out"][number]["weights"][i][j] = str(Fraction(a) + 1)
                assert not check_certificate(changed).passed
            changed = deepcopy(PROOF)
            changed["proof"]["out"][number]["biases"][i] = "1/7"
            assert not check_certificate(changed).passed


def test_every_changed_weight_is_rejected():
    """Also where the network still sorts, for then it consists of other units."""
    for layer, entries in enumerate(PROOF["networks"]["out"]):
        for i, row in enumerate(entries["weights"]):
            for j, a in enumerate(row):
                changed = deepcopy(PROOF)
                changed["networks"]["out"][layer]["weights"][i][j] = str(Fraction(a) + 1)
                assert not check_certificate(changed).passed


@pytest.mark.parametrize(
    "claim",
    [
        *(["=", ["out", k], ["order", k, *(["x", i] for i in (1, 2, 3, 3))]] for k in (1, 2, 3, 4)),
        ["=", ["out", 4], ["order", 3, *(["x", i] for i in (1, 2, 3, 4))]],
        ["=", ["out", 1], ["min", ["x", 1], ["x", 2]]],
        ["=", ["out", 1], ["+", ["x", 1]]],
        ["=", ["out", 1], "0"],
        ["=", ["out", 1], ["if", [">=", ["x", 1], ["x", 1]], ["out", 1], ["out", 1]]],
        [">=", ["out", 1], ["out", 2]],
        [">", ["out", 2], ["out", 1]],
        [">", ["out", 1], ["out", 1]],
        ["not", [">=", ["out", 1], ["out", 2]]],
        ["or", ["=", ["out", 1], ["out", 1]]],
        [">=", ["out", 1], ["other", 1]],
    ],
)
def test_another_claim_is_rejected(claim):
    assert check_certificate({**PROOF, "claim": [["=", ["out", 1], ["out", 1]]]}).passed
    assert not check_certificate({**PROOF, "claim": [claim]}).passed
