"""``rsrag.open``, ``rsrag.build``, and the desk, whose open indexes are shared."""

import threading
from collections.abc import Callable, Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Self

from rsrag.config import Settings
from rsrag.desk.argument_check import told
from rsrag.desk.chosen_settings import settings_with
from rsrag.desk.imagery.imagery_index import (
    Index,
    Progress,
    Sources,
    never,
    paths_of,
    silent,
)
from rsrag.errors import QueryError

if TYPE_CHECKING:
    from rsrag.interfaces import Encoder


@told
def open(
    name: str | Path | None = None,
    *,
    encoder: str | None = None,
    checkpoint: str | Path | None = None,
    indexes: str | Path | None = None,
    threads: int | None = None,
    qdrant_url: str | None = None,
) -> Index:
    """Open an index of imagery.

    Args:
        name: of the index, or the path of its folder; the only one by default.
        encoder: for queries, instead of the index's own; another one than the index was
            built with is refused.
        checkpoint: its weights.
        indexes: folder of the indexes.
        threads: for decoding and for forward passes.
        qdrant_url: of a Qdrant server, if it has moved.

    Raises:
        IndexNotFoundError: no such index; names those that there are.
        IndexMismatchError: built with another encoder, or in another format.
        QueryError: no name, and there are several.
    """
    if name is not None and (
        isinstance(name, Path) or (Path(name) / "CURRENT").exists()
    ):
        folder = Path(name).expanduser()
        name, indexes = folder.name, folder.parent
    settings = settings_with(threads, qdrant_url, indexes=indexes)
    return Index(name, settings, encoder, Path(checkpoint) if checkpoint else None)


