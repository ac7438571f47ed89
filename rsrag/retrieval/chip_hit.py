"""A hit of an imagery index: its payload as typed values, its picture read again."""

import math
import threading
import weakref
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime as Time
from functools import cached_property
from typing import TYPE_CHECKING, Any, cast

from rsrag.errors import ImageReadError
from rsrag.geo import bbox_centre
from rsrag.types import BBox, Hit, Pixels, Window

if TYPE_CHECKING:
    from PIL.Image import Image
    from shapely.geometry.base import BaseGeometry

    from rsrag.imagery.imagery_options import ImageryOptions
    from rsrag.imagery.reading import SceneReading


@dataclass(frozen=True)
class ChipHit(Hit):
    """A chip that a search found.

    What its archive does not tell is ``None``: a plain picture has no footprint.

    Attributes:
        id: of the chip, 32 hex digits.
        score: cosine similarity with the query, larger is better; 0 where chips were
            listed and not searched.
        payload: the columns of the index, as the store gave them.
        probability: that it shows what was asked for; ``None`` where it is not known.
        read: reads the pixels of a chip again from its archive.
        found_at: where in the chip the query lies, plain JSON values, if it was looked.
    """

    read: "Callable[[ChipHit], Pixels] | None" = field(
        default=None, repr=False, compare=False
    )
    found_at: Mapping[str, Any] | None = field(default=None, repr=False, compare=False)
    probability: float | None = None

    @classmethod
    def of(
        cls,
        hit: Hit,
        read: "Callable[[ChipHit], Pixels] | None" = None,
        probability: float | None = None,
    ) -> "ChipHit":
        """The same hit, typed; ``read`` is what :meth:`pixels` calls."""
        if isinstance(hit, ChipHit) and read is None:
            return hit
        return cls(hit.id, hit.score, hit.payload, read, probability=probability)

    @cached_property
    def source(self) -> str:
        """Path of the scene, ``ARCHIVE!/MEMBER``, or the id when there is none."""
        return str(self.payload.get("source") or self.id)

    @property
    def file_name(self) -> str:
        """Last part of the source, of the member if it lies in an archive."""
        source = self.source
        return source.replace("\\", "/").rstrip("/").rpartition("/")[2] or source

    @cached_property
    def window(self) -> Window | None:
        """Pixels of the scene that the chip covers."""
        value = self.payload.get("window")
        if value is None:
            return None
        if isinstance(value, Mapping):
            value = [value[name] for name in Window._fields]
        return Window(*map(int, value))

    @cached_property
    def bbox(self) -> BBox | None:
        """Bounds of the footprint in degrees; ``west > east`` across ±180."""
        value = self.payload.get("bbox")
        if value is None:
            return None
        if isinstance(value, Mapping):
            value = [value[name] for name in ("xmin", "ymin", "xmax", "ymax")]
        if any(number is None or math.isnan(number) for number in value):
            return None
        return BBox(*map(float, value))

    @property
    def wkb(self) -> bytes | None:
        """The footprint as WKB, longitude and latitude."""
        value = self.payload.get("geometry")
        return None if value is None else bytes(value)

    @cached_property
    def footprint(self) -> "BaseGeometry | None":
        """The outline on the ground, a shapely geometry in degrees, EPSG:4326."""
        if self.wkb is None:
            return None
        from rsrag.columns.outlines import read_outlines

        return cast("BaseGeometry", read_outlines(self.wkb))

    @cached_property
    def datetime(self) -> Time | None:
        """Acquisition time in UTC; a time without zone is taken as UTC."""
        value = self.payload.get("datetime")
        if isinstance(value, str):
            value = Time.fromisoformat(value)
        if value is None:
            return None
        time = cast("Time", value)
        return time.replace(tzinfo=UTC) if time.tzinfo is None else time.astimezone(UTC)

    @property
    def gsd_m(self) -> float | None:
        """Ground sampling distance, metres a pixel."""
        return self._number("gsd_m")

    @property
    def nodata_share(self) -> float | None:
        """Share of the pixels without data, 0 to 1."""
        return self._number("nodata_share")

    @property
    def sensor(self) -> str | None:
        """Satellite or camera, as the archive names it."""
        return cast("str | None", self.payload.get("sensor"))

    @property
    def crs(self) -> str | None:
        """The scene's own reference system, ``EPSG:32633`` or WKT."""
        return cast("str | None", self.payload.get("crs"))

    @property
    def placed_by(self) -> str | None:
        """What says where the scene lies: ``affine``, ``gcp``, ``world file``."""
        return cast("str | None", self.payload.get("placed_by"))

    @property
    def dated_by(self) -> str | None:
        """What says when it was taken: ``catalogue``, ``Sentinel-2 name``."""
        return cast("str | None", self.payload.get("dated_by"))

    @property
    def bands(self) -> str | None:
        """Which bands are red, green and blue, and why."""
        return cast("str | None", self.payload.get("bands"))

    @cached_property
    def properties(self) -> dict[str, Any]:
        """What else its archive said of the scene; numbers JSON cannot say are null."""
        value = self.payload.get("properties")
        if isinstance(value, str):
            from rsrag.columns.column_values import read_properties

            value = read_properties(value)
        return dict(value) if isinstance(value, Mapping) else {}

    @property  # Until Python 3.12 a cached_property is made by one thread at a time.
    def place(self) -> str | None:
        """What lies at the centre of the footprint: ``Sahara, Libya``."""
        if self.bbox is None:
            return None
        from rsrag.knowledge.gazetteer import Gazetteer

        return Gazetteer.load().name_of(self.bbox)

    @cached_property
    def centre(self) -> tuple[float, float, int] | None:
        """Longitude and latitude of the middle, and the decimals that are worth it."""
        if self.bbox is None:
            return None
        # Two decimals are a kilometre; a chip smaller than that needs more.
        digits = 2 if self.bbox.north - self.bbox.south > 0.05 else 4
        return *bbox_centre(self.bbox), digits

    def pixels(self) -> Pixels:
        """Read the chip again, as it was embedded: ``(height, width, 3)`` uint8 RGB.

        Raises:
            SourceNotFoundError: its file or archive is gone.
            ImageReadError: it is not what it was, or the vector was imported.
        """
        if self.read is None:
            raise ImageReadError(f"The pixels of {self.source} cannot be read here.")
        return self.read(self)

    def image(self) -> "Image":
        """The same as a Pillow picture, which a notebook shows."""
        from PIL.Image import fromarray

        return fromarray(self.pixels())

    def _number(self, name: str) -> float | None:
        value = self.payload.get(name)
        return None if value is None or math.isnan(value) else float(value)


