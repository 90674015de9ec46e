"""Long work can be limited, and says what was covered."""

from itertools import count

import pytest

from symnet.errors import InvalidInput, SymnetError
from symnet.relu import OutOfBudget, ReluNetwork, prove, two_input_sorter

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
