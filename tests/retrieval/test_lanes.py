"""Each lane by itself, over a world small enough to work out by hand."""

import dataclasses

import numpy as np
import pytest
import shapely
from small_world import (
    ATLANTIS,
    BAIKAL,
    DEPTH,
    EGYPT,
    FIJI,
    HEIGHT,
    ICE,
    LANDMARKS,
    LOOSE,
    NDVI_EVER,
    NDVI_JULY,
    NDVI_JUNE,
    OASIS,
    PYRAMID,
    RIVER,
    SAHARA,
    SALT,
    SAND,
    SPHINX,
    TOMB,
    fill,
    picture,
)

from rsrag.errors import KnowledgeError, QueryError
from rsrag.filters import Filter
from rsrag.retrieval.admission import Admission
from rsrag.retrieval.knowledge_query import KnowledgeQuery
from rsrag.retrieval.lanes import LANES, Search
from rsrag.retrieval.spaces import Idle, QueryVectors
from rsrag.types import BBox


@pytest.fixture
def ask(sources):
    def run(lane, limit=9, **query):
        asked = KnowledgeQuery(**query)
        admission = Admission(asked, sources.catalogue)
        return LANES[lane](
            Search(asked, sources, QueryVectors(asked), admission, limit)
        )

    return run


def ids(found):
    assert not isinstance(found, Idle), found
    assert [f.score for f in found] == sorted((f.score for f in found), reverse=True)
    assert len({f.key for f in found}) == len(found)
    return [f.id for f in found]


def names(found):
    return [next(m.name for m in LANDMARKS if m.id == i) for i in ids(found)]


def test_named_keeps_the_callers_order(ask) -> None:
    found = ask("named", landmark_ids=(SPHINX.id, BAIKAL.id, SPHINX.id))
    assert names(found) == ["Great Sphinx", "Lake Baikal"]
    assert [f.score for f in found] == [1, 1 / 2]


def test_named_and_unknown(ask) -> None:
    with pytest.raises(KnowledgeError):
        ask("named", landmark_ids=("no such id",))


def test_image_counts_the_best_picture_of_a_landmark(ask) -> None:
    found = ask("image", image=picture("tomb"))
    # The pyramid has a picture of a tomb and one of the desert, as Sahara has.
    assert names(found)[0] == "Great Pyramid"
    assert sorted(names(found)) == ["Great Pyramid", "Lake Baikal", "Sahara"]
    assert found[0].score == pytest.approx(1, abs=1e-6)


def test_image_without_its_own_picture(ask) -> None:
    own = f"{PYRAMID.id}@1"
    found = ask("image", image=picture("tomb"), exclude=frozenset({own}))
    pyramid = next(f for f in found if f.id == PYRAMID.id)
    assert pyramid.score < 0.5
    found = ask("image", image=picture("tomb"), exclude=frozenset({PYRAMID.id}))
    assert sorted(names(found)) == ["Lake Baikal", "Sahara"]


def test_a_passage_counts_once_with_its_best_piece(ask) -> None:
    found = ask("text", text="desert")
    assert set(ids(found)) == {p.id for p in (SAND, TOMB, SALT, ICE, LOOSE)}
    # "above the desert" is a piece of its own; beside "tomb" it would score 0.7.
    assert {SAND.id, TOMB.id, LOOSE.id} == set(ids(found)[:3])
    assert found[2].score == pytest.approx(1, abs=1e-6)


def test_limit_counts_passages_and_not_pieces(ask) -> None:
    assert len(ask("text", limit=5, text="salt sea")) == 5
    assert ids(ask("text", limit=1, text="salt sea")) == [SALT.id]


def test_passages_of_named_landmarks_always_take_part(ask) -> None:
    found = ask("text", limit=4, text="desert tomb", landmark_ids=(BAIKAL.id,))
    assert ICE.id not in ids(found)  # it takes part, and is too far off
    found = ask("bm25", text="the lake", limit=2, landmark_ids=(BAIKAL.id,))
    assert ids(found)[0] == ICE.id


def test_image_text_prefers_the_picture(ask, sources) -> None:
    found = ask("image_text", image=picture("ice"), text="desert")
    assert ids(found)[0] == ICE.id
    assert sources.image_texts.encoder.texts_read == 0
    assert ids(ask("image_text", text="salt"))[0] == SALT.id


def test_bm25_finds_words(ask) -> None:
    found = ask("bm25", text="desert travel")
    assert ids(found) == [LOOSE.id, *sorted([SAND.id, TOMB.id])]
    assert ids(ask("bm25", text="zebra")) == []


def test_bm25_facts(ask) -> None:
    assert ids(ask("bm25_facts", text="depth of Lake Baikal")) == [DEPTH.id]


