"""Every network of the zoo has its published totals, builds in torch, and is counted alike by torch's own counter."""

import pytest
import sympy as sp
import torch
from torch.utils.flop_counter import FlopCounterMode

from symnet.checks.build import build, check_counts
from symnet.counts import ZOO, count, gpt2_small, llama_block, resnet18, zoo
from symnet.counts.rows import QUANTITIES

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
    numbers = in_letters.architecture.sizes or NUMBERS[name]
    at = {s: sp.Integer(numbers.get(s, numbers.get(s.name, 0))) for s in in_letters.architecture.symbols}
    for quantity in QUANTITIES:
        assert getattr(in_letters.total, quantity).xreplace(at) == getattr(table.total, quantity)


NUMBERS = {
    "resnet18": {"H": 224, "c": 64}, "resnet50": {"H": 224, "c": 64}, "googlenet": {"H": 224}, "vit_b16": {"n": 768},
    "squeezenet1_0": {"H": 224}, "squeezenet1_1": {"H": 224}, "mobilenet_v2": {"H": 224},
    "gpt2_small": {"T": 256, "n": 768}, "llama_block": {"T": 2048, "n": 4096, "f": 14336},
}  # fmt: skip


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
