"""Planning: one scan of the archives, cut into shards; no picture is opened."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from rsrag.indexing.build.build_request import BuildRequest
from rsrag.indexing.build.scan_remarks import names_of, scan_remarks, wanted_sources
from rsrag.indexing.shards.shard_plan import ShardPlan, Unit
from rsrag.types import Skip

if TYPE_CHECKING:
    from rsrag.imagery.sources.stamps import Scanned, Stamp

SHARD_PICTURES = 4_096
"""Pictures of a shard at most."""

SHARD_BYTES = 256 << 20
"""A shard that has so many bytes is closed; a larger archive here is cut by members."""


def make_plan(
    request: BuildRequest, pictures: int = SHARD_PICTURES, size: int = SHARD_BYTES
) -> ShardPlan:
    """Scan the sources of a build and cut what is found into shards.

    A scene is never cut, nor is an archive in a bucket, which would have to be fetched.

    Args:
        request: of the build; its encoder only says who it is.
        pictures: of a shard at most.
        size: bytes of a shard, about.

    Raises:
        SourceNotFoundError: a source is not there.
    """
    from rsrag.imagery.sources.sources import scan_sources
    from rsrag.imagery.sources.urls import source_text

    scan = _Scan(size)
    passed: Counter[str] = Counter()

    def scanned() -> "Iterator[Scanned]":
        for path in request.sources:
            scan.root = source_text(path)
            found = scan_sources(
                [path], scan.known, ignored=passed, options=request.options
            )
            yield from found

    shards: list[tuple[Unit, ...]] = []
    units: list[Unit] = []
    count = held = 0
    names: set[str] = set()
    skipped: list[Skip] = []
    for one in wanted_sources(scanned(), request.sources, request.options, passed):
        if request.metadata is not None:
            names.update(names_of(one))
        if scan.comes_last(one):
            continue
        unit = scan.unit(one)
        if unit is None:
            assert isinstance(one.item, Skip)
            skipped.append(one.item)
            continue
        before = units[-1] if units else None
        if before is not None and before.source == unit.source:
            if count < pictures and unit.last is not None and before.last is not None:
                units[-1] = _longer(before, unit)
                count += 1
                continue
            if unit == before:  # Another scene of what is scanned as one.
                continue
        bytes_ = 0 if unit.stamp is None or unit.last is not None else unit.stamp[0]
        if units and (count >= pictures or held + bytes_ > size):
            shards.append(tuple(units))
            units, count, held = [], 0, 0
        units.append(unit)
        count, held = count + 1, held + bytes_
    if units:
        shards.append(tuple(units))
    remarks = scan_remarks(request.sources, passed, request.metadata, names)
    return ShardPlan(
        index=request.directory.name,
        sources=tuple(source_text(path) for path in request.sources),
        options=request.options.to_json(),
        metadata_sha256=request.metadata_sha256,
        encoder=request.encoder.identity,
        encoder_source=dict(request.encoder_source),
        batch_size=request.batch_size,
        strict=request.strict,
        shards=tuple(_open_ended(shards)),
        skipped=tuple(skipped),
        notices=tuple(remarks),
    )


def _longer(before: Unit, unit: Unit) -> Unit:
    return Unit(unit.path, unit.source, unit.stamp, before.first, unit.last)


def _open_ended(shards: Sequence[tuple[Unit, ...]]) -> Iterator[tuple[Unit, ...]]:
    """The last slice of an archive has what comes after its members as well."""
    last: Mapping[str, Unit] = {
        unit.source: unit for units in shards for unit in units if unit.last is not None
    }
    for units in shards:
        yield tuple(
            Unit(unit.path, unit.source, unit.stamp, unit.first)
            if unit is last.get(unit.source)
            else unit
            for unit in units
        )


@dataclass(slots=True)
class _Scan:
    """Tells a scan what it need not open: everything but large archives here.

    Attributes:
        size: bytes of an archive that is cut.
        root: source that is being scanned, as it is kept.
    """

    size: int
    root: str = ""
    _members: Counter[str] = field(default_factory=Counter)

    def known(self, source: str, container: str | None, stamp: "Stamp") -> bool:
        """See :class:`rsrag.imagery.sources.stamps.Known`."""
        from rsrag.imagery.sources.urls import as_url

        if source != container:
            return True
        return stamp.size <= self.size or as_url(source) is not None

    def comes_last(self, one: "Scanned") -> bool:
        """Whether it is what must not be read of an archive that is cut."""
        refused = isinstance(one.item, Skip) and one.container is not None
        return refused and self._members[one.container or ""] > 0

    def unit(self, one: "Scanned") -> Unit | None:
        """What is scanned again for it; ``None`` for what could not be looked at."""
        from rsrag.imagery.archives.archive_names import unescape
        from rsrag.imagery.sources.urls import api_parts, as_url

        if api_parts(self.root):
            return Unit(self.root, self.root, None, all=True)
        if isinstance(one.item, Skip) and one.stamp is None:
            return None
        stamp = None if one.stamp is None else (*one.stamp,)
        if one.container is not None:
            path = unescape(one.container)
            if one.source == one.container or isinstance(one.item, Skip):
                return Unit(path, one.source, stamp)
            number = self._members[one.container]
            self._members[one.container] += 1
            return Unit(path, one.container, stamp, number, number + 1)
        file = one.source.partition("!/")[0]
        path = unescape(file)
        if as_url(file) is None and not Path(path).exists():
            path = self.root
        return Unit(path, one.source, stamp)