def test_facts_of_the_variable_asked(ask) -> None:
    found = ask("facts", landmark_ids=(PYRAMID.id,), variables=("height", "ndvi"))
    assert ids(found) == [HEIGHT.id]


def test_facts_of_the_period_asked_come_first(ask) -> None:
    found = ask(
        "facts", landmark_ids=(OASIS.id,), variables=("ndvi",), period="2022-07"
    )
    assert ids(found) == [NDVI_JULY.id, NDVI_EVER.id, NDVI_JUNE.id]


def test_a_variable_is_read_from_the_words(ask) -> None:
    found = ask(
        "facts", landmark_ids=(BAIKAL.id,), text="What is the maximum depth of it?"
    )
    assert ids(found) == [DEPTH.id]
    found = ask("facts", landmark_ids=(OASIS.id,), text="Its NDVI in July 2022?")
    assert ids(found) == [NDVI_JULY.id, NDVI_EVER.id, NDVI_JUNE.id]
    idle = ask("facts", landmark_ids=(BAIKAL.id,), text="Tell me a story")
    assert idle == Idle("the words ask for no variable that is known")


def test_a_point_finds_the_smallest_area_around_it_first(ask) -> None:
    found = ask("geometry", at=(25.5, 29.2), radius_m=1000)
    assert names(found) == ["Siwa Oasis", "Egypt", "Sahara"]
    assert found[-1].score > 2


def test_then_what_is_near_by_distance(ask) -> None:
    found = ask("geometry", at=(31.134, 29.979), radius_m=5000)
    assert names(found) == ["Egypt", "Great Pyramid", "Great Sphinx"]
    metres = [1000 * (1 / f.score - 1) for f in found[1:]]
    assert metres == pytest.approx([29, 540], abs=12)


def test_the_radius_is_kept(ask) -> None:
    assert names(ask("geometry", at=(109, 53.5), radius_m=60_000)) == []
    assert names(ask("geometry", at=(109, 53.5), radius_m=70_000)) == ["Lake Baikal"]


def test_what_the_footprint_meets_comes_before_what_is_near(ask) -> None:
    footprint = shapely.to_wkb(shapely.box(30.5, 29.5, 31.136, 30.5))
    found = ask("geometry", image_footprint=footprint, radius_m=20_000)
    # Egypt contains the middle; the next two are met; the sphinx lies outside.
    first, *met, near = names(found)[:4]
    assert (first, set(met)) == ("Egypt", {"Great Pyramid", "Nile"})
    assert near == "Great Sphinx"
    assert 2 > found[2].score > 1 > found[3].score


def test_a_box_has_no_surroundings(ask) -> None:
    found = ask("geometry", bbox=BBox(31.1, 29.9, 31.136, 30))
    assert "Great Sphinx" not in names(found)
    assert {"Egypt", "Great Pyramid"} <= set(names(found))


def test_a_box_across_the_antimeridian(ask) -> None:
    assert names(ask("geometry", bbox=BBox(179, -18, -179.5, -17))) == ["Fiji"]


def test_chips_by_picture_or_by_words(ask) -> None:
    assert ids(ask("chips", image=picture("ice"))) == ["chip-ice", "chip-sand"]
    assert ids(ask("chips", text="desert")) == ["chip-sand", "chip-ice"]
    only = Filter(exclude=frozenset({"chip-ice"}))
    assert ids(ask("chips", text="ice", chips_where=only)) == ["chip-sand"]
    left = ask("chips", image=picture("ice"), exclude=frozenset({"chip-ice"}))
    assert ids(left) == ["chip-sand"]


def test_a_box_leaves_out_what_lies_elsewhere(ask) -> None:
    box = BBox(100, 50, 110, 55)
    assert ids(ask("text", text="desert", bbox=box)) == [ICE.id]
    assert ids(ask("bm25", text="desert lake", bbox=box)) == [ICE.id]
    assert names(ask("image", image=picture("desert"), bbox=box)) == ["Lake Baikal"]
    assert ids(ask("chips", text="desert", bbox=box)) == ["chip-ice"]
    named = ask("named", landmark_ids=(SAHARA.id, BAIKAL.id, ATLANTIS.id), bbox=box)
    assert names(named) == ["Lake Baikal"]


def test_a_box_with_nothing_in_it(ask) -> None:
    empty = BBox(-40, -40, -39, -39)
    assert ask("text", text="desert", bbox=empty) == []
    assert ask("bm25", text="desert", bbox=empty) == []
    named = ask("text", text="ice", bbox=empty, landmark_ids=(BAIKAL.id,))
    assert named == []


