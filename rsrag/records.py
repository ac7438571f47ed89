"""The three kinds of knowledge: landmarks, facts, passages.

They are never one blob of prose: a question about a value is answered from a
fact by exact lookup, a question about a place from a landmark's geometry, and only
what is left is looked for in passages. ``docs/knowledge.md`` gives the JSON.
"""

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from rsrag.types import BBox

if TYPE_CHECKING:
    from shapely.geometry.base import BaseGeometry


@dataclass(frozen=True, slots=True)
class Landmark:
    """A place that has a name.

    Attributes:
        id: of :func:`landmark_id`.
        name: as the source writes it.
        source: where the record is from (a title, a file, a URL).
        licence: under which terms, as an SPDX id where there is one.
        aliases: other names.
        category: one or two words, lower case (``airport``, ``salt lake``).
        geometry: lon/lat degrees as WKB: a Point, a line or an area, split at the
            antimeridian; ``None`` if the place is not known.
        images: reference pictures, as paths from the collection's folder.
    """

    id: str
    name: str
    source: str
    licence: str
    aliases: tuple[str, ...] = ()
    category: str | None = None
    geometry: bytes | None = None
    images: tuple[str, ...] = ()

    @property
    def shape(self) -> "BaseGeometry | None":
        """The geometry, ready for use."""
        import shapely

        return None if self.geometry is None else shapely.from_wkb(self.geometry)

    @property
    def bbox(self) -> BBox | None:
        """Bounds of the geometry; a point has no width."""
        from rsrag.geo import geometry_bbox

        shape = self.shape
        return None if shape is None else geometry_bbox(shape)


@dataclass(frozen=True, slots=True)
class Fact:
    """One value of one variable of a landmark.

    Attributes:
        id: of :func:`fact_id`.
        landmark_id: whose it is.
        variable: snake case (``elevation``, ``construction_period``, ``ndvi``).
        value: word for word as the source has it, its unit included
            (``8,849 m``, ``0.45``, ``1783-1789``, ``Nile``).
        source: as in :class:`Landmark`.
        licence: as in :class:`Landmark`.
        period: when it held: ``2019``, ``2019-01``, ``2019-01-31``, two of these
            with ``/`` between, or ``None``.
        number: the value as a number, if it is one.
        unit: the number's unit (``m``, ``km2``, ``°C``), or ``None``.
    """

    id: str
    landmark_id: str
    variable: str
    value: str
    source: str
    licence: str
    period: str | None = None
    number: float | None = None
    unit: str | None = None


@dataclass(frozen=True, slots=True)
class Passage:
    """A piece of text of one kind.

    Attributes:
        id: of :func:`passage_id`.
        text: at most a few hundred words.
        chunk_type: what it tells of: ``description``, ``history``,
            ``architecture``, ``culture``, ``caption``, ``document``.
        source: as in :class:`Landmark`.
        licence: as in :class:`Landmark`.
        landmark_id: what it is about, if that is known.
        title: of the document or section it stands in.
    """

    id: str
    text: str
    chunk_type: str
    source: str
    licence: str
    landmark_id: str | None = None
    title: str | None = None


Record = Landmark | Fact | Passage


def landmark_id(namespace: str, key: str) -> str:
    """Id of a landmark: equal in every import of the same record.

    Args:
        namespace: of the source (``rswk``, ``osm``, ``world``).
        key: what tells its records apart there: a name, an OSM id.

    Returns:
        16 hex digits.
    """
    return _digest("landmark", namespace, key)


def fact_id(landmark: str, variable: str, period: str | None, value: str) -> str:
    """Id of a fact, 16 hex digits; two values of one variable are two facts."""
    return _digest("fact", landmark, variable, period or "", value)


def passage_id(landmark: str | None, chunk_type: str, text: str) -> str:
    """Id of a passage, 16 hex digits, from its text and what it is about."""
    return _digest("passage", landmark or "", chunk_type, text)


def _digest(*parts: str) -> str:
    text = "\0".join(parts).encode("utf-8", "surrogatepass")
    return hashlib.sha256(text).hexdigest()[:16]
