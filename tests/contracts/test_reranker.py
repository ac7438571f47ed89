"""What ``rsrag.interfaces.Reranker`` promises, asked of every reranker."""

import itertools

import pytest
import torch
from hypothesis import given, strategies as st

from rsrag.errors import ConfigError, EncoderError, ModelNotFoundError
from rsrag.retrieval.likelihood_reranker import (
    CrossEncoderReranker,
    LikelihoodReranker,
    blend,
    spread,
)

WORDS = [
    "a",
    "the",
    "lake",
    "river",
    "dam",
    "is",
    "was",
    "deep",
    "long",
    "built",
    "in",
    "how",
    "when",
    "where",
    "of",
]
TEXTS = ["the lake is deep", "a river", "the dam was built in", "the lake is deep"]


class Overlap:
    """A language model whose likelihood is the share of the words that it has read."""

    name, context_tokens, sees = "overlap", 2048, False

    def __init__(self):
        self.read = []

    def likelihood(self, prompt, continuation):
        (message,) = prompt
        assert message.role == "user"
        self.read.append(message.content)
        words = continuation.split()
        return sum(word in message.content for word in words) / len(words) - 1.0


def save_model(folder, labels=1):
    """A BERT of 8 channels with random weights, as sentence-transformers saves one."""
    from sentence_transformers import CrossEncoder
    from transformers import BertConfig, BertForSequenceClassification, BertTokenizer

    plain = folder / f"plain-{labels}"
    plain.mkdir()
    vocabulary = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *WORDS]
    (plain / "vocab.txt").write_text("\n".join(vocabulary))
    torch.manual_seed(3)
    config = BertConfig(
        vocab_size=len(vocabulary),
        hidden_size=8,
        num_hidden_layers=1,
        num_attention_heads=2,
        intermediate_size=8,
        max_position_embeddings=32,
        num_labels=labels,
        initializer_range=1.0,
    )
    BertForSequenceClassification(config).save_pretrained(plain)
    table = {word: number for number, word in enumerate(vocabulary)}
    BertTokenizer(vocab=table).save_pretrained(plain)
    saved = folder / f"model-{labels}"
    CrossEncoder(str(plain), local_files_only=True).save_pretrained(str(saved))
    return saved


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    return save_model(tmp_path_factory.mktemp("cross"))


RERANKERS = {
    "cross-encoder": lambda model: CrossEncoderReranker(str(model)),
    "likelihood": lambda model: LikelihoodReranker(Overlap()),
}


@pytest.fixture(params=RERANKERS)
def reranker(request, model):
    return RERANKERS[request.param](model)


def test_a_score_for_each_text_in_order(reranker):
    scores = reranker.rerank("how deep is the lake", TEXTS)
    assert len(scores) == len(TEXTS)
    assert all(type(score) is float for score in scores)
    assert scores[0] == pytest.approx(scores[3], abs=1e-6)
    assert len({round(score, 6) for score in scores}) > 1


def test_it_has_a_name(reranker):
    assert reranker.name
    assert "\n" not in reranker.name


def test_asking_again_gives_the_same(reranker):
    first = reranker.rerank("how deep is the lake", TEXTS)
    assert reranker.rerank("how deep is the lake", TEXTS) == pytest.approx(first)


@pytest.mark.parametrize("kind", ["cross-encoder", "likelihood"])
def test_a_score_depends_on_its_own_text_alone(kind, model):
    reranker = RERANKERS[kind](model)
    together = reranker.rerank("when was the dam built", TEXTS)
    alone = [reranker.rerank("when was the dam built", [text])[0] for text in TEXTS]
    assert together == pytest.approx(alone, abs=1e-5)
    assert reranker.rerank("when was the dam built", []) == []


def test_the_query_matters_to_the_cross_encoder(model):
    reranker = CrossEncoderReranker(str(model))
    first = reranker.rerank("how deep is the lake", TEXTS)
    assert first != pytest.approx(reranker.rerank("where is a river", TEXTS))


