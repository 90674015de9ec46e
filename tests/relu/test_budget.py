"""Long work can be limited, and says what was covered."""

from fractions import Fraction
from itertools import count

import pytest
import sympy as sp

from symnet.checks import check_certificate
from symnet.errors import InvalidInput, SymnetError
from symnet.relu import OutOfBudget, ReluNetwork, minimal_width, prove, two_input_sorter
from symnet.relu.geometry.simplex import combination, eliminated

from .small_networks import deepened

SORTER = two_input_sorter()
DEEP = deepened(SORTER)
FEW = {
    "regions": lambda limits: SORTER.regions(**limits),
    "linear regions": lambda limits: SORTER.regions(merged=True, **limits),
    "piecewise": lambda limits: SORTER.piecewise(**limits),
    "prove": lambda limits: prove(DEEP, DEEP, **limits),
    "prove with cases": lambda limits: prove(SORTER, SORTER.piecewise(), **limits),
}


@pytest.mark.parametrize("name", FEW)
def test_six_cells_are_more_than_five(name):
    FEW[name]({"max_regions": 6, "timeout": 60})
    with pytest.raises(
        OutOfBudget, match=r"more than 5 regions: 5 found; cells cut.* of .*\. Allow more with max_regions="
    ):
        FEW[name]({"max_regions": 5})


@pytest.mark.parametrize("name", FEW)
def test_no_time_is_not_enough(name):
    with pytest.raises(OutOfBudget, match=r"not finished within 1e-09 s: 0 found; cells cut.* of .*\. Allow more time"):
        FEW[name]({"timeout": 1e-9})


def test_a_proof_that_needs_no_cells_needs_no_budget():
    assert prove(SORTER, SORTER, max_regions=1).holds


def test_progress_is_told():
    told = []
    DEEP.regions(progress=told.append)
    assert any(line.startswith("0 found; cells cut, level by level: 0 of 1") for line in told)


def test_running_out_of_budget_is_an_error_of_symnet_in_one_line():
    with pytest.raises(SymnetError) as refusal:
        SORTER.regions(max_regions=1)
    assert "\n" not in str(refusal.value)


@pytest.mark.parametrize("limits", [{"max_regions": 0}, {"timeout": -1}, {"timeout": float("nan")}])
def test_a_limit_is_positive(limits):
    with pytest.raises(InvalidInput, match="not a positive number"):
        ReluNetwork([([[1]], [0])]).regions(**limits)


def test_the_clock_is_read_while_a_single_cell_is_cut(monkeypatch):
    ticks = count()
    monkeypatch.setattr("symnet.relu.budget.monotonic", lambda: next(ticks))
    with pytest.raises(OutOfBudget, match=r"not finished within 3 s: 0 found; cells cut, level by level: 0 of 1\."):
        SORTER.regions(timeout=3)


# ---------------------------------------------------------------------- the clock is read everywhere
def sum_of(n):
    """out = relu(x_1 + ... + x_n)."""
    return ReluNetwork([([[1] * n], [0]), ([[1]], [0])])


def box(net, low=0, high=1):
    return [c for x in net.inputs for c in (x >= low, x <= high)]


def proof_in_a_box(**limits):
    net = sum_of(4)
    return prove(net, net.outputs[0] <= 4, where=box(net), **limits)


def proof_without_interior(**limits):
    """Three inequalities that leave a line, as only a linear program can tell."""
    net = sum_of(3)
    a, b, c = net.inputs
    return prove(net, net.outputs[0] >= 0, where=[a + b + c >= 0, a - 2 * b >= c, b - 2 * a >= 0, b >= -5], **limits)


CLOSED_FORM = SORTER.piecewise()
LONG = {
    "cells": lambda **limits: SORTER.regions(**limits),
    "linear regions": lambda **limits: DEEP.regions(merged=True, **limits),
    "closed form": lambda **limits: DEEP.piecewise(**limits),
    "proof by kinks": lambda **limits: prove(SORTER, SORTER, **limits),
    "proof by comparators": lambda **limits: prove(DEEP, DEEP, **limits),
    "proof in a box": proof_in_a_box,
    "proof in a place without interior": proof_without_interior,
    "proof with cases": lambda **limits: prove(SORTER, CLOSED_FORM, **limits),
    "counterexample": lambda **limits: prove(SORTER, [0, 0], **limits),
    "fewest units": lambda **limits: minimal_width(DEEP, **limits),
    "fewest units, many choices": lambda **limits: minimal_width(SORTER, **limits),
}


