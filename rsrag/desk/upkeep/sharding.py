"""Builds in shards: plan, embed anywhere, commit."""

import dataclasses
import os
import sys
import tempfile
from collections.abc import Callable
from functools import lru_cache, partial
from pathlib import Path
from typing import TYPE_CHECKING

from rsrag.config import Settings
from rsrag.desk.upkeep.build_choices import Sharding
from rsrag.desk.upkeep.building import build_imagery, build_request
from rsrag.desk.upkeep.executors import executor_opener
from rsrag.errors import ConfigError, IndexingError
from rsrag.factory import EncoderChoice
from rsrag.indexing.executors.executor_port import failure_words
from rsrag.indexing.shards.shard_place import ShardPlace
from rsrag.indexing.shards.shard_plan import ShardPlan, read_plan
from rsrag.objects.object_port import Objects
from rsrag.objects.open_place import open_objects

if TYPE_CHECKING:
    from rsrag.indexing.build.build_request import BuildProgress, BuildRequest
    from rsrag.indexing.format.build_report import BuildReport


def plan_shards(
    request: "BuildRequest", work: str, pictures: int | None = None
) -> tuple[str, ShardPlan]:
    """Plan a build, and put the plan where its parts shall lie.

    Args:
        request: of the build.
        work: that place: a folder that all workers see, or a prefix of a bucket.
        pictures: of a shard at most; 4,096 by default.

    Returns:
        The plan's address, and the plan.

    Raises:
        SourceNotFoundError: a source is not there.
        BucketError: the place refuses, or does not keep what is there.
    """
    from rsrag.indexing.shards.planning import SHARD_PICTURES, make_plan

    if pictures is not None and pictures < 1:
        raise ConfigError(f"--shard-chips is {pictures}; it must be at least 1.")
    place = open_objects(work)
    place.check_swaps()
    plan = make_plan(request, pictures or SHARD_PICTURES)
    return plan.save(place), plan


def embed_shard(address: str, number: int, threads: int | None = None) -> bool:
    """Embed one shard of a plan, with the encoder that is here.

    Args:
        address: of the plan.
        number: of the shard, from 0.
        threads: of the encoder and the reader; those of the settings by default.

    Returns:
        Whether it was embedded now; it may have been there.

    Raises:
        IndexMismatchError: another rsrag or encoder than the plan's.
        IndexingError: no such shard, or a source that changed.
    """
    from rsrag.indexing.shards.shard_work import embed_shard as embed

    plan, objects = _plan(address)
    place = ShardPlace(objects)
    try:
        return embed(_worker(address, threads), plan, number, place)
    except Exception as error:
        if 0 <= number < len(plan.shards):
            place.fail(plan.key(number), failure_words(error))
        raise


_ARRAYS = ("SLURM_ARRAY_TASK_ID", "JOB_COMPLETION_INDEX", "AWS_BATCH_JOB_ARRAY_INDEX")


def array_number(number: int | None, array: bool) -> int:
    """Number of a shard: as typed, or as a scheduler tells it.

    Raises:
        ConfigError: neither, both, or no scheduler tells one.
    """
    if (number is None) != array:
        raise ConfigError(
            "Which shard? Give one of --number and --array.", hint="--number 0"
        )
    if number is not None:
        return number
    told = next((v for name in _ARRAYS if (v := os.environ.get(name, ""))), "")
    if not told.isdecimal():
        raise ConfigError(
            f"--array: none of {', '.join(_ARRAYS)} holds a number.",
            hint="run it in an array of Slurm, Kubernetes or AWS Batch, or --number N",
        )
    return int(told)


def shard_worker(address: str, threads: int) -> Callable[[int], None]:
    """A function of a shard's number, that can be sent to another process."""
    return partial(_embed, address, threads)


def shard_command(address: str, threads: int) -> list[str]:
    """The command that does the same, but for the number, which comes last."""
    words = ["index", "embed-shard", address, "--threads", str(threads), "--number"]
    return [sys.executable, "-m", "rsrag", *words]


def _embed(address: str, threads: int, number: int) -> None:
    embed_shard(address, number, threads)


@lru_cache(maxsize=1)
def _plan(address: str) -> tuple[ShardPlan, Objects]:
    return read_plan(address)


@lru_cache(maxsize=1)
def _worker(address: str, threads: int | None) -> "BuildRequest":
    """One encoder for all shards that a process does."""
    settings = Settings.from_environment()
    if threads is not None:
        settings = dataclasses.replace(settings, threads=threads)
    nowhere = dataclasses.replace(settings, indexes=Path(tempfile.gettempdir()))
    return plan_request(nowhere, _plan(address)[0], "exact", "auto")


def plan_request(
    settings: Settings,
    plan: ShardPlan,
    store: str,
    ann: str,
) -> "BuildRequest":
    """The request of the build that a plan is of."""
    from rsrag.imagery.imagery_options import ImageryOptions

    return build_request(
        settings,
        plan.index,
        [Path(source) for source in plan.sources],
        ImageryOptions.from_json(plan.options),
        EncoderChoice.from_json(plan.encoder_source),
        store,
        ann,
        batch_size=plan.batch_size,
        strict=plan.strict,
    )


def commit_plan(
    settings: Settings,
    address: str,
    store: str,
    ann: str,
    progress: "BuildProgress",
    *,
    allow_failed: bool = False,
) -> "BuildReport | None":
    """Make a generation of a plan's parts, and switch readers to it.

    Returns:
        The report; ``None`` where readers have just these parts already.

    Raises:
        IndexingError: a shard is not done.
    """
    from rsrag.indexing.shards.committing import commit_shards, is_committed

    plan, place = read_plan(address)
    request = plan_request(settings, plan, store, ann)
    if is_committed(request.directory, plan):
        return None
    return commit_shards(
        request, plan, ShardPlace(place), progress, allow_failed=allow_failed
    )


def build_on(
    request: "BuildRequest", sharding: Sharding | None, progress: "BuildProgress"
) -> "BuildReport":
    """Build an index, in shards on workers; the same call goes on after a stop.

    Args:
        request: of the build.
        sharding: where, and how; ``None`` for this process alone.
        progress: told of shards (``shards``) and of the commit.

    Raises:
        ConfigError: no such executor.
        IndexingError: a shard failed three times.
    """
    if sharding is None:
        return build_imagery(request, progress)
    from rsrag.indexing.shards.committing import commit_shards
    from rsrag.indexing.shards.driving import drive

    open_executor = executor_opener(sharding)
    address, plan = plan_shards(request, sharding.work, sharding.pictures)
    place = ShardPlace(open_objects(sharding.work))
    executor = open_executor(
        shard_worker(address, sharding.cpus), shard_command(address, sharding.cpus)
    )
    try:
        failed = drive(
            executor,
            plan,
            place,
            lambda done, left: progress("shards", done, left),
            request.stop,
        )
    finally:
        executor.stop()
    allow_failed = sharding.allow_failed
    if failed and not allow_failed:
        number, error = next(iter(failed.items()))
        raise IndexingError(
            f"{len(failed):,} of {len(plan.shards):,} shards failed; shard {number}: "
            f"{error}",
            hint="see to it, and run the same command again: it tries only these; or "
            "publish without them: --allow-failed",
        )
    return commit_shards(request, plan, place, progress, allow_failed=allow_failed)
