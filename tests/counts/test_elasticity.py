"""Elasticities, bounds, and the exact front, each against another way to find it."""

import itertools
import math

import pytest
import sympy as sp

from symnet.counts import Architecture, alexnet, bound, bounds, count, elasticities, lenet5, pareto, resnet18
from symnet.counts.layers import Conv, GlobalAvgPool, Input, Linear, MaxPool
from symnet.errors import InvalidInput, NotSupported

WEIGHTS = {"c_1": 0.0056, "c_2": 0.0196, "c_3": 0.0254, "c_4": 0.0181, "c_5": 0.6265, "n_6": 0.8945, "n_7": 0.3424,
           "g_2": -0.0050, "g_4": -0.0109, "g_5": -0.0073}  # fmt: skip
CONNECTIONS = {"c_1": 0.4547, "c_2": 0.5156, "c_3": 0.3612, "c_4": 0.2580, "c_5": 0.1553, "n_6": 0.0753, "n_7": 0.0288,
               "g_2": -0.3091, "g_4": -0.1548, "g_5": -0.1032}  # fmt: skip


@pytest.mark.parametrize(("quantity", "table"), [("weights", WEIGHTS), ("connections", CONNECTIONS)])
def test_alexnets_elasticities(quantity, table):
    found = elasticities(alexnet(), quantity)
    assert {name: round(float(e.value), 4) for name, e in found.items()} == table


def test_widths_elasticities_sum_to_two_less_the_first_and_last_share():
    """Euler: the weights are of degree 2 in the widths, of degree 1 in the first layer and the last."""
    found, share = elasticities(alexnet()), count(alexnet()).share("weights")
    widths = sum(e.value for name, e in found.items() if name[0] in "cn")
    assert widths == 2 - share["conv1"] - share["fc8"]


def test_elasticities_are_the_logarithmic_derivatives():
    network = lenet5().symbolic(everything=False)
    total = count(network).total.weights
    for name, e in elasticities(lenet5()).items():
        s = next(x for x in network.symbols if x.name == name)
        derivative = (s * sp.diff(total, s) / total).xreplace({x: sp.Integer(n) for x, n in network.sizes.items()})
        assert sp.simplify(derivative - e.value) == 0


def test_an_elasticity_is_written_in_shares():
    assert elasticities(alexnet())["c_1"].relation.text() == "E_c,₁ = (W_conv1 + W_conv2)/W = 0.005612"


def test_convolutions_hold_less_than_4_per_cent_of_the_weights():
    fc, conv = bounds(count(alexnet()))
    assert "convolution that leaves all other layers as they are saves at most 3.83 % of the weights" in conv.words
    assert (round(float(100 * fc.share), 2), fc.share + conv.share) == (96.17, 1)
    assert bound(count(alexnet()), ["conv2", "conv3"], "connections").share == sp.Rational(
        223_948_800 + 149_520_384, 724_406_816
    )


@pytest.mark.parametrize(
    ("attempt", "message"),
    [
        (lambda: elasticities(alexnet(symbolic=True)), "need numbers"),
        (lambda: elasticities(alexnet(), "layers"), "not of 'layers'"),
        (lambda: pareto(alexnet(symbolic=True)), "needs numbers"),
        (lambda: pareto(alexnet(), {"pool1": [3]}), "'pool1' has no width"),
        (lambda: pareto(alexnet(), {"conv1": [0]}), "'conv1': width is 0"),
        (lambda: pareto(alexnet(), limits={"units": 3}), "not in 'units'"),
    ],
)
def test_what_cannot_be_answered_is_refused(attempt, message):
    with pytest.raises(InvalidInput, match=message):
        attempt()


# ---------------------------------------------------------------------- the front
GROUPED = Architecture("grouped", [
    ("input", Input(3, 20, 16)), ("conv1", Conv(8, 3, padding=1)), ("pool1", MaxPool(2, stride=2)),
    ("conv2", Conv(12, 3, groups=2)), ("conv3", Conv(16, (1, 3), groups=4)), ("gap", GlobalAvgPool()),
    ("fc4", Linear(10)),
])  # fmt: skip
GRIDS = {
    "LeNet-5": (lenet5(), {"conv1": (2, 4, 6), "conv3": (4, 8, 16), "fc5": (30, 60, 120), "fc6": (21, 42, 84)}),
    "groups that must divide": (GROUPED, {"conv1": (3, 4, 6, 8), "conv2": (4, 6, 8, 12), "conv3": (8, 12, 16)}),
    "some layers fixed": (lenet5(), {"conv3": (4, 8, 16), "fc6": (10, 42, 84)}),
}


def brute_force(network, grid, floor):
    """Every design that can be built and has enough paths, then those that no other beats."""
    points = set()
    for widths in itertools.product(*grid.values()):
        new = network
        for name, width in zip(grid, widths, strict=True):
            new = new.changed(name, **{"out_channels" if isinstance(network[name], Conv) else "out_features": width})
        try:
            total = count(new).total
        except InvalidInput:
            continue
        if math.prod(widths) >= floor:
            points.add((int(total.weights), int(total.connections)))
    return sorted(p for p in points if not any(q != p and q[0] <= p[0] and q[1] <= p[1] for q in points))


@pytest.mark.parametrize("case", GRIDS)
@pytest.mark.parametrize("part", [1, 4, 1000])
def test_the_front_is_what_trying_everything_finds(case, part):
    network, grid = GRIDS[case]
    floor = math.prod(max(widths) for widths in grid.values()) // part
    front = pareto(network, grid, least_paths=floor)
    assert [(p.weights, p.connections) for p in front] == brute_force(network, grid, floor)


def test_every_point_of_a_front_is_a_network_with_these_counts():
    front = pareto(alexnet())
    assert (front.designs, len(front)) == (4**7, 22)
    for point in front.points[::5]:
        total = count(point.architecture).total
        assert (total.weights, total.connections) == (point.weights, point.connections)
        assert math.prod(point.widths.values()) >= front.least_paths
    assert front.to_json()["front"][0]["weights"] == front.points[0].weights


def test_without_a_floor_the_narrowest_network_wins_alone():
    (only,) = pareto(alexnet(), least_paths=1).points
    assert only.widths["fc6"] == 1024


def test_limits_cut_the_front():
    assert all(p.weights <= 30_000_000 for p in pareto(alexnet(), limits={"weights": 30_000_000}))


def test_widths_that_sums_tie_together_are_refused():
    with pytest.raises(NotSupported, match="ties widths that are not neighbours"):
        pareto(resnet18())
