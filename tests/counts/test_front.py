"""The exact front of weights and connections: what trying every network finds, along chains and where branches meet."""

import itertools
import math

import pytest

from symnet.counts import Architecture, alexnet, count, googlenet, lenet5, mobilenet_v2, pareto, resnet18, resnet50
from symnet.counts.layers import (
    Add,
    Attention,
    BatchNorm,
    Concat,
    Conv,
    Embedding,
    From,
    GlobalAvgPool,
    Input,
    InputWords,
    LayerNorm,
    Linear,
    MaxPool,
    Projection,
)
from symnet.counts.search.ties import tied
from symnet.errors import InvalidInput, NotSupported


def test_a_floor_of_paths_that_no_step_meets_is_rounded_up():
    """Widths 4 and 8 by 4 and 8 have 16, 32, 32, 64 paths; at least 17 leaves out the first alone."""
    chain = Architecture("chain", [("input", Input(2, 1, 1)), ("a", Conv(8, 1)), ("b", Conv(8, 1)), ("c", Conv(3, 1))])
    found = pareto(chain, widths={"a": (4, 8), "b": (4, 8)}, least_paths=17)
    assert min(math.prod(point.widths.values()) for point in found) == 32


GROUPED = Architecture("grouped", [
    ("input", Input(3, 20, 16)), ("conv1", Conv(8, 3, padding=1)), ("pool1", MaxPool(2, stride=2)),
    ("conv2", Conv(12, 3, groups=2)), ("conv3", Conv(16, (1, 3), groups=4)), ("gap", GlobalAvgPool()),
    ("fc4", Linear(10)),
])  # fmt: skip
RESIDUAL = Architecture("residual", [
    ("input", Input(3, 9, 9)), ("stem", Conv(8, 3, padding=1)),
    ("a1", Conv(6, 3, padding=1)), ("a2", Conv(8, 3, padding=1)), ("add_a", Add("stem")),
    ("b1", Conv(12, 3, stride=2, padding=1), BatchNorm()), ("b2", Conv(16, 1)),
    ("way", From("add_a")), ("down", Conv(16, 1, stride=2)), ("add_b", Add("b2")),
    ("gap", GlobalAvgPool()), ("fc", Linear(5)),
])  # fmt: skip
STACKED = Architecture("stacked", [
    ("input", Input(3, 9, 9)), ("squeeze", Conv(4, 1)), ("one", Conv(6, 1)), ("from", From("squeeze")),
    ("three", Conv(8, 3, padding=1)), ("stack", Concat("one")), ("last", Conv(10, 1)), ("gap", GlobalAvgPool()),
    ("fc", Linear(5)),
])  # fmt: skip
INVERTED = Architecture("inverted", [
    ("input", Input(3, 9, 9)), ("stem", Conv(8, 3, padding=1)), ("expand", Conv(16, 1)),
    ("depthwise", Conv(16, 3, padding=1, groups=16)), ("project", Conv(8, 1)), ("add", Add("stem")), ("fc", Linear(5)),
])  # fmt: skip
WORDS = Architecture("words", [
    ("input", InputWords(5)), ("words", Embedding(11, 8)), ("qkv", Projection(24)), ("attention", Attention(2)),
    ("out", Projection(8)), ("add1", Add("words")), ("norm", LayerNorm()), ("up", Projection(32)),
    ("down", Projection(8)), ("add2", Add("add1")), ("head", Projection(11)),
])  # fmt: skip
# name -> network, the layers that have each width, the widths
CASES = {
    "LeNet-5": (lenet5(), [("conv1",), ("conv3",), ("fc5",), ("fc6",)],
                [(2, 4, 6), (4, 8, 16), (30, 60, 120), (21, 42, 84)]),
    "groups that must divide": (GROUPED, [("conv1",), ("conv2",), ("conv3",)], [(3, 4, 6, 8), (4, 6, 8, 12),
                                                                                (8, 12, 16)]),
    "some layers fixed": (lenet5(), [("conv3",), ("fc6",)], [(4, 8, 16), (10, 42, 84)]),
    "sums of branches": (RESIDUAL, [("stem", "a2"), ("a1",), ("b1",), ("b2", "down")],
                         [(2, 4, 8), (3, 6), (4, 8, 12), (4, 9, 16)]),
    "branches side by side": (STACKED, [("squeeze",), ("one",), ("three",), ("last",)],
                              [(1, 2, 4), (2, 4, 6), (2, 3, 8), (5, 10)]),
    "depthwise": (INVERTED, [("stem", "project"), ("expand", "depthwise")], [(2, 4, 5, 8), (4, 6, 12, 16)]),
    "attention": (WORDS, [("qkv",), ("up",)], [(6, 8, 12, 18, 24), (8, 16, 32)]),
}  # fmt: skip


def with_width(network, name, width):
    layer = network[name]
    if not isinstance(layer, Conv):
        return network.changed(name, out_features=width)
    return network.changed(name, out_channels=width, groups=width if name == "depthwise" else layer.groups)


