"""Lanes together: fusion, reranking, explanations, errors, and where a picture is."""

import threading
from contextlib import closing
from dataclasses import replace

import pytest
import shapely
from hypothesis import given, strategies as st
from small_world import (
    BAIKAL,
    DEPTH,
    ICE,
    LOOSE,
    OASIS,
    PYRAMID,
    SAHARA,
    SAND,
    TOMB,
    picture,
)

from rsrag.errors import EncoderError, QueryError
from rsrag.rendering.answers.lane_table import explain_rows, explain_table
from rsrag.retrieval.knowledge_query import KnowledgeQuery
from rsrag.retrieval.lanes import LANES
from rsrag.retrieval.localise import localise, places_of
from rsrag.retrieval.retrieve import RetrieveOptions, Retriever
from rsrag.retrieval.spaces import LaneHit, LaneResult
from rsrag.types import BBox, Hit


class LengthReranker:
    """Prefers short texts, and remembers what it was asked."""

    name = "short first"

    def __init__(self):
        self.asked = []

    def rerank(self, query, texts):
        self.asked.append((query, list(texts)))
        return [-float(len(text)) for text in texts]


@pytest.fixture
def retrieve(sources):
    def run(reranker=None, options=None, **query):
        with closing(Retriever(sources, reranker)) as retriever:
            return retriever.retrieve(KnowledgeQuery(**query), options)

    return run


def ids(result):
    return [piece.id for piece in result.evidence]


def test_two_lanes_by_hand(retrieve) -> None:
    options = RetrieveOptions(lanes=("bm25", "text"))
    result = retrieve(None, options, text="ice lake")
    first = result.evidence[0]
    assert first.id == ICE.id and first.text == ICE.text
    assert first.score == pytest.approx(2 / 61)
    assert first.scores["bm25#"] == first.scores["text#"] == 1
    assert first.scores["rrf"] == first.score
    assert first.scores["bm25"] == result.lane("bm25").found[0].score
    assert first.scores["text"] == pytest.approx(1, abs=0.1)
    assert [lane.lane for lane in result.lanes] == ["bm25", "text"]


def test_every_lane_is_in_the_result(retrieve) -> None:
    result = retrieve(text="desert")
    assert [lane.lane for lane in result.lanes] == list(LANES)
    idle = {lane.lane for lane in result.lanes if lane.idle}
    assert idle == {"named", "image", "geometry", "facts"}
    assert all(lane.seconds >= 0 for lane in result.lanes)
    assert result.lane("text").found
    with pytest.raises(QueryError):
        retrieve(None, RetrieveOptions(lanes=("text",)), text="x").lane("bm25")


def test_a_named_landmark_lifts_what_is_known_of_it(retrieve) -> None:
    options = RetrieveOptions(lanes=("named", "bm25"))
    plain = retrieve(None, RetrieveOptions(lanes=("bm25",)), text="desert")
    assert set(ids(plain)) == {SAND.id, TOMB.id, LOOSE.id}
    for mark, text in ((SAHARA, SAND), (PYRAMID, TOMB)):
        result = retrieve(None, options, text="desert", landmark_ids=(mark.id,))
        assert set(ids(result)[:2]) == {mark.id, text.id}
        piece = next(p for p in result.evidence if p.id == text.id)
        assert piece.scores["named~"] == 1 and "named#" not in piece.scores


def test_a_picture_lifts_the_texts_of_its_landmark(retrieve) -> None:
    options = RetrieveOptions(lanes=("image", "text"), weights={"image": 10})
    for axis, first in (("tomb", TOMB), ("ice", ICE)):
        result = retrieve(None, options, image=picture(axis), text="desert")
        assert ids(result)[0] == first.id
        assert result.evidence[0].scores["image~"] == 1


def test_alpha_is_rs_rags(retrieve) -> None:
    query = {"image": picture("tomb"), "text": "desert"}
    for alpha, first in ((1.0, {PYRAMID.id, TOMB.id}), (0.0, {SAND.id, TOMB.id})):
        result = retrieve(None, RetrieveOptions(fusion="alpha", alpha=alpha), **query)
        assert set(ids(result)[:2]) <= first | {LOOSE.id}
        best = result.evidence[0]
        image = best.scores.get("image", None)
        assert best.score == best.scores["alpha"]
        assert image is None or alpha == 0 or best.score == pytest.approx(image)
    with pytest.raises(QueryError, match="neither ran"):
        retrieve(None, RetrieveOptions(fusion="alpha"), at=(0, 0))


