"""Sessions: a turn that is over is there, whatever is killed after it."""

import contextlib
import json
import random
import signal
import sqlite3
import subprocess
import sys
from datetime import UTC, datetime

import pytest

from rsrag.dialogue.sessions import Sessions
from rsrag.dialogue.state import DialogueState, Focus, Turn
from rsrag.dialogue.transcripts import transcript
from rsrag.errors import ConfigError, QueryError

TALK = """
import sys
from pathlib import Path
from rsrag.dialogue.sessions import Sessions
from rsrag.dialogue.state import DialogueState, Focus, Turn
store = Sessions(Path(sys.argv[1]))
state = store.state("s") or DialogueState()
while True:
    said = str(len(state.turns))
    after = state.after(Turn(said, "", "told", "ask", Focus()))
    store.keep("s", after, state)
    state = after
    print(said, flush=True)
"""


def turn(said: str, *pictures: str) -> Turn:
    return Turn(said, "", f"told of {said}", "ask", Focus(), pictures)


@pytest.mark.parametrize("seed", range(3))
def test_no_finished_turn_is_lost_to_a_kill(seed, tmp_path) -> None:
    path, rng = tmp_path / "sessions.db", random.Random(seed)
    done = -1
    for _ in range(2):
        child = subprocess.Popen(
            [sys.executable, "-c", TALK, str(path)], stdout=subprocess.PIPE, text=True
        )
        assert child.stdout is not None
        for _ in range(rng.randint(1, 8)):
            done = int(child.stdout.readline())
        child.send_signal(signal.SIGKILL)
        for line in child.stdout:
            done = int(line)
        child.wait()
        child.stdout.close()
        state = Sessions(path).state("s")
        assert state is not None
        assert [one.said for one in state.turns[: done + 1]] == list(
            map(str, range(done + 1))
        )


def test_sessions_are_listed_and_forgotten(tmp_path) -> None:
    store = Sessions(tmp_path / "new" / "sessions.db")
    assert store.kept() == [] and store.state("a") is None
    empty = DialogueState()
    store.keep("a", empty.after(turn("hello")), empty)
    assert [(one.name, one.turns) for one in store.kept()] == [("a", 1)]
    store.forget("a")
    assert store.state("a") is None
    with pytest.raises(QueryError, match="no session 'a'"):
        store.forget("a")


def test_two_chats_do_not_overwrite_each_other(tmp_path) -> None:
    store, empty = Sessions(tmp_path / "sessions.db"), DialogueState()
    store.keep("a", empty.after(turn("one")), empty)
    with pytest.raises(QueryError, match="Another chat"):
        store.keep("a", empty.after(turn("two")), empty)
    held = store.state("a")
    assert held is not None and [one.said for one in held.turns] == ["one"]


def test_only_the_last_turns_are_kept_and_their_count_goes_on(tmp_path, monkeypatch):
    monkeypatch.setattr("rsrag.dialogue.state.KEPT_TURNS", 3)
    store, state = Sessions(tmp_path / "sessions.db"), DialogueState()
    for number in range(5):
        after = state.after(turn(str(number)))
        store.keep("a", after, state)
        state = after
    assert store.state("a") == state
    assert [one.said for one in state.turns] == ["2", "3", "4"]
    assert store.kept()[0].turns == 5
    store.close()
    assert store.state("a") == state


def test_a_session_that_nobody_speaks_in_expires(tmp_path, monkeypatch) -> None:
    empty = DialogueState()
    for name, spoken in (("old", "2020-01-01"), ("new", "2020-01-31")):
        now = datetime.fromisoformat(spoken).replace(tzinfo=UTC)
        monkeypatch.setattr("rsrag.dialogue.sessions._now", lambda now=now: now)
        with contextlib.closing(Sessions(tmp_path / "sessions.db")) as store:
            store.keep(name, empty.after(turn("hello")), empty)
    later = datetime(2020, 2, 1, tzinfo=UTC)
    monkeypatch.setattr("rsrag.dialogue.sessions._now", lambda: later)
    store = Sessions(tmp_path / "sessions.db")
    assert [one.name for one in store.kept()] == ["new"]
    assert store.state("old") is None
    store.keep("old", empty.after(turn("again")), empty)


def test_a_file_that_holds_no_sessions_is_told_of(tmp_path) -> None:
    path = tmp_path / "sessions.db"
    path.write_bytes(b"no database at all" * 100)
    with pytest.raises(ConfigError, match="cannot be used"):
        Sessions(path).kept()
    path.unlink()
    with contextlib.closing(sqlite3.connect(path)) as other:
        other.execute("PRAGMA user_version = 9")
    with pytest.raises(ConfigError, match="format 9"):
        Sessions(path).kept()


def test_transcripts_keep_pictures_at_their_turn() -> None:
    state = DialogueState(pictures={"picture 1": "a.png"})
    state = state.after(turn("what?", "picture 1")).after(turn("and then?"))
    (record,) = json.loads(transcript("s", state, "llava"))
    assert record["image"] == ["a.png"]
    assert [one["value"] for one in record["conversations"]][::2] == [
        "<image>\nwhat?",
        "and then?",
    ]
    first, *_, last = json.loads(transcript("s", state, "messages"))
    assert [part["type"] for part in first["content"]] == ["image_url", "text"]
    assert last == {"role": "assistant", "content": "told of and then?"}
    assert "**You:** ![picture 1](a.png) what?" in transcript("s", state, "md")
