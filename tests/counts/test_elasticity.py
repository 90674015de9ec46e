"""Elasticities and bounds, each against another way to find it."""

import pytest
import sympy as sp

from symnet.counts import alexnet, bound, bounds, count, elasticities, lenet5
from symnet.errors import InvalidInput

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
    ],
)
def test_what_cannot_be_answered_is_refused(attempt, message):
    with pytest.raises(InvalidInput, match=message):
        attempt()
