"""The sceptic of counts: it agrees with what is right, and each check can fail."""

from dataclasses import replace

import pytest
import sympy as sp
import torch
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from torch.nn import functional

from symnet.checks.build import admissible_sizes, build, check_counts, check_suggestion, measure
from symnet.counts import LAYERS, Architecture, alexnet, count, lenet5, suggest
from symnet.counts.layers import AvgPool, Conv, Input, Linear, MaxPool
from symnet.counts.records.examples import example_layers
from symnet.errors import InvalidInput, NotSupported

BUILDABLE = [kind for kind in LAYERS.values() if kind.rule.torch]


def example(kind):
    return Architecture("example", example_layers(kind))


@pytest.fixture(scope="session")
def alexnet_checks():
    return count(alexnet()).check()


RIGHT = [True] * 4  # parameters, shapes, connections, connections on real input


def passed(checks):
    return [check.passed for check in checks]


# ---------------------------------------------------------------------- AlexNet
def test_alexnet_is_what_torch_builds(alexnet_checks):
    assert passed(alexnet_checks) == RIGHT
    assert {check.kind for check in alexnet_checks} == {"exact"}


def test_the_evidence_holds_device_version_and_numbers(alexnet_checks):
    parameters, shapes, connections, _ = (check.evidence for check in alexnet_checks)
    assert parameters["torch"] == torch.__version__
    assert parameters["layers"]["conv2"] == {"weights": 307_200, "biases": 256}
    assert shapes["layers"]["conv1"]["shape"] == [96, 55, 55]
    assert connections["layers"]["conv2"]["connections"] == 223_948_800
    assert parameters["device"]


def test_taps_on_padding_are_reported_apart(alexnet_checks):
    layers = alexnet_checks[3].evidence["layers"]
    assert layers["conv2"]["unpadded"] == 48 * 256 * (5 * 27 - 6) ** 2
    assert layers["fc6"]["unpadded"] == alexnet_checks[2].evidence["layers"]["fc6"]["connections"]


# ---------------------------------------------------------------------- every layer
@pytest.mark.parametrize("kind", BUILDABLE)
def test_every_layer_is_its_twin_in_torch(kind):
    assert passed(count(example(kind)).check(device="cpu")) == RIGHT


@pytest.mark.parametrize("kind", BUILDABLE)
def test_every_layer_is_its_twin_at_any_sizes(kind):
    assert passed(check_counts(count(example(kind).symbolic()), "cpu", trials=2)) == RIGHT


WRONG_SHAPE = (sp.Integer(1), sp.Integer(2), sp.Integer(3))
WRONG = {
    "weights": lambda rule: replace(rule, weights=(*(rule.weights or (5,)), 2)),
    "biases": lambda rule: replace(rule, biases=(*(rule.biases or (5,)), 2)),
    "connections": lambda rule: replace(rule, connections=(*(rule.connections or (5,)), 2)),
    "unpadded": lambda rule: replace(rule, unpadded=(*(rule.unpadded or rule.connections or (5,)), 2)),
    "shapes": lambda rule: replace(  # the other formulas are given in sides
        rule, output=WRONG_SHAPE, gives=(), connections=(), unpadded=(), operations={}
    ),
}
FAILING = {"weights": 0, "biases": 0, "shapes": 1, "connections": 2, "unpadded": 3}


@pytest.mark.parametrize("what", WRONG)
@pytest.mark.parametrize("kind", BUILDABLE)
def test_a_wrong_closed_form_in_any_record_is_caught(kind, what, monkeypatch):
    monkeypatch.setattr(kind, "rule", WRONG[what](kind.rule))
    checks = count(example(kind)).check(device="cpu")
    assert not checks[FAILING[what]].passed
    assert checks[FAILING[what]].evidence["differences"]


def test_a_forgotten_group_is_caught(monkeypatch):
    k_h, k_w, _, c_out = Conv.rule.weights
    c_in = Conv.rule.sees[0]
    monkeypatch.setattr(Conv, "rule", replace(Conv.rule, weights=(k_h, k_w, c_in, c_out)))
    assert passed(count(example(Conv)).check(device="cpu")) == [False, True, True, True]


def test_a_wrong_row_is_caught_in_letters_too(monkeypatch):
    monkeypatch.setattr(Linear, "rule", replace(Linear.rule, biases=()))
    assert passed(check_counts(count(example(Linear).symbolic()), "cpu", trials=1)) == [False, True, True, True]


@pytest.mark.parametrize("batch", [3, "N"])
@pytest.mark.parametrize("kind", BUILDABLE)
def test_every_layer_is_its_twin_for_a_batch(kind, batch):
    assert passed(check_counts(count(example(kind), batch=batch), "cpu", trials=1)) == RIGHT


def test_a_batch_that_is_forgotten_is_caught():
    table = count(example(Conv), batch=3)
    wrong = replace(table, rows=tuple(replace(row, batch=1) for row in table.rows))
    assert passed(check_counts(wrong, "cpu")) == [True, False, False, False]


