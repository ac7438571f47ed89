"""``plan.json``: the shards of a build, and all that decides what comes of them."""

import dataclasses
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from rsrag import __version__
from rsrag.errors import ConfigError, IndexCorruptError, IndexMismatchError
from rsrag.objects.object_port import Objects
from rsrag.objects.open_place import open_objects
from rsrag.plain_values import plain
from rsrag.types import EncoderIdentity, Skip

LAYOUT = 1
"""Version of the plan and of what stands beside it."""


@dataclass(frozen=True, slots=True)
class Unit:
    """A file, an archive, a slice of one, or a scene of several files.

    Attributes:
        path: what is scanned for it: a path or an address.
        source: what the scan calls it; of an archive, the archive itself.
        stamp: size, time of change (nanoseconds) and digest of what lies beside it,
            as the scan saw them; ``None`` if it has none.
        first, last: members of a slice, counted as the scan names them; ``last`` is
            ``None`` for all the rest.
        all: whatever the scan of ``path`` gives belongs to it.
    """

    path: str
    source: str
    stamp: tuple[int, int, str] | None
    first: int = 0
    last: int | None = None
    all: bool = False


@dataclass(frozen=True)
class ShardPlan:
    """What is embedded, how, and in which shards.

    Attributes:
        index: name of the index.
        sources: as the manifest will have them.
        options: how pictures are cut, as JSON.
        metadata_sha256: of the table of ``--metadata``.
        encoder: whose vectors they are.
        encoder_source: how it is loaded.
        batch_size: pictures a forward pass.
        strict: a source that cannot be read fails its shard.
        shards: units of each.
        skipped: what the scan could not look at.
        notices: remarks on the scan as a whole.
        rsrag: version that made the plan.
        layout: version of this layout.
    """

    index: str
    sources: tuple[str, ...]
    options: Mapping[str, Any]
    metadata_sha256: str | None
    encoder: EncoderIdentity
    encoder_source: Mapping[str, str]
    batch_size: int
    strict: bool
    shards: tuple[tuple[Unit, ...], ...]
    skipped: tuple[Skip, ...] = ()
    notices: tuple[Skip, ...] = ()
    rsrag: str = __version__
    layout: int = LAYOUT

    @cached_property
    def data(self) -> bytes:
        """As it is written; equal plans have equal bytes."""
        values = dataclasses.asdict(self)
        return json.dumps(values, sort_keys=True, separators=(",", ":")).encode()

    @cached_property
    def id(self) -> str:
        """Of the run: a digest of all of it."""
        return hashlib.sha256(self.data).hexdigest()[:32]

    def key(self, number: int) -> str:
        """Of a shard: a digest of its units and of all that decides their chips."""
        values = dataclasses.asdict(dataclasses.replace(self, shards=()))
        for name in ("index", "sources", "encoder_source", "skipped", "notices"):
            del values[name]
        # The pattern of names to leave out has done its work.
        values["options"] = {**values["options"], "exclude": None}
        values["units"] = [dataclasses.asdict(unit) for unit in self.shards[number]]
        text = json.dumps(values, sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()

    def save(self, place: Objects) -> str:
        """Put the plan beside its parts; gives its address."""
        key = f"plans/{self.id}.json"
        place.create(key, self.data)
        return f"{place.address}/{key}"


def read_plan(address: str) -> tuple[ShardPlan, Objects]:
    """A plan, and the place that it and its parts lie in.

    Args:
        address: ``PLACE/plans/ID.json``.

    Raises:
        ConfigError: no address of a plan, or there is none.
        IndexMismatchError: another rsrag made it.
        IndexCorruptError: it is not what was written.
    """
    folder, mark, name = address.rpartition("/plans/")
    place = open_objects(folder) if mark else None
    found = place.read(f"plans/{name}") if place is not None else None
    if place is None or found is None:
        raise ConfigError(
            f"{address} is no plan.",
            hint="rsrag index plan SOURCE --name NAME --work PLACE prints its address",
        )
    try:
        data = json.loads(found[0])
        layout, version = data["layout"], data["rsrag"]
    except (ValueError, KeyError, TypeError, RecursionError) as exc:
        raise IndexCorruptError(f"{address} is not a plan: {exc!r}") from exc
    if (layout, version) != (LAYOUT, __version__):
        raise IndexMismatchError(
            f"{address} was made by rsrag {version}, this is {__version__}: the same "
            "pictures might give other chips.",
            hint=f"pip install rsrag=={version} here, or make a new plan",
        )
    try:
        plan: ShardPlan = plain(ShardPlan, data)
        if name != f"{plan.id}.json":
            raise ValueError("its digest is another")
    except (ValueError, TypeError, KeyError) as exc:
        raise IndexCorruptError(
            f"{address} is not a plan: {exc}", hint="remove it, and plan again"
        ) from exc
    return plan, place
