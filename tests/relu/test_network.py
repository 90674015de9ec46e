import json
from dataclasses import FrozenInstanceError
from fractions import Fraction

import numpy as np
import pytest
import sympy as sp
from hypothesis import given, settings
from hypothesis import strategies as st

from symnet.errors import InvalidInput
from symnet.relu import ReluNetwork, two_input_sorter

from .small_networks import networks, points

LINE = ([[1]], [0])


def test_the_worksheets_network_sorts_two_numbers():
    sorter = two_input_sorter()
    assert sorter.widths == (2, 5, 2)
    assert sorter([Fraction(1, 3), -2]) == (-2, Fraction(1, 3))
    assert [str(x) for x in sorter.inputs] == ["x_1", "x_2"]
    assert all(x.is_real for x in sorter.inputs)


def test_entries_are_read_exactly():
    net = ReluNetwork([([["1/3", sp.Rational(1, 7), Fraction(2, 5), np.int64(4)]], ["0.1"])])
    assert net.layers == ((((Fraction(1, 3), Fraction(1, 7), Fraction(2, 5), Fraction(4)),), (Fraction(1, 10),)),)


@settings(max_examples=20, deadline=None)
@given(st.data(), networks())
def test_numpy_evaluates_a_batch_to_the_same_values(data, net):
    rows = data.draw(points(net.widths[0], 3))
    exact = np.array([net(row) for row in rows], dtype=float)
    np.testing.assert_allclose(net.numpy(np.array(rows, dtype=float)), exact, atol=1e-9)
    np.testing.assert_allclose(net.numpy(np.array(rows[0], dtype=float)), exact[0], atol=1e-9)


@settings(max_examples=20, deadline=None)
@given(networks())
def test_json_keeps_the_network(net):
    assert ReluNetwork.from_json(json.loads(json.dumps(net.to_json()))) == net


def test_a_network_cannot_be_changed():
    with pytest.raises(FrozenInstanceError):
        two_input_sorter().layers = ()


@pytest.mark.parametrize(
    ("layers", "message"),
    [
        ([], "at least one layer"),
        ([([[1.5]], [0])], r'layer 1, weight \(1, 1\): 1.5 is a float; pass an exact number, "3/2"'),
        ([LINE, ([[float("nan")]], [0])], r"layer 2, weight \(1, 1\): nan is not a real number"),
        ([([[1]], [np.float32("inf")])], "layer 1, bias 1: inf is not a real number"),
        ([([["1/0"]], [0])], "is not a rational number"),
        ([([["one"]], [0])], "is not a rational number"),
        ([([[True]], [0])], "truth value"),
        ([([[None]], [0])], "not an exact number"),
        ([([[1, 2], [3]], [0, 0])], "layer 1: the rows of W have different lengths, 2, 1"),
        ([([[1, 2]], [0, 0])], "layer 1: W has 1 rows, but b has 2 entries"),
        ([([], [])], "layer 1: W is empty"),
        ([([[]], [0])], "layer 1: W is empty"),
        ([LINE, ([[1, 2]], [0])], "layer 2: its rows have 2 weights, but layer 1 has 1 units"),
        ([([[1]],)], r"expected a pair \(W, b\)"),
        ([([1], [0])], "layer 1: row 1 of W: expected a list, got 1"),
        ("W", "expected a list"),
    ],
)
def test_what_is_no_network_is_refused_in_one_line(layers, message):
    with pytest.raises(InvalidInput, match=message) as refusal:
        ReluNetwork(layers)
    assert "\n" not in str(refusal.value)


@pytest.mark.parametrize("x", [[1], [1, 2, 3], [1, 0.5], 3])
def test_a_point_that_does_not_fit_is_refused(x):
    with pytest.raises(InvalidInput):
        two_input_sorter()(x)


@pytest.mark.parametrize("data", [{}, [], {"format": "other"}, {"format": "symnet relu network", "layers": [{}]}])
def test_json_of_something_else_is_refused(data):
    with pytest.raises(InvalidInput):
        ReluNetwork.from_json(data)
