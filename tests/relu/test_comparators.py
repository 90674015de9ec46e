"""Sorting networks sort, and so do the ReLU networks that they are compiled to."""

from collections.abc import Callable
from fractions import Fraction
from itertools import product
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from symnet.errors import InvalidInput, NotSupported
from symnet.relu import Sorted, prove, two_input_sorter
from symnet.relu.sorting.comparators import compiled_comparators, sorter, sorter_sizes
from symnet.relu.sorting.sorting_networks import SMALLEST, ComparatorNetwork, batcher, sorting_network

GADGETS = ("five", "four")
PUBLISHED = {  # inputs: (comparators, layers) of the smallest networks in Dobbelaere's list
    2: (1, 1), 3: (3, 3), 4: (5, 3), 5: (9, 5), 6: (12, 5), 7: (16, 6), 8: (19, 6), 9: (25, 7), 10: (29, 8),
    11: (35, 8), 12: (39, 9), 13: (45, 10), 14: (51, 10), 15: (56, 10), 16: (60, 10),
}  # fmt: skip
BATCHER_SIXTEEN = 63  # Knuth, TAOCP 3, 5.3.4
rationals = st.fractions(min_value=-9, max_value=9, max_denominator=12)


# ---------------------------------------------------------------------- comparator networks
@pytest.mark.parametrize("n", SMALLEST)
def test_each_network_sorts_all_zeros_and_ones(n: int) -> None:
    assert sorting_network(n).sorts


@pytest.mark.parametrize("n", range(1, 21))
def test_batcher_sorts_all_zeros_and_ones(n: int) -> None:
    assert batcher(n).sorts


def test_sizes_and_depths_are_those_published() -> None:
    assert {n: (sorting_network(n).size, sorting_network(n).depth) for n in SMALLEST} == PUBLISHED
    assert batcher(16).size == BATCHER_SIXTEEN


@pytest.mark.parametrize(("n", "source"), [(8, "Knuth"), (9, "Codish"), (10, "Codish"), (11, "Harder"), (12, "Harder")])
def test_a_size_that_is_proved_least_names_the_proof(n: int, source: str) -> None:
    assert source in sorting_network(n).source.split("no smaller one:")[1]
    assert "no smaller one" not in sorting_network(13).source


def test_more_than_sixteen_wires_are_batchers() -> None:
    assert sorting_network(17) == batcher(17)
    assert sorting_network(17).sorts


@pytest.mark.parametrize("n", range(1, 8))
def test_the_packed_check_agrees_with_sorting_one_input_after_another(n: int) -> None:
    for network in (sorting_network(n), *_damaged(sorting_network(n))):
        fails = [bits for bits in product((0, 1), repeat=n) if network(bits) != sorted(bits)]
        assert network.sorts == (not fails)
        assert network.unsorted is None or network.unsorted in fails


@pytest.mark.parametrize("n", SMALLEST)
def test_no_comparator_can_be_left_out(n: int) -> None:
    for network in _damaged(sorting_network(n)):
        assert network.unsorted is not None
        assert network(network.unsorted) != sorted(network.unsorted)


def _damaged(network: ComparatorNetwork) -> list[ComparatorNetwork]:
    return [network.without(k, pair) for k, layer in enumerate(network.layers) for pair in layer]


# ---------------------------------------------------------------------- compiled to ReLU units
def test_two_inputs_are_the_worksheets_network() -> None:
    assert sorter(2).layers == two_input_sorter().layers


@pytest.mark.parametrize("gadget", GADGETS)
@given(data=st.data())
@settings(deadline=None)
def test_a_sorter_sorts_rationals(gadget: Any, data: st.DataObject) -> None:
    x = data.draw(st.lists(rationals, min_size=1, max_size=6))
    assert sorter(len(x), gadget)(x) == tuple(sorted(x))


@pytest.mark.parametrize("gadget", GADGETS)
@pytest.mark.parametrize("n", range(7, 18))
def test_large_sorters_sort(n: int, gadget: Any) -> None:
    x = [Fraction((7 * i + 3) % n - n // 2, 1 + i % 5) for i in range(n)]
    assert sorter(n, gadget)(x) == tuple(sorted(x))


@pytest.mark.parametrize("gadget", GADGETS)
@pytest.mark.parametrize("n", [1, 2, 3])
def test_a_sorter_is_proved(n: int, gadget: Any) -> None:
    assert prove(sorter(n, gadget), Sorted()).holds


@pytest.mark.parametrize("gadget", GADGETS)
def test_the_gadgets_are_proved_equal(gadget: Any) -> None:
    assert prove(sorter(3, gadget), sorter(3)).holds


@pytest.mark.parametrize("gadget", GADGETS)
def test_a_comparator_left_out_is_refuted(gadget: Any) -> None:
    for network in _damaged(sorting_network(3)):
        net = compiled_comparators(network, gadget)
        proof = prove(net, Sorted())
        assert not proof.holds
        x = [Fraction(str(v)) for v in (proof.counterexample or {}).values()]
        assert net(x) != tuple(sorted(x))


# ---------------------------------------------------------------------- what it costs
def test_sizes_are_counted_on_the_networks() -> None:
    for size in sorter_sizes(range(1, 7)):
        net = sorter(size.inputs, size.gadget)
        matrices = [W for W, _ in net.layers]
        assert size.units == sum(net.widths[1:-1])
        assert size.weights == sum(len(W) * len(W[0]) for W in matrices)
        assert size.nonzero == sum(1 for W in matrices for row in W for a in row if a)
        assert size.depth == len(net.layers) - 1


@pytest.mark.parametrize(("gadget", "extra"), [("five", 1), ("four", 0)])
def test_units_have_a_closed_form(gadget: Any, extra: int) -> None:
    """Two units for each wire in each layer; the five-unit gadget takes one more for each comparator."""
    for size in sorter_sizes(range(2, 17), [gadget]):
        assert size.units == 2 * size.inputs * size.depth + extra * size.comparators


# ---------------------------------------------------------------------- refusals
@pytest.mark.parametrize(
    ("call", "kind", "says"),
    [
        (lambda: sorter(0), InvalidInput, "at least 1"),
        (lambda: sorter(2.5), InvalidInput, "whole number"),
        (lambda: sorter(2, "six"), InvalidInput, '"five" or "four"'),
        (lambda: ComparatorNetwork(3, (((0, 1), (1, 2)),)), InvalidInput, "layer 1"),
        (lambda: ComparatorNetwork(3, (((2, 1),),)), InvalidInput, "i < j"),
        (lambda: ComparatorNetwork(3, (((1, 3),),)), InvalidInput, "below 3"),
        (lambda: sorting_network(3).without(0, (0, 1)), InvalidInput, "no comparator"),
        (lambda: batcher(30).sorts, NotSupported, "26 wires"),
    ],
)
def test_what_is_refused(call: Callable[[], Any], kind: type[Exception], says: str) -> None:
    with pytest.raises(kind, match=says):
        call()
