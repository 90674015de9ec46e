"""Several processes find the same cells as one, in the same order, within the same limits."""

from dataclasses import astuple

import joblib
import pytest
import sympy as sp
from hypothesis import given, settings

from symnet.errors import InvalidInput
from symnet.relu import OutOfBudget, ReluNetwork, Sorted, prove, sorter
from symnet.relu.regions import jobs

from .small_networks import DEGENERATE, deepened, networks, scrambled, waves

NETS = {
    **{name: net for name, (net, _, _) in DEGENERATE.items()},
    "many units on a line": waves(1, 30, 2),
    "one wide layer": waves(3, 11, 1),
    "two layers, the second wide": waves(2, 2, 12, 1),
    "three layers": waves(2, 5, 5, 5, 1),
}


@pytest.fixture(params=[1, 4, 128], ids=lambda enough: f"from {enough} cells each")
def threads(request, monkeypatch):
    """Jobs in threads, which start at once, with more or less of the work done before they start."""
    monkeypatch.setattr(jobs, "ENOUGH", request.param)
    with joblib.parallel_config(backend="threading"):
        yield


def written(regions):
    return [(*astuple(region), region.vertices, region.rays, region.G, region.c) for region in regions]


@pytest.mark.parametrize("name", NETS)
def test_two_jobs_find_what_one_finds_in_the_same_order(name, threads):
    net = NETS[name]
    assert written(net.regions(jobs=2)) == written(net.regions())
    assert written(net.regions(merged=True, jobs=2)) == written(net.regions(merged=True))


@settings(max_examples=20, deadline=None)
@given(networks())
def test_two_jobs_find_what_one_finds_in_random_networks(net):
    with pytest.MonkeyPatch.context() as patch, joblib.parallel_config(backend="threading"):
        patch.setattr(jobs, "ENOUGH", 2)
        assert written(net.iter_regions(jobs=2)) == written(net.iter_regions())


@pytest.mark.parametrize("backend", ["loky", "multiprocessing"])
def test_jobs_are_processes(backend, monkeypatch):
    monkeypatch.setattr(jobs, "ENOUGH", 4)
    net = NETS["three layers"]
    with joblib.parallel_config(backend=backend):
        assert written(net.regions(jobs=2)) == written(net.regions())
        assert prove(net, deepened(net), jobs=2).holds


def test_a_claim_is_proved_and_refuted_with_the_same_counterexample(threads):
    net = deepened(sorter(3))
    wrong = ReluNetwork([*net.layers[:-1], (net.layers[-1][0], [0, 0, "1/7"])])
    assert prove(net, scrambled(net, 3), jobs=2).holds
    out = net.outputs
    nowhere_near = sp.Abs(out[0] - sp.Rational(100, 7)) + sp.Abs(out[1] - sp.Rational(1000, 7)) >= sp.Rational(1, 999)
    for claim in ([out[0] <= out[1], out[1] <= out[2]], [out[0] <= out[1], nowhere_near]):
        alone, shared = prove(net, claim), prove(net, claim, jobs=2)
        assert (alone.holds, alone.counterexample, alone.method) == (shared.holds, shared.counterexample, "cells")
    assert not prove(wrong, Sorted(), jobs=2).holds


def test_the_limits_hold_for_all_jobs_together(threads):
    net = NETS["three layers"]
    number = len(net.regions())
    assert len(net.regions(jobs=2, max_regions=number)) == number
    with pytest.raises(OutOfBudget, match=f"more than {number - 1} regions: {number - 1} found; cells cut"):
        net.regions(jobs=2, max_regions=number - 1)
    with pytest.raises(OutOfBudget, match=r"not finished within 1e-09 s: 0 found; cells cut"):
        net.regions(jobs=2, timeout=1e-9)


def test_a_job_that_is_late_is_told_like_any_other(threads, monkeypatch):
    monkeypatch.setattr(jobs, "ENOUGH", 1)
    monkeypatch.setattr(jobs, "_share", lambda *_: ([], False))
    with pytest.raises(OutOfBudget, match=r"not finished within 60 s: 0 found; cells cut, level by level: "):
        NETS["three layers"].regions(jobs=2, timeout=60)


def test_what_was_found_before_the_limit_is_there(threads):
    net = NETS["three layers"]
    found = net.iter_regions(jobs=2, max_regions=7)
    assert [next(found) for _ in range(7)] == list(net.regions()[:7])
    with pytest.raises(OutOfBudget, match="more than 7 regions"):
        next(found)


@pytest.mark.parametrize("wrong", [0, 1.5, True, "2"])
def test_the_number_of_jobs_is_a_number(wrong):
    with pytest.raises(InvalidInput, match=f"jobs: {wrong!r} is no number of jobs"):
        NETS["three layers"].regions(jobs=wrong)
