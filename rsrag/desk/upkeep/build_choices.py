"""Choices for a build or rebuild, from words. Importing this loads nothing."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rsrag.imagery.imagery_options import ImageryOptions


def imagery_options(
    chip_size: str | None = None,
    stride: str | None = None,
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
) -> "ImageryOptions":
    """How archives are read and cut, from words; see :func:`rsrag.build`.

    Raises:
        ConfigError: a size, or a set of options, that cannot be.
    """
    from rsrag.imagery.imagery_options import ImageryOptions, Size

    if isinstance(bands, str):
        bands = bands.split(",")
    return ImageryOptions(
        chip_size=Size.parse(chip_size) if chip_size else None,
        stride=Size.parse(stride) if stride else None,
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
