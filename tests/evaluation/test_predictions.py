"""Files of predictions, accuracies of answers, and constant answers beside them."""

import json
import math

import pytest

from rsrag.errors import ConfigError, SourceNotFoundError
from rsrag.evaluation.data.prediction_files import (
    Prediction,
    Predictions,
    read_predictions,
)
from rsrag.evaluation.predictions import (
    caption_report,
    count_bucket,
    label_accuracy,
    vqa_report,
)
from rsrag.metrics.rouge import NoSynonyms, meteor, wordnet


@pytest.fixture
def write(tmp_path):
    def call(name, *rows):
        path = tmp_path / name
        lines = (row if isinstance(row, str) else json.dumps(row) for row in rows)
        path.write_text("\n".join(lines), encoding="utf-8")
        return path

    return call


def test_references_beside_the_predictions(write):
    path = write(
        "p.jsonl",
        {"id": 7, "prediction": " a sea ", "references": ["sea", " the sea "]},
        {"file": "d/b.jpg", "question": "Any?", "pred": "no", "answer": "yes",
         "type": "presence"},
        {"prediction": "Airport", "messages": [
            {"role": "user", "content": "?"},
            {"role": "assistant", "content": "airport"}]},
        {"id": "none", "prediction": "x"},
    )  # fmt: skip
    found = read_predictions(path)
    assert found.samples == (
        Prediction("7", "a sea", ("sea", "the sea")),
        Prediction("d/b.jpg: Any?", "no", ("yes",), "presence"),
        Prediction("3", "Airport", ("airport",)),
    )
    assert found.without_reference == ("none",)


def test_references_in_a_file_of_captions(write):
    said = write("p.json", json.dumps([{"image_id": "x/a.jpg", "caption": "sea"}]))
    csv = write("r.csv", "filename,title\na.jpg,blue sea\na.jpg,water\nb.jpg,ice\n")
    found = read_predictions(said, csv)
    assert found.samples == (Prediction("x/a.jpg", "sea", ("blue sea", "water")),)
    assert found.without_prediction == ("b.jpg",)


def test_references_by_number_of_the_question(write):
    said = write("p.jsonl", {"question_id": 1, "answer": "two"})
    right = write(
        "r.json",
        json.dumps({"questions": [{"question_id": 1, "type": "count", "answer": 2}]}),
    )
    assert read_predictions(said, right).samples == (
        Prediction("1", "two", ("2",), "count"),
    )


def test_karpathy_references_of_all_splits(write):
    image = {"filename": "a.jpg", "split": "val", "sentences": [{"raw": "ice ."}]}
    right = write("r.json", json.dumps({"images": [image]}))
    said = write("p.jsonl", {"file": "a.jpg", "prediction": "ice"})
    assert read_predictions(said, right).samples[0].references == ("ice .",)


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ([], "holds no prediction"),
        (["[]"], "holds no prediction"),
        (["no"], "line 1 is not JSON"),
        ([[1]], "record 1 is not an object"),
        ([{"id": 1, "answer": "x"}], "has no prediction"),
        ([{"id": 1, "prediction": None, "answer": "x"}], "has no prediction"),
        ([{"id": 1, "prediction": "x", "answer": {}}], "are no texts"),
        ([{"id": 1, "prediction": "x"}], "Of 1 predictions in .* none has a reference"),
        ([{"id": 1, "prediction": "x", "answer": "y"}] * 2, "1 was predicted before"),
    ],
)
def test_what_is_wrong(write, rows, said):
    with pytest.raises(ConfigError, match=said):
        read_predictions(write("p.jsonl", *rows))


def test_no_file(tmp_path):
    with pytest.raises(SourceNotFoundError):
        read_predictions(tmp_path / "none")


def answers(*rows):
    return Predictions(
        tuple(Prediction(str(n), p, (r,), k) for n, (p, r, k) in enumerate(rows)),
        (),
        (),
    )


