"""Accuracies of zero-shot classification, and the files that they come from."""

import numpy as np
import pytest
from hypothesis import given, strategies as st

from rsrag.errors import ConfigError, QueryError, SourceNotFoundError
from rsrag.evaluation.data.vector_files import read_vectors
from rsrag.evaluation.zeroshot import (
    accuracies,
    class_vectors,
    folder_name,
    georsclip_templates,
    prompts_of,
    zero_shot_protocols,
)
from rsrag.vectors import unit_rows


def test_by_hand():
    logits = np.array([[3, 2, 1], [3, 2, 1], [1, 2, 3]])
    found = accuracies(logits, np.array([0, 1, 1]), ["a", "b", "c"])
    assert found["top1"] == pytest.approx(33.3333)
    assert found["top5"] is None
    assert found["mean_class"] == 50
    assert found["per_class"] == {
        "a": {"n": 1, "top1": 100},
        "b": {"n": 2, "top1": 0},
        "c": {"n": 0, "top1": None},
    }


def test_a_model_that_sees_nothing_names_the_first_class():
    found = accuracies(np.zeros((4, 8)), np.array([0, 1, 4, 5]), list("abcdefgh"))
    assert found["top1"] == 25
    assert found["top5"] == 75


@given(st.integers(0, 2**32 - 1))
def test_like_scikit_learn(seed):
    metrics = pytest.importorskip("sklearn.metrics")
    rng = np.random.default_rng(seed)
    logits, labels = rng.normal(size=(40, 7)), rng.permutation(np.arange(40) % 7)
    found = accuracies(logits, labels, list("abcdefg"))
    top5 = metrics.top_k_accuracy_score(labels, logits, k=5)
    mean = metrics.balanced_accuracy_score(labels, logits.argmax(axis=1))
    assert found["top1"] == pytest.approx(
        100 * (logits.argmax(1) == labels).mean(), abs=1e-4
    )
    assert found["top5"] == pytest.approx(100 * top5, abs=1e-4)
    assert found["mean_class"] == pytest.approx(100 * mean, abs=1e-4)


def test_protocols_that_were_asked_for():
    rng = np.random.default_rng(0)
    images, texts = (
        unit_rows(rng.normal(size=(50, 8))),
        unit_rows(rng.normal(size=(3, 8))),
    )
    labels, classes = np.arange(50) % 3, ["a", "b", "c"]
    plain = zero_shot_protocols(images, texts, labels, classes, temperature=0.01)
    assert list(plain) == ["zero_shot"]
    assert plain["zero_shot"]["calibration"]["fitted_on"] == 25
    every = zero_shot_protocols(
        images,
        texts,
        labels,
        classes,
        temperature=0.01,
        transductive=True,
        debiased=True,
    )
    assert list(every) == ["zero_shot", "transductive", "debias"]
    few = zero_shot_protocols(images[:9], texts, labels[:9], classes, temperature=0.01)
    assert few["zero_shot"]["calibration"] is None


def test_nothing_to_score():
    with pytest.raises(ConfigError):
        accuracies(np.empty((0, 2)), np.empty(0, int), ["a", "b"])


def test_templates():
    templates = georsclip_templates()
    assert len(set(templates)) == len(templates) == 105
    assert all(one.count("{}") == 1 and one.endswith("{}.") for one in templates)
    for one in (
        "a remote sensing image of many {}.",
        "an aerial image of the hard to see {}.",
        "a black and white satellite image of a {}.",
        "a low resolution aerial image of the {}.",
        "an aerial image of a weird {}.",
    ):
        assert one in templates


def test_names_of_folders():
    assert folder_name("Baseball_Field") == "baseball field"
    assert folder_name("SeaLake") == "sealake"
    assert folder_name("a/b") == "a b"


class Letters:
    """Embeds a text by its letters; raw features are as long as the text."""

    def encode_texts(self, texts):
        return unit_rows(self.text_features(texts))

    def text_features(self, texts):
        rows = [[text.count(chr(97 + i)) for i in range(26)] for text in texts]
        return np.array(rows, np.float32)


class UnitLetters:
    def encode_texts(self, texts):
        return Letters().encode_texts(texts)


def test_the_mean_is_of_features_as_they_come():
    labels = ["Sea", "Ice_Sheet"]
    texts = [[t.format(n) for t in georsclip_templates()] for n in ("sea", "ice sheet")]
    for encoder, one in (
        (Letters(), Letters().text_features),
        (UnitLetters(), Letters().encode_texts),
    ):
        means = unit_rows([one(each).mean(axis=0) for each in texts])
        assert class_vectors(labels, encoder, "georsclip") == pytest.approx(
            means, abs=1e-6
        )
    raw = class_vectors(labels, Letters(), "georsclip")
    assert np.abs(raw - class_vectors(labels, UnitLetters(), "georsclip")).max() > 1e-4


