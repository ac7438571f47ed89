"""Builds under a time budget: first an overview, then smaller chips."""

import math
import re
import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from rsrag.config import Settings
from rsrag.desk.upkeep.building import build_imagery, never
from rsrag.desk.upkeep.updating import request_again
from rsrag.errors import ConfigError, IndexingError
from rsrag.indexing.format.index_kinds import IMAGERY
from rsrag.stores.files.copying import copy_store

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from rsrag.desk.upkeep.build_choices import Sharding
    from rsrag.imagery.imagery_options import ImageryOptions
    from rsrag.indexing.build.build_request import BuildProgress, BuildRequest
    from rsrag.indexing.format.build_report import BuildReport
    from rsrag.retrieval.chip_hit import ChipHit
    from rsrag.types import Window

_TIME = re.compile(r"(?:(\d+(?:\.\d+)?)h)?(?:(\d+(?:\.\d+)?)m)?(?:(\d+(?:\.\d+)?)s?)?")


def seconds_of(text: str | float) -> float:
    """A time as it is typed: ``20m``, ``90s``, ``1h30m``, or seconds.

    Raises:
        ConfigError: no time, or none at all.
    """
    typed = str(text).replace(" ", "").lower()
    match = _TIME.fullmatch(typed)
    if not isinstance(text, str) and math.isfinite(text) and text >= 0:
        total = float(text)
    elif typed and match is not None:
        hours, minutes, seconds = (float(part or 0) for part in match.groups())
        total = 3_600 * hours + 60 * minutes + seconds
    else:
        raise ConfigError(
            f"--budget {text} is not a time.", hint="--budget 20m, 90s or 1h30m"
        )
    if total <= 0:
        raise ConfigError(
            f"--budget {text} leaves no time to embed anything.",
            hint="--budget 20m; without it all is embedded",
        )
    return total


def time_limit(budget: str | None, sharding: "Sharding | None") -> float | None:
    """The budget of a build, seconds; ``None`` for one that has all the time.

    Raises:
        ConfigError: a budget that is no time, or of a build in shards.
    """
    if budget is not None and sharding is not None:
        raise ConfigError(
            "--budget is for a build in this process; --on embeds all of it elsewhere.",
            hint="give one of them",
        )
    return None if budget is None else seconds_of(budget)


def with_overview(
    options: "ImageryOptions", budget_s: float | None
) -> "ImageryOptions":
    """Options of a build within a budget, if there is one: the overview first."""
    return options if budget_s is None else replace(options, overview=True)


def build_within(
    request: "BuildRequest", budget_s: float, progress: "BuildProgress"
) -> "BuildReport":
    """Build the overview of all scenes, then smaller chips until the time is up.

    The overview is made whole whatever it takes: without it nothing could be found. Of
    an index that is there with the same sources and options it is only brought up to
    date.

    Args:
        request: of the build, with ``overview`` in its options.
        budget_s: seconds, from now, after which nothing more is begun.
        progress: told of every batch.
    """
    from rsrag.indexing.update.densify import DensifyRequest, densify_index
    from rsrag.indexing.update.update import UpdateRequest, update_index

    until = time.monotonic() + budget_s
    if _begun(request):
        report = update_index(UpdateRequest(request, copy_store), progress)
    else:
        report = build_imagery(request, progress)
    if time.monotonic() >= until:
        return report
    return densify_index(DensifyRequest(request, copy_store, until=until), progress)


def _begun(request: "BuildRequest") -> bool:
    """Whether the index is there, of these sources, options and encoder."""
    from rsrag.imagery.sources.urls import source_text

    try:
        manifest = request.directory.read_manifest(IMAGERY)
    except IndexingError:
        return False
    origin = manifest.imagery
    return (
        origin.imported is None
        and origin.options == request.options.to_json()
        and origin.sources == tuple(map(source_text, request.sources))
        and manifest.image.encoder == request.encoder.identity
    )


def densify(
    settings: Settings,
    name: str,
    spots: "Iterable[ChipHit] | None" = None,
    budget: str | float | None = None,
    *,
    batch_size: int = 64,
    progress: "BuildProgress",
    stop: "Callable[[], bool]" = never,
) -> "BuildReport":
    """Embed smaller chips of an index that was begun with an overview.

    Args:
        spots: chips on whose ground it is to be dense; everywhere if not given.
        budget: a time, after which nothing more is begun.
        batch_size: pictures a forward pass.
        progress: told of every batch.
        stop: asked now and then whether to stop and keep what is done.

    Raises:
        ConfigError: a budget that is no time.
        IndexMismatchError: an index that was not begun so.
    """
    from rsrag.indexing.update.densify import DensifyRequest, densify_index

    until = None if budget is None else time.monotonic() + seconds_of(budget)
    request = request_again(settings, name, batch_size=batch_size, stop=stop)
    where = None if spots is None else _windows(spots)
    return densify_index(DensifyRequest(request, copy_store, where, until), progress)


def _windows(spots: "Iterable[ChipHit]") -> "Mapping[str, Sequence[Window]]":
    found: dict[str, list[Window]] = {}
    for one in spots:
        if one.window is not None:
            found.setdefault(one.source, []).append(one.window)
    return found
