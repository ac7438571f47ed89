"""Intervals by resampling, and encoders compared with them."""

import numpy as np
import pytest

from rsrag.evaluation.compare_run import compare, retrieval_figures
from rsrag.evaluation.data.caption_files import Captioned
from rsrag.evaluation.retrieval_run import Matched, rates_of, score_retrieval
from rsrag.metrics.bootstrap import Figure, interval, resampled
from rsrag.vectors import unit_rows


def figure(hits):
    hits = np.array(hits, float)
    return Figure(hits, np.ones(len(hits)))


def test_a_sure_figure_does_not_move():
    draws = resampled({"a": figure([1] * 9), "b": figure([0] * 9)}, 150, 0)
    assert set(draws["a"]) == {100}
    assert set(draws["b"]) == {0}


def test_the_spread_is_that_of_a_binomial():
    hits = np.arange(400) % 4 == 0
    draws = resampled({"a": figure(hits)}, 4000, 0)["a"]
    assert draws.mean() == pytest.approx(25, abs=0.2)
    assert draws.std() == pytest.approx(100 * np.sqrt(0.25 * 0.75 / 400), rel=0.05)
    low, high = interval(draws, 0.95)
    assert high - low == pytest.approx(2 * 1.96 * draws.std(), rel=0.05)


def test_pictures_weigh_by_their_captions():
    # One picture of nine captions that all hit, one of one that does not.
    one = Figure(np.array([9.0, 0.0]), np.array([9.0, 1.0]))
    assert set(np.round(resampled({"a": one}, 200, 0)["a"])) == {0, 90, 100}


def test_draws_are_the_same_for_all_encoders():
    rng = np.random.default_rng(0)
    weak = rng.random(300) < 0.4
    strong = weak | (rng.random(300) < 0.05)
    found = compare(
        {"weak": {"top1": figure(weak)}, "strong": {"top1": figure(strong)}},
        resamples=500,
        seed=0,
        confidence=0.95,
    )
    own = found["encoders"]["strong"]["figures"]["top1"]
    less = found["differences"]["strong"]["top1"]
    assert less["value"] == pytest.approx(100 * (strong.mean() - weak.mean()), abs=1e-4)
    # Their own intervals overlap by far; the paired difference is sure.
    assert own["low"] < found["encoders"]["weak"]["figures"]["top1"]["high"]
    assert less["low"] > 0
    assert less["high"] - less["low"] < own["high"] - own["low"]
    assert list(found["differences"]) == ["strong"]


class Spoken:
    """Embeds a text by its first letter."""

    def encode_texts(self, texts):
        rows = np.eye(26, dtype=np.float32)
        return rows[[ord(text[0]) - 97 for text in texts]]


def test_figures_are_those_of_the_report():
    said = [("a1", "b1"), ("b1",), ("c1", "c2", "a2")]
    pictures = tuple(Captioned(str(n), texts) for n, texts in enumerate(said))
    vectors = unit_rows(np.eye(3, 26) + 0.3 * np.roll(np.eye(3, 26), 1, axis=1))
    matched = Matched(pictures, vectors, (), (), (), ())
    result = score_retrieval(matched, Spoken())
    figures = retrieval_figures(matched, result)
    report = compare({"one": figures}, resamples=100, seed=0, confidence=0.9)
    values = report["encoders"]["one"]["figures"]
    rates = rates_of(result.t2i, result.i2t)
    assert values["i2t R@1"]["value"] == pytest.approx(rates.i2t[0], abs=1e-4)
    assert values["t2i R@1"]["value"] == pytest.approx(rates.t2i[0], abs=1e-4)
    assert values["mR"]["value"] == pytest.approx(rates.mean, abs=1e-4)
    assert report["differences"] == {}


def test_nothing_to_draw_from():
    with pytest.raises(ValueError):
        resampled({"a": figure([])}, 100, 0)
    with pytest.raises(ValueError):
        resampled({"a": figure([1]), "b": figure([1, 0])}, 100, 0)
