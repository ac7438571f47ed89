"""Landmark cards: one record a landmark, from JSON, JSONL, CSV or a table of features.

A card is a mapping. Keys in :data:`FIELDS` have a meaning; any other key with a plain
value is a fact of that name.
"""

import contextlib
import json
import math
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any

from rsrag.errors import GeometryError, KnowledgeError
from rsrag.geo import bbox_geometry, parse_bbox, parse_wkt, reprojected, wrapped
from rsrag.knowledge.coordinates import parse_coordinate, parse_place
from rsrag.knowledge.importers.collecting import Collector
from rsrag.knowledge.importers.record_text import column_variable, variable_name
from rsrag.knowledge.periods import parse_period
from rsrag.knowledge.shapes import geometry_wkb, shape_wkb, shown
from rsrag.knowledge.values import parse_value
from rsrag.packages import packaged_json
from rsrag.types import Skip

FIELDS: dict[str, list[str]] = packaged_json("knowledge/importers/card_fields.json")
"""Keys with a meaning of their own, all but ``name`` may be missing; and the names that
columns of tables have for each."""

_FACT_KEYS = {"value", "period", "number", "unit"}


class CardReader:
    """Adds cards to a collector; with ``drop`` no key of them becomes a fact."""

    def __init__(self, collector: Collector, *, drop: bool = False) -> None:
        self._to = collector
        self._drop = drop
        self._folder = Path(collector.where).parent

    def add(self, card: Mapping[str, Any], geometry: bytes | None = None) -> None:
        """Add one card within :meth:`Collector.attempt`, its geometry if known."""
        to = self._to
        to.attribute(card.get("source"), card.get("licence"))
        name = self._string(card, "name")
        if not name:
            raise to.bad("name", card.get("name"), "is not a name")
        wkb = geometry or self._geometry(card)
        given, state = card.get("id"), to.options.state
        if wkb is None and not _given(given) and not state.ending:
            at = to.at.removeprefix(f"{to.where}, ")
            state.late.append((to, partial(self._again, at, card)))
            return
        landmark = to.landmark(
            name,
            given=plain(given) if _given(given) else None,
            aliases=self._strings(card, "aliases", ";"),
            category=self._string(card, "category"),
            geometry=wkb,
            images=self._images(card),
        )
        facts = card.get("facts")
        if facts is not None and not isinstance(facts, Mapping):
            raise to.bad("facts", facts, "is not an object")
        for variable, value in (facts or {}).items():
            self._fact(landmark, variable, value)
        if not self._drop:
            for key, value in card.items():
                if key not in FIELDS:
                    self._fact(landmark, key, value)
        for text in self._strings(card, "text", None):
            to.text(landmark, "description", text)

    def _again(self, at: str, card: Mapping[str, Any]) -> None:
        with self._to.attempt(at):
            self.add(card)

    def _geometry(self, card: Mapping[str, Any]) -> bytes | None:
        to = self._to
        lon, lat = card.get("lon"), card.get("lat")
        if _given(lon) or _given(lat):
            return self._point(lon, lat)
        if _given(card.get("geometry")):
            value = card["geometry"]
            if isinstance(value, str):
                return self._wkt("geometry", value)
            return geometry_wkb(value, to.at)
        if _given(card.get("wkt")):
            return self._wkt("wkt", card["wkt"])
        if _given(card.get("bbox")):
            return self._bbox(card["bbox"])
        if _given(card.get("coordinates")):
            place = parse_place(str(card["coordinates"]))
            if place is None:
                raise to.bad("coordinates", card["coordinates"], "name no place")
            return to.point(*place)
        return None

    def _point(self, lon: object, lat: object) -> bytes:
        crs = self._to.options.crs
        x = self._number("lon", lon, "EW", metres=crs is not None)
        y = self._number("lat", lat, "NS", metres=crs is not None)
        if crs is not None:
            import shapely

            try:
                place = reprojected(shapely.Point(x, y), crs)
            except GeometryError as exc:
                raise KnowledgeError(f"{self._to.at}: {exc}", hint=exc.hint) from exc
            x, y = shapely.get_coordinates(place)[0].tolist()
        return self._to.point(x, y)

    def _wkt(self, field: str, value: object) -> bytes:
        if not isinstance(value, str):
            raise self._to.bad(field, value, "is not WKT")
        try:
            shape = parse_wkt(value, self._to.options.crs or "EPSG:4326")
        except GeometryError as exc:
            raise self._to.bad(field, value, str(exc)) from exc
        return shape_wkb(wrapped(shape), self._to.at)

    def _bbox(self, value: object) -> bytes:
        if isinstance(value, str):
            value = value.strip(" []()").replace(",", " ").split()
        if not isinstance(value, list):
            raise self._to.bad("bbox", value, "is not W S E N")
        try:
            box = parse_bbox([self._number("bbox", part) for part in value])
        except GeometryError as exc:
            raise self._to.bad("bbox", value, f"is not W S E N: {exc}") from exc
        return shape_wkb(bbox_geometry(box), self._to.at)

    def _number(
        self, field: str, value: object, sides: str = "", *, metres: bool = False
    ) -> float:
        """A finite number; with sides, one of degrees, minutes and seconds, too."""
        number = math.nan
        if isinstance(value, str):
            number = parse_coordinate(value, sides, metres=metres)
        elif isinstance(value, int | float) and not isinstance(value, bool):
            with contextlib.suppress(OverflowError):
                number = float(value)
        if not math.isfinite(number):
            kind = "a number of degrees" if sides or field == "bbox" else "a number"
            raise self._to.bad(field, value, f"is not {kind}")
        return number

    def _string(self, card: Mapping[str, Any], field: str) -> str | None:
        value = card.get(field)
        if value is not None and not isinstance(value, str):
            raise self._to.bad(field, value, "is not text")
        return value

    def _strings(
        self, card: Mapping[str, Any], field: str, separator: str | None
    ) -> list[str]:
        """A list, or a text that is one item or, with a separator, several."""
        value = card.get(field)
        if value is None:
            return []
        if isinstance(value, str):
            value = value.split(separator) if separator else [value]
        if not isinstance(value, list) or not all(isinstance(v, str) for v in value):
            raise self._to.bad(field, value, "is not text or a list of texts")
        return [part.strip() for part in value if part.strip()]

    def _images(self, card: Mapping[str, Any]) -> list[str]:
        """Pictures beside the file, as full paths; a card is good without them."""
        found = []
        for image in self._strings(card, "images", ";"):
            path = self._folder / image
            if "\0" not in image and path.is_file():
                found.append(str(path.resolve()))
            else:
                reason = f"image {shown(image)} is not there"
                self._to.skipped.append(Skip(self._to.at, reason, "image"))
        return found

    def _fact(self, landmark: str, variable: str, value: object) -> None:
        if isinstance(value, list):
            for part in value:
                self._fact(landmark, variable, part)
            return
        more: Mapping[str, Any] = {}
        if isinstance(value, Mapping):
            if not is_fact(value):
                raise self._to.bad(variable, value, "has keys that no fact has")
            more, value = value, value["value"]
        if not _given(value):
            return
        if not isinstance(value, str | int | float | bool):
            raise self._to.bad(variable, value, "is neither text nor a number")
        number, period = more.get("number"), more.get("period")
        if period is not None:
            period = parse_period(period) if isinstance(period, str) else None
            if period is None:
                raise self._to.bad(variable, more["period"], "is no period")
        text = plain(value)
        measured = number is not None or parse_value(text)[0] is not None
        self._to.fact(
            landmark,
            column_variable(variable_name(variable), measured),
            text,
            period,
            None if number is None else self._number(variable, number, metres=True),
            more.get("unit"),
        )


def is_fact(value: object) -> bool:
    """Whether an object is a value with its period, number or unit."""
    return (
        isinstance(value, Mapping) and "value" in value and value.keys() <= _FACT_KEYS
    )


def plain(value: object) -> str:
    """A JSON value as text: ``8849`` for 8849 and 8849.0, ``yes`` for true."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _given(value: object) -> bool:
    return not (value is None or (isinstance(value, str) and not value.strip()))
