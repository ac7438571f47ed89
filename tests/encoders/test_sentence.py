"""Text encoders of knowledge: the bundled one, and any sentence-transformers model."""

import numpy as np
import pytest
import torch

from rsrag.encoders.sentence import (
    MiniLMEncoder,
    SentenceTransformerEncoder,
    load_text_encoder,
)
from rsrag.encoders.text_towers.minilm import MiniLM
from rsrag.encoders.text_towers.minilm_memory import RememberingMiniLM
from rsrag.errors import EncoderError, MissingExtraError, ModelNotFoundError
from rsrag.vectors import check_unit_rows

WORDS = ["a", "the", "lake", "river", "dam", "is", "was", "deep", "long", "built", "in"]
TEXTS = ["the lake is deep", "a river", "the dam was built in a river", "the lake"]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A BERT of 8 channels with random weights, as sentence-transformers saves one."""
    from sentence_transformers import SentenceTransformer
    from transformers import BertConfig, BertModel, BertTokenizer

    root = tmp_path_factory.mktemp("sentence")
    plain = root / "plain"
    torch.manual_seed(3)
    vocabulary = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *WORDS]
    config = BertConfig(
        vocab_size=len(vocabulary),
        hidden_size=8,
        num_hidden_layers=1,
        num_attention_heads=2,
        intermediate_size=8,
        max_position_embeddings=16,
    )
    BertModel(config).save_pretrained(plain)
    BertTokenizer(
        vocab={word: number for number, word in enumerate(vocabulary)},
        model_max_length=16,
    ).save_pretrained(plain)
    saved = root / "tiny-model"
    SentenceTransformer(str(plain), local_files_only=True).save(str(saved))
    return saved


@pytest.fixture(params=["minilm", "local"])
def encoder(request, folder):
    return load_text_encoder("minilm" if request.param == "minilm" else str(folder))


def test_unit_rows_in_order(encoder):
    rows = encoder.encode_texts(TEXTS)
    check_unit_rows(rows, encoder.identity.dim)
    backwards = encoder.encode_texts(TEXTS[::-1])[::-1]
    np.testing.assert_allclose(rows, backwards, atol=1e-5)
    alone = np.concatenate([encoder.encode_texts([text]) for text in TEXTS])
    np.testing.assert_allclose(rows, alone, atol=1e-5)
    assert encoder.encode_texts([]).shape == (0, encoder.identity.dim)


def test_identity(encoder):
    identity = encoder.identity
    assert identity == encoder.identity
    assert len(bytes.fromhex(identity.weights_sha256)) == 32
    assert str(encoder.max_tokens) in identity.preprocessing


def test_tokens_are_counted_with_marks_and_none_cut_off(encoder):
    assert encoder.count_tokens(["the lake is deep", "a river"]) == [6, 4]
    many = "river " * (encoder.max_tokens + 10)
    assert encoder.count_tokens([many]) == [encoder.max_tokens + 12]
    assert encoder.count_tokens([]) == []


def test_what_goes_past_the_limit_is_not_read(encoder):
    inside = "river " * (encoder.max_tokens - 2)
    rows = encoder.encode_texts([inside, inside + "lake deep", inside[:-6] + "lake"])
    np.testing.assert_allclose(rows[0], rows[1], atol=1e-5)
    assert np.abs(rows[0] - rows[2]).max() > 1e-4


@pytest.mark.parametrize("texts", [[""], ["a lake", " \n"]])
def test_blank_texts_are_refused(encoder, texts):
    with pytest.raises(EncoderError, match=f"Text {len(texts) - 1} is blank"):
        encoder.encode_texts(texts)


def test_minilm_is_the_default():
    assert isinstance(load_text_encoder(), MiniLMEncoder)
    assert load_text_encoder().identity.id == "all-MiniLM-L6-v2"
    assert load_text_encoder().identity.dim == 384


def test_minilm_agrees_with_the_plain_model():
    np.testing.assert_allclose(
        MiniLMEncoder().encode_texts(TEXTS), MiniLM().encode(TEXTS), atol=1e-5
    )


def test_other_weights_are_another_identity(folder, tmp_path):
    import shutil

    copy = tmp_path / folder.name
    shutil.copytree(folder, copy)
    (copy / "README.md").write_text("another word about it")
    first, second = (
        SentenceTransformerEncoder(str(path)).identity for path in (folder, copy)
    )
    assert first == second
    config = copy / "tokenizer_config.json"
    config.write_text(config.read_text() + "\n")
    changed = SentenceTransformerEncoder(str(copy)).identity
    assert changed.weights_sha256 != first.weights_sha256


def test_a_folder_that_is_not_there_is_said(tmp_path):
    with pytest.raises(ModelNotFoundError, match="no folder"):
        load_text_encoder(str(tmp_path / "nothing"))


def test_a_folder_without_a_model_is_said(tmp_path):
    (tmp_path / "config.json").write_text("{}")
    with pytest.raises(ModelNotFoundError, match="cannot be loaded"):
        load_text_encoder(str(tmp_path)).encode_texts(["a"])


def test_without_the_package_it_says_what_to_install(folder, monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "sentence_transformers", None)
    with pytest.raises(MissingExtraError, match="sentence-transformers") as caught:
        SentenceTransformerEncoder(str(folder)).encode_texts(["a"])
    assert caught.value.hint == "pip install 'rsrag[sentence-transformers]'"


class Counting:
    def __init__(self):
        self.asked = []

    def encode(self, texts):
        self.asked += texts
        rows = np.zeros((len(texts), 384), np.float32)
        rows[:, 0] = [len(text) for text in texts]
        return rows


def test_a_text_is_embedded_once_while_it_is_remembered():
    model = Counting()
    memory = RememberingMiniLM(model, limit=3)
    rows = memory.encode(["one", "three", "one"])
    assert rows[:, 0].tolist() == [3, 5, 3]
    assert model.asked == ["one", "three"]
    rows[:] = -1
    assert memory.encode(["fours", "one"])[:, 0].tolist() == [5, 3]
    assert model.asked == ["one", "three", "fours"]
    memory.encode(["sixsix"])  # "one", the oldest, goes
    memory.encode(["three", "fours"])
    assert model.asked[3:] == ["sixsix"]
    memory.encode(["one"])
    assert model.asked[4:] == ["one"]


def test_more_texts_than_are_remembered():
    memory = RememberingMiniLM(Counting(), limit=2)
    assert memory.encode(["a", "bb", "ccc", "dddd"])[:, 0].tolist() == [1, 2, 3, 4]