def chip_reader(
    options: "Callable[[], ImageryOptions]",
) -> Callable[[ChipHit], Pixels]:
    """A function that reads a hit's chip as it was embedded. Threads take turns.

    It keeps the scene that it read last open, and the chips that it has read: a contact
    sheet and a map of one search read everything once.

    Args:
        options: gives those of the index's manifest, when they are first needed.
    """
    return _ChipReader(options)


class _ChipReader:
    def __init__(self, options: "Callable[[], ImageryOptions]") -> None:
        self._options = options
        self._chips: dict[str, Pixels] = {}
        self._last: dict[str, SceneReading] = {}
        self._lock = threading.Lock()
        weakref.finalize(self, _close_all, self._last)

    def __call__(self, hit: ChipHit) -> Pixels:
        with self._lock:
            if hit.id not in self._chips:
                self._chips[hit.id] = self._fresh(hit)
            return self._chips[hit.id]

    def _fresh(self, hit: ChipHit) -> Pixels:
        # What decodes pictures is loaded for the first one, not for a list of hits.
        from rsrag.imagery.scenes import reopen_scene, reread

        source, window = hit.source, hit.window
        if window is None:
            raise ImageReadError(f"{hit.id} has no window: it is not a chip.")
        if not (window.width and window.height):
            raise ImageReadError(
                f"The pixels of {source} are not here: its vector was imported."
            )
        if source not in self._last:
            _close_all(self._last)
            self._last[source] = reopen_scene(source, self._options())
        return reread(self._last[source], window)


def _close_all(scenes: "dict[str, SceneReading]") -> None:
    for scene in scenes.values():
        scene.close()
    scenes.clear()
