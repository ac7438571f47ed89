"""The caption that the neighbours agree on."""

import json
import math

import numpy as np
import pytest
from hypothesis import given, strategies as st

from bench.caption_fit import FitOptions, fitting_captions
from rsrag.errors import QueryError
from rsrag.metrics.ngrams import DocumentFrequencies, ngram_similarities
from rsrag.rag.looking.consensus import (
    MAX_CAPTIONS,
    caption_words,
    captions_of,
    consensus_captions,
)
from rsrag.retrieval.chip_hit import ChipHit

WORDS = st.lists(st.sampled_from("abcd"), min_size=1, max_size=5).map(" ".join)


def test_what_most_say_wins() -> None:
    ranked = consensus_captions(
        [["boats at sea"], ["a bare hill"], ["boats at  Sea."], ["boats at a quay"]],
        [0.5, 0.5, 0.5, 0.5],
    )
    assert [caption.text for caption in ranked] == [
        "boats at sea",
        "boats at a quay",
        "a bare hill",
    ]
    assert ranked[0].neighbour == 0
    assert 0 <= ranked[-1].agreement < ranked[0].agreement < 1


def test_agreement_by_hand() -> None:
    texts = ["a b", "a c", "a b c"]
    near = [0.9, 0.8, 0.7]
    ranked = consensus_captions([[t] for t in texts], near, temperature=0.1)
    first = next(c for c in ranked if c.text == "a b")
    # To "a c": one word of two, no pair. To "a b c": 2 / sqrt(6) of the words, and of
    # the pairs 1 / sqrt(2), one word apart.
    one = (1 / 2) / 4
    two = (2 / math.sqrt(6) + 1 / math.sqrt(2)) / 4 * math.exp(-1 / 72)
    near_one, near_two = math.exp(-1), math.exp(-2)
    assert first.agreement == pytest.approx(
        (near_one * one + near_two * two) / (near_one + near_two)
    )


def test_those_who_wrote_of_one_picture_do_not_outvote_the_rest() -> None:
    chorus = ["a grey thing"] * 5
    others = [["a park with trees"], ["a park with many trees"]]
    assert consensus_captions([chorus, *others], [0.9] * 3)[0].text != chorus[0]


def test_a_single_neighbour_agrees_with_itself() -> None:
    captions = [["a red roof", "a red roof house", "sea"]]
    assert consensus_captions(captions, [0.3])[0].text == "a red roof"
    assert consensus_captions([["sea"]], [0.3])[0].agreement == 0


def test_nearer_neighbours_weigh_more() -> None:
    captions = [["dry sand"], ["dry sand dunes"], ["deep water"], ["deep water waves"]]
    sand_near = consensus_captions(captions, [0.9, 0.9, 0.1, 0.1])
    water_near = consensus_captions(captions, [0.1, 0.1, 0.9, 0.9])
    assert sand_near[0].text.startswith("dry sand")
    assert water_near[0].text.startswith("deep water")


def test_the_picture_has_a_say() -> None:
    captions = [["dry sand"], ["deep  water"]]
    vectors = np.eye(2, dtype=np.float32)
    asked = []

    def encode(texts):
        asked.append(list(texts))
        return vectors[[["dry sand", "deep water"].index(text) for text in texts]]

    for row, text in enumerate(["dry sand", "deep water"]):
        for vector in (vectors[row], vectors[row : row + 1]):
            ranked = consensus_captions(captions, [0.5, 0.5])
            found = fitting_captions(ranked, vector, encode, FitOptions())
            assert found[0][0].text == text
            assert [fits for _, fits in found] == [1.0, 0.0]
    assert asked == [["dry sand", "deep water"]] * 4
    for options in (FitOptions(fit=0), FitOptions(shortlist=1)):
        ranked = consensus_captions(captions, [0.5, 0.5])
        found = fitting_captions(ranked, vectors[1], encode, options)
        assert [one.text for one, _ in found] == ["dry sand", "deep water"]
        assert found[1][1] == (None if options.shortlist == 1 else 1.0)
    assert fitting_captions([], vectors[0], encode, FitOptions()) == []