def test_the_text_most_likely_to_raise_the_question_wins():
    model = Overlap()
    scores = LikelihoodReranker(model).rerank(
        "where lake deep built zzz", ["a lake", "lake, deep: {curly}", "none"]
    )
    assert scores == pytest.approx([1 / 5 - 1, 2 / 5 - 1, 0 / 5 - 1])
    assert "lake, deep: {curly}" in model.read[1]


def test_a_model_with_several_outputs_is_refused(tmp_path):
    with pytest.raises(EncoderError, match="3 outputs"):
        CrossEncoderReranker(str(save_model(tmp_path, labels=3))).rerank("a", ["the"])


def test_a_folder_without_a_model_is_named(tmp_path):
    (tmp_path / "config.json").write_text("{}")
    with pytest.raises(ModelNotFoundError, match=str(tmp_path)):
        CrossEncoderReranker(str(tmp_path)).rerank("a", ["the"])


@pytest.mark.parametrize("name", ["nope", "an-owner/a-model", "no/such/model"])
def test_a_model_that_is_nowhere_is_told_of_at_once(monkeypatch, tmp_path, name):
    """The hub's own client asks six times in half a minute, and prints each."""
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path))
    asked = []

    def refuse(url, **_):
        asked.append(url)
        raise ConnectionError("Name or service not known")

    monkeypatch.setattr("huggingface_hub.get_hf_file_metadata", refuse)
    with pytest.raises(ModelNotFoundError, match=name) as told:
        CrossEncoderReranker(name).rerank("a", ["the"])
    assert len(asked) == (name != "no/such/model")
    assert "give llm, or the folder of a model" in told.value.hint


def test_blend_worked_by_hand():
    # Spread: 0.2, 0.4, 0.7 -> 0, 0.4, 1 and -3, -1, -2 -> 0, 1, 0.5.
    assert blend([0.2, 0.4, 0.7], [-3, -1, -2], 0.25) == pytest.approx(
        [0.0, 0.25 * 0.4 + 0.75, 0.25 + 0.75 * 0.5]
    )


def test_equal_scores_leave_the_order_to_the_other():
    assert spread([0.4, 0.4]) == [0.5, 0.5]
    assert blend([0.4, 0.4], [1.0, 2.0], 0.9) == pytest.approx([0.45, 0.55])


@pytest.mark.parametrize("alpha", [-0.1, 1.1, float("nan")])
def test_alpha_outside_is_refused(alpha):
    with pytest.raises(ConfigError, match="alpha"):
        blend([1.0], [1.0], alpha)


def test_lengths_that_differ_are_refused():
    with pytest.raises(ConfigError, match="2 retrieval scores and 1"):
        blend([1.0, 2.0], [3.0], 0.5)


def test_spreading_makes_sides_equal():
    # Pictures lie close together and texts far apart: as they are, texts decide.
    assert blend([0.81, 0.80], [0.1, 0.3], 0.9) == pytest.approx([0.9, 0.1])


def test_spread_of_nothing_and_of_huge_numbers():
    assert spread([]) == []
    assert spread([-1.7e308, 0.0, 1.7e308]) == [0.0, 0.5, 1.0]


@given(
    st.lists(
        st.tuples(
            st.floats(allow_nan=False, allow_infinity=False),
            st.floats(allow_nan=False, allow_infinity=False),
        ),
        max_size=20,
    ),
    st.floats(0, 1),
)
def test_what_is_better_in_both_is_never_worse(pairs, alpha):
    first, second = [p[0] for p in pairs], [p[1] for p in pairs]
    mixed = blend(first, second, alpha)
    assert all(0 <= value <= 1 + 1e-12 for value in mixed)
    for i, j in itertools.permutations(range(len(pairs)), 2):
        if first[i] >= first[j] and second[i] >= second[j]:
            assert mixed[i] >= mixed[j]
