"""Completion in the shell: commands, options, and names of indexes."""

import os
import subprocess
import sys
import time
from pathlib import Path
from types import SimpleNamespace

import pytest

from rsrag.commands.options.declarations import index_names

HEAVY = ("numpy", "pyarrow", "onnxruntime", "torch", "PIL", "rasterio", "shapely")


@pytest.fixture
def names(tmp_path, monkeypatch) -> Path:
    """A folder where three indexes and a searched folder's are found."""
    monkeypatch.setenv("RSRAG_HOME", str(tmp_path / "home"))
    monkeypatch.chdir(tmp_path)
    for place in ("indexes/coast", "indexes/cities", "home/folders/photos-12345678"):
        (tmp_path / place).mkdir(parents=True)
        (tmp_path / place / "CURRENT").touch()
    (tmp_path / "indexes" / "no-index").mkdir()
    (tmp_path / "other" / "elsewhere").mkdir(parents=True)
    (tmp_path / "other" / "elsewhere" / "CURRENT").touch()
    return tmp_path


def context(**params):
    return SimpleNamespace(params=params)


def test_names_that_begin_as_typed(names) -> None:
    assert index_names(context(), "") == ["cities", "coast", "photos-12345678"]
    assert index_names(context(indexes=None), "co") == ["coast"]
    assert index_names(context(), "x") == []
    assert index_names(context(indexes="other"), "") == ["elsewhere"]
    assert index_names(context(indexes="nowhere"), "") == []


def test_nothing_is_said_where_the_settings_are_wrong(names, monkeypatch) -> None:
    monkeypatch.setenv("RSRAG_THREADS", "many")
    assert index_names(context(), "") == []


def test_a_thousand_indexes_take_no_time(names) -> None:
    for number in range(1_000):
        (names / f"indexes/i{number}").mkdir()
        (names / f"indexes/i{number}/CURRENT").touch()
    start = time.process_time()
    assert len(index_names(context(), "i")) == 1_000
    assert time.process_time() - start < 0.15


def completed(shell: str, words: str) -> list[str]:
    """What the completion of a shell prints."""
    given = words.split(" ")
    env = {
        "_RSRAG_COMPLETE": f"complete_{shell}",
        "COMP_WORDS": words,
        "COMP_CWORD": str(len(given) - 1),
        "_TYPER_COMPLETE_ARGS": words,
        "_TYPER_COMPLETE_FISH_ACTION": "get-args",
    }
    code = (
        "import sys; from rsrag.commands import main; main([]); "
        f"print([name for name in {HEAVY!r} if name in sys.modules], file=sys.stderr)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        env=os.environ | env,
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stderr == "[]\n"
    return done.stdout.split()


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_shells(names, shell) -> None:
    said = completed(shell, "rsrag index info c")
    assert any("coast" in word for word in said)
    assert any("cities" in word for word in said)
    assert not any("photos" in word for word in said)


@pytest.mark.parametrize(
    ("words", "wanted"),
    [
        ("rsrag search river --index co", ["coast"]),
        ("rsrag search river --indexes other --index ", ["elsewhere"]),
        ("rsrag ask question --knowledge-index ci", ["cities"]),
        ("rsrag index update ph", ["photos-12345678"]),
        ("rsrag index ver", ["verify"]),
        ("rsrag search --no-r", ["--no-refresh"]),
        ("rsrag knowledge import file --name c", []),
    ],
)
def test_words(names, words, wanted) -> None:
    assert completed("bash", words) == wanted


def test_bash_takes_the_script(names, tmp_path) -> None:
    command = tmp_path / "bin" / "rsrag"
    command.parent.mkdir()
    start = "from rsrag.commands import main; raise SystemExit(main())"
    command.write_text(f'#!/bin/sh\nexec "{sys.executable}" -c "{start}" "$@"\n')
    command.chmod(0o755)
    script = (
        'eval "$(rsrag --show-completion bash)"; '
        "COMP_WORDS=(rsrag index info ci); COMP_CWORD=3; _rsrag_completion rsrag; "
        'echo "${COMPREPLY[@]}"'
    )
    done = subprocess.run(
        ["bash", "-c", script],
        env={**os.environ, "PATH": f"{command.parent}:{os.environ['PATH']}"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout == "cities\n"
