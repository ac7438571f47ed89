"""NLI models from a folder: which output is which, and what is no such model."""

import pytest
import torch

from rsrag.errors import EncoderError, ModelNotFoundError
from rsrag.retrieval.entailment import NliCrossEncoder

WORDS = ["the", "lake", "is", "deep", "shallow", "a"]
PAIR = ("the lake is deep", "the lake is shallow")


def save_model(folder, labels):
    """A BERT of 8 channels with random weights and the labels that are given."""
    from transformers import BertConfig, BertForSequenceClassification, BertTokenizer

    folder.mkdir()
    vocabulary = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *WORDS]
    torch.manual_seed(3)
    config = BertConfig(
        vocab_size=len(vocabulary),
        hidden_size=8,
        num_hidden_layers=1,
        num_attention_heads=2,
        intermediate_size=8,
        max_position_embeddings=32,
        id2label=dict(enumerate(labels)),
        label2id={name: place for place, name in enumerate(labels)},
        initializer_range=1.0,
    )
    BertForSequenceClassification(config).save_pretrained(folder)
    table = {word: number for number, word in enumerate(vocabulary)}
    BertTokenizer(vocab=table).save_pretrained(folder)
    return str(folder)


def test_labels_of_the_config_say_which_output_is_which(tmp_path):
    one = save_model(tmp_path / "one", ["contradiction", "entailment", "neutral"])
    other = save_model(tmp_path / "other", ["ENTAILMENT", "NEUTRAL", "CONTRADICTION"])
    first, second = NliCrossEncoder(one)(*PAIR), NliCrossEncoder(other)(*PAIR)
    # The weights are the same: only the names of the outputs differ.
    assert first.contradicts == pytest.approx(second.entails)
    assert first.entails != pytest.approx(second.entails)
    assert 0 < first.entails + first.contradicts < 1


def test_what_is_no_nli_model_is_told(tmp_path):
    with pytest.raises(EncoderError, match="entailment and contradiction"):
        NliCrossEncoder(save_model(tmp_path / "plain", ["good", "bad"]))(*PAIR)
    with pytest.raises(ModelNotFoundError, match="cannot be loaded"):
        NliCrossEncoder(str(tmp_path / "nothing"))(*PAIR)
