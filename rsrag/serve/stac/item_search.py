"""Searches of items: ranked by what the pictures show, or listed by id."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from rsrag.desk.imagery.stages import stage
from rsrag.filters import Filter
from rsrag.serve.failures import HttpFailure
from rsrag.serve.service import Service
from rsrag.serve.stac.item_pages import SCORE, stac_items, with_fields, with_score
from rsrag.serve.stac.page_tokens import PageToken
from rsrag.serve.stac.search_terms import query_terms, where_of_words
from rsrag.serve.stac.search_words import SearchWords

if TYPE_CHECKING:
    from rsrag.desk.imagery.imagery_index import Index
    from rsrag.indexing.format.manifest import Manifest
    from rsrag.retrieval.chip_hit import ChipHit

DEEPEST = 10_000
"""Items of a search with an order of its own that can be paged through."""
_SORTED: dict[str, Callable[["ChipHit"], Any]] = {
    "id": lambda hit: hit.id,
    "datetime": lambda hit: hit.datetime,
    "gsd": lambda hit: hit.gsd_m,
    "platform": lambda hit: hit.sensor,
    "rsrag:nodata_share": lambda hit: hit.nodata_share,
    SCORE: lambda hit: hit.score,
}


@dataclass(frozen=True, slots=True)
class FoundItems:
    """A page of a search.

    Attributes:
        items: of STAC.
        token: of the next page, if there is one.
        matched: how many there are on all pages, where that is known.
        hits: collection and chip of each item.
        manifests: of the collections.
    """

    items: list[dict[str, Any]]
    token: str | None
    matched: int | None
    hits: "Sequence[tuple[str, ChipHit]]"
    manifests: "Mapping[str, Manifest]"


@dataclass(frozen=True, slots=True)
class _Row:
    """A chip and its index."""

    index: str
    hit: "ChipHit"

    @property
    def rank(self) -> tuple[float, str, str]:
        """Best first; ties by id, as in a store."""
        return (-self.hit.score, self.hit.id, self.index)


def found_items(service: Service, words: SearchWords, base: str) -> FoundItems:
    """A page of a search.

    Args:
        base: address of the service, without a slash at its end.

    Raises:
        HttpFailure: what is asked for is not there, or makes no sense.
    """
    names = [
        name for name in words.collections or service.names if name in service.names
    ]
    indexes = {name: service.index(name) for name in dict.fromkeys(names)}
    for _ in range(5):
        # What one page shows is of one generation of each index.
        manifests = {name: index.manifest for name, index in indexes.items()}
        found = _page(service, words, base, indexes, manifests)
        after = {name: index.manifest.generation for name, index in indexes.items()}
        if after == {name: one.generation for name, one in manifests.items()}:
            return found
    raise HttpFailure(503, "The index is rebuilt again and again.")


def _page(
    service: Service,
    words: SearchWords,
    base: str,
    indexes: "Mapping[str, Index]",
    manifests: "Mapping[str, Manifest]",
) -> FoundItems:
    where = where_of_words(words)
    digest = words.digest
    token = PageToken.read(words.token, digest) if words.token else PageToken(digest)
    matched: int | None = None
    if words.ranked or words.sortby:
        generations = {name: one.generation for name, one in manifests.items()}
        token.check(generations)
        end = token.offset + words.limit
        if end > DEEPEST:
            raise HttpFailure(
                400, f"Pages end at {DEEPEST:,} items.", "narrow the search"
            )
        find = _sorted if words.sortby else _ranked
        pixels = service.options.max_pixels
        rows = find(indexes, words, where, min(end + 1, DEEPEST), pixels)
        more = len(rows) > end
        rows = rows[token.offset : end]
        following = PageToken(digest, end, None, generations)
    else:
        rows = _listed(indexes, where, token.after, words.limit + 1)
        more, rows = len(rows) > words.limit, rows[: words.limit]
        last = (rows[-1].index, rows[-1].hit.id) if rows else None
        following = PageToken(digest, 0, last)
        matched = sum(
            service.counts.of(
                (name, manifests[name].generation, digest),
                lambda index=index: index.count(where=where),  # type: ignore[misc]
            )
            for name, index in indexes.items()
        )
    with stage("render"):
        items = _items(service, rows, manifests, base, words)
    hits = [(row.index, row.hit) for row in rows]
    next_token = following.text() if more else None
    return FoundItems(items, next_token, matched, hits, manifests)


def _listed(
    indexes: "Mapping[str, Index]",
    where: Filter | None,
    after: tuple[str, str] | None,
    limit: int,
) -> list[_Row]:
    """Chips by collection and id."""
    rows: list[_Row] = []
    for name in sorted(indexes):
        if after and name < after[0]:
            continue
        start = after[1] if after and name == after[0] else None
        if len(rows) < limit:
            hits = indexes[name].browse(
                after=start, limit=limit - len(rows), where=where
            )
            rows += [_Row(name, hit) for hit in hits]
    return rows


def _ranked(
    indexes: "Mapping[str, Index]",
    words: SearchWords,
    where: Filter | None,
    count: int,
    pixels: int,
) -> list[_Row]:
    """The best chips; one that several terms find has its best score."""
    from rsrag.retrieval.store_search import SearchOptions

    queries = query_terms(indexes, words, pixels)
    options = SearchOptions(count, where, words.min_score, words.dedupe, words.uniform)
    best: dict[tuple[str, str], _Row] = {}
    for name, index in indexes.items():
        for hits in index.find_all(queries, options):
            for hit in hits:
                old = best.get((name, hit.id))
                if old is None or hit.score > old.hit.score:
                    best[name, hit.id] = _Row(name, hit)
    return sorted(best.values(), key=lambda row: row.rank)[:count]


def _sorted(
    indexes: "Mapping[str, Index]",
    words: SearchWords,
    where: Filter | None,
    count: int,
    pixels: int,
) -> list[_Row]:
    """All that is found, in the order that is asked for; what lacks a value is last."""
    there = sum(index.count(where=where) for index in indexes.values())
    if there > DEEPEST:
        raise HttpFailure(
            400,
            f"{there:,} items would have to be sorted; {DEEPEST:,} are the most.",
            "narrow the search by bbox, datetime or filter",
        )
    if words.ranked:
        rows = _ranked(indexes, words, where, DEEPEST, pixels)
    else:
        rows = _listed(indexes, where, None, DEEPEST)
    for field, down in reversed(words.sortby):
        name = field.removeprefix("properties.")
        if name not in _SORTED:
            known = ", ".join(_SORTED)
            raise HttpFailure(400, f"Nothing is sorted by {field[:80]!r}.", known)
        value = _SORTED[name]
        known_rows = [row for row in rows if value(row.hit) is not None]
        lacking = [row for row in rows if value(row.hit) is None]
        known_rows.sort(key=lambda row, of=value: of(row.hit), reverse=down)  # type: ignore[misc]
        rows = known_rows + lacking
    return rows[:count]


def _items(
    service: Service,
    rows: Sequence[_Row],
    manifests: "Mapping[str, Manifest]",
    base: str,
    words: SearchWords,
) -> list[dict[str, Any]]:
    """The items; those that were made lately are not made again."""
    made: dict[tuple[str, str], dict[str, Any]] = {}
    for name, manifest in manifests.items():
        hits = [row.hit for row in rows if row.index == name]
        keys = {hit.id: (name, manifest.generation, base, hit.id) for hit in hits}
        known = {id_: service.items.get(key) for id_, key in keys.items()}
        new = [hit for hit in hits if known[hit.id] is None]
        for item in stac_items(new, manifest, base):
            known[item["id"]] = service.items.put(keys[item["id"]], item)
        made |= {(name, id_): item for id_, item in known.items() if item}
    items = [made[row.index, row.hit.id] for row in rows]
    if words.ranked:
        items = [with_score(one, row.hit) for one, row in zip(items, rows, strict=True)]
    if words.include or words.exclude:
        items = [with_fields(one, words.include, words.exclude) for one in items]
    return items
