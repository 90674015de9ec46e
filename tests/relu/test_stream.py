"""Regions one after the other, each as soon as it is found."""

from collections import deque
from fractions import Fraction
from itertools import count
from time import sleep
from weakref import ref

import pytest

from symnet.relu import OutOfBudget, ReluNetwork, prove

from .small_networks import waves

NET = waves(2, 20, 9, 1)


def test_they_come_in_the_order_of_their_patterns_from_large_to_small():
    patterns = [region.pattern for region in NET.iter_regions()]
    assert len(patterns) > 300
    assert patterns == sorted(patterns, reverse=True)
    assert patterns == [region.pattern for region in NET.regions()]


def test_the_first_ones_come_before_the_first_layer_is_cut_to_the_end():
    told = []
    stream = NET.iter_regions(progress=told.append)
    assert next(stream) == NET.regions()[0]
    assert told
    assert all("cells cut, level by level: 0 of 1" in line for line in told)


def test_those_that_were_taken_are_not_kept():
    taken = [ref(region) for region in NET.iter_regions()]
    assert not any(region() for region in taken)


def test_as_many_as_may_be_come_before_the_error():
    found = []
    with pytest.raises(OutOfBudget, match=r"more than 100 regions: 100 found; cells cut, level by level: "):
        found.extend(NET.iter_regions(max_regions=100))
    assert found == list(NET.regions()[:100])


def test_the_clock_runs_on_while_nobody_asks():
    stream = NET.iter_regions(timeout=0.2)
    next(stream)
    sleep(0.2)
    with pytest.raises(OutOfBudget, match=r"not finished within 0\.2 s: \d+ found; cells cut"):
        deque(stream, maxlen=0)


def test_the_clock_is_read_within_one_long_cut(monkeypatch):
    """A cube with 512 vertices, cut through its middle: 65,536 pairs of vertices before any cell is found."""
    n, ticks = 9, count()
    net = ReluNetwork([([[1] * n], [-Fraction(n, 2)]), ([[1]], [0]), ([[1]], [0])])
    monkeypatch.setattr("symnet.relu.budget.monotonic", lambda: next(ticks))
    with pytest.raises(OutOfBudget, match=r"within 100 s: 0 found; cells cut, level by level: [01] of 1"):
        prove(net, net.outputs[0] <= n, [c for x in net.inputs for c in (x >= 0, x <= 1)], timeout=100)
