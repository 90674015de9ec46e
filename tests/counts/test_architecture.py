"""Architectures that cannot be, and what is said of them."""

import doctest

import pytest
import sympy as sp

from symnet.counts import Architecture, alexnet, architecture, count
from symnet.counts.layers import Conv, Input, Linear, MaxPool, ReLU
from symnet.errors import InvalidInput, NotSupported
from symnet.sizes import letter

IMAGE = ("input", Input(4, 8, 8))

REFUSED = {
    "no layers": (lambda: Architecture("net", []), "net has no layers"),
    "twice the same name": (lambda: Architecture("net", [IMAGE, ("a", ReLU()), ("a", ReLU())]), "two layers .* 'a'"),
    "a name that is none": (lambda: Architecture("net", [("1st layer", Input(1, 2, 2))]), "'1st layer' is no layer"),
    "a layer that is none": (lambda: Architecture("net", [("a", 3)]), "'a' is 3, not a layer"),
    "a class in place of a layer": (lambda: Architecture("net", [IMAGE, ("a", ReLU)]), "not a layer"),
    "a kernel of zero": (lambda: Architecture("net", [IMAGE, ("conv1", Conv(4, 0))]), "'conv1': kernel is 0"),
    "a negative stride": (lambda: Architecture("net", [IMAGE, ("conv1", Conv(4, 3, stride=-1))]), "stride is -1"),
    "a negative padding": (lambda: Architecture("net", [IMAGE, ("conv1", Conv(4, 3, padding=-1))]), "padding is -1"),
    "a float": (lambda: Architecture("net", [IMAGE, ("conv1", Conv(4.0, 3))]), "'conv1': out_channels is 4.0"),
    "three kernel sizes": (lambda: Architecture("net", [IMAGE, ("conv1", Conv(4, (3, 3, 3)))]), "one size or two"),
    "a padding mode": (lambda: Architecture("net", [IMAGE, ("conv1", Conv(4, 3, padding="same"))]), "'same'"),
    "groups that do not divide": (
        lambda: count(Architecture("net", [IMAGE, ("conv1", Conv(6, 3, groups=3))])),
        "'conv1': 3 groups do not divide 4 input channels; 4 can be divided by 1, 2, 4",
    ),
    "groups that do not divide the output": (
        lambda: count(Architecture("net", [IMAGE, ("conv1", Conv(6, 3, groups=4))])),
        "4 groups do not divide 6 output channels",
    ),
    "a kernel too large": (
        lambda: count(Architecture("net", [IMAGE, ("conv1", Conv(4, 11, padding=1))])),
        r"'conv1': the kernel's height \(11\) is larger than the padded input's \(10\)",
    ),
    "a window too large": (
        lambda: count(Architecture("net", [IMAGE, ("pool1", MaxPool(9, stride=2))])),
        "'pool1': the window's height",
    ),
    "too much pool padding": (
        lambda: count(Architecture("net", [IMAGE, ("pool1", MaxPool(3, stride=2, padding=2))])),
        "'pool1': twice the vertical padding",
    ),
    "too low a resolution": (lambda: count(alexnet(resolution=62)), "'pool5'"),
    "a convolution of a vector": (
        lambda: count(Architecture("net", [IMAGE, ("fc1", Linear(9)), ("conv2", Conv(4, 3))])),
        "'conv2': convolution needs a map .* a vector of 9 arrives",
    ),
    "no input": (lambda: count(Architecture("net", [("conv1", Conv(4, 3))])), "'conv1': nothing arrives"),
    "a second input": (lambda: count(Architecture("net", [IMAGE, ("again", Input(4, 8, 8))])), "'again': an input"),
    "an unknown letter": (lambda: alexnet(symbolic=True).at({"c_9": 3}), "no size 'c_9'"),
    "half a unit": (
        lambda: Architecture("net", [IMAGE, ("fc1", Linear(letter("n") / 2))]).at({"n": 3}),
        "'fc1': out_features",
    ),
    "an unknown layer": (lambda: count(alexnet())["conv9"], "no layer 'conv9'; it has input, conv1"),
    "something else": (lambda: count("AlexNet"), "needs an Architecture"),
}  # fmt: skip


@pytest.mark.parametrize("case", REFUSED)
def test_what_cannot_be_is_refused_in_one_line(case):
    attempt, message = REFUSED[case]
    with pytest.raises(InvalidInput, match=message) as refusal:
        attempt()
    assert "\n" not in str(refusal.value)


def test_an_architecture_is_written_as_in_python():
    lines = str(alexnet()).splitlines()
    assert lines[2:4] == ["  conv1: Conv(96, 11, stride=4, padding=2)", "  conv1_relu: ReLU()"]
    assert lines[-1] == "  fc8: Linear(1000)"


def test_the_documentations_example_holds():
    assert doctest.testmod(architecture).failed == 0


def test_a_size_of_unknown_functions_is_refused():
    c = letter("c")
    with pytest.raises(NotSupported, match="holds Mod"):
        Architecture("net", [("input", Input(sp.Mod(c, 3), 2, 2))]).at({"c": 3})


def test_a_mapping_is_a_list_of_layers_too():
    assert Architecture("a", {"input": Input(1, 2, 2)}) == Architecture("a", [("input", Input(1, 2, 2))])


def test_equal_pairs_are_one_size():
    network = Architecture("a", [IMAGE, ("conv1", Conv(4, (3, 3)))])
    assert network["conv1"] == Conv(4, 3)


def test_layers_without_numbers_are_lettered_by_name():
    network = Architecture("a", [IMAGE, ("stem", Conv(4, 3)), ("layer1.conv1", Conv(4, 3))])
    assert {"c_stem", "c_1_conv1"} <= {s.name for s in network.symbolic().symbols}


def test_symbolic_can_leave_defaults_alone():
    names = {s.name for s in alexnet().symbolic(everything=False).symbols}
    assert "g_2" in names
    assert not names & {"g_1", "g_3", "s_2", "r_1"}


def test_changes_leave_the_original_alone():
    network = alexnet()
    smaller = network.changed("fc6", out_features=10).before("fc6", [("relu5", ReLU())])
    assert network == alexnet()
    assert smaller.names[smaller.names.index("fc6") - 1] == "relu5"
