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
