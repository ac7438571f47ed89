"""All knowledge under one root, ready to be asked: names, facts, texts, places.

The JSONL files are the records; a SQLite file in the user's cache makes them quick
to find. It is built when it is missing, damaged or older than they are, and can be
deleted at any time.
"""

from collections.abc import Collection, Iterator, Sequence
from functools import cached_property
from typing import TYPE_CHECKING

from rsrag.geo import bbox_centre, bbox_geometry, geometry_bbox, haversine_m, spans
from rsrag.knowledge.catalogue import catalogue_names, catalogue_places as places
from rsrag.knowledge.catalogue.catalogue_base import CatalogueFile
from rsrag.knowledge.catalogue.catalogue_rows import (
    FACT,
    LANDMARK,
    PASSAGE,
    as_landmark,
    rows_with,
)
from rsrag.knowledge.catalogue.catalogue_stats import Stats, stats_of
from rsrag.knowledge.catalogue.catalogue_tables import PART
from rsrag.knowledge.catalogue.catalogue_text import Ranking
from rsrag.knowledge.catalogue.landmark_names import fold
from rsrag.knowledge.catalogue.mentions import Mention, NameEntry, find_mentions
from rsrag.records import Fact, Landmark, Passage
from rsrag.types import BBox

if TYPE_CHECKING:
    from shapely.geometry.base import BaseGeometry

__all__ = ["Catalogue", "Mention", "Stats"]

_PAGE = 2000


