"""Query arithmetic, by hand."""

from collections.abc import Sequence

import numpy as np
import pytest

from rsrag.errors import QueryError, StoreError
from rsrag.retrieval.marks.marking import UNLIKED, Marks
from rsrag.retrieval.query import (
    Term,
    marks,
    parse_sum,
    parse_term,
    query_vector,
)
from rsrag.retrieval.wording.query_title import title_of
from rsrag.types import EncoderIdentity


class AxisEncoder:
    """Three words stand on the three axes; every picture on the last."""

    words = ("sand", "snow", "sea")
    identity = EncoderIdentity("axis", "0" * 64, "none", 3)

    def prepare_image(self, image):
        return image

    def encode_prepared(self, batch):
        return np.tile(np.float32([0, 0, 1]), (len(batch), 1))

    def encode_images(self, images):
        return self.encode_prepared(images)

    def encode_texts(self, texts: Sequence[str]):
        return np.eye(3, dtype=np.float32)[[self.words.index(t) for t in texts]]


def fetch(ids: Sequence[str]):
    if list(ids) != ["c1"]:
        raise StoreError(f"no ids {list(ids)}")
    return np.float32([[0, 0.6, 0.8]])


def vector(*terms: Term):
    picture = np.zeros((1, 1, 3), np.uint8)
    return query_vector(terms, AxisEncoder(), lambda path: picture, fetch)


@pytest.mark.parametrize(
    ("text", "sign", "expected"),
    [
        ("a red roof", 1, Term("text", "a red roof", 1)),
        ("2:a red roof", 1, Term("text", "a red roof", 2)),
        ("0.5: sea", -1, Term("text", "sea", -0.5)),
        ("-1:sea", 1, Term("text", "sea", -1)),
        ("@ship.jpg", 1, Term("image", "ship.jpg", 1)),
        ("3:@dir/a b.png", -1, Term("image", "dir/a b.png", -3)),
        ("#c1", 1, Term("chip", "c1", 1)),
        ("at 10:30 in the morning", 1, Term("text", "at 10:30 in the morning", 1)),
        ("scale 1:5000 map", 1, Term("text", "scale 1:5000 map", 1)),
        ("12:00 noon shadows", 1, Term("text", "12:00 noon shadows", 1)),
        ("16:9 screens", -1, Term("text", "16:9 screens", -1)),
        ("1:50000", 1, Term("text", "1:50000", 1)),
        ("2: 12:00 noon shadows", 1, Term("text", "12:00 noon shadows", 2)),
    ],
)
def test_terms(text, sign, expected) -> None:
    assert parse_term(text, sign) == expected


@pytest.mark.parametrize("text", ["", "   ", "2:", "2: ", "@", "#", "0:sea"])
def test_terms_that_say_nothing(text) -> None:
    with pytest.raises(QueryError):
        parse_term(text)


def test_one_text_is_its_vector() -> None:
    np.testing.assert_array_equal(vector(Term("text", "snow")), [[0, 1, 0]])


def test_weights_add_up_and_the_sum_is_unit() -> None:
    # 2·(1,0,0) − 1·(0,1,0) + 2·(0,0,1) = (2,−1,2), whose length is 3.
    got = vector(
        Term("text", "sand", 2), Term("text", "snow", -1), Term("image", "x.jpg", 2)
    )
    np.testing.assert_allclose(got, [[2 / 3, -1 / 3, 2 / 3]], atol=1e-7)
    assert got.dtype == np.float32


def test_a_chip_can_be_a_query() -> None:
    np.testing.assert_allclose(vector(Term("chip", "c1")), [[0, 0.6, 0.8]], atol=1e-7)


def test_no_terms() -> None:
    with pytest.raises(QueryError, match="Nothing to search for"):
        vector()


def test_terms_that_cancel() -> None:
    with pytest.raises(QueryError, match="cancel"):
        vector(Term("text", "sand"), Term("text", "sand", -1))


def test_unknown_chip_is_a_query_error() -> None:
    with pytest.raises(QueryError, match=r"No such chip.*c9"):
        vector(Term("chip", "c9"))


def test_pictures_are_loaded_by_path() -> None:
    seen = []

    def load(path):
        seen.append(path)
        return np.zeros((1, 1, 3), np.uint8)

    query_vector([Term("image", "a/b.jpg")], AxisEncoder(), load, fetch)
    assert seen == ["a/b.jpg"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("sand", [("sand", 1)]),
        ("sand + snow - sea", [("sand", 1), ("snow", 1), ("sea", -1)]),
        ("sand - 0.5:sea", [("sand", 1), ("sea", -0.5)]),
        ("2:sand + 3:snow", [("sand", 2), ("snow", 3)]),
        ("a half-built dam", [("a half-built dam", 1)]),
        ("coal +steel", [("coal +steel", 1)]),
        ('"sand + snow"', [("sand + snow", 1)]),
        ("sand -", [("sand -", 1)]),
        ("1990 - 2000", [("1990", 1), ("2000", -1)]),
    ],
)
def test_sums_as_they_are_typed(text, expected) -> None:
    found = parse_sum(text)
    assert [(term.value, term.weight) for term in found] == expected


def test_a_sum_of_pictures_and_chips() -> None:
    kinds = [term.kind for term in parse_sum("sand + @ship.jpg - #c1")]
    assert kinds == ["text", "image", "chip"]


@pytest.mark.parametrize("text", ["sand - 0:sea", "sand + @ - sea", "", " "])
def test_sums_that_are_none(text) -> None:
    with pytest.raises(QueryError):
        parse_sum(text)


def test_marks_are_one_term_however_many_there_are() -> None:
    (many,) = marks(["a", "b", "a"], ["x", "y", "z"])
    assert many == Term("marks", Marks(("a", "b"), ("x", "y", "z")))
    assert marks() == []
    # Wrong marks alone are taken away; there is nothing to learn from.
    assert sum(t.weight for t in marks(None, ["x", "y"])) == pytest.approx(-UNLIKED)


def test_concepts_are_terms_with_weights() -> None:
    first, second = parse_sum("2:concept:barn - a lake")
    assert first == Term("concept", "barn", 2.0)
    assert second == Term("text", "a lake", -1.0)
    assert parse_sum("concept: a drawing")[0].kind == "text"
    assert parse_sum('"concept:barn"')[0] == Term("text", "concept:barn")
    assert title_of([first, second]) == "2 × concept:barn − a lake"


def test_marks_that_contradict_are_refused() -> None:
    with pytest.raises(
        QueryError, match="The chip b is marked as like it and as unlike"
    ):
        marks(["a", "b"], ["b"])