def test_weights_turn_lanes_off(retrieve) -> None:
    options = RetrieveOptions(
        lanes=("bm25", "chips"), weights={"chips": 0.0}, candidates=50
    )
    result = retrieve(None, options, text="desert")
    assert result.evidence[0].kind == "passage"
    assert result.evidence[-1].kind == "chip" and result.evidence[-1].score == 0


def test_the_reranker_decides(retrieve) -> None:
    reranker = LengthReranker()
    result = retrieve(reranker, text="desert lake")
    lengths = [len(piece.text) for piece in result.evidence]
    assert lengths == sorted(lengths)
    ((query, texts),) = reranker.asked
    assert query == "desert lake" and len(texts) >= len(lengths)
    assert result.reranker == "short first" and result.not_reranked is None
    for piece in result.evidence:
        assert piece.score == piece.scores["rerank"] == -len(piece.text)
        assert piece.scores["rrf"] > 0


def test_only_candidates_are_reranked(retrieve) -> None:
    reranker = LengthReranker()
    options = RetrieveOptions(top_k=2, candidates=3)
    result = retrieve(reranker, options, text="desert lake")
    assert len(reranker.asked[0][1]) == 3
    assert len(result.evidence) == 2


def test_a_blend_keeps_both_scores(retrieve) -> None:
    order = RetrieveOptions(rerank_weight=0.0)
    fused = retrieve(None, None, text="desert lake")
    blended = retrieve(LengthReranker(), order, text="desert lake")
    assert ids(blended) == ids(fused)
    assert [p.scores["rrf"] for p in blended.evidence] == [
        p.score for p in fused.evidence
    ]
    assert blended.evidence[0].score == 1


def test_no_words_nothing_to_reread(retrieve) -> None:
    result = retrieve(LengthReranker(), image=picture("ice"))
    assert result.reranker is None
    assert result.not_reranked == "there are no words to read the evidence with"
    assert retrieve(at=(0, 0)).not_reranked == "no reranker is given"


def test_nothing_found_is_nothing(retrieve) -> None:
    result = retrieve(LengthReranker(), at=(-40, -40), radius_m=10)
    assert result.evidence == () and result.reranker is None


def test_an_error_in_a_lane_is_raised(sources) -> None:
    class Broken:
        identity = sources.texts.encoder.identity

        def encode_texts(self, texts):
            raise EncoderError("broken")

    broken = replace(sources, texts=replace(sources.texts, encoder=Broken()))
    with (
        closing(Retriever(broken)) as retriever,
        pytest.raises(EncoderError, match="broken"),
    ):
        retriever.retrieve(KnowledgeQuery(text="ice"))


def test_lanes_run_side_by_side(sources, monkeypatch) -> None:
    both = threading.Barrier(2, timeout=20)

    def waiting(search):
        both.wait()
        return []

    for lane in ("text", "bm25"):
        monkeypatch.setitem(LANES, lane, waiting)
    with closing(Retriever(sources)) as retriever:
        options = RetrieveOptions(lanes=("text", "bm25"))
        assert retriever.retrieve(KnowledgeQuery(text="x"), options).evidence == ()


def test_everything_at_once(retrieve) -> None:
    result = retrieve(
        LengthReranker(),
        text="What is the maximum depth of Lake Baikal?",
        image=picture("ice"),
        image_footprint=shapely.to_wkb(shapely.box(107, 53, 109, 55)),
        landmark_ids=(BAIKAL.id,),
        bbox=BBox(100, 50, 110, 55),
    )
    assert not any(lane.idle for lane in result.lanes)
    assert set(ids(result)) == {BAIKAL.id, DEPTH.id, ICE.id, "chip-ice"}


def test_one_query_twice_is_the_same(retrieve) -> None:
    query = {"text": "desert lake", "image": picture("tomb"), "at": (25.5, 29.2)}
    assert retrieve(**query).evidence == retrieve(**query).evidence


@pytest.mark.parametrize(
    "options",
    [
        {"top_k": 0},
        {"top_k": 51},
        {"rerank_weight": 1.5},
        {"lanes": ("txt",)},
        {"weights": {"txt": 1.0}},
    ],
)
def test_options_that_make_no_sense(options) -> None:
    with pytest.raises(QueryError):
        RetrieveOptions(**options)


def test_explain_has_each_lanes_rank(retrieve) -> None:
    result = retrieve(
        LengthReranker(), RetrieveOptions(top_k=3), text="desert", at=(10, 20)
    )
    rows = explain_rows(result)
    assert [row.rank for row in rows] == [1, 2, 3]
    for row, piece in zip(rows, result.evidence, strict=True):
        assert set(row.lanes) == {lane.lane for lane in result.lanes if not lane.idle}
        assert row.reranked == piece.scores["rerank"]
        for lane, cell in row.lanes.items():
            place = next(
                (n for n, f in enumerate(result.lane(lane).found, 1) if f.id == row.id),
                None,
            )
            assert cell == f"#{place}" or place is None
    sand = explain_rows(retrieve(text="desert", at=(10, 20)))
    assert next(row for row in sand if row.id == SAND.id).lanes["geometry"] == "(1)"


