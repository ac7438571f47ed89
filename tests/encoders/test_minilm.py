import json
import math
import subprocess
import sys

import numpy as np
import pytest

from rsrag.encoders.text_towers import tower_layers as module
from rsrag.encoders.text_towers.minilm import MAX_PIECES, OFTEN, WEIGHTS, MiniLM
from rsrag.encoders.text_towers.tower_layers import erf, gelu
from rsrag.errors import CheckpointError, EncoderError

TEXTS = [
    "a yellow sand desert",
    "Tropical islands, in a BLUE sea!",
    "café près de la rivière 北京 🛰",
    "x",
    "many buildings and green trees are around a river . " * 60,
    "unaffable " * 40,
    "a yellow sand desert",
]


@pytest.fixture(scope="module")
def minilm():
    return MiniLM()


def test_erf_against_the_standard_library():
    x = np.linspace(-7, 7, 40_001, dtype=np.float32)
    exact = np.array([math.erf(value) for value in x])
    assert np.abs(erf(x) - exact).max() < 1e-6
    assert erf(np.zeros(1, np.float32))[0] == pytest.approx(0, abs=1e-6)


@pytest.mark.slow
def test_agrees_with_sentence_transformers(minilm):
    """The oracle: the same weights through the library they were made for."""
    pytest.importorskip("sentence_transformers")
    script = (
        "import sys, warnings, json; warnings.simplefilter('ignore')\n"
        "from sentence_transformers import SentenceTransformer\n"
        "model = SentenceTransformer(sys.argv[1], device='cpu')\n"
        "print(json.dumps(model.encode(json.loads(sys.argv[2])).tolist()))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script, WEIGHTS.locate().parent, json.dumps(TEXTS)],
        capture_output=True,
        text=True,
        check=True,
    )
    theirs = np.array(json.loads(done.stdout.splitlines()[-1]))
    ours = minilm.encode(TEXTS)
    assert (ours * theirs).sum(axis=1).min() >= 0.99999


@pytest.mark.slow
def test_rows_are_unit_and_in_order(minilm):
    together = minilm.encode(TEXTS)
    assert together.shape == (len(TEXTS), 384)
    assert together.dtype == np.float32
    np.testing.assert_allclose(np.linalg.norm(together, axis=1), 1, atol=1e-5)
    alone = np.concatenate([minilm.encode([text]) for text in TEXTS])
    np.testing.assert_allclose(together, alone, atol=2e-6)


def test_truncation_is_told(minilm):
    # Two of the pieces are [CLS] and [SEP].
    fits, too_long = "river " * (MAX_PIECES - 2), "river " * (MAX_PIECES - 1)
    assert minilm.truncated(["a river", fits, too_long]) == [False, False, True]
    np.testing.assert_allclose(
        minilm.encode([fits]), minilm.encode([too_long]), atol=1e-6
    )


@pytest.mark.parametrize("texts", [[""], ["good", " \n\t"], "one text"])
def test_blank_texts_are_refused(minilm, texts):
    with pytest.raises(EncoderError):
        minilm.encode(texts)


def test_nothing_gives_nothing(minilm):
    assert minilm.encode([]).shape == (0, 384)


def test_wrong_files_are_refused(tmp_path):
    bad = tmp_path / "bad.json"
    bad.write_text("{}")
    with pytest.raises(CheckpointError, match=r"bad\.json"):
        MiniLM(tokenizer=bad)
    with pytest.raises(CheckpointError, match=r"bad\.json"):
        MiniLM(weights=bad)


@pytest.mark.parametrize("block", [1, 7, 12, 100])
def test_gelu_by_blocks_is_gelu(monkeypatch, block):
    monkeypatch.setattr(module, "GELU_BLOCK", block)
    rows = np.linspace(-4, 4, 12, dtype=np.float32).reshape(4, 3)
    expected = [0.5 * x * (1 + math.erf(x / math.sqrt(2))) for x in rows.ravel()]
    np.testing.assert_allclose(gelu(rows).ravel(), expected, atol=2e-6)
    np.testing.assert_array_equal(gelu(rows.T), gelu(rows).T)
    assert gelu(rows[:0]).shape == (0, 3)
    assert gelu(rows).dtype == np.float32


def test_an_encoder_that_is_asked_often_gives_the_same_vectors():
    encoder = MiniLM()
    texts = ["snow", "a river between two towns", "ships"]
    before = encoder.encode(texts)
    rows = encoder._layers[0].inner.weight
    for _ in range(OFTEN):
        encoder.encode(["sand"])
    assert not np.shares_memory(encoder._layers[0].inner.weight, rows)
    assert np.abs(encoder.encode(texts) - before).max() < 1e-6
