"""Choices for builds and evaluations, from words. Importing this loads nothing."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from rsrag.errors import ConfigError

if TYPE_CHECKING:
    from rsrag.imagery.imagery_options import ImageryOptions


def imagery_options(
    chip_size: str | None = None,
    stride: str | None = None,
    scales: str | Sequence[str | int] | None = None,
    bands: str | Sequence[str] | None = None,
    stretch: str = "auto",
    nodata: float | None = None,
    max_nodata: float = 0.99,
    bounds: tuple[float, float, float, float] | None = None,
    crs: str | None = None,
    metadata: Path | None = None,
    asset: str | None = None,
    remote: bool = False,
    datetime: str | None = None,
    bbox: tuple[float, float, float, float] | None = None,
    max_cloud: float | None = None,
    strict_metadata: bool = False,
    exclude: list[str] | str | Sequence[str] | None = None,
) -> "ImageryOptions":
    """How archives are read and cut, from words; see :func:`rsrag.build`.

    Raises:
        ConfigError: a size, or a set of options, that cannot be.

    Options:
        chip_size SIZE: Side of a chip, in pixels (256) or metres (1280m, 2km).
            [default: scenes up to 1024 px are one chip, larger ones are cut at 512 px]
        stride SIZE: Step from chip to chip. [default: the chip size]
        scales SIZES: Several chip sizes in one index, with commas: 512,1024,2048 or
            1km,4km. Larger chips are read from overviews, at as many pixels as the
            smallest.
        bands R,G,B: Bands to show as red, green and blue, by name or number:
            B04,B03,B02 or 3,2,1.
        stretch HOW: How values become brightness: auto, none, percentile[:LOW,HIGH],
            range:LOW,HIGH, db[:LOW,HIGH] or reflectance[:SCALE[,OFFSET]]; the same
            for all chips of a scene.
        nodata VALUE: Value of pixels without data.
        max_nodata SHARE: Leave out chips with a larger share of pixels without data.
        bounds W S E N: Place of pictures that say none.
        crs CRS: Reference system of --bounds and of world files. [default: EPSG:4326]
        metadata FILE: Table of facts by file name, CSV, JSON or JSONL: datetime, gsd_m,
            sensor, and any others.
        asset KEY: Of a STAC item, take the asset of this key or role.
        remote: Read assets of STAC items from servers, too.
        datetime WHEN: Only scenes taken then: 2020, 2020-01-01/.., A/B.
        bbox W S E N: Only scenes that touch this box, degrees.
        max_cloud PERCENT: Only scenes with at most this much cloud.
        exclude GLOB: Leave out files, folders and archives of this name, or path below
            a source: *_mask.tif. May be given several times.
        strict_metadata: Leave out scenes whose time, place or cloud is not known, if it
            is asked for.
    """
    from rsrag.imagery.imagery_options import ImageryOptions, Size

    exclude = [exclude] if isinstance(exclude, str) else exclude
    if isinstance(bands, str):
        bands = bands.split(",")
    if isinstance(scales, str):
        scales = scales.split(",")
    return ImageryOptions(
        chip_size=Size.parse(chip_size) if chip_size else None,
        stride=Size.parse(stride) if stride else None,
        scales=tuple(Size.parse(str(one)) for one in scales) if scales else None,
        bands=tuple(band.strip() for band in bands) if bands else None,
        stretch=stretch,
        nodata=nodata,
        bounds=bounds,
        crs=crs,
        max_nodata=max_nodata,
        metadata=metadata,
        datetime=datetime,
        bbox=bbox,
        max_cloud=max_cloud,
        strict_metadata=strict_metadata,
        asset=asset,
        remote=remote,
        exclude=tuple(exclude) if exclude else None,
    )


@dataclass(frozen=True, slots=True)
class RebuildChoice:
    """How an index is rebuilt; ``None`` keeps what it has.

    Attributes:
        store: kind of the vector store.
        ann: index type inside FAISS.
        encoder: another one.
        checkpoint: its weights.
        precision: of the encoder.
        from_archive: read everything again.
        chip_size: of the chips.
        stride: from chip to chip.
        part: only these files.
        batch_size: pictures a forward pass.
    """

    store: str | None = None
    ann: str | None = None
    encoder: str | None = None
    checkpoint: Path | None = None
    precision: str = "auto"
    from_archive: bool = False
    chip_size: str | None = None
    stride: str | None = None
    part: list[str] | None = None
    batch_size: int = 64

    @property
    def reads(self) -> bool:
        """Whether the archives are read again, all of them."""
        new = (self.encoder, self.checkpoint, self.chip_size, self.stride)
        return self.from_archive or any(value is not None for value in new)


@dataclass(frozen=True, slots=True)
class Sharding:
    """How a build is spread over workers.

    Attributes:
        on: where they are: ``local:4``, ``ray``, ``dask:ADDRESS``, ``slurm``.
        work: folder or bucket that all of them see.
        pictures: of a shard at most; ``None`` for 4,096.
        allow_failed: publish without shards that failed three times.
        cpus, gpus: of each worker.
    """

    on: str
    work: str
    pictures: int | None = None
    allow_failed: bool = False
    cpus: int = 1
    gpus: int = 0


def sharding(
    on: str | None = None,
    work: str | None = None,
    shard_chips: int | None = None,
    allow_failed: bool = False,
    cpus_per_worker: int = 1,
    gpus_per_worker: int = 0,
) -> Sharding | None:
    """How a build is spread over workers; ``None`` for one that is not.

    Raises:
        ConfigError: one of the two that belong together is missing.

    Options:
        on WHERE: Embed in shards on workers: local:4 (processes), ray or
            ray://HOST:10001, dask:tcp://HOST:8786, or slurm[:PARTITION].
        work PLACE: Folder or bucket that all workers see; parts stay there, so that a
            stopped build goes on.
        shard_chips N: Pictures of a shard at most. [default: 4096]
        allow_failed: Publish without shards that failed three times.
        cpus_per_worker N: Processors of a worker.
        gpus_per_worker N: Graphics cards of a worker, for Ray and Slurm.
    """
    if on is not None and work is not None:
        numbers = {
            "--shard-chips": (shard_chips, 1),
            "--cpus-per-worker": (cpus_per_worker, 1),
            "--gpus-per-worker": (gpus_per_worker, 0),
        }
        for name, (number, least) in numbers.items():
            if number is not None and number < least:
                raise ConfigError(f"{name} is {number}; it must be at least {least}.")
        return Sharding(
            on, work, shard_chips, allow_failed, cpus_per_worker, gpus_per_worker
        )
    if on is not None:
        raise ConfigError(
            "--on needs a place for the parts, that all workers see.",
            hint=f"--on {on} --work s3://BUCKET/PREFIX, or --work FOLDER",
        )
    if (work, shard_chips, allow_failed) != (None, None, False):
        raise ConfigError(
            "--work, --shard-chips and --allow-failed go with --on.",
            hint="--on local:4 --work FOLDER",
        )
    return None


PROTOCOLS = ("named", "strict")


@dataclass(frozen=True, slots=True)
class QaRun:
    """What is to be measured.

    Attributes:
        knowledge: collections, or files to import for this run.
        questions: JSONL.
        condition: the first one's figures stand at the top of the report; by default
            ``retrieval`` and ``oracle``.
        exclude_self: without the landmark that is asked about.
        unanswerable: questions without answer to add.
        limit: questions to draw; ``None`` takes all.
        seed: of the draws.
        protocol: ``named`` (the landmark's name put into RSWK's own questions, records
            as they are) or ``strict`` (names, fields and months can be confused, new
            wordings, pictures alone; ``condition`` and ``unanswerable`` are its own).
        wordings: further wordings by field, for ``strict``.
        pictures: folders of pictures named after landmarks, for ``strict``.
    """

    knowledge: Path
    questions: Path
    condition: list[str] | None = None
    exclude_self: bool = False
    unanswerable: int = 500
    limit: int | None = None
    seed: int = 0
    protocol: str = "named"
    wordings: Path | None = None
    pictures: Path | None = None

    def __post_init__(self) -> None:
        """Refuse what makes no sense."""
        if self.protocol not in PROTOCOLS:
            raise ConfigError(
                f"There is no protocol {self.protocol!r}.", hint=" or ".join(PROTOCOLS)
            )
        if self.protocol == "named" and (self.wordings or self.pictures):
            raise ConfigError(
                "--wordings and --pictures belong to the strict protocol.",
                hint="--protocol strict",
            )
        if self.unanswerable < 0 or (self.limit is not None and self.limit < 1):
            raise ConfigError(
                f"--unanswerable is {self.unanswerable} and --limit is {self.limit}; "
                "they must be at least 0 and 1."
            )
