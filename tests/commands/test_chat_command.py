"""``rsrag chat`` over a small index and a small knowledge."""

import io
import json

import numpy as np
import pytest
from PIL import Image


@pytest.fixture
def chat(run, knowledge, tmp_path, monkeypatch):
    """Say lines; what was printed for each, as JSON."""
    monkeypatch.setenv("RSRAG_HOME", str(tmp_path / "home"))

    def say(*lines: str, more=()) -> list[dict]:
        monkeypatch.setattr("sys.stdin", io.StringIO("\n".join(lines)))
        words = ["chat", "--knowledge", str(knowledge), "--json", "--script", "-"]
        code, out, err = run(*words, *more)
        assert code == 0, err
        say.err = err
        return [json.loads(line) for line in out.splitlines()]

    return say


def test_hits_are_spoken_of_by_their_number(chat) -> None:
    found, second, near = chat("find snow and ice", "the second", "what is near it?")
    assert [found["kind"], second["kind"], near["kind"]] == ["search", "hit", "ask"]
    assert second["text"].startswith(found["hits"][1]["name"])
    assert near["understood"].endswith(f"of hit 2, {found['hits'][1]['name']}")


def test_a_search_is_changed(chat) -> None:
    _, only, without = chat("find the sea", "now only in 2021", "without snow")
    names = {one["name"].partition("-")[2] for one in only["hits"]}
    assert names == {"1.png"}
    assert without["understood"] == (
        'search for "the sea", without "snow", only in 2021'
    )


def test_a_place_is_followed_and_gone_back_to(chat) -> None:
    told = chat(
        "How deep is Lake Baikal?", "Where is Story Bridge?", "back to the lake", "it?"
    )
    assert told[0]["answer"]["value"] == "1,642 m"
    assert told[2]["kind"] == "back"
    (deep,) = chat("How deep is Lake Baikal?")
    assert deep["text"] == told[0]["text"]


@pytest.mark.parametrize(
    ("said", "kind", "words"),
    [
        ("@{broken} what is it?", "error", "broken.png"),
        ("@missing.png", "error", "missing.png"),
        ("the second", "asks back", "nothing was found yet"),
        ("hit 9", "asks back", "nothing was found yet"),
        ("this picture", "asks back", "none was given"),
    ],
)
def test_what_cannot_be_is_told_and_the_rest_goes_on(
    chat, tmp_path, said, kind, words
) -> None:
    broken = tmp_path / "broken.png"
    broken.write_bytes(b"\x89PNG\r\n\x1a\nno")
    wrong, right = chat(said.format(broken=broken), "How deep is Lake Baikal?")
    assert wrong["kind"] == kind and words in wrong["text"]
    assert len(wrong["text"].splitlines()) == 1
    assert right["answer"]["value"] == "1,642 m"


def test_a_session_goes_on_and_is_exported(chat, run) -> None:
    chat("find the sea", more=("--session", "s"))
    (second,) = chat("the second", more=("--session", "s"))
    assert second["kind"] == "hit"
    code, out, _ = run("sessions", "list")
    assert code == 0 and out.startswith("s  2 turns")
    code, out, _ = run("sessions", "export", "s", "--format", "llava")
    assert len(json.loads(out)[0]["conversations"]) == 4
    assert run("sessions", "forget", "s")[0] == 0
    code, _, err = run("sessions", "export", "s")
    assert code == 1 and "no session 's'" in err


def test_a_session_of_another_index_leaves_its_hits_out(chat, tmp_path) -> None:
    chat("find the sea", more=("--session", "s"))
    (told,) = chat("the second", more=("--session", "s", "--index", "other"))
    assert "of index 'world', not 'other'" in chat.err
    assert told["kind"] == "asks back"
    (still,) = chat("back to the sea", more=("--session", "s"))
    assert still["kind"] == "asks back"


def test_a_picture_is_looked_at(chat, tmp_path) -> None:
    """Half of it is blue, half of it sand."""
    pixels = np.full((128, 128, 3), (20, 50, 110), np.uint8)
    pixels[:, 64:] = (222, 190, 130)
    pixels += np.random.default_rng(0).integers(0, 9, pixels.shape, np.uint8)
    Image.fromarray(pixels).save(tmp_path / "half.png")
    told = chat(
        f"@{tmp_path}/half.png describe this picture in detail",
        "is there a desert?",
        "is there more snow than water?",
    )
    assert [one["understood"].endswith(", of picture 1") for one in told[:3]] == [
        True
    ] * 3
    assert told[0]["answer"]["route"] == "experts: detailed"
    assert (
        "Water is left of bare ground" in told[0]["text"]
        or "next to" in told[0]["text"]
    )
    assert told[1]["answer"]["value"] == "yes"
    assert told[2]["answer"]["value"] == "water"


def test_hits_of_another_index_are_left_out_of_a_session(chat) -> None:
    """They are told of, what is not of them stays, and the rest goes on."""
    tour = ["--session", "tour"]
    chat("How deep is Lake Baikal?", "find snow and ice", more=tour)
    again, back = chat("the second", "back to the lake", more=[*tour, "--index", "new"])
    assert "session 'tour' are of index 'world', not 'new'" in chat.err
    assert (again["kind"], back["kind"]) == ("asks back", "back")
    assert again["text"].endswith("nothing was found yet.")
    (still,) = chat("how deep is it?", more=tour)
    assert still["answer"]["value"] == "1,642 m"


def test_a_session_whose_pictures_are_gone_goes_on(chat, tmp_path) -> None:
    picture = tmp_path / "a.png"
    Image.new("RGB", (64, 64), (20, 60, 130)).save(picture)
    tour = ["--session", "tour"]
    chat(f"@{picture} what is this?", more=tour)
    picture.unlink()
    lost, fact = chat("is there water in it?", "How deep is Lake Baikal?", more=tour)
    assert lost["kind"] == "error" and "a.png" in lost["text"]
    assert fact["answer"]["value"] == "1,642 m"
