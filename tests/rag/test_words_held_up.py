"""Captions whose words like pictures bear out."""

import pytest

from rsrag.rag.looking.consensus import RankedCaption, consensus_captions
from rsrag.rag.looking.words_held_up import (
    ENOUGH,
    SAY,
    agreed_caption,
    held_up,
    things_seen,
)
from rsrag.rag.saying.sentences import stem
from rsrag.types import Hit

CAPTIONS = [
    ["two tennis courts stand beside a church"],
    ["a church stands beside a road"],
    ["a church beside a road"],
    ["trees stand beside a church"],
]


def test_a_thing_that_few_name_loses():
    ranked = [
        RankedCaption(CAPTIONS[0][0], 0, 0.50),
        RankedCaption(CAPTIONS[1][0], 1, 0.45),
    ]
    got = held_up(ranked, CAPTIONS, [0.9] * 4)
    assert [one.neighbour for one in got] == [1, 0]
    assert [one.agreement for one in got] == [0.45, 0.50]


def test_by_hand():
    """Of four captions one in four has *tennis*, two *road*, all *church*."""
    court = RankedCaption(CAPTIONS[0][0], 0, 0.0)
    road = RankedCaption(CAPTIONS[1][0], 1, 0.0)
    gained = 2 * SAY * (1.0 - 0.25 / ENOUGH)
    for lead, first in ((gained - 1e-6, road), (gained + 1e-6, court)):
        ahead = RankedCaption(court.text, 0, lead)
        assert held_up([ahead, road], CAPTIONS, [0.9] * 4)[0].text == first.text


def test_near_pictures_count_most():
    ranked = [
        RankedCaption("a church beside trees", 3, 0.4),
        RankedCaption("a church beside a road", 2, 0.4),
    ]
    near = [0.1, 0.1, 0.1, 0.9]
    assert held_up(ranked, CAPTIONS, near)[0].neighbour == 3
    near = [0.1, 0.1, 0.9, 0.1]
    assert held_up(ranked, CAPTIONS, near)[0].neighbour == 2


def test_of_equals_the_better_agreed_stays_first():
    ranked = consensus_captions([["a road"], ["a road"], ["a road"]], [0.9, 0.8, 0.7])
    assert held_up(ranked, [["a road"]] * 3, [0.9, 0.8, 0.7]) == ranked


def test_things_are_stems():
    assert set(map(stem, ("churches", "trees", "courts"))) <= things_seen()


@pytest.mark.parametrize("floor", [0.0, 0.95])
def test_the_caption_that_is_told(floor):
    hits = [
        Hit(f"{n:032x}", 0.9, {"source": "a.tif", "properties": _json(own)})
        for n, own in enumerate(CAPTIONS)
    ]
    told = agreed_caption(hits, floor)
    if floor:
        assert told is None
    else:
        piece, note = told
        assert "church" in piece.text and "tennis" not in piece.text
        assert "of the captions of 4 neighbours" in note


def _json(captions):
    import json

    return json.dumps({"captions": captions})
