"""Origins of the rows of an index: pictures, or records of knowledge."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Imagery:
    """What the chips of an index of imagery were made from.

    Attributes:
        sources: paths that were given to the build, absolute.
        options: how pictures were read: bands, stretch, chip size (the JSON form of
            ``rsrag.imagery.imagery_options.ImageryOptions``).
        scenes: number of pictures that gave at least one chip.
        bbox: west, south, east, north of all footprints, or ``None``.
        time: first and last acquisition, RFC 3339, or ``None``.
        uniform: chips that are one colour all over; searches leave them out.
        imported: of embeddings made elsewhere: ``layout`` and ``columns`` of the
            files, ``lengths`` of the shortest and longest vector as they came, and
            whether the ``pixels`` can be read again; ``None`` for an index that was
            built from pictures.
    """

    sources: tuple[str, ...]
    options: Mapping[str, Any]
    scenes: int
    bbox: tuple[float, float, float, float] | None
    time: tuple[str, str] | None
    uniform: int
    imported: Mapping[str, Any] | None = None

    @property
    def named(self) -> tuple[str, ...]:
        """What was given to the build."""
        return self.sources

    @property
    def counts(self) -> dict[str, int]:
        """What there is besides chips."""
        return {"scenes": self.scenes}

    def holds(self, rows: int) -> str:
        """What an index of so many rows holds, in words."""
        return f"{rows:,} chips of {self.scenes:,} scenes"


@dataclass(frozen=True, slots=True)
class Records:
    """What the rows of an index of knowledge were made from.

    Attributes:
        folder: folders that were read, as ``--knowledge`` takes them, absolute.
        collections: that were read.
        fingerprint: of the catalogue over that folder when it was read.
        passages, landmarks: records that were read.
        images: reference pictures that have a vector.
    """

    folder: str
    collections: tuple[str, ...]
    fingerprint: str
    passages: int
    landmarks: int
    images: int

    @property
    def named(self) -> tuple[str, ...]:
        """What was given to the build."""
        return (self.folder,)

    @property
    def counts(self) -> dict[str, int]:
        """What there is besides rows."""
        return {
            name: getattr(self, name) for name in ("passages", "landmarks", "images")
        }

    def holds(self, rows: int) -> str:
        """What an index of so many rows holds, in words."""
        records = f"{self.passages:,} passages, {self.landmarks:,} landmarks"
        return f"{records}, {rows:,} vectors"