def test_an_excluded_landmark_is_gone_with_all_that_is_known_of_it(ask) -> None:
    gone = frozenset({PYRAMID.id})
    assert TOMB.id not in ids(ask("text", text="desert tomb", exclude=gone))
    assert TOMB.id not in ids(ask("bm25", text="desert tomb", exclude=gone))
    assert ids(ask("bm25_facts", text="great pyramid height", exclude=gone)) == []
    found = ask("geometry", at=(31.134, 29.979), exclude=gone)
    assert "Great Pyramid" not in names(found)
    assert ask("named", landmark_ids=(PYRAMID.id,), exclude=gone) == []


def test_an_excluded_passage_does_not_take_a_place(ask) -> None:
    gone = frozenset({SAND.id, LOOSE.id})
    assert ids(ask("bm25", text="desert", limit=1, exclude=gone)) == [TOMB.id]
    assert ids(ask("text", text="desert", limit=1, exclude=gone)) == [TOMB.id]


def test_conditions_hold_in_every_lane(ask) -> None:
    history = Filter(keywords={"chunk_type": frozenset({"history"})})
    assert ids(ask("text", text="desert", where=history)) == [TOMB.id]
    assert ids(ask("bm25", text="desert", where=history)) == [TOMB.id]
    lakes = Filter(keywords={"category": frozenset({"lake", "river"})})
    marks = (SAHARA.id, RIVER.id, BAIKAL.id)
    found = ask("named", landmark_ids=marks, where=lakes)
    assert names(found) == ["Nile", "Lake Baikal"]
    south = Filter(area=shapely.box(-180, -90, 180, 0))
    every = tuple(mark.id for mark in LANDMARKS)
    assert names(ask("named", landmark_ids=every, where=south)) == ["Fiji"]


@pytest.mark.parametrize(
    ("lane", "query", "reason"),
    [
        ("named", {"text": "x"}, "no landmark is named"),
        ("image", {"text": "x"}, "no picture"),
        ("image_text", {"at": (0, 0)}, "neither words nor a picture"),
        ("text", {"image": picture("ice")}, "no words"),
        ("bm25", {"at": (0, 0)}, "no words"),
        ("bm25_facts", {"at": (0, 0)}, "no words"),
        ("geometry", {"text": "x"}, "no place"),
        ("facts", {"text": "depth"}, "no landmark is named"),
        ("chips", {"at": (0, 0)}, "neither words nor a picture"),
    ],
)
def test_a_lane_says_what_it_lacks(ask, lane, query, reason) -> None:
    idle = ask(lane, **query)
    assert isinstance(idle, Idle) and reason in idle.reason


@pytest.mark.parametrize("lane", ["image", "image_text", "text", "chips"])
def test_a_lane_without_an_index_says_so(sources, lane) -> None:
    space = {"image": "images", "image_text": "image_texts", "text": "texts"}
    bare = dataclasses.replace(sources, **{space.get(lane, lane): None})
    query = KnowledgeQuery(text="ice", image=picture("ice"))
    admission = Admission(query, bare.catalogue)
    idle = LANES[lane](Search(query, bare, QueryVectors(query), admission, 5))
    assert isinstance(idle, Idle)
    assert "index" in idle.reason or "space" in idle.reason


def test_a_vector_without_its_record_is_an_error(sources, ask) -> None:
    row = {"id": "g#0", "kind": "passage", "record_id": "g", "landmark_id": "g"}
    vector = sources.texts.encoder.encode_texts(["desert"])
    fill(sources.texts.store, vector, [{**row, "chunk_type": "description"}])
    with pytest.raises(KnowledgeError):
        ask("text", text="desert")


@pytest.mark.parametrize(
    "query",
    [
        {},
        {"text": "  "},
        {"at": (181, 0)},
        {"at": (0, float("nan"))},
        {"text": "x", "radius_m": -1},
    ],
)
def test_queries_that_make_no_sense(query) -> None:
    with pytest.raises(QueryError):
        KnowledgeQuery(**query)


def test_each_part_is_embedded_once_for_an_encoder(sources) -> None:
    query = KnowledgeQuery(text="ice", image=picture("ice"))
    vectors = QueryVectors(query)
    encoder = sources.images.encoder
    first = vectors.image(encoder)
    assert vectors.image(encoder) is first
    assert encoder.images_read == 1
    np.testing.assert_array_equal(vectors.text(encoder), encoder.encode_texts(["ice"]))
    with pytest.raises(QueryError):
        QueryVectors(KnowledgeQuery(text="ice")).image(encoder)


def test_fiji_is_near_over_the_line(ask) -> None:
    assert names(ask("geometry", at=(-179.5, -17.5), radius_m=0)) == ["Fiji"]
    assert EGYPT.id not in ids(ask("geometry", at=(-179.5, -17.5)))
    assert FIJI.id in ids(ask("geometry", at=(-179.5, -17.5)))
