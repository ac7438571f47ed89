"""Phrases taken apart: what is meant, and that no word is lost."""

import pytest
from hypothesis import given, settings, strategies as st

from rsrag.analysis.grounding.object_sizes import OBJECT_SIZES, too_small
from rsrag.analysis.grounding.thing_phrases import _WORDS, take_apart, words_of
from rsrag.errors import QueryError


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "the largest plane at the top right",
            {"objects": ("plane",), "size": "largest", "position": ("top", "right")},
        ),
        ("the second bus from the left", {"order": (2, "left"), "position": ()}),
        (
            "third largest storage tank",
            {"order": (3, "largest"), "noun": "storage tank"},
        ),
        ("northernmost tennis court", {"order": (1, "top"), "noun": "tennis court"}),
        ("a large vehicle", {"objects": ("large vehicle",), "size": None}),
        ("the smallest vehicle", {"objects": ("small vehicle", "large vehicle")}),
        ("a red car", {"objects": ("small vehicle",), "colours": ("red",)}),
        ("a red roof", {"objects": (), "noun": "red roof", "colours": ()}),
        ("sewage treatment plant", {"objects": (), "noun": "sewage treatment plant"}),
        ("the tennis court house", {"objects": (), "noun": "tennis court house"}),
        ("planes parked at the top", {"objects": ("plane",), "position": ("top",)}),
        (
            "the ship on the lower left of the image",
            {"position": ("bottom", "left"), "relation": None},
        ),
        ("the ferry's wake in the middle", {"position": ("middle",)}),
    ],
)
def test_the_parts_of_one_thing(text, expected) -> None:
    phrase = take_apart(text)
    assert {name: getattr(phrase, name) for name in expected} == expected


@pytest.mark.parametrize(
    ("text", "relation", "noun", "other"),
    [
        ("the pond left of the road", "left of", "pond", "road"),
        ("a car on the right of the white truck", "right of", "car", "truck"),
        ("a plane next to the terminal", "near", "plane", "terminal"),
        ("the tank at the top, south of the bridge", "below", "tank", "bridge"),
        ("cars in the parking lot", "in", "cars", "parking lot"),
    ],
)
def test_a_relation_leads_to_another_thing(text, relation, noun, other) -> None:
    phrase = take_apart(text)
    assert (phrase.relation, phrase.noun) == (relation, noun)
    assert phrase.other is not None and phrase.other.noun == other


def test_words_that_play_no_part_are_said() -> None:
    assert take_apart("two planes with red noses").unused == ("two", "with", "noses")
    phrase = take_apart("a car near the truck left of the road")
    assert phrase.other is not None and phrase.other.objects == ("large vehicle",)
    assert phrase.unused == ("left", "of", "the", "road")


def _vocabulary() -> list[str]:
    found: set[str] = {"plane", "cars", "tennis", "court", "pond", "shiny", "2nd"}
    for one in _WORDS.values():
        texts = [one] if isinstance(one, str) else [*one, *one.values()]
        found.update(word for text in texts for word in text.split())
    return sorted(found)


@settings(max_examples=400, deadline=None)
@given(st.lists(st.sampled_from(_vocabulary()), min_size=1, max_size=14))
def test_no_word_is_lost(words) -> None:
    text = " ".join(words)
    try:
        phrase = take_apart(text)
    except QueryError as error:
        assert "which thing" in str(error)
        return
    assert [word for word, _ in phrase.words] == words_of(text)
    parts = {part for _, part in phrase.words}
    assert parts <= {
        *("noun", "glue", "size", "order", "position", "colour", "relation", "unused")
    }
    named = [word for word, part in phrase.words if part == "noun"]
    nouns = [phrase.noun] + ([phrase.other.noun] if phrase.other else [])
    assert " ".join(named) == " ".join(one for one in nouns if one)


@pytest.mark.parametrize("text", ["", "   ", "?!", "the one at the top left"])
def test_a_phrase_without_a_thing_is_refused(text) -> None:
    with pytest.raises(QueryError, match="which thing"):
        take_apart(text)


def test_what_is_too_small_is_said_before_it_is_looked_for() -> None:
    assert "25 m long" in too_small(["large vehicle"], 10.0)
    assert too_small(["large vehicle"], 1.0) == ""
    assert too_small(["small vehicle", "large vehicle"], 2.0) == ""
    assert too_small(["plane"], None) == too_small([], 30.0) == ""
    assert all(one.smallest_m < one.largest_m for one in OBJECT_SIZES.values())
