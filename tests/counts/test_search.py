"""Suggestions: exact savings in letters and numbers, for every rewrite and network."""

import pytest
import sympy as sp
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from symnet.checks.build import build
from symnet.counts import CATALOGUE, Architecture, alexnet, count, lenet5, resnet18, squeezenet1_0, suggest, vgg16
from symnet.counts.layers import Conv, Dropout, Flatten, GlobalAvgPool, Input, Linear, MaxPool, ReLU
from symnet.counts.search.rewrites import bottleneck
from symnet.errors import InvalidInput

SMALL = Architecture("small", [
    ("input", Input(4, 16, 12)), ("conv1", Conv(8, 3, padding=1)), ("relu1", ReLU()), ("pool1", MaxPool(2, stride=2)),
    ("conv2", Conv(16, (3, 5), padding=(1, 2), groups=2)), ("relu2", ReLU()), ("flatten", Flatten()),
    ("drop", Dropout()), ("fc3", Linear(32)), ("relu3", ReLU()), ("fc4", Linear(16)),
])  # fmt: skip
NETWORKS = {"AlexNet": alexnet(), "LeNet-5": lenet5(), "small": SMALL}

EXACT = {  # name -> weights, connections of AlexNet after it
    "global average pool before the head": (24_254_496, 687_706_656),
    "one linear layer as head": (2_588_704, 666_040_864),
    "convolutional head": (2_588_704, 675_000_864),
    "depthwise separable convolutions": (59_037_056, 243_406_976),
    "one linear layer as head, depthwise separable convolutions": (671_104, 185_041_024),
}


def test_alexnets_variants_have_their_exact_counts():
    found = {s.name: s.after.total for s in suggest(alexnet(), combine=2)}
    assert {name: (found[name].weights, found[name].connections) for name in EXACT} == EXACT


@pytest.mark.parametrize("goal", ["weights", "connections"])
def test_suggestions_are_ranked_by_their_factor(goal):
    factors = [s.factor for s in suggest(alexnet(), goal)]
    assert factors == sorted(factors, reverse=True)
    assert all(f > 1 for f in factors)


def test_heads_save_weights_and_convolutions_save_connections():
    assert suggest(alexnet(), "weights")[0].name == "one linear layer as head"
    assert "convolutions" in next(s.name for s in suggest(alexnet(), "connections") if "conv" in s.name)


@pytest.mark.parametrize("network", NETWORKS)
def test_savings_in_letters_are_the_exact_differences(network):
    for suggestion in suggest(NETWORKS[network]):
        for quantity, relation in suggestion.savings.items():
            was, now = (getattr(t.total, quantity) for t in (suggestion.before, suggestion.after))
            closed = relation.rhs.lhs if hasattr(relation.rhs, "lhs") else relation.rhs
            assert closed.subs(suggestion.sizes) == was - now, (suggestion.name, quantity)


def test_a_bottleneck_keeps_the_kernel_in_its_middle():
    """1 × 1 down to a quarter, the k × k convolution there with its stride and padding, 1 × 1 up; built in torch."""
    network = Architecture("a", [("input", Input(8, 9, 9)), ("conv1", Conv(16, 3, stride=2, padding=1, bias=False))])
    narrow = bottleneck(count(network), ("conv1",))
    assert narrow.names == ("input", "conv1_reduce", "conv1_inner", "conv1_expand")
    built = build(narrow, "meta")
    assert [tuple(p.shape) for name, p in built.named_parameters() if name.endswith("weight")] == [
        (4, 8, 1, 1), (4, 4, 3, 3), (16, 4, 1, 1)
    ]  # fmt: skip
    assert built(torch.empty(1, 8, 9, 9, device="meta")).shape == (1, 16, 5, 5)
    assert [check.passed for check in count(narrow).check()] == [True] * 4


def test_a_saving_reads_as_a_formula():
    pooled = next(s for s in suggest(alexnet()) if s.name.startswith("global"))
    assert str(pooled.saving) == "W - W' = c₅·n₆·(m₅² - 1) = 36,700,160"


@pytest.mark.parametrize("rewrite", CATALOGUE, ids=lambda rewrite: rewrite.name)
def test_every_rewrite_applies_somewhere_and_says_where(rewrite):
    found = [s for network in NETWORKS.values() for s in suggest(network, "connections") if s.moves[0][0] is rewrite]
    assert found
    for suggestion in found:
        table = suggestion.before
        assert all(name in suggestion.words for name in suggestion.moves[0][1] if table[name].shown)
        assert count(suggestion.architecture).total == suggestion.after.total