def test_the_table_fits_and_says_what_did_not_run(retrieve) -> None:
    result = retrieve(text="desert ä", at=(10, 20))
    table = explain_table(result, width=100, ascii_only=True)
    assert table.isascii() and max(map(len, table.splitlines())) <= 100
    head, first, *_ = table.splitlines()
    assert head.split()[:2] == ["RANK", "IMAGE_TEXT"] and head.endswith("EVIDENCE")
    assert first.split()[0] == "1"
    assert "image       did not run: no picture is given" in table
    assert table.endswith("not reranked: no reranker is given\n")
    assert explain_table(retrieve(at=(-40, -40), radius_m=0)).startswith("Nothing")


def test_a_table_cannot_drive_a_terminal(retrieve) -> None:
    result = retrieve(text="desert")
    evil = replace(result.evidence[0], text="a\x1b[2Jb\nc\u202ed")
    table = explain_table(replace(result, evidence=(evil,)))
    assert "\x1b" not in table and "\u202e" not in table


def shown(score, *, mark=None, chip=None):
    if mark is not None:
        return LaneHit("landmark", mark.id, score, mark, mark.id)
    return LaneHit("chip", chip, score, Hit(chip, score, {"geometry": None}))


def locate(*found, lane="image", places=None, **options):
    of = places or (lambda f: (f.landmark_id,) if f.landmark_id else ())
    return localise([LaneResult(lane, found)], of, **options)


def test_a_clear_picture_is_located() -> None:
    best, other = locate(shown(0.95, mark=PYRAMID), shown(0.6, mark=SAHARA))
    assert best.landmark_id == PYRAMID.id and best.clear
    assert best.confidence > 0.99
    assert best.margin == pytest.approx(0.35) == -other.margin
    assert not other.clear


def test_a_doubtful_picture_is_not() -> None:
    # e^(-0.01/0.02) = 0.61: shares of 1/1.61 and 0.61/1.61.
    best, other = locate(shown(0.81, mark=PYRAMID), shown(0.80, mark=SAHARA))
    assert (best.confidence, other.confidence) == pytest.approx(
        (0.622, 0.378), abs=1e-3
    )
    assert not best.clear and not other.clear


def test_what_is_nowhere_known_counts_against() -> None:
    (best,) = locate(shown(0.9, chip="b"), shown(0.9, mark=PYRAMID), lane="chips")
    assert best.confidence == pytest.approx(0.5) and not best.clear


def test_chips_divide_their_vote_among_what_lies_in_them() -> None:
    places = {"a": (PYRAMID.id, OASIS.id), "b": (PYRAMID.id,)}
    found = shown(0.9, chip="a"), shown(0.9, chip="b")
    best, other = locate(*found, lane="chips", places=lambda f: places[f.id])
    assert (best.landmark_id, other.landmark_id) == (PYRAMID.id, OASIS.id)
    assert best.confidence == pytest.approx(2 / 3)


def test_a_picture_that_resembles_nothing() -> None:
    (best,) = locate(shown(0.3, mark=PYRAMID), min_similarity=0.5)
    assert best.confidence == 1 and not best.clear


def test_other_lanes_have_no_vote() -> None:
    assert locate(shown(0.9, mark=PYRAMID), lane="text") == []
    assert localise([LaneResult("image", idle="no picture")], lambda f: ()) == []


def test_places_are_looked_up(sources, retrieve) -> None:
    result = retrieve(image=picture("ice"))
    candidates = localise(result.lanes, places_of(sources.catalogue))
    assert candidates[0].landmark_id == BAIKAL.id
    assert candidates[0].clear and candidates[0].confidence > 0.99


@given(
    st.lists(
        st.tuples(st.sampled_from([PYRAMID, SAHARA, OASIS, None]), st.floats(-1, 1)),
        min_size=1,
        max_size=8,
    )
)
def test_confidence_is_a_share(votes) -> None:
    found = [
        shown(score, mark=mark, chip=None if mark else f"c{n}")
        for n, (mark, score) in enumerate(votes)
    ]
    candidates = locate(*found)
    assert sum(c.confidence for c in candidates) <= 1 + 1e-9
    order = [(-c.confidence, c.landmark_id) for c in candidates]
    assert order == sorted(order)
    assert sum(c.clear for c in candidates) <= 1