def test_fit_is_measured_in_standard_deviations() -> None:
    # "a c" shares a word with both others, "a b" with one. Cosines that lie a hair
    # apart, as some encoders' do, are standard deviations from their mean all the same.
    texts = [["a b"], ["a c"], ["c d"]]
    cosines = {"a b": 0.201, "a c": 0.2, "c d": 0.2005}

    def encode(chosen):
        return np.array([[cosines[text], 0] for text in chosen], np.float32)

    plain = consensus_captions(texts, [0.5] * 3)
    assert plain[0].text == "a c"
    gap = plain[0].agreement - plain[1].agreement
    step = 0.001 / np.std([0.201, 0.2, 0.2005])
    for share, first in ((0.9, "a c"), (1.1, "a b")):
        vector = np.array([1, 0], np.float32)
        options = FitOptions(fit=share * gap / step)
        assert fitting_captions(plain, vector, encode, options)[0][0].text == first


def test_frequencies_take_weight_from_common_words() -> None:
    texts = [["there is a lake"], ["there is a road"], ["one lake"], ["a lake shore"]]
    words = [caption_words(text) for (text,) in texts]
    documents = [[own] for own in [*words, *[caption_words("there is a")] * 500]]
    plain = ngram_similarities(words)
    weighed = ngram_similarities(words, None, DocumentFrequencies.of(documents))
    assert consensus_captions(texts, [0.5] * 4)[1].text == "there is a road"
    # By common words the road is most like the first lake, by rare ones the least.
    assert plain[0, 1:].argmax() == 0
    assert weighed[0, 1:].argmin() == 0


@given(
    st.lists(st.lists(WORDS, max_size=3), max_size=5),
    st.floats(-1, 1),
    st.floats(-1, 1),
)
def test_each_wording_once_and_best_first(captions, first: float, last: float) -> None:
    near = np.linspace(first, last, len(captions)).tolist()
    ranked = consensus_captions(captions, near)
    assert {c.text for c in ranked} == {text for own in captions for text in own}
    assert len({c.text for c in ranked}) == len(ranked)
    agreement = [c.agreement for c in ranked]
    assert agreement == sorted(agreement, reverse=True)
    for caption in ranked:
        assert caption.text in captions[caption.neighbour]
        assert -1e-9 <= caption.agreement <= 1 + 1e-9


def test_the_mean_is_over_the_others_only() -> None:
    texts = ["a b c", "a b", "c d a b"]
    matrix = ngram_similarities([t.split() for t in texts])
    for caption in consensus_captions([[t] for t in texts], [0] * 3, temperature=1e9):
        row = texts.index(caption.text)
        others = [matrix[row, j] for j in range(3) if j != row]
        assert caption.agreement == pytest.approx(np.mean(others))


def test_nothing_to_choose_from() -> None:
    assert consensus_captions([], []) == []
    assert consensus_captions([[], [" . "]], [0.5, 0.4]) == []


def test_a_flood_of_captions_is_cut() -> None:
    flood = [[f"w{i} x{i}" for i in range(10 * MAX_CAPTIONS)], ["last one"]]
    ranked = consensus_captions(flood, [0.9, 0.8])
    assert len(ranked) == MAX_CAPTIONS


def test_wrong_numbers_are_refused() -> None:
    with pytest.raises(QueryError, match="similarities"):
        consensus_captions([["a"]], [])
    for temperature in (0, math.nan):
        with pytest.raises(QueryError, match="temperature"):
            consensus_captions([["a"]], [0.1], temperature=temperature)
    for wrong in ({"fit": -1}, {"shortlist": 0}):
        with pytest.raises(ValueError, match="it must"):
            FitOptions(**wrong)


@pytest.mark.parametrize(
    ("properties", "captions"),
    [
        ({"captions": [" a b. ", "c"]}, ("a b.", "c")),
        ({"captions": '["a", "b"]'}, ("a", "b")),
        ({"captions": "[one] of them"}, ("[one] of them",)),
        ({"caption": "a sea"}, ("a sea",)),
        ({"captions": [], "caption": "a sea"}, ("a sea",)),
        ({"sentences": [{"raw": "a", "tokens": ["a"]}, {"raw": "b"}]}, ("a", "b")),
        ({"captions": ["", ".", 3, None, {"x": 1}, {"raw": 4}]}, ()),
        ({"captions": {"raw": "one"}}, ("one",)),
        ({"captions": 3}, ()),
        ({"label": "x"}, ()),
        ({}, ()),
        (None, ()),
        ([], ()),
    ],
)
def test_captions_in_a_payload(properties, captions) -> None:
    for value in (properties, json.dumps(properties)):
        chip = ChipHit("0", 0.5, {"properties": value})
        assert captions_of(chip.properties) == captions


def test_a_payload_without_properties() -> None:
    assert captions_of({}) == ()
    assert captions_of(ChipHit("0", 0.5, {"properties": "{broken"}).properties) == ()
    assert captions_of({"captions": ["[" * 100_000 + "a"]}) != ()