def test_names_that_read_the_same():
    with pytest.raises(QueryError, match="sea lake"):
        class_vectors(["SeaLake", "sea_lake"], Letters(), "readable")
    assert len(class_vectors(["SeaLake", "sea_lake"], Letters(), "georsclip")) == 2
    with pytest.raises(QueryError):
        class_vectors([], Letters(), "georsclip")


@pytest.fixture
def save(tmp_path):
    good = {
        "image_vectors": np.eye(3, 4),
        "labels": np.array([0, 1, 1]),
        "class_names": np.array(["sea", "ice"]),
        "text_vectors": 2 * np.eye(2, 4),
    }

    def call(**changed):
        path = tmp_path / "vectors.npz"
        arrays = {k: v for k, v in (good | changed).items() if v is not None}
        np.savez(path, **arrays)
        return path

    return call


def test_vectors(save):
    found = read_vectors(save())
    assert found.images.dtype == np.float32
    assert np.linalg.norm(found.texts, axis=1).tolist() == [1, 1]
    assert found.classes == ("sea", "ice")
    names = read_vectors(save(labels=np.array(["ice", "sea", "sea"])))
    assert names.labels.tolist() == [1, 0, 0]


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"labels": None}, "has no labels; it has image_vectors"),
        ({"text_vectors": np.eye(2, 5)}, "image_vectors are 4 wide, text_vectors 5"),
        ({"class_names": np.array(["sea"])}, "1 class_names for 2 text_vectors"),
        ({"class_names": np.array(["sea", "sea"])}, "'sea' stands there twice"),
        ({"labels": np.array([0, 1, 2])}, "label 2 of picture 2 is none of the 2"),
        ({"labels": np.array([0, -1, 1])}, "label -1 of picture 1"),
        ({"labels": np.array([0.0, 1.0, 1.0])}, "not whole numbers"),
        ({"labels": np.array(["sea", "ice", "fog"])}, "'fog' is a label and none"),
        ({"labels": np.array([0, 1])}, "2 labels, 3 image_vectors"),
        ({"image_vectors": np.zeros((3, 4))}, "image_vectors: Row 0 is all zero"),
        ({"image_vectors": np.full((3, 4), np.nan)}, "NaN"),
        ({"image_vectors": np.empty((0, 4)), "labels": np.empty(0, int)}, "is empty"),
        ({"class_names": np.array(["sea", None], object)}, "plain arrays"),
    ],
)
def test_vectors_that_are_wrong(save, changed, said):
    with pytest.raises(ConfigError, match=said):
        read_vectors(save(**changed))


def test_no_npz(tmp_path):
    with pytest.raises(SourceNotFoundError):
        read_vectors(tmp_path / "none.npz")
    (tmp_path / "text.npz").write_text("no")
    with pytest.raises(ConfigError, match="plain arrays"):
        read_vectors(tmp_path / "text.npz")
    np.save(tmp_path / "one.npy", np.eye(2))
    with pytest.raises(ConfigError, match="one array"):
        read_vectors(tmp_path / "one.npy")


class Words:
    """An encoder whose vectors tell how many letters a text has."""

    def encode_texts(self, texts):
        lengths = np.array([len(text) for text in texts], dtype=np.float32)
        return unit_rows(np.column_stack([lengths, np.ones(len(texts), np.float32)]))


def test_own_words_for_the_class():
    said = prompts_of("roof_shape")
    assert said == (
        "a satellite photo of building, {}.",
        "a satellite image of building, {}",
    )
    assert prompts_of("skyscript")[0] == "a satellite photo of {}."
    assert prompts_of("a {} roof") == ("a {} roof",)
    rows = class_vectors(["flat", "gabled"], Words(), "georsclip", ["a {} roof"])
    wanted = unit_rows(np.array([[11, 1], [13, 1]], dtype=np.float32))
    np.testing.assert_allclose(rows, wanted, atol=1e-6)


@pytest.mark.parametrize("given", ["", "a roof", "{} and {}", "{0}", "{", "{}}"])
def test_words_without_a_place_for_the_class(given):
    with pytest.raises(ConfigError, match=r"no single \{\} for the class") as error:
        prompts_of(given)
    assert "roof_shape" in error.value.hint
