"""Looks, neighbours and places put together, by hand."""

import json

import numpy as np
import pytest
import shapely
from places_of_test import place as landmark
from seeing import hit

from rsrag.answers import LabelScore
from rsrag.rag.answering.places import Neighbour, Whereabouts
from rsrag.rag.looking.classification import KNOWN_ODDS, classify, label_of
from rsrag.retrieval.chip_hit import ChipHit

LOOKS = [
    LabelScore("lake", 0.5, 0.4),
    LabelScore("park", 0.3, 0.3),
    LabelScore("parking", 0.2, 0.2),
]
PICTURE = Whereabouts("the picture", 0.5, 0.5, shapely.box(0, 0, 1, 1), "shows")


def probabilities(result):
    return {score.label: score.probability for score in result.scores}


def test_looks_alone():
    result = classify("a.png", LOOKS)
    assert (result.label, result.probability, result.unsure) == ("lake", 0.5, False)
    assert result.evidence == ()
    assert [score.similarity for score in result.scores] == [0.4, 0.3, 0.2]
    assert classify("a.png", LOOKS, unsure=0.51).unsure


def test_neighbours_weigh_as_much_as_looks():
    # exp(-0.05 / 0.05) = 1/e for the second; a class that is no label is not heard.
    hits = [
        hit(1, 0.9, label="Parks"),
        hit(2, 0.85, label="lake"),
        hit(3, 0.8, label="x"),
    ]
    result = classify("a.png", LOOKS, hits=hits)
    park, lake = 1.0, float(np.exp(-1))
    assert probabilities(result) == pytest.approx(
        {
            "park": 0.15 + 0.5 * park / (park + lake),
            "lake": 0.25 + 0.5 * lake / (park + lake),
            "parking": 0.1,
        }
    )
    assert [piece.source for piece in result.evidence] == ["1.png", "2.png"]
    assert result.evidence[0].text == (
        "A picture like it (similarity 0.90) is labelled Parks."
    )


def test_what_looks_lack_of_one_is_the_probability_of_none():
    looks = [LabelScore("lake", 0.1, 0.4), LabelScore("park", 0.1, 0.3)]
    result = classify("a.png", looks)
    assert (result.none, result.said) == (pytest.approx(0.8), "none of these")
    # A neighbour that is labelled so counts as much as all looks.
    heard = classify("a.png", looks, hits=[hit(1, 0.9, label="lake")])
    assert probabilities(heard) == pytest.approx({"lake": 0.55, "park": 0.05})
    assert (heard.none, heard.said) == (pytest.approx(0.4), "lake")


def test_park_and_parking_are_two_classes():
    result = classify("a.png", LOOKS, hits=[hit(1, 0.9, label="parking")])
    assert result.label == "parking"
    assert probabilities(result)["park"] == pytest.approx(0.15)


def test_a_known_place_multiplies_the_odds():
    known = Neighbour(landmark("Long Lake", "Lakes", box=(0, 0, 2, 2)), 0.0, True)
    result = classify("a.png", LOOKS, place=PICTURE, around=[known])
    assert result.probability == pytest.approx(
        KNOWN_ODDS * 0.5 / (KNOWN_ODDS * 0.5 + 0.5)
    )
    (piece,) = result.evidence
    assert piece.text == "The picture lies within Long Lake."


@pytest.mark.parametrize(
    "near",
    [
        Neighbour(landmark("Long Lake", "lake", box=(0, 0, 2, 2)), 5.0, False),
        Neighbour(landmark("Old Inn", "inn", lon_lat=(0.5, 0.5)), 0.0, False),
        Neighbour(landmark("Old Place", None, lon_lat=(0.5, 0.5)), 0.0, False),
    ],
)
def test_a_place_beside_it_or_of_another_kind_says_nothing(near):
    result = classify("a.png", LOOKS, place=PICTURE, around=[near])
    assert probabilities(result) == pytest.approx(
        {s.label: s.probability for s in LOOKS}
    )
    assert result.evidence == ()


def test_all_votes_for_nothing_known_leave_the_looks():
    result = classify("a.png", LOOKS, hits=[hit(1, 0.9, label="x"), hit(2, 0.8)])
    assert probabilities(result) == pytest.approx(
        {s.label: s.probability for s in LOOKS}
    )


@pytest.mark.parametrize(
    ("properties", "label"),
    [
        ({"label": "sea"}, "sea"),
        (json.dumps({"label": "sea"}), "sea"),
        ({"class": "sea", "category": "lake"}, "sea"),
        ({"label": "", "category": "lake"}, "lake"),
        ({"label": 0}, "0"),
        ({"label": None}, None),
        ("no json", None),
        ("[1]", None),
        (None, None),
    ],
)
def test_labels_of_a_hit(properties, label):
    assert label_of(ChipHit("0", 0.5, {"properties": properties}).properties) == label


@pytest.mark.parametrize(
    ("shares", "none", "names"),
    [
        ((0.5, 0.3, 0.2), 0.0, ("lake", "park", "parking")),
        ((0.95, 0.03, 0.02), 0.0, ("lake",)),
        ((0.5, 0.4, 0.1), 0.0, ("lake", "park")),
        ((0.2, 0.1, 0.1), 0.6, ("none of these", "lake", "park")),
    ],
)
def test_a_set_of_labels_holds_nine_tenths(shares, none, names):
    looks = [
        LabelScore(one.label, share, 0.0)
        for one, share in zip(LOOKS, shares, strict=True)
    ]
    result = classify("a.png", looks)
    assert result.none == pytest.approx(none)
    assert result.one_of == names
