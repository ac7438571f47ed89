"""Caption metrics against numbers worked by hand and other people's programs.

The figures named PYCOCOEVALCAP were printed by pycocoevalcap 1.2 (``Cider()``,
``Bleu(4)``, ``Rouge()``, whose ``compute_score`` was given these very sentences); the
package weighs 100 MB, so it is not installed for the tests.
"""

import math
import random

import numpy as np
import pytest
from hypothesis import given, strategies as st

from rsrag.errors import MissingExtraError
from rsrag.evaluation.predictions import caption_scores
from rsrag.metrics.bleu import (
    PAPER_WEIGHTS,
    cider_d,
    corpus_bleu,
    mean_sentence_bleu,
)
from rsrag.metrics.ngrams import (
    DocumentFrequencies,
    blank_tokens,
    coco_tokens,
    ngram_counts,
    ngram_similarities,
)
from rsrag.metrics.rouge import lcs_length, porter_stem, rouge_l_coco, rouge_l_f1

PREDICTIONS = [
    "many planes are parked next to a long building in an airport",
    "a river runs through a green green forest",
    "some boats are in a port near many green trees",
    "desert",
]
REFERENCES = [
    [
        "many planes are parked near a long terminal building",
        "several planes are parked in an airport next to a building",
    ],
    [
        "a curved river goes through a forest",
        "green trees are on both sides of a river",
        "the green forest is green and a river runs through it",
    ],
    ["many boats are in a port near a road", "many boats are docked in a port"],
    ["a piece of yellow desert", "it is a piece of desert"],
]
PYCOCOEVALCAP_CIDER = [3.75930184, 2.16807333, 3.97115732, 1.08786767]
PYCOCOEVALCAP_BLEU = [
    0.8745544180090449,
    0.7513512958682226,
    0.610691365318987,
    0.47868700429970523,
]
PYCOCOEVALCAP_ROUGE = [0.68429487, 0.67477876, 0.66256336, 0.29756098]

GUESSES = [text.split() for text in PREDICTIONS]
TARGETS = [[text.split() for text in texts] for texts in REFERENCES]
TOKEN_LISTS = st.lists(st.sampled_from("abcde"), max_size=12)


def words(text: str) -> list[str]:
    return text.split()


def test_words_of_a_caption() -> None:
    text = "The river's bank isn\u2019t here: 1,642.5 m, semi-closed (very) 50% ."
    assert coco_tokens(text) == [
        *("the", "river", "'s", "bank", "is", "n't", "here", "1,642.5", "m"),
        *("semi-closed", "very", "50", "%"),
    ]
    assert coco_tokens(" ... \n") == []
    assert blank_tokens("A b,  C .\n") == ["A", "b,", "C", "."]


def test_corpus_bleu_by_hand() -> None:
    # 3 of 4 words and 2 of 3 pairs match; 4 words against the closest, 5.
    one, two, three, four = corpus_bleu(
        [words("the cat sat down")],
        [[words("the cat sat on it"), words("no")]],
    )
    brevity = math.exp(1 - 5 / 4)
    assert one == pytest.approx(brevity * 3 / 4)
    assert two == pytest.approx(brevity * math.sqrt(3 / 4 * 2 / 3))
    assert three == pytest.approx(brevity * (3 / 4 * 2 / 3 * 1 / 2) ** (1 / 3))
    assert four == 0.0


def test_corpus_bleu_clips_and_prefers_the_shorter_reference() -> None:
    assert corpus_bleu([words("a a a")], [[words("a b"), words("a b c d")]])[0] == (
        pytest.approx(1 / 3)
    )


def test_sentence_bleu_by_hand() -> None:
    # No pair matches: 0.1 of 2; no triple: 0.1 of 1; no four: 0.1 of 1 at least.
    guess, target = words("a x c"), [words("a b c")]
    _, two, _, four = mean_sentence_bleu([guess], [target])
    assert two == pytest.approx(math.sqrt(2 / 3 * 0.1 / 2))
    assert four == pytest.approx((2 / 3 * 0.1 / 2 * 0.1 * 0.1) ** 0.25)
    for nothing in (words("x y"), []):
        assert mean_sentence_bleu([nothing], [target]) == (0, 0, 0, 0)


def test_the_two_bleus_are_not_the_same_figure() -> None:
    corpus, mean = corpus_bleu(GUESSES, TARGETS), mean_sentence_bleu(GUESSES, TARGETS)
    assert abs(corpus[3] - mean[3]) > 0.05


def test_bleu_is_pycocoevalcaps() -> None:
    assert corpus_bleu(GUESSES, TARGETS) == pytest.approx(PYCOCOEVALCAP_BLEU, abs=1e-9)


def test_rouge_is_pycocoevalcaps() -> None:
    scores = [rouge_l_coco(g, t) for g, t in zip(GUESSES, TARGETS, strict=True)]
    assert scores == pytest.approx(PYCOCOEVALCAP_ROUGE, abs=1e-8)


def test_cider_is_pycocoevalcaps() -> None:
    scores = cider_d(GUESSES, TARGETS)
    assert scores == pytest.approx(PYCOCOEVALCAP_CIDER, abs=1e-8)