@pytest.mark.parametrize("rewrite", CATALOGUE, ids=lambda rewrite: rewrite.name)
def test_the_output_stays_what_it_was(rewrite):
    """Each suggestion is a network for the same task."""
    for network in NETWORKS.values():
        for suggestion in suggest(network, "connections"):
            assert suggestion.after.rows[-1].output_shape == suggestion.before.rows[-1].output_shape


def test_nothing_is_suggested_where_nothing_can_be_saved():
    done = Architecture("done", [("input", Input(3, 1, 1)), ("pool", GlobalAvgPool()), ("fc1", Linear(3))])
    assert suggest(done) == ()


def test_a_rewrite_whose_maps_no_longer_fit_is_left_out():
    tight = Architecture("tight", [("input", Input(1, 8, 8)), ("conv1", Conv(2, 3)), ("conv2", Conv(2, 6))])
    assert "twice the first stride" not in [s.name for s in suggest(tight, "connections")]


def test_vgg_is_suggested_the_same_levers():
    assert suggest(vgg16(), "weights")[0].factor > 8
    assert suggest(vgg16(), "connections")[0].factor > 3


@pytest.mark.parametrize(
    ("attempt", "message"),
    [
        (lambda: suggest(alexnet(symbolic=True)), "ranking needs numbers"),
        (lambda: suggest(alexnet(), "biases"), "not 'biases'"),  # type: ignore[arg-type]
    ],
)
def test_what_cannot_be_ranked_is_refused(attempt, message):
    with pytest.raises(InvalidInput, match=message):
        attempt()


# ---------------------------------------------------------------------- wishes
def test_limits_are_kept():
    found = suggest(alexnet(), "connections", combine=2, limits={"weights": 20_000_000})
    assert found
    assert all(s.after.total.weights <= 20_000_000 for s in found)
    assert suggest(alexnet(), limits={"parameters": 1000}) == ()


def test_a_receptive_field_is_kept():
    kept, free = suggest(alexnet(), "connections", keep_receptive_field=True), suggest(alexnet(), "connections")
    assert {s.name for s in free} - {s.name for s in kept} == {"one convolution less"}
    assert all(s.after.receptive_field >= 195 for s in kept)


@pytest.mark.parametrize("most", [1, 2, 3])
def test_at_most_so_many_layers_change_and_they_are_those_that_save_most(most):
    found = suggest(alexnet(), "connections", most_changed=most)
    assert all(s.changed <= most for s in found)
    separable = next(s for s in found if s.name == "depthwise separable convolutions")
    assert separable.moves[0][1] == ("conv2", "conv3", "conv4")[:most]


def test_no_new_layer_is_narrower_than_wished():
    assert "low rank" in {s.name for s in suggest(alexnet(), least_width=512)}
    assert "low rank" not in {s.name for s in suggest(alexnet(), least_width=513)}


def test_an_accuracy_function_is_asked():
    asked = []
    assert suggest(lenet5(), accept=lambda network: bool(asked.append(network))) == ()
    assert asked


def test_an_unknown_limit_is_refused():
    with pytest.raises(InvalidInput, match="no limit on 'layers'; there are limits on units"):
        suggest(alexnet(), limits={"layers": 3})


@pytest.mark.parametrize("rewrite", [r for r in CATALOGUE if r.even], ids=lambda rewrite: rewrite.name)
@settings(max_examples=25, deadline=None)
@given(sizes=st.tuples(st.sampled_from([4, 8, 16, 64]), st.sampled_from([8, 16, 64]), st.integers(2, 5)),
       groups=st.sampled_from([1, 2, 4]))  # fmt: skip
def test_a_change_saves_weights_exactly_where_its_break_even_says(rewrite, sizes, groups):
    c, c_out, k = sizes
    network = Architecture("one", [
        ("input", Input(c, 9, 9)), ("conv0", Conv(c, 1)),
        ("conv1", Conv(c_out, k, padding=2, groups=groups, bias=False)),
        ("fc2", Linear(8 * c_out, bias=False)),
    ])  # fmt: skip
    before = count(network)
    site = "fc2" if rewrite.name == "low rank" else "conv1"
    after = count(rewrite.apply(before, (site,)))
    values = {s: sp.sympify(v) for s, v in before[site].values.items()}
    even = (sp.sympify(rewrite.even.lhs) < rewrite.even.rhs).xreplace(values)
    assert bool(even) == bool(after.total.weights < before.total.weights)


def test_residual_and_branched_networks_are_suggested_changes_that_can_be_built():
    for network in (resnet18(), squeezenet1_0()):
        for s in suggest(network, "connections"):
            assert s.after.rows[-1].output_shape == s.before.rows[-1].output_shape
            assert count(s.architecture).total == s.after.total
