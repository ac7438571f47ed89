"""What is said of a change comes from its fact sheet, and from nothing else."""

import pytest
from made_sheets import made_sheet
from scripted_words import Scripted

from rsrag.rag.changes.change_sentences import MOST, UNCHANGED, change_words
from rsrag.rag.changes.rewording import reworded, says_else


def row_of(number, pixels=100, top=240):
    """Built pieces side by side at the bottom."""
    return [
        (
            "bottom",
            "bare",
            "building",
            pixels,
            (20 * n + 100, top, 20 * n + 110, top + 10),
        )
        for n in range(number)
    ]


@pytest.mark.parametrize(
    ("parts", "options", "first"),
    [
        (
            [*row_of(4), ("bottom", "bare", "road", 900, (90, 255, 220, 262))],
            {"gsd_m": 1.0},
            "a road is built in place of bare land at the bottom",
        ),
        (
            row_of(4),
            {"gsd_m": 1.0},
            "a row of four houses is built in place of bare land at the bottom",
        ),
        (
            row_of(2),
            {},
            "two buildings are built in place of bare land at the bottom",
        ),
        (
            [("top-left", "trees", "low vegetation", 50)],
            {},
            "trees are replaced by low vegetation in the top-left corner",
        ),
        (
            [("top", "building", "bare", 50), ("top-left", "building", "bare", 50)],
            {},
            "two buildings are removed and replaced by bare land at the top",
        ),
        ([("left", "unknown", "unknown", 50)], {}, "one place has changed on the left"),
        ([("left", "unknown", "water", 50)], {}, "water appears on the left"),
        (
            [("left", "unknown", "water", 50), ("left", "unknown", "water", 40)],
            {},
            "water appears on the left",
        ),
        (
            [("top", "trees", "unknown", 50), ("top", "trees", "unknown", 40)],
            {},
            "trees disappear at the top",
        ),
        ([("middle", "road", "unknown", 50)], {}, "a road disappears in the middle"),
        (
            [("middle", "trees", "trees", 50)],
            {},
            "trees look different in the middle",
        ),
    ],
)
def test_the_largest_change_is_said_first(parts, options, first):
    assert change_words(made_sheet(*parts, **options)).sentences[0] == first


def test_houses_stand_along_a_new_road():
    sheet = made_sheet(
        *row_of(4), ("bottom", "bare", "road", 900, (90, 255, 220, 262)), gsd_m=1.0
    )
    assert change_words(sheet).sentences[1] == (
        "a row of four houses is built in place of bare land along the new road "
        "at the bottom"
    )


def test_pieces_that_lie_apart_are_no_row_and_no_group():
    cells = ("top-left", "top-right", "bottom-right", "middle")
    sheet = made_sheet(*[(cell, "bare", "building", 90) for cell in cells])
    said = change_words(sheet).sentences[0]
    assert said == "four buildings are built in place of bare land across the scene"


def test_nothing_changed_is_said_in_stock_sentences():
    assert change_words(made_sheet()).sentences == UNCHANGED


def test_what_cannot_be_seen_is_not_called_unchanged():
    hidden = made_sheet(compared=0.0, clouds=1.0)
    assert change_words(hidden).sentences == (
        "nothing of the ground could be compared",
    )
    partly = change_words(made_sheet(hidden=("top",), overlap=0.5))
    assert partly.sentences == ("no change is seen in the 89% that was compared",)
    assert "Cloud or shadow hides 11% of the ground" in partly.remarks[0]
    assert partly.remarks[1:] == (
        "The two pictures share 50% of the ground.",
        "Not seen: top.",
    )


def test_sentences_differ_and_are_at_most_five():
    kinds = ["trees", "bare", "water", "road", "building", "low vegetation", "unknown"]
    pairs = [("top", a, b, 50) for a in kinds for b in kinds if a != b]
    said = change_words(made_sheet(*pairs)).sentences
    assert len(said) == len(set(said)) == MOST


PLAIN = "two houses are built in place of trees at the top"


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        ("At the top, two new houses appear in place of trees", None),
        ("two houses were constructed where trees were at the top", None),
        ("three houses are built in place of trees at the top", "number"),
        ("two houses are built in place of trees at the bottom", "bottom"),
        ("two houses are built in place of trees", "place"),
        ("two villas with pools are built in place of trees at the top", "pools"),
        ("trees are built in place of two houses at the top", "order"),
        ("two houses are removed in place of trees at the top", "removed"),
        ("no two houses are built in place of trees at the top", "denies"),
        ("", "nothing"),
    ],
)
def test_other_words_stand_only_if_they_say_the_same(words, reason):
    found = says_else(words, PLAIN)
    if reason is None:
        assert found is None
    else:
        assert reason in found


def test_the_plain_sentence_stands_where_the_model_adds():
    kept, why = reworded(PLAIN, Scripted("Forty houses are built at the top."))
    assert kept == PLAIN
    assert "number" in why
    same = "Two houses appear in place of trees at the top"
    assert reworded(PLAIN, Scripted(f"{same}.")) == (same, None)
