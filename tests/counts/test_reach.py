"""Receptive fields, memory, the backward pass, and the taps that meet real input."""

import itertools

import pytest
import sympy as sp
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from symnet.checks.build import build
from symnet.counts import Architecture, alexnet, count, resnet18
from symnet.counts.formulas import Taps
from symnet.counts.layers import Add, Conv, Input, Linear
from symnet.counts.sizes import evaluate
from symnet.sizes import letter

FIELDS = {"conv1": 11, "pool1": 19, "conv2": 51, "pool2": 67, "conv3": 99, "conv4": 131, "conv5": 163, "pool5": 195}
JUMPS = [4, 8, 8, 16, 16, 16, 16, 32]


def test_alexnets_receptive_fields_and_jumps():
    reach = count(alexnet()).reach
    assert {name: reach[name].side for name in FIELDS} == FIELDS
    assert [reach[name].jump[0] for name in FIELDS] == JUMPS
    assert reach["fc6"].whole
    assert count(alexnet()).receptive_field == 195


def test_a_receptive_field_is_a_closed_form():
    network = alexnet(symbolic=True)
    table = count(network)
    k_1, s_1, q_1 = (letter(name) for name in ("k_1", "s_1", "q_1"))
    assert sp.expand(table.reach["pool1"].side - (k_1 + (q_1 - 1) * s_1)) == 0
    assert evaluate(sp.sympify(table.reach["pool5"].side), network.sizes) == 195


def test_a_gradient_reaches_as_far_as_the_field_says():
    """In torch: the inputs on which one unit in the middle depends."""
    network = Architecture("a", [("input", Input(1, 41, 41)), ("conv1", Conv(1, 5, stride=2)),
                                 ("conv2", Conv(1, 3, dilation=2)), ("conv3", Conv(1, 3, stride=2))])  # fmt: skip
    x = torch.ones(1, 1, 41, 41, requires_grad=True)
    out = build(network, "cpu")(x)
    out[0, 0, 3, 3].backward()
    rows = torch.nonzero(x.grad[0, 0].abs().sum(dim=1)).flatten()
    assert int(rows.max() - rows.min()) + 1 == count(network).reach["conv3"].side


def test_where_branches_meet_the_widest_field_counts():
    layers = [("input", Input(2, 9, 9)), ("conv1", Conv(2, 3, padding=1)), ("conv2", Conv(2, 5, padding=2)),
              ("add", Add("conv1"))]  # fmt: skip
    assert count(Architecture("a", layers)).reach["add"].side == 7
    assert count(resnet18()).reach["layer4.1.add"].side == 435


def test_memory_is_parameters_activations_and_the_largest_layer():
    table = count(alexnet())
    memory = table.memory("float16")
    assert memory.parameters == 2 * 60_965_224
    assert memory.activations == 2 * sum(int(row.units) for row in table.shown)
    assert memory.peak == 2 * (150_528 + 290_400)
    in_letters = count(alexnet(symbolic=True))
    assert evaluate(in_letters.memory().peak, alexnet(symbolic=True).sizes) == 4 * (150_528 + 290_400)


def test_a_backward_pass_costs_twice_a_forward_pass_but_for_the_inputs_gradient():
    table = count(alexnet())
    assert table.training_connections == 3 * 724_406_816 - 105_415_200


def test_a_backward_pass_in_torch_counts_the_same():
    from torch.utils.flop_counter import FlopCounterMode

    network = Architecture("a", [("input", Input(3, 9, 9)), ("conv1", Conv(4, 3)), ("fc2", Linear(5))])
    module = build(network, "cpu")
    with FlopCounterMode(display=False) as flops:
        module(torch.ones(1, 3, 9, 9)).sum().backward()
    assert flops.get_total_flops() == 2 * count(network).training_connections


# ---------------------------------------------------------------------- taps on real input
@settings(max_examples=150, deadline=None)
@given(st.integers(1, 30), st.integers(1, 6), st.integers(1, 5), st.integers(0, 4), st.integers(1, 3))
def test_taps_are_counted_one_by_one(h, k, s, p, d):
    extent = d * (k - 1) + 1
    if extent > h + 2 * p:
        return
    o = (h + 2 * p - extent) // s + 1
    real = sum(0 <= j * s + i * d - p < h for j in range(o) for i in range(k))
    letters = [letter(name) for name in "hkspo"]
    at = dict(zip(letters, (h, k, s, p, o), strict=True))
    assert Taps(h, k, s, p, d, o).value == real
    closed = Taps(*letters[:4], d, letters[4])
    if d > 1 or (p <= k and k <= h + p):
        assert evaluate(sp.sympify(closed.value), at) == real


def test_the_conditions_are_what_the_closed_form_needs():
    h, k, s, p, o = (letter(name) for name in "hkspo")
    assert [str(c) for c in Taps(h, k, s, p, 1, o).conditions] == ["p ≤ k", "k ≤ h + p"]
    assert Taps(h, k, s, 0, 1, o).conditions == ()


def test_same_padding_loses_p_times_p_plus_1_taps_along_an_axis():
    h, k, p = (letter(name) for name in "hkp")
    assert sp.simplify(Taps(h, k, 1, p, 1, h).value - (k * h - p * (p + 1))) == 0


@pytest.mark.parametrize("name", ["conv1", "conv2", "conv3", "conv4", "conv5"])
def test_alexnets_connections_on_real_input(name):
    row = count(alexnet())[name]
    c_out, o, _ = row.leaves
    c_in, h, _ = row.arrives
    layer = row.layer
    taps = sum(
        0 <= j * layer.stride + i - layer.padding < h for j, i in itertools.product(range(o), range(layer.kernel))
    )
    assert row.unpadded == c_out * c_in // layer.groups * taps**2


def test_the_network_makes_fewer_connections_than_are_counted():
    table = count(alexnet())
    assert table.amount("unpadded") == sum(row.unpadded for row in table) < table.total.connections
    network = alexnet(symbolic=True)
    closed = count(network)["conv2"].unpadded
    assert evaluate(closed, network.sizes) == count(alexnet())["conv2"].unpadded
