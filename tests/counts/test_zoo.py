"""Every network of the zoo has its published totals, builds in torch, and is counted alike by torch's own counter."""

import pytest
import sympy as sp
import torch
from torch.utils.flop_counter import FlopCounterMode

from symnet.checks.build import build, check_counts
from symnet.counts import ZOO, Architecture, count, gpt2_small, llama_block, resnet18, zoo
from symnet.counts.layers import Conv, Input
from symnet.counts.rows import QUANTITIES
from symnet.errors import InvalidInput
from symnet.sizes import letter

MILLIONS = {  # connections, rounded as published with the weights (torchvision, squeezenet's README)
    "alexnet": 724.4, "vgg16": 15_470.3, "resnet18": 1814.1, "resnet50": 4089.2, "googlenet": 1498.4,
    "squeezenet1_0": 818.9, "squeezenet1_1": 349.2, "mobilenet_v2": 300.8, "vit_b16": 17_563.8,
}  # fmt: skip


@pytest.mark.parametrize("name", ZOO)
def test_totals_are_the_published_ones(name):
    total, published = count(ZOO[name]()).total, zoo.PUBLISHED[name]
    assert total.parameters == published.parameters
    assert published.connections in (None, total.connections)
    assert published.source
    assert round(float(total.connections) / 1e6, 1) == MILLIONS.get(name, round(float(total.connections) / 1e6, 1))


@pytest.mark.parametrize("name", ZOO)
def test_torch_builds_the_same_network_on_meta(name):
    network, table = build(ZOO[name](), "meta"), count(ZOO[name]())
    entering = tuple(int(side) for side in table.rows[0].output_shape)
    with FlopCounterMode(display=False) as flops:
        out = network(torch.ones(1, *entering, device="meta"))
    assert tuple(out.shape[1:]) == table.rows[-1].output_shape
    assert sum(p.numel() for p in network.parameters()) == table.total.parameters
    assert flops.get_total_flops() == 2 * table.total.connections


@pytest.mark.parametrize("name", ZOO)
def test_letters_become_the_numbers(name):
    in_letters, table = count(ZOO[name](symbolic=True)), count(ZOO[name]())
    assert in_letters.symbols
    numbers = in_letters.architecture.sizes
    at = {s: sp.Integer(n) for s, n in numbers.items()}
    for quantity in QUANTITIES:
        assert getattr(in_letters.total, quantity).xreplace(at) == getattr(table.total, quantity)


@pytest.mark.parametrize("name", ZOO)
def test_letters_have_meanings_and_each_side_one_formula(name):
    table = count(ZOO[name](symbolic=True))
    used = set().union(*(row.short(q).free_symbols for row in table for q in row.formulas))
    assert used <= set(table.symbols)
    assert len(table.named_sizes) == len({r.lhs for r in table.named_sizes}) == len(table.sides)


IN_LETTERS = {  # what must be among the letters: resolution or tokens, widths, kernels or paddings, strides, heads
    "resnet18": "H c_0 c c_2 p_2 s_2 k s q t", "resnet50": "H c_1 d_1 p_1 s_4 d_4", "googlenet": "H a_3a b_5b p_3a k_1",
    "squeezenet1_0": "H c_2 a_2 b_2 p_2 q_1 t_1", "mobilenet_v2": "H a_2 b_2 c_7 p_7 s_2", "vit_b16": "H k n f A P",
    "gpt2_small": "T n f A v P", "llama_block": "T n f A G",
}  # fmt: skip


@pytest.mark.parametrize("name", IN_LETTERS)
def test_branching_networks_hold_at_random_sizes_of_all_letters(name):
    network = ZOO[name](symbolic=True)
    assert {s.name for s in network.symbols} >= set(IN_LETTERS[name].split())
    assert network.at(network.sizes) == ZOO[name]()
    assert all(check.passed for check in check_counts(count(network), "cpu", trials=1))


def test_a_kernel_of_2p_plus_1_leaves_no_trace_in_the_side():
    sides = {str(r) for r in count(resnet18(symbolic=True)).named_sizes}
    assert "o₂,₀_conv1 = ⌊(m_maxpool - 1)/s₂⌋ + 1" in sides
    network = Architecture("a", [("input", Input(1, "h", "h")), ("conv1", Conv(1, 2 * letter("p") + 1, stride=2))])
    assert str(count(network).named_sizes[0]) == "o₁ = ⌊(h - (2·p + 1))/2⌋ + 1"


def test_more_tokens_than_places_are_refused():
    with pytest.raises(InvalidInput, match=r"'positions': there are more tokens \(1025\) than places .* \(1024\)"):
        count(gpt2_small(tokens=1025))


def test_a_residual_network_is_checked_layer_by_layer():
    table = count(resnet18(resolution=40, width=8))
    assert all(check.passed for check in check_counts(table, "cpu"))


def test_a_causal_mask_leaves_half_of_the_pairs_and_the_diagonal():
    dense, causal = count(gpt2_small()), count(gpt2_small(causal=True))
    T, layers, width = 256, 12, 768
    assert dense.total.connections - causal.total.connections == layers * width * (2 * T * T - T * (T + 1))


def test_a_tied_head_has_no_weights_of_its_own():
    table = count(gpt2_small())
    assert (table["head"].weights, table["head"].connections) == (0, 256 * 50257 * 768)


def test_grouped_queries_save_weights_and_no_connections_of_attention():
    grouped, full = count(llama_block()), count(llama_block(kv_heads=32))
    assert grouped["attention"].connections == full["attention"].connections
    assert full.total.weights - grouped.total.weights == 2 * 24 * 128 * 4096
