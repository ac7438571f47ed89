"""Processes that embed shards: outcomes, errors, deaths, and their end."""

from functools import partial

import pytest
import shard_jobs

from rsrag.indexing.executors.local_processes import LocalProcesses


def run(executor, count):
    """Outcomes of shards 0 to ``count``, as a driver takes them."""
    found, waiting, running = {}, list(range(count)), 0
    while waiting or running:
        while waiting and running < executor.slots:
            executor.submit(waiting.pop(0))
            running += 1
        for number, error in executor.wait():
            found[number] = error
            running -= 1
    return found


@pytest.fixture
def local():
    made = []

    def call(work, workers=2):
        made.append(LocalProcesses(work, workers))
        return made[-1]

    yield call
    for executor in made:
        executor.stop()


def test_shards_are_spread_over_processes(local, tmp_path):
    executor = local(partial(shard_jobs.mark, str(tmp_path)))
    assert run(executor, 5) == dict.fromkeys(range(5))
    numbers = sorted(path.name.split("-")[0] for path in tmp_path.iterdir())
    assert numbers == list("01234")


def test_a_process_that_is_killed_takes_one_shard_along(local, tmp_path):
    executor = local(partial(shard_jobs.mark_or_die, str(tmp_path), 1))
    found = run(executor, 5)
    assert found.pop(2) == "its worker died (exit code -9)"
    assert found == dict.fromkeys((0, 1, 3, 4))
    assert run(executor, 3) == dict.fromkeys(range(3))


def test_errors_come_in_words(local):
    found = run(local(shard_jobs.fail), 2)
    assert found == {0: "it cannot be (do that)", 1: "ValueError: odd"}


def test_stopping_ends_all_processes(local, tmp_path):
    executor = local(partial(shard_jobs.mark, str(tmp_path)), 1)
    executor.submit(0)
    (process,) = [one for one, _ in executor._busy.values()]
    executor.wait()
    executor.stop()
    assert not process.is_alive()