def brute_force(network, sets, grid, floor):
    """Every design that can be built and has enough paths, then those that no other beats."""
    points = set()
    for widths in itertools.product(*grid):
        new = network
        for names, width in zip(sets, widths, strict=True):
            for name in names:
                new = with_width(new, name, width)
        try:
            total = count(new).total
        except InvalidInput:
            continue
        if math.prod(widths) >= floor:
            points.add((int(total.weights), int(total.connections)))
    return sorted(p for p in points if not any(q != p and q[0] <= p[0] and q[1] <= p[1] for q in points))


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("part", [1, 4, 1000])
def test_the_front_is_what_trying_everything_finds(case, part):
    network, sets, grid = CASES[case]
    floor = max(1, math.prod(max(widths) for widths in grid) // part)
    front = pareto(network, {names[-1]: widths for names, widths in zip(sets, grid, strict=True)}, least_paths=floor)
    assert [(p.weights, p.connections) for p in front] == brute_force(network, sets, grid, floor)


@pytest.mark.parametrize("case", CASES)
def test_every_point_of_a_front_is_a_network_with_these_counts(case):
    for point in pareto(CASES[case][0]):
        total = count(point.architecture).total
        assert (total.weights, total.connections) == (point.weights, point.connections)


def test_alexnets_front():
    front = pareto(alexnet())
    assert (front.designs, len(front)) == (4**7, 22)
    for point in front.points[::5]:
        total = count(point.architecture).total
        assert (total.weights, total.connections) == (point.weights, point.connections)
        assert math.prod(point.widths.values()) >= front.least_paths
    assert front.to_json()["front"][0]["weights"] == front.points[0].weights


@pytest.mark.parametrize("network", [resnet18, mobilenet_v2], ids=lambda n: n.__name__)
def test_a_front_of_a_whole_network_with_branches(network):
    front, base = pareto(network()), count(network()).total
    assert front.designs >= 4**12
    weights, connections = ([getattr(p, q) for p in front] for q in ("weights", "connections"))
    assert weights == sorted(set(weights))
    assert connections == sorted(set(connections), reverse=True)
    total = count(front.points[0].architecture).total
    assert (total.weights, total.connections) == (weights[0], connections[0])
    assert weights[0] < base.weights


def test_layers_that_are_added_have_one_width():
    sets = {ties.names for ties in tied(resnet18())}
    assert ("conv1", "layer1.0.conv2", "layer1.1.conv2") in sets
    assert ("layer2.0.conv2", "layer2.0.downsample", "layer2.1.conv2") in sets
    assert len(tied(resnet50())) == 37
    inverted = next(ties for ties in tied(INVERTED) if "depthwise" in ties.names)
    assert (inverted.names, inverted.depthwise) == (("expand", "depthwise"), {"depthwise"})


def test_without_a_floor_the_narrowest_network_wins_alone():
    (only,) = pareto(alexnet(), least_paths=1).points
    assert only.widths["fc6"] == 1024


def test_limits_cut_the_front():
    assert all(p.weights <= 30_000_000 for p in pareto(alexnet(), limits={"weights": 30_000_000}))


def test_a_floor_beyond_the_grid_leaves_nothing():
    assert len(pareto(lenet5(), least_paths=10**9)) == 0


REFUSED = [
    (lambda: pareto(alexnet(symbolic=True)), "needs numbers"),
    (lambda: pareto(alexnet(), {"pool1": [3]}), "'pool1' has no width to choose; conv1"),
    (lambda: pareto(alexnet(), {"fc8": [3]}), "'fc8' has no width to choose: it must be as wide as the output"),
    (lambda: pareto(WORDS, {"out": [3]}), "'out' has no width to choose: it must be as wide as"),
    (lambda: pareto(alexnet(), {"conv1": [0]}), "'conv1': width is 0"),
    (lambda: pareto(alexnet(), {"conv1": []}), "'conv1': give at least one width"),
    (lambda: pareto(alexnet(), limits={"units": 3}), "not in 'units'"),
    (lambda: pareto(RESIDUAL, {"stem": [4], "a2": [8]}), "'stem' and 'a2' are equally wide; choose for one"),
]


@pytest.mark.parametrize(("attempt", "message"), REFUSED)
def test_what_cannot_be_chosen_is_refused(attempt, message):
    with pytest.raises(InvalidInput, match=message):
        attempt()


def test_too_many_widths_in_one_place_are_refused_by_name():
    with pytest.raises(NotSupported, match=r"inception3a\.branch1, .* meet: too many"):
        pareto(googlenet())


def test_a_network_without_hidden_widths_has_one_design():
    only = Architecture("only", [("input", Input(3, 4, 4)), ("fc", Linear(5))])
    (point,) = pareto(only)
    assert (point.weights, point.widths) == (240, {})
