"""Cutting by score and keeping hits apart."""

import numpy as np
import pytest
import shapely

from rsrag.errors import QueryError
from rsrag.retrieval.chip_hit import ChipHit
from rsrag.retrieval.store_search import (
    SearchOptions,
    overlap,
    search_store,
    without_overlap,
)


def placed(
    name: str, score: float, west: float, south: float, size: float = 1.0
) -> ChipHit:
    box = shapely.box(west, south, west + size, south + size)
    return hit_of(name, score, box, (west, south, west + size, south + size))


def hit_of(name, score, geometry, bbox) -> ChipHit:
    window = {"col_off": 0, "row_off": 0, "width": 9, "height": 9}
    return ChipHit(
        name,
        score,
        {
            "geometry": shapely.to_wkb(geometry),
            "bbox": dict(zip(("xmin", "ymin", "xmax", "ymax"), bbox, strict=True)),
            "source": name,
            "window": window,
        },
    )


def plain(name: str, source: str, col: int, row: int, size: int = 10) -> ChipHit:
    window = {"col_off": col, "row_off": row, "width": size, "height": size}
    payload = {"geometry": None, "bbox": None, "source": source, "window": window}
    return ChipHit(name, 0.5, payload)


class ListStore:
    """Gives a fixed list, and counts how often it is asked."""

    def __init__(self, hits: list[ChipHit]) -> None:
        self.hits = hits
        self.asked: list[int] = []

    def search(self, vectors, top_k, where=None):
        self.asked.append(top_k)
        return [self.hits[:top_k]]


QUERY = np.float32([[1, 0]])


def test_neighbours_do_not_overlap() -> None:
    assert not overlap(placed("a", 1, 0, 0), placed("b", 1, 1, 0))
    assert overlap(placed("a", 1, 0, 0), placed("b", 1, 0.9, 0.9))


def test_boxes_that_touch_but_outlines_that_do_not() -> None:
    lower = shapely.Polygon([(0, 0), (4, 0), (0, 4)])
    upper = shapely.Polygon([(4, 4), (4, 1), (1, 4)])
    a, b = hit_of("a", 1, lower, (0, 0, 4, 4)), hit_of("b", 1, upper, (1, 1, 4, 4))
    assert not overlap(a, b)


def test_overlap_across_the_antimeridian() -> None:
    halves = shapely.MultiPolygon(
        [shapely.box(179, 0, 180, 1), shapely.box(-180, 0, -179, 1)]
    )
    split = hit_of("a", 1, halves, (179, 0, -179, 1))
    assert overlap(split, placed("b", 1, -179.5, 0))
    assert not overlap(split, placed("c", 1, 0, 0))


def test_plain_pictures_overlap_by_their_pixels() -> None:
    a = plain("a", "x.jpg", 0, 0)
    assert overlap(a, plain("b", "x.jpg", 9, 9))
    assert not overlap(a, plain("c", "x.jpg", 10, 0))
    assert not overlap(a, plain("d", "y.jpg", 0, 0))


def test_the_better_of_two_stays() -> None:
    hits = [
        placed("a", 0.9, 0, 0),
        placed("b", 0.8, 0.5, 0),
        placed("c", 0.7, 1, 0),
        placed("d", 0.6, 5, 5),
    ]
    assert [h.id for h in without_overlap(hits, 9)] == ["a", "c", "d"]
    assert [h.id for h in without_overlap(hits, 2)] == ["a", "c"]


def test_dedupe_asks_for_more_until_it_has_enough() -> None:
    pile = [placed(f"p{i:02}", 1 - i / 100, 0, 0) for i in range(30)]
    store = ListStore([*pile, placed("far", 0.1, 50, 0)])
    hits = search_store(store, QUERY, SearchOptions(top_k=2, dedupe=True))
    assert [h.id for h in hits] == ["p00", "far"]
    assert store.asked == [8, 32]


def test_dedupe_ends_when_there_is_no_more() -> None:
    pile = [placed(f"p{i}", 1 - i / 10, 0, 0) for i in range(3)]
    store = ListStore(pile)
    hits = search_store(store, QUERY, SearchOptions(top_k=5, dedupe=True))
    assert [h.id for h in hits] == ["p0"]
    assert store.asked == [20]


@pytest.mark.parametrize("dedupe", [False, True])
def test_min_score_is_included_in_the_cut(dedupe: bool) -> None:
    hits = [placed("a", 0.5, 0, 0), placed("b", 0.25, 5, 0), placed("c", 0.24, 9, 0)]
    options = SearchOptions(min_score=0.25, dedupe=dedupe)
    found = search_store(ListStore(hits), QUERY, options)
    assert [h.id for h in found] == ["a", "b"]


@pytest.mark.parametrize("top_k", [0, -1, 100_001])
def test_top_k_must_make_sense(top_k) -> None:
    with pytest.raises(QueryError, match="top_k"):
        SearchOptions(top_k=top_k)


@pytest.mark.parametrize("score", [1.5, -2, float("nan")])
def test_min_score_must_be_a_cosine(score) -> None:
    with pytest.raises(QueryError, match="min_score"):
        SearchOptions(min_score=score)
