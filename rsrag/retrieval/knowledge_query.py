"""Queries to knowledge and imagery: words, a picture, a place, or several."""

import math
from dataclasses import dataclass, field

from rsrag.errors import QueryError
from rsrag.filters import Filter
from rsrag.types import BBox, Pixels

DEFAULT_RADIUS_M = 50_000.0


@dataclass(frozen=True, slots=True, eq=False)
class KnowledgeQuery:
    """One question, in any combination of its parts.

    Attributes:
        text: in words, not blank.
        image: ``(height, width, 3)`` uint8 RGB.
        image_footprint: where a georeferenced picture lies, lon/lat WKB.
        at: ``(lon, lat)`` in degrees.
        bbox: landmarks that are known to lie outside of it are left out, with all
            that is said of them, and so are chips.
        landmark_ids: that the words name, as the caller linked them, surest first.
        variables: asked for, as the caller read them; ``None``: read from the text.
        period: of the facts wanted (``2019-01``); ``None``: read from the text.
        exclude: ids of what must not come back: of a landmark (and with it all
            that is known of it), a fact, a passage, a chip, or one vector of a
            reference picture. So a picture from the archive cannot find itself.
        radius_m: how far from ``at``, or from the footprint, a landmark may lie to be
            near; it orders what is found and leaves nothing out of the other lanes.
        where: conditions on knowledge, by the columns of its index.
        chips_where: conditions on the chips of the imagery index.
    """

    text: str | None = None
    image: Pixels | None = None
    image_footprint: bytes | None = None
    at: tuple[float, float] | None = None
    bbox: BBox | None = None
    landmark_ids: tuple[str, ...] = ()
    variables: tuple[str, ...] | None = None
    period: str | None = None
    exclude: frozenset[str] = frozenset()
    radius_m: float = DEFAULT_RADIUS_M
    where: Filter = field(default_factory=Filter)
    chips_where: Filter = field(default_factory=Filter)

    def __post_init__(self) -> None:
        if self.text is not None and not self.text.strip():
            raise QueryError("The question is blank.")
        asked = (self.text, self.image, self.image_footprint, self.at, self.bbox)
        if all(part is None for part in asked) and not self.landmark_ids:
            raise QueryError(
                "Nothing to look for: give words, a picture, a point or a box.",
                hint='rsrag ask "How deep is Lake Baikal?"',
            )
        if self.at is not None:
            lon, lat = self.at
            if not (math.isfinite(lon) and abs(lon) <= 180 and abs(lat) <= 90):
                raise QueryError(
                    f"{lon:g},{lat:g} is no point on the Earth.",
                    hint="order is LON,LAT in degrees: --at 108.0,53.5",
                )
        if not (math.isfinite(self.radius_m) and self.radius_m >= 0):
            raise QueryError(f"The radius is {self.radius_m} m; it must be 0 or more.")