def test_cider_by_hand() -> None:
    # Two pictures: "sea" is in both (idf 0), "calm" and "calm sea" in one (log 2).
    # 1-grams: both vectors are calm alone: cosine 1. 2-grams: 1. Longer ones: none.
    references = [[words("calm sea")], [words("sea")]]
    assert cider_d([words("calm sea"), words("sea")], references) == pytest.approx(
        [10 * (1 + 1) / 4, 0.0]
    )
    # "calm calm": its 1-gram is clipped to 1 of 2 (1 * 1 / (2 * 1)), no 2-gram fits.
    clipped = cider_d([words("calm calm"), words("sea")], references)
    assert clipped[0] == pytest.approx(10 * 0.5 / 4)
    # One word less: the cosine of 1-grams stays 1, the Gaussian takes its share.
    shorter = cider_d([words("calm"), words("sea")], references)
    assert shorter[0] == pytest.approx(10 / 4 * math.exp(-1 / 72))


def test_cider_of_one_sample_is_zero() -> None:
    assert cider_d([GUESSES[0]], [[GUESSES[0]]]) == [0.0]


def test_sentence_bleu_is_nltks() -> None:
    from nltk.translate.bleu_score import SmoothingFunction, sentence_bleu as oracle

    rng = random.Random(5)
    smooth = SmoothingFunction().method1
    for _ in range(200):
        # Shorter guesses make nltk warn that they have no n-gram of that length.
        guess = rng.choices("abcdef", k=rng.randint(4, 12))
        targets = [rng.choices("abcdef", k=rng.randint(1, 12)) for _ in range(2)]
        expected = [oracle(targets, guess, w, smooth) for w in PAPER_WEIGHTS]
        assert mean_sentence_bleu([guess], [targets]) == pytest.approx(expected)


@pytest.mark.parametrize("stemmed", [True, False])
def test_rouge_is_rouge_scores(stemmed: bool) -> None:
    from rouge_score.rouge_scorer import RougeScorer

    oracle = RougeScorer(["rougeL"], use_stemmer=stemmed)
    stem = porter_stem() if stemmed else None
    pairs = [(g, t) for g in PREDICTIONS for ts in REFERENCES for t in ts]
    pairs += [
        ("Built in 1783-1789, The Forests' edges.", "the FOREST edge: 1783 to 1789"),
        ("Þórsmörk", "thorsmork"),
        ("", "a"),
    ]
    for guess, target in pairs:
        expected = oracle.score(target, guess)["rougeL"].fmeasure
        assert rouge_l_f1(guess, target, stem) == pytest.approx(expected)


def test_stemming_without_nltk_says_what_is_missing(monkeypatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "nltk", None)
    with pytest.raises(MissingExtraError, match="nltk"):
        porter_stem()


@given(TOKEN_LISTS, TOKEN_LISTS)
def test_lcs_is_the_tables(a: list[str], b: list[str]) -> None:
    table = [[0] * (len(b) + 1) for _ in range(len(a) + 1)]
    for i, x in enumerate(a):
        for j, y in enumerate(b):
            step = table[i][j] + 1 if x == y else 0
            table[i + 1][j + 1] = max(step, table[i][j + 1], table[i + 1][j])
    assert lcs_length(a, b) == table[-1][-1]


@given(st.lists(TOKEN_LISTS, min_size=1, max_size=5))
def test_similarity_of_a_sentence_to_itself(sentences: list[list[str]]) -> None:
    matrix = ngram_similarities(sentences)
    assert matrix.shape == (len(sentences), len(sentences))
    assert (matrix >= 0).all() and (matrix <= 1 + 1e-12).all()
    for i, tokens in enumerate(sentences):
        # One of four lengths of n-gram is there for each token, up to four.
        assert matrix[i, i] == pytest.approx(min(4, len(tokens)) / 4)


def test_similarities_to_others_are_those_among_all() -> None:
    frequencies = DocumentFrequencies.of(TARGETS)
    among = ngram_similarities(GUESSES, None, frequencies)
    apart = ngram_similarities(GUESSES, GUESSES, frequencies)
    np.testing.assert_allclose(among, apart)
    assert ngram_similarities([], None, frequencies).shape == (0, 0)


def test_document_frequencies_count_pictures_not_sentences() -> None:
    frequencies = DocumentFrequencies.of([[words("a b"), words("a")], [words("a")]])
    assert frequencies.documents == 2
    assert frequencies.counts == {("a",): 2, ("b",): 1, ("a", "b"): 1}
    assert frequencies.idf(("a",)) == 0
    assert frequencies.idf(("never",)) == frequencies.idf(("b",)) == math.log(2)
    assert ngram_counts(words("a b a"), 2)[("a",)] == 2


def test_scores_in_both_styles() -> None:
    coco = caption_scores(PREDICTIONS, REFERENCES)
    assert coco["bleu_4"] == pytest.approx(PYCOCOEVALCAP_BLEU[3], abs=1e-9)
    assert coco["cider_d"] == pytest.approx(np.mean(PYCOCOEVALCAP_CIDER), abs=1e-8)
    one = [texts[:1] for texts in REFERENCES]
    paper = caption_scores(PREDICTIONS, one, "rs-rag")
    assert "rouge_l" not in paper and 0 < paper["rouge_l_unstemmed"] < 1
    assert "rouge_l" in caption_scores(PREDICTIONS, one, "rs-rag", stem=porter_stem())
    # Case counts in RS-RAG's style only.
    loud = [text.upper() for text in PREDICTIONS]
    assert caption_scores(loud, REFERENCES) == coco
    assert caption_scores(loud, one, "rs-rag")["bleu_1"] == 0


@pytest.mark.parametrize(
    ("predictions", "references"), [([], []), (["a"], []), (["a"], [[]])]
)
def test_lists_that_do_not_fit(predictions, references) -> None:
    with pytest.raises(ValueError, match=r"nothing|references|no reference"):
        caption_scores(predictions, references)
