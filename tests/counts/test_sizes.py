"""Sizes and floors: what is accepted, and that merging floors changes no value."""

import itertools
from fractions import Fraction

import numpy as np
import pytest
import sympy as sp
from hypothesis import given
from hypothesis import strategies as st

from symnet.counts.sizes import evaluate, floor, gathered, size
from symnet.errors import InvalidInput
from symnet.sizes import letter

H = letter("H")


@given(st.lists(st.tuples(st.integers(-9, 9), st.integers(1, 5)), min_size=1, max_size=4), st.integers(0, 300))
def test_merged_floors_equal_floors_taken_one_by_one(windows, h):
    """⌊(… + b)/n⌋ + 1, over and over, as strides and pools do."""
    merged, one_by_one = H, h
    for b, n in windows:
        merged = floor((merged + b) / n) + 1
        one_by_one = (one_by_one + b) // n + 1
    assert evaluate(merged, {H: h}) == one_by_one
    assert evaluate(gathered(merged), {H: h}) == one_by_one
    assert len(merged.atoms(sp.floor)) <= 1


def test_merging_holds_with_letters_for_all_sizes():
    a, m, b, n = (letter(name) for name in "ambn")
    merged = floor((floor(a / m) + b) / n)
    assert len(merged.atoms(sp.floor)) == 1
    for values in itertools.product(range(8), range(1, 4), range(3), range(1, 4)):
        at = dict(zip((a, m, b, n), values, strict=True))
        assert evaluate(merged, at) == (at[a] // at[m] + at[b]) // at[n]


def test_a_floor_that_is_multiplied_is_not_merged():
    assert evaluate(floor(3 * floor(H / 2) / 4), {H: 3}) == 0
    assert evaluate(floor((2 * floor(H / 2) + 1) / 3), {H: 5}) == 1


def test_evaluation_stays_exact_beyond_floats():
    huge = 10**40 + 1
    assert evaluate(H**2 / 2, {H: huge}) == Fraction(huge**2, 2)
    assert evaluate(floor(H / 3), {H: huge}) == huge // 3


@pytest.mark.parametrize("value", [3, np.int64(3), sp.Integer(3)])
def test_integers_of_any_kind_are_sizes(value):
    assert size(value, "kernel") == 3


def test_letters_and_expressions_are_sizes():
    assert size("c_1", "channels") == letter("c_1")
    assert size(sp.Symbol("c_1") / 2, "channels") == letter("c_1") / 2


@pytest.mark.parametrize(
    "value", [0, -1, 3.0, 3.5, True, None, sp.Rational(1, 2), float("nan"), "same", "3", "2*c", "", [3], sp.Float(3)]
)
def test_what_is_no_size_is_refused_in_one_line(value):
    with pytest.raises(InvalidInput, match=r"layer 'conv1': kernel is") as refusal:
        size(value, "layer 'conv1': kernel")
    assert "\n" not in str(refusal.value)
