"""The same outcomes from clusters of Dask and Ray as from processes here."""

from functools import partial

import pytest
import shard_jobs
from test_local_processes import run

from rsrag.errors import ConfigError
from rsrag.indexing.executors.dask_cluster import DaskCluster
from rsrag.indexing.executors.ray_cluster import RayCluster

pytestmark = pytest.mark.filterwarnings("ignore")


@pytest.fixture(scope="module")
def dask():
    """Address of a scheduler with two workers."""
    from distributed import LocalCluster

    with LocalCluster(
        n_workers=2, threads_per_worker=1, dashboard_address=None, host="127.0.0.1"
    ) as cluster:
        yield cluster.scheduler_address


@pytest.fixture(scope="module")
def ray():
    """A cluster of two processors that this process is connected with."""
    import ray

    environment = {"env_vars": {"PYTHONPATH": ":".join(__import__("sys").path)}}
    ray.init(
        num_cpus=2,
        include_dashboard=False,
        log_to_driver=False,
        runtime_env=environment,
    )
    yield
    ray.shutdown()


@pytest.fixture(params=["dask", "ray"])
def cluster(request):
    made = []

    def call(work):
        there = request.getfixturevalue(request.param)
        made.append(
            DaskCluster(work, there) if request.param == "dask" else RayCluster(work)
        )
        return made[-1]

    yield call
    for executor in made:
        executor.stop()


def test_shards_are_done_by_workers(cluster, tmp_path):
    executor = cluster(partial(shard_jobs.mark, str(tmp_path)))
    assert executor.slots == 2
    assert run(executor, 5) == dict.fromkeys(range(5))
    numbers = sorted(path.name.split("-")[0] for path in tmp_path.iterdir())
    assert numbers == list("01234")


def test_errors_come_in_words(cluster):
    found = run(cluster(shard_jobs.fail), 2)
    assert found == {0: "it cannot be (do that)", 1: "ValueError: odd"}


def test_a_shard_that_kills_every_worker_costs_itself_alone(cluster, tmp_path):
    found = run(cluster(partial(shard_jobs.mark_or_die, str(tmp_path), 99)), 5)
    assert found.pop(2).startswith(("KilledWorker", "WorkerCrashedError"))
    assert found == dict.fromkeys((0, 1, 3, 4))


def test_a_worker_that_died_once_is_no_matter(cluster, tmp_path):
    executor = cluster(partial(shard_jobs.mark_or_die, str(tmp_path), 1))
    found = run(executor, 5)
    again = run(executor, 3) if found[2] else found
    assert again[2] is None


def test_no_scheduler_is_told(monkeypatch):
    client = __import__("distributed").Client
    monkeypatch.setattr(
        "distributed.Client",
        lambda address, timeout, **how: client(address, timeout="1s", **how),
    )
    with pytest.raises(ConfigError, match="No Dask scheduler answers") as caught:
        DaskCluster(print, "tcp://127.0.0.1:9")
    assert "dask worker" in caught.value.hint


def test_no_ray_cluster_is_told(monkeypatch, tmp_path):
    import ray

    monkeypatch.setattr(ray, "is_initialized", lambda: False)

    def refuse(**how):
        raise ConnectionError("Could not find any running Ray instance.")

    monkeypatch.setattr(ray, "init", refuse)
    with pytest.raises(ConfigError, match="Could not find any running Ray") as caught:
        RayCluster(print)
    assert "RAY_AUTH_MODE=token" in caught.value.hint
