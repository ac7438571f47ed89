"""Captions of changes and answers on them, scored."""

import json

import pytest

from rsrag.errors import ConfigError
from rsrag.evaluation.changes.changechat_run import (
    Answered,
    cells_in,
    number_in,
    read_answered,
    score_answered,
    yes_or_no,
)
from rsrag.evaluation.changes.levir_captions import (
    DIFFERENT,
    SAME,
    given_sentences,
    read_levir,
    score_levir,
)
from rsrag.evaluation.predictions import caption_scores
from rsrag.rag.changes.change_sentences import UNCHANGED


@pytest.fixture
def captions(tmp_path):
    """Four pairs, two of which changed."""
    rows = [
        {"file": "1.png", "captions": list(UNCHANGED)},
        {"file": "2.png", "captions": list(UNCHANGED)},
        {"file": "3.png", "captions": ["a house is built", "one house appears"]},
        {"file": "4.png", "captions": ["a road is built along many houses"]},
    ]
    path = tmp_path / "captions.jsonl"
    path.write_text("\n".join(map(json.dumps, rows)))
    return path


def test_constant_sentences_are_scored_for_each_part(captions) -> None:
    report = score_levir(read_levir(captions, None), None, "none")
    assert report["pairs"] == {"all": 4, "changed": 2, "unchanged": 2}
    same = report["ways"][f"always: {SAME}"]
    assert same["unchanged"]["bleu_4"] == pytest.approx(1, abs=1e-6)
    assert same["changed"]["bleu_4"] == 0 and "flag_accuracy" not in report
    flag = report["ways"]["true flag, two sentences"]
    assert flag["changed"] == report["ways"][f"always: {DIFFERENT}"]["changed"]
    right = [["a house is built", "one house appears"],
             ["a road is built along many houses"]]  # fmt: skip
    wanted = caption_scores([DIFFERENT] * 2, right)
    assert flag["changed"]["cider_d"] == pytest.approx(wanted["cider_d"], abs=1e-6)


def test_sentences_of_a_file_are_scored(captions, tmp_path) -> None:
    said = tmp_path / "said.jsonl"
    texts = ["no change has occurred", "a house is built", "a house is built", "a road"]
    rows = [{"id": str(n), "prediction": one} for n, one in enumerate(texts, start=1)]
    said.write_text("\n".join(map(json.dumps, rows)))
    report = score_levir(read_levir(captions, None), given_sentences(said), "without")
    assert report["flag_accuracy"] == 0.75
    own = report["ways"]["said"]["changed"]
    parts = ("bleu_4", "meteor_without_synonyms", "rouge_l", "cider_d")
    assert own["s_m"] == pytest.approx(sum(own[one] for one in parts) / 4, abs=1e-5)


@pytest.mark.parametrize(
    ("text", "yes", "number", "cells"),
    [
        ("Yes, they changed.", True, None, set()),
        ("No.", False, 0, set()),
        ("There are two buildings at the top left and right.", None, 2,
         {"top-left", "right"}),
        ("3 in the upper-right, the centre and the bottom", None, 3,
         {"top-right", "middle", "bottom"}),
    ],
)  # fmt: skip
def test_answers_are_read(text, yes, number, cells) -> None:
    assert yes_or_no(text) is yes
    assert number_in(text) == number
    assert cells_in(text) == cells


def test_answers_by_hand() -> None:
    rows = [
        Answered("changed", True, True), Answered("changed", True, None),
        Answered("changed", False, False), Answered("changed", False, True),
        Answered("count", 3.0, 1.0, "road"), Answered("count", 1.0, None, "road"),
        Answered("cells", frozenset({"top", "left"}), frozenset({"top", "right"})),
        Answered("cells", frozenset(), frozenset()),
    ]  # fmt: skip
    kinds = score_answered(rows)["kinds"]
    assert kinds["changed"]["accuracy"]["value"] == 0.5
    assert kinds["changed"]["f1"]["value"] == 0.5 and kinds["changed"]["unread"] == 1
    assert kinds["count"]["mae"]["value"] == 1.5
    assert kinds["count"]["rmse"]["value"] == pytest.approx(2.5**0.5, abs=1e-4)
    assert kinds["count"]["mae_of_the_median"] == 1
    cells = kinds["cells"]
    assert cells["f1"]["value"] == 0.5
    assert cells["jaccard_of_all"]["value"] == pytest.approx(1 / 3, abs=1e-4)
    assert cells["jaccard_of_each"]["value"] == pytest.approx(2 / 3, abs=1e-4)
    assert cells["all_nine_right"]["value"] == 0.5


def test_a_line_of_another_form_is_named(tmp_path) -> None:
    path = tmp_path / "answers.jsonl"
    path.write_text('{"kind": "count", "answer": "many", "prediction": "2"}')
    with pytest.raises(ConfigError, match="answers no question of the kind count"):
        read_answered(path)
    path.write_text('{"kind": "area", "answer": "2", "prediction": "2"}')
    with pytest.raises(ConfigError, match="no answered question"):
        read_answered(path)
