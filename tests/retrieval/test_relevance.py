"""Probabilities of hits: two numbers, a fit, and what goes with which encoder."""

import dataclasses

import numpy as np
import pytest

from rsrag.encoders.encoder_registry import load_encoder
from rsrag.errors import EncoderError
from rsrag.retrieval.relevance import relevance
from rsrag.retrieval.relevance.relevance import (
    TEMPERATURE,
    Relevance,
    background_things,
    features,
    fit_logistic,
    relevance_of,
)
from rsrag.types import EncoderIdentity

EYE = np.eye(3, dtype=np.float32)


def test_numbers_of_a_hit_by_hand() -> None:
    # The chip lies between query and background: 0.6 from one, 0.8 from the other.
    chip = np.array([[0.6, 0.8, 0]], np.float32)
    cosine, above = features(EYE[:1], chip, EYE[1:])[0, 0]
    level = TEMPERATURE * np.log((np.exp(0.8 / TEMPERATURE) + 1) / 2)
    assert cosine == pytest.approx(0.6)
    assert above == pytest.approx(0.6 - level)


def test_what_is_like_the_background_is_less_likely() -> None:
    fit = Relevance(EYE[1:2], (1.0, 2.0), -1.0, "none")
    chips = np.array([[0.8, 0.6, 0], [0.8, 0, 0.6]], np.float32)
    like, unlike = fit.probabilities(EYE[:1], chips)
    assert like == pytest.approx(1 / (1 + np.exp(-(0.8 + 2 * 0.2 - 1))))
    assert unlike == pytest.approx(1 / (1 + np.exp(-(0.8 + 2 * 0.8 - 1))))


def test_the_fit_finds_what_made_the_truth() -> None:
    rng = np.random.default_rng(0)
    numbers = rng.normal(size=(20_000, 2)) * (0.1, 0.3)
    chance = 1 / (1 + np.exp(-(numbers @ (8.0, 3.0) - 0.5)))
    truth = rng.random(20_000) < chance
    (first, second), bias = fit_logistic(numbers, truth, np.ones(20_000))
    assert first == pytest.approx(8, rel=0.1)
    assert second == pytest.approx(3, rel=0.1)
    assert bias == pytest.approx(-0.5, abs=0.1)


def test_a_fit_is_read_as_it_was_written(tmp_path, monkeypatch) -> None:
    monkeypatch.setattr(relevance, "FOLDER", tmp_path)
    fit = Relevance(EYE, (1.5, 2.5), -3.5, "abc")
    fit.save(relevance.fit_file("one"))
    identity = EncoderIdentity("one", "abc", "none", 3)
    found = relevance_of(identity)
    assert found is not None
    assert (found.weights, found.bias) == (fit.weights, fit.bias)
    assert (found.background == EYE).all()
    assert relevance_of(dataclasses.replace(identity, weights_sha256="abd")) is None
    assert relevance_of(dataclasses.replace(identity, id="other")) is None
    relevance.fit_file("one").write_bytes(b"nothing")
    with pytest.raises(EncoderError, match="holds no fit"):
        relevance_of(identity)


def test_the_fit_that_ships_is_of_the_weights_that_ship() -> None:
    encoder = load_encoder("mini")
    found = relevance_of(encoder.identity)
    assert found is not None, "python -m recipes.mini.relevance fits it again"
    assert found.background.shape[1] == encoder.identity.dim
    assert len(found.background) > len(background_things())
    assert all(weight > 0 for weight in found.weights)
