"""The same run on a cluster: ``make test-cluster`` installs Dask, and runs this file."""

import joblib
import pytest

from symnet.relu import OutOfBudget, prove
from symnet.relu.regions import jobs

from .small_networks import deepened, scrambled, waves

distributed = pytest.importorskip("distributed", reason="make test-cluster installs it")

NET = waves(2, 12, 6, 1)


@pytest.fixture(scope="module")
def cluster():
    """Two workers, processes of this machine."""
    with (
        distributed.LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None) as local,
        distributed.Client(local) as client,
    ):
        yield client


@pytest.fixture(autouse=True)
def on_the_cluster(cluster, monkeypatch):
    monkeypatch.setattr(jobs, "ENOUGH", 8)
    with joblib.parallel_config(backend="dask"):
        yield


def tasks_done(cluster):
    return sum(len(done) for done in cluster.run(lambda dask_worker: list(dask_worker.state.log)).values())


def test_a_cluster_finds_the_same_regions_in_the_same_order(cluster):
    before = tasks_done(cluster)
    shared = NET.regions(jobs=-1)
    assert shared == NET.regions()
    assert [region.vertices for region in shared] == [region.vertices for region in NET.regions()]
    assert tasks_done(cluster) > before


def test_a_cluster_proves_and_refutes():
    assert prove(NET, scrambled(deepened(NET), 1), jobs=2).holds
    claim = NET.outputs[0] >= -(10**6)
    assert prove(NET, claim, jobs=2).counterexample == prove(NET, claim).counterexample is not None


def test_the_limits_hold_on_a_cluster():
    with pytest.raises(OutOfBudget, match="more than 20 regions: 20 found"):
        NET.regions(jobs=2, max_regions=20)