def test_answers_by_hand():
    report = vqa_report(
        answers(
            ("Yes.", "yes", "presence"),
            ("no", "yes", "presence"),
            ("no", "no", "presence"),
            ("12", "15", "count"),
            ("", "0", "count"),
        ),
        synonyms="none",
        stem=None,
    )
    assert report["accuracy"] == 40
    assert report["by_type"]["presence"] == {"n": 3, "accuracy": 66.6667}
    # 12 and 15 are both of "11 to 100"; a blank is no count.
    assert report["by_type"]["count"] == {
        "n": 2, "accuracy": 0, "accuracy_in_buckets": 50,
    }  # fmt: skip
    assert report["average_accuracy"] == 33.3333
    assert report["constant"]["answers"] == {"presence": "yes", "count": "15"}
    assert report["constant"]["by_type"]["presence"]["accuracy"] == 66.6667
    assert report["constant"]["accuracy"] == 60
    assert report["blank_predictions"] == 1
    # By RS-RAG's rule "Yes." is not "yes".
    assert report["labels"]["accuracy"] == 20


def test_labels_by_hand():
    found = label_accuracy(
        [" AIRPORT ", "beach", "port"], ["Airport", "Beach", "beach"]
    )
    assert found == {
        "accuracy": 66.6667,
        "constant": 66.6667,
        "per_label": {
            "airport": {"n": 1, "accuracy": 100},
            "beach": {"n": 2, "accuracy": 50},
        },
    }
    many = [str(n) for n in range(65)]
    assert label_accuracy(many, many)["per_label"] is None


@pytest.mark.parametrize(
    ("text", "bucket"),
    [
        ("0", 0),
        ("1", 1),
        ("10", 1),
        ("11", 2),
        ("1,000", 3),
        ("1001", 4),
        ("many", None),
    ],
)
def test_buckets(text, bucket):
    assert count_bucket(text) == bucket


def test_captions_beside_a_constant_one():
    right = [("a blue sea", "waves"), ("a blue sea",), ("white ice lies here",)]
    said = ["a blue sea", "a blue sea", "white ice lies here"]
    samples = tuple(
        Prediction(str(n), p, r)
        for n, (p, r) in enumerate(zip(said, right, strict=True))
    )
    report = caption_report(
        Predictions(samples, (), ("x",)), synonyms="none", stem=None
    )
    assert report["coco"]["bleu_1"] == report["rs-rag"]["bleu_1"] == 1
    assert report["constant"]["answer"] == "a blue sea"
    # Six of nine words match, and the brevity penalty is exp(1 - 10 / 9).
    assert report["constant"]["coco"]["bleu_1"] == pytest.approx(
        2 / 3 * math.exp(-1 / 9), abs=1e-6
    )
    assert "meteor" not in report["coco"]
    assert report["complete"] is False


def test_meteor_by_hand():
    pytest.importorskip("nltk")
    guess, right = ["the", "sea", "is", "blue"], ["the", "sea", "was", "blue"]
    # Three words match in two chunks: P = R = 3/4, penalty 0.5 (2/3)^3.
    hand = 0.75 * (1 - 0.5 * (2 / 3) ** 3)
    name, score = meteor([guess], [[right, ["x"]]], synonyms=False)
    assert name == "meteor_without_synonyms"
    assert score == pytest.approx(hand)
    # Stems match: one chunk of one word.
    assert meteor([["boats"]], [[["boat"]]], synonyms=False).score == pytest.approx(0.5)
    assert meteor([[]], [[["boat"]]], synonyms=False).score == 0
    assert NoSynonyms().synsets("boat") == []


def test_meteor_without_the_data(monkeypatch):
    nltk = pytest.importorskip("nltk")
    monkeypatch.setattr(nltk.data, "path", [])
    from nltk.corpus import wordnet as corpus

    try:
        corpus.ensure_loaded()
    except LookupError:
        pass
    else:
        pytest.skip("WordNet was loaded before")
    with pytest.raises(ConfigError, match="WordNet") as caught:
        wordnet()
    assert "nltk.downloader wordnet" in caught.value.hint