class Catalogue(CatalogueFile):
    """Knowledge to be read; open it with :meth:`open`. Threads may share it."""

    @cached_property
    def _ranking(self) -> Ranking:
        return Ranking(self.rows)

    @cached_property
    def _stats(self) -> Stats:
        return stats_of(self.rows)

    def stats(self) -> Stats:
        """Count what there is."""
        return self._stats

    def landmarks(self, ids: Sequence[str]) -> list[Landmark]:
        """Landmarks by id, in order; ``KnowledgeError`` for one that is not there."""
        return [as_landmark(row) for row in self._by_id(LANDMARK, "l", ids)]

    def facts_by_id(self, ids: Sequence[str]) -> list[Fact]:
        """Facts by id, as :meth:`landmarks`."""
        return [Fact(*row) for row in self._by_id(FACT, "f", ids)]

    def passages(self, ids: Sequence[str]) -> list[Passage]:
        """Passages by id, as :meth:`landmarks`."""
        return [Passage(*row) for row in self._by_id(PASSAGE, "p", ids)]

    def there(self, passages: Sequence[str]) -> list[str]:
        """Those ids of passages that it holds, in order."""
        sql = "select id from passages where id in ({marks})"
        held = {one for (one,) in rows_with(self.rows, sql, passages)}
        return [one for one in passages if one in held]

    def all_landmarks(
        self,
        category: str | None = None,
        collection: str | None = None,
        limit: int | None = None,
    ) -> Iterator[Landmark]:
        """Landmarks by name, of one category or collection if asked."""
        numbers = self.rows(
            "select number from landmarks where (?1 is null or category = ?1) "
            "and (?2 is null or collection = ?2) order by name, id limit ?3",
            [category, collection, -1 if limit is None else limit],
        )
        for start in range(0, len(numbers), _PAGE):
            page = [number for (number,) in numbers[start : start + _PAGE]]
            yield from self._numbered(page)

    def facts(
        self,
        landmark_id: str,
        variable: str | None = None,
        period: str | None = None,
        exclude: Collection[str] = (),
    ) -> list[Fact]:
        """Facts of a landmark, by variable and period, but those of some ids."""
        rows = self.rows(
            f"select {FACT} where f.landmark = (select number from landmarks where "
            "id = ?1) and (?2 is null or f.variable = ?2) and (?3 is null or "
            "f.period = ?3) order by f.variable, f.period, f.number",
            [landmark_id, variable, period],
        )
        facts = (Fact(*row) for row in rows)
        return [fact for fact in facts if fact.id not in exclude]

    def facts_of(self, variable: str) -> Iterator[Fact]:
        """Facts of one variable, the largest numbers first, values without after."""
        rows = self.rows(
            f"select {FACT} where f.variable = ? "
            "order by f.quantity is null, f.quantity desc, f.number",
            [variable],
        )
        yield from (Fact(*row) for row in rows)

    def passages_of(self, landmark_id: str) -> list[Passage]:
        """Passages of a landmark, in the order of the records."""
        rows = self.rows(
            f"select {PASSAGE} where p.landmark = (select number from landmarks where "
            "id = ?) order by p.number",
            [landmark_id],
        )
        return [Passage(*row) for row in rows]

    def naming(self, landmark_id: str) -> list[Passage]:
        """Passages of no landmark that name this one, in text or title."""
        rows = self.rows(
            f"select {PASSAGE} join naming on passage = p.number where "
            "naming.landmark = (select number from landmarks where id = ?) "
            "order by p.number",
            [landmark_id],
        )
        return [Passage(*row) for row in rows]

    def named(self, name: str) -> list[Landmark]:
        """Landmarks of that whole name or alias, case, accents and ``the`` aside."""
        rows = self.rows(
            "select landmark from names where folded = ? and not flags & ? order by 1",
            [fold(name), PART],
        )
        return self._numbered([number for (number,) in rows])

    def carriers(self, names: Collection[str]) -> dict[str, list[NameEntry]]:
        """Who carries each of some folded names, as whole names or in longer ones."""
        return catalogue_names.lookup(self.rows, names)

    def mentions(self, text: str) -> list[Mention]:
        """Names of landmarks in a text, in order, those within longer names marked."""
        return find_mentions(
            text,
            lambda words: catalogue_names.firsts(self.rows, words),
            self.carriers,
        )

    def similar(self, name: str, limit: int = 5) -> list[tuple[Landmark, float]]:
        """Landmarks with a name like this one, best first, with a score of 0 to 1."""
        found = catalogue_names.similar(self.rows, name, limit)
        landmarks = self._numbered([number for number, _ in found])
        return [(a, score) for a, (_, score) in zip(landmarks, found, strict=True)]

    def bm25(
        self, text: str, limit: int, landmark_id: str | None = None
    ) -> list[tuple[str, float]]:
        """Ids and scores of passages by the words shared with a text, best first.

        There is no query language. Words that are in more than a tenth of the passages
        count only where there are no others.
        """
        return self._ranking.passages(text, limit, landmark_id)

    def bm25_facts(self, text: str, limit: int) -> list[tuple[str, float]]:
        """Facts by the words of ``NAME label period: value``, as :meth:`bm25`."""
        return self._ranking.facts(text, limit)

    def rarity(self, words: Sequence[str]) -> list[float]:
        """Inverse document frequency of each word; the rarer, the larger."""
        return self._ranking.rarity(words)

    def inside(
        self, area: "BBox | BaseGeometry", limit: int | None = None
    ) -> list[Landmark]:
        """Landmarks that share a point with an area, smallest first, then nearest.

        A geometry is lon/lat and split at the antimeridian.
        """
        box = area if isinstance(area, BBox) else geometry_bbox(area)
        shape = bbox_geometry(area) if isinstance(area, BBox) else area
        lon, lat = bbox_centre(box)
        found: list[tuple[float, float, str, Landmark]] = []
        boxes = [BBox(west, box.south, east, box.north) for west, east in spans(box)]
        for landmark in self._touching(boxes):
            outline = landmark.shape
            if outline is not None and places.shares_point(outline, shape):
                own = geometry_bbox(outline)
                size = (own.east - own.west) % 360 * (own.north - own.south)
                away = haversine_m(lon, lat, *bbox_centre(own))
                found.append((size, away, landmark.id, landmark))
        return [landmark for *_, landmark in sorted(found, key=lambda f: f[:3])[:limit]]

    def near(
        self, lon: float, lat: float, radius_m: float, limit: int | None = None
    ) -> list[tuple[Landmark, float]]:
        """Landmarks at most so far from a point, in degrees, nearest first.

        With metres to their outline on the mean sphere, 0 inside it.
        """
        found: list[tuple[float, str, Landmark]] = []
        for landmark in self._touching(places.boxes_around(lon, lat, radius_m)):
            shape = landmark.shape
            if shape is not None:
                away = places.distance_m(shape, lon, lat)
                if away <= radius_m:
                    found.append((away, landmark.id, landmark))
        found.sort(key=lambda f: f[:2])
        return [(landmark, away) for away, _, landmark in found[:limit]]