# ---------------------------------------------------------------------- random networks
def convolutions():
    return st.builds(
        Conv, st.sampled_from([2, 4, 6]), st.tuples(st.integers(1, 4), st.integers(1, 4)),
        stride=st.integers(1, 3), padding=st.integers(0, 2), groups=st.sampled_from([1, 2]),
        dilation=st.integers(1, 2), bias=st.booleans(),
    )  # fmt: skip


def pools():
    return st.builds(
        lambda kind, k, s, r: kind(k, s, min(r, k // 2)),
        st.sampled_from([MaxPool, AvgPool]), st.integers(1, 3), st.integers(1, 2), st.integers(0, 1),
    )  # fmt: skip


@settings(max_examples=40, deadline=None)
@given(
    st.tuples(st.sampled_from([2, 4]), st.integers(4, 15), st.integers(4, 15)),
    st.lists(st.one_of(convolutions(), pools()), max_size=4),
    st.lists(st.builds(Linear, st.integers(1, 9), bias=st.booleans()), max_size=2),
)
def test_any_network_has_the_counts_of_its_torch_build(shape, maps, vectors):
    layers = [("input", Input(*shape)), *((f"layer{i}", layer) for i, layer in enumerate([*maps, *vectors], 1))]
    network = Architecture("random", layers)
    try:
        table = count(network)
    except InvalidInput:
        assume(False)
    assert passed(table.check(device="cpu")) == RIGHT


# ---------------------------------------------------------------------- letters, suggestions, building
def test_symbolic_alexnet_holds_at_random_sizes():
    checks = check_counts(count(alexnet(symbolic=True)), "cpu", trials=2)
    assert passed(checks) == RIGHT
    assert len(checks[0].evidence["sizes"]) == 2
    assert checks[0].evidence["seed"] == 0


def test_sizes_are_drawn_so_that_the_network_exists():
    import random

    network = alexnet(symbolic=True)
    sizes = admissible_sizes(network, random.Random(1))
    assert set(sizes) == network.symbols
    assert not network.at(sizes).symbols


def test_sizes_that_never_fit_are_said_to_be_so():
    import random

    stuck = Architecture("stuck", [("input", Input("c", 5, 5)), ("conv1", Conv(7, 99, padding="p"))])
    with pytest.raises(NotSupported, match="stuck: no admissible small sizes"):
        admissible_sizes(stuck, random.Random(0), tries=5)


def test_a_suggestion_saves_in_torch_what_it_states():
    for suggestion in suggest(lenet5(), combine=1):
        assert passed(check_suggestion(suggestion, "cpu")) == [True, True]


def test_a_suggestion_that_states_too_much_is_caught():
    first, second = suggest(lenet5())[:2]
    false = replace(first, after=replace(second.after, architecture=first.architecture))
    assert False in passed(check_suggestion(false, "cpu"))


def test_the_built_network_runs():
    network = build(lenet5(), "cpu")
    assert network(torch.zeros(2, 1, 32, 32)).shape == (2, 10)
    assert sum(p.numel() for p in network.parameters()) == count(lenet5()).total.parameters
    assert all(torch.isfinite(p).all() for p in network.parameters())


@pytest.mark.parametrize("attempt", [build, measure])
def test_letters_cannot_be_built(attempt):
    with pytest.raises(InvalidInput, match=r"c_1.*are letters; use \.at"):
        attempt(alexnet(symbolic=True))


# ---------------------------------------------------------------------- two GPUs
def two_towers(network, x):
    """AlexNet as the paper draws it: two towers with half of the maps each, which meet at conv3 and at fc6 only."""
    layers = dict(network.named_children())

    def half(name, x, tower):
        conv = layers[name]
        w, b = conv.weight.chunk(2)[tower], conv.bias.chunk(2)[tower]
        return functional.relu(functional.conv2d(x, w, b, conv.stride, conv.padding))

    def pool(maps):
        return [functional.max_pool2d(m, 3, 2) for m in maps]

    towers = pool([half("conv1", x, t) for t in (0, 1)])
    towers = pool([half("conv2", m, t) for t, m in enumerate(towers)])
    met = torch.cat(towers, dim=1)
    towers = [half("conv3", met, t) for t in (0, 1)]
    towers = [half("conv4", m, t) for t, m in enumerate(towers)]
    towers = pool([half("conv5", m, t) for t, m in enumerate(towers)])
    x = torch.cat(towers, dim=1).flatten(1)
    for name in ("fc6", "fc7"):
        x = functional.relu(layers[name](x))
    return layers["fc8"](x)


def test_two_towers_that_meet_where_the_paper_says_are_the_grouped_network():
    torch.manual_seed(0)
    network = build(alexnet(), "cpu").double().eval()
    x = torch.randn(1, 3, 224, 224, dtype=torch.float64)
    with torch.no_grad():
        assert torch.allclose(two_towers(network, x), network(x), rtol=1e-10, atol=1e-12)
        one_gpu = build(alexnet(groups=1), "cpu").double().eval()
        assert one_gpu(x).shape == network(x).shape


def test_latency_is_measured_when_asked():
    from symnet.checks.latency import latency

    found = latency(lenet5(), "cpu", runs=3)
    assert 0 < found.fastest <= found.median
    assert found.runs == 3
