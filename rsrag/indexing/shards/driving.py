"""Driving a run: shards that are not done go to an executor, three times at most."""

from collections import Counter, deque
from collections.abc import Callable, Mapping

from rsrag.indexing.executors.executor_port import Executor
from rsrag.indexing.shards.shard_place import ShardPlace
from rsrag.indexing.shards.shard_plan import ShardPlan

ATTEMPTS = 3
"""How often a shard is tried in a run."""


def drive(
    executor: Executor,
    plan: ShardPlan,
    place: ShardPlace,
    progress: Callable[[int, int], None],
    stop: Callable[[], bool] = lambda: False,
) -> Mapping[int, str]:
    """Have all shards embedded that are not.

    Args:
        executor: that does it; the caller stops it.
        plan: with the shards.
        place: where their parts come to lie; what it says counts, not what a worker
            says.
        progress: told how many shards are done, and how many failed.
        stop: asked now and then.

    Returns:
        Why a shard is not done, by number.

    Raises:
        KeyboardInterrupt: asked to stop.
    """
    keys = [plan.key(number) for number in range(len(plan.shards))]
    there = {info.key for info in place.objects.below("reports")}
    pending = deque(
        n for n, key in enumerate(keys) if f"reports/{key}.json" not in there
    )
    done = len(keys) - len(pending)
    tries: Counter[int] = Counter()
    failed: dict[int, str] = {}
    running = 0
    progress(done, 0)
    while pending or running:
        if stop():
            raise KeyboardInterrupt
        while pending and running < executor.slots:
            executor.submit(pending.popleft())
            running += 1
        for number, error in executor.wait():
            running -= 1
            if error is None and not place.done(keys[number]):
                error = "its worker ended and left no report"
            if error is None:
                done += 1
            else:
                tries[number] += 1
                place.fail(keys[number], error)
                if tries[number] < ATTEMPTS:
                    pending.append(number)
                else:
                    failed[number] = error
            progress(done, len(failed))
    return failed
