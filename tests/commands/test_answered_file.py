"""``rsrag data answer``: conversations of a file held again."""

import json

import numpy as np
import pytest
from PIL import Image


@pytest.fixture
def answered(run, knowledge, tmp_path, monkeypatch):
    """What is written for records of LLaVA, and what was told; exit code first."""
    monkeypatch.setenv("RSRAG_HOME", str(tmp_path / "home"))
    noise = np.random.default_rng(0).integers(0, 9, (96, 96, 3), np.uint8)
    Image.fromarray(noise + np.uint8([222, 190, 130])).save(tmp_path / "sand.png")

    def answer(*records):
        file = tmp_path / "asked.jsonl"
        file.write_text("".join(json.dumps(one) + "\n" for one in records))
        words = ["data", "answer", str(file), "--knowledge", str(knowledge)]
        code, out, err = run(*words)
        return code, [json.loads(line) for line in out.splitlines()], err

    return answer


def turns(*said: str):
    roles = ("human", "gpt")
    return [{"from": roles[n % 2], "value": text} for n, text in enumerate(said)]


def test_questions_of_a_record_are_one_conversation(answered) -> None:
    code, rows, err = answered(
        {
            "id": "a",
            "conversations": turns(
                "How deep is Lake Baikal?", "1,642 m", "where is it?"
            ),
        },
        {
            "id": "b",
            "image": "sand.png",
            "conversations": turns("<image>\nIs there a desert?", "yes"),
        },
    )
    assert code == 0
    assert [one["id"] for one in rows] == ["a/1", "a/2", "b"]
    assert "1,642 m" in rows[0]["prediction"] and rows[0]["answer"] == "1,642 m"
    assert "Lake Baikal" in rows[1]["prediction"] and rows[1]["answer"] is None
    assert "ground covers" in rows[2]["prediction"]
    assert (rows[2]["file"], rows[2]["type"]) == ("sand.png", "presence")
    assert "llava: 2 read, 3 answered" in err


def test_what_cannot_be_answered_is_told_and_the_rest_goes_on(answered) -> None:
    code, rows, err = answered(
        {"id": 1, "conversations": turns("How deep is Lake Baikal?")},
        {"id": 2, "conversations": [{"from": "bird", "value": "x"}]},
        {"id": 3, "image": "no.png", "conversations": turns("<image>\nwhat is it?")},
    )
    assert code == 1
    assert [one["id"] for one in rows] == ["1", "3"]
    assert "no.png" in rows[1]["error"] and rows[1]["prediction"] == ""
    assert "1 of 3 records were left out" in err