@pytest.mark.parametrize("name", LONG)
def test_the_time_may_run_out_at_every_look_at_the_clock(name, monkeypatch):
    """A clock that goes a second further at each look: whatever the limit, the work ends there, or is done."""
    looks = count()
    monkeypatch.setattr("symnet.relu.budget.monotonic", lambda: next(looks))
    LONG[name](timeout=10**9)
    needed = next(looks)
    for seconds in sorted({1, 2, 3, needed // 4 + 1, needed // 2 + 1, max(needed - 3, 1)}):
        if seconds < needed - 2:
            with pytest.raises(OutOfBudget, match=f"not finished within {seconds} s: .*Allow more time") as refusal:
                LONG[name](timeout=seconds)
            assert "\n" not in str(refusal.value)


def test_a_certificate_is_given_as_much_time_as_the_proof(monkeypatch):
    proof = proof_in_a_box(timeout=60)
    looks = count(0, 59)
    monkeypatch.setattr("symnet.relu.budget.monotonic", lambda: next(looks))
    with pytest.raises(OutOfBudget, match=r"not finished within 60 s: following the paths"):
        proof.certificate  # noqa: B018 - made when it is asked for
    assert "cells on which no unit changes its sign" in str(proof)  # what was decided is told in any case
    monkeypatch.undo()
    assert check_certificate(proof.certificate).passed


@pytest.mark.parametrize(("free", "fixed"), [(2, 78), (0, 80), (1, 150)])
def test_inputs_that_equations_fix_cost_nothing(free, fixed, monkeypatch):
    """They are put in before anything is searched: a few looks at the clock for each, not a linear program."""
    looks = count()
    monkeypatch.setattr("symnet.relu.budget.monotonic", lambda: next(looks))
    net = sum_of(free + fixed)
    where = [c for x in net.inputs[:free] for c in (x >= 0, x <= 1)]
    where += [sp.Eq(x, sp.Rational(i, 100)) for i, x in enumerate(net.inputs[free:])]
    proof = prove(net, net.outputs[0] >= 0, where=where, timeout=40 * (free + fixed))
    assert proof.holds
    assert not prove(net, net.outputs[0] <= 0, where=where, timeout=40 * (free + fixed)).holds


def test_a_certificate_of_a_proof_with_equations_passes():
    net = sum_of(12)
    where = [*box(sum_of(2)), *(sp.Eq(x, sp.Rational(i, 7) + net.inputs[0]) for i, x in enumerate(net.inputs[2:]))]
    for claim, holds in ((net.outputs[0] <= 30, True), (net.outputs[0] <= 2, False)):
        proof = prove(net, claim, where=where)
        assert proof.holds == holds
        assert check_certificate(proof.certificate).passed


def test_a_box_of_many_sides_has_an_interior_at_once_and_ends_in_its_time(monkeypatch):
    looks = count()
    monkeypatch.setattr("symnet.relu.budget.monotonic", lambda: next(looks))
    net = sum_of(60)
    with pytest.raises(OutOfBudget, match="0 found; cells cut, level by level: 0 of 1"):
        prove(net, net.outputs[0] <= 60, where=box(net), timeout=500)


def test_numbers_stay_short_where_weights_are_eliminated(monkeypatch):
    """Entries are minors: of n rows of one digit, with at most some n (1 + log₁₀ √n) digits; not 2ⁿ."""
    n = 24
    rows = [[(7 * i * i + 3 * i * j + j * j * j) % 19 - 9 + 40 * (i == j) for j in range(n)] for i in range(n)]
    target = [sum((k % 3 + 1) * rows[k][j] for k in range(n)) for j in range(n)]
    lengths = []

    def watched(*arguments):
        found = eliminated(*arguments)
        lengths.append(len(str(max(map(abs, found)))))
        return found

    monkeypatch.setattr("symnet.relu.geometry.simplex.eliminated", watched)
    assert combination(rows, target) == tuple(Fraction(k % 3 + 1) for k in range(n))
    assert 10 < max(lengths) < 3 * n