@told
def build(
    sources: Sources,
    *,
    name: str,
    encoder: str | None = None,
    checkpoint: str | Path | None = None,
    precision: str = "auto",
    chip_size: str | int | None = None,
    stride: str | int | None = None,
    scales: str | Sequence[str | int] | None = None,
    bands: str | Sequence[str] | None = None,
    stretch: str = "auto",
    nodata: float | None = None,
    max_nodata: float = 0.99,
    bounds: tuple[float, float, float, float] | None = None,
    crs: str | None = None,
    metadata: str | Path | None = None,
    asset: str | None = None,
    remote: bool = False,
    datetime: str | None = None,
    bbox: tuple[float, float, float, float] | None = None,
    max_cloud: float | None = None,
    strict_metadata: bool = False,
    exclude: str | Sequence[str] | None = None,
    store: str = "faiss",
    ann: str = "auto",
    batch_size: int = 64,
    strict: bool = False,
    budget: str | float | None = None,
    indexes: str | Path | None = None,
    threads: int | None = None,
    qdrant_url: str | None = None,
    progress: Progress = silent,
    stop: Callable[[], bool] = never,
) -> Index:
    """Build an index from archives and open it; the same call takes up a stopped build.

    Args:
        sources: folders, ``.tar``, ``.tar.gz`` and ``.zip`` archives, pictures,
            ``.SAFE`` products, STAC documents, addresses; one, or several.
        name: of the index.
        encoder: ``mini``, a model of ``rsrag models list``, or
            ``open_clip:ARCHITECTURE``.
        checkpoint: its weights.
        precision: ``auto``, ``fp32``, ``bf16`` or ``fp16``.
        chip_size: pixels (``256``) or metres (``"1280m"``, ``"2km"``); scenes up to
            1024 px are one chip by default, and larger ones are cut at 512 px.
        stride: from chip to chip; the chip size by default.
        scales: several chip sizes in one index, instead of one.
        bands: that are shown as red, green and blue, by name or number.
        stretch: ``auto``, ``none``, ``percentile[:LOW,HIGH]``, ``range:LOW,HIGH``,
            ``db[:LOW,HIGH]`` or ``reflectance[:SCALE[,OFFSET]]``.
        nodata: value of pixels without data.
        max_nodata: share of pixels without data that a chip may have, 0 to 1.
        bounds: ``(west, south, east, north)`` of pictures that say no place.
        crs: of ``bounds`` and world files; EPSG:4326 by default.
        metadata: table of facts by file name: CSV, JSON or JSONL.
        asset: of STAC items, its key or role.
        remote: read assets of STAC items from servers, too.
        datetime: only scenes of this time, as ``2020-01-01/..``.
        bbox: only scenes that touch this box, degrees.
        max_cloud: only scenes with at most this much cloud, percent.
        strict_metadata: leave out scenes whose time, place or cloud is not known.
        exclude: patterns of names, or of paths below a source, that are left out.
        store: ``faiss``, ``exact``, ``qdrant-edge`` or ``qdrant``.
        ann: index type inside FAISS.
        batch_size: pictures a forward pass.
        strict: fail at the first source that cannot be read.
        budget: with ``scales``, the largest chips first and the smaller ones until this
            time is up: ``"20m"``, or seconds; :meth:`Index.densify` goes on.
        indexes: folder of the indexes.
        threads: for decoding and for forward passes.
        qdrant_url: of a Qdrant server.
        progress: told the stage, the chips done, and what was left out.
        stop: asked now and then whether to stop and keep what is done.

    Raises:
        ConfigError: options that cannot be, or do not go together.
        SourceNotFoundError: a source is not there, or holds no picture.
        IndexLockedError: another process builds it.
    """
    from rsrag.desk.upkeep.build_choices import imagery_options
    from rsrag.desk.upkeep.building import build_imagery, build_request
    from rsrag.desk.upkeep.densifying import build_within, seconds_of, with_overview
    from rsrag.factory import EncoderChoice

    settings = settings_with(threads, qdrant_url, indexes=indexes)
    weights = Path(checkpoint).expanduser() if checkpoint else None
    limit = None if budget is None else seconds_of(budget)
    options = imagery_options(
        chip_size=None if chip_size is None else str(chip_size),
        stride=None if stride is None else str(stride),
        scales=scales,
        bands=bands,
        stretch=stretch,
        nodata=nodata,
        max_nodata=max_nodata,
        bounds=bounds,
        crs=crs,
        metadata=Path(metadata).expanduser() if metadata else None,
        asset=asset,
        remote=remote,
        datetime=datetime,
        bbox=bbox,
        max_cloud=max_cloud,
        strict_metadata=strict_metadata,
        exclude=exclude,
    )
    request = build_request(
        settings,
        name,
        paths_of(sources),
        with_overview(options, limit),
        EncoderChoice(encoder or settings.encoder, weights, None, precision),
        store,
        ann,
        batch_size=batch_size,
        strict=strict,
        stop=stop,
    )
    if limit is None:
        build_imagery(request, progress)
    else:
        build_within(request, limit, progress)
    return Index(name, settings)


class Desk:
    """Indexes by name, each opened once and shared. Threads may share it.

    Args:
        settings: folders, threads, keys.
        encoder: instead of the indexes' own, and of the default.
        checkpoint: its weights.
    """

    def __init__(
        self,
        settings: Settings,
        encoder: str | None = None,
        checkpoint: Path | None = None,
    ) -> None:
        self.settings = settings
        self._wanted = encoder, checkpoint
        self._indexes: dict[str, Index] = {}
        self._lock = threading.Lock()
        self._closed = False

    def index(self, name: str | None = None) -> "Index":
        """An index, open; the only one by default.

        Raises:
            QueryError: no name, and there are several; or the desk was closed.
            IndexNotFoundError: no such index.
        """
        # A question about a fact opens none, and does not wait for what would.
        from rsrag.desk.imagery.imagery_index import Index
        from rsrag.factory import find_index

        name = find_index(name, self.settings).name
        with self._lock:
            if self._closed:
                raise QueryError("The desk was closed.", hint="open it again")
            if name not in self._indexes:
                self._indexes[name] = Index(name, self.settings, *self._wanted)
            return self._indexes[name]

    @cached_property
    def encoder(self) -> "Encoder":
        """The encoder for pictures that no index is asked about."""
        from rsrag.factory import EncoderChoice

        name, checkpoint = self._wanted
        choice = EncoderChoice(name or self.settings.encoder, checkpoint)
        return choice.load(self.settings)

    def close(self) -> None:
        """Close all indexes as soon as nobody uses them."""
        with self._lock:
            self._closed = True
            for index in self._indexes.values():
                index.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
