"""Commands that embed words only compute with one thread; others as they did."""

import os
import subprocess
import sys

import pytest

from rsrag.desk.chosen_settings import COUNTS, one_thread

CODE = (
    "import os, sys; from rsrag.commands import main; code = main(sys.argv[1:]); "
    f"print([os.environ.get(n) for n in {(*COUNTS, 'OMP_WAIT_POLICY')!r}]); "
    "sys.exit(code)"
)


def told(root, *words: str, **environ: str) -> str:
    """The variables after a command, as it printed them last."""
    env = {k: v for k, v in os.environ.items() if k not in COUNTS}
    env.pop("OMP_WAIT_POLICY", None)
    done = subprocess.run(
        [sys.executable, "-c", CODE, *words, "--indexes", str(root / "indexes")],
        capture_output=True,
        text=True,
        check=False,
        env={**env, **environ},
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()[-1]


ONE = str(["1", "1", "1", "PASSIVE"])
NONE = str([None, None, None, "PASSIVE"])


def test_words_take_one_thread(root) -> None:
    assert told(root, "search", "snow") == ONE
    # A box is read before the command's own lines: the variables stand already.
    assert told(root, "search", "snow", "--bbox", "0", "0", "9", "9") == ONE
    knowledge = ("--knowledge", str(root / "knowledge"), "--no-llm")
    assert told(root, "ask", "How deep is Lake Baikal?", *knowledge) == ONE


def test_a_variable_that_is_set_stays(root) -> None:
    said = told(root, "search", "snow", OMP_NUM_THREADS="2", OMP_WAIT_POLICY="ACTIVE")
    assert said == str(["1", "2", "1", "ACTIVE"])


@pytest.mark.parametrize("term", ["--image {}", "--add @{}"])
def test_pictures_keep_their_threads(root, term) -> None:
    words = term.format(root / "archive" / "sand-1.png").split()
    assert told(root, "search", *words) == NONE


def test_blocks_of_a_scene_take_one_thread_of_blas_each(root) -> None:
    picture = str(root / "archive" / "sand-1.png")
    assert told(root, "change", picture, picture) == str(["1", None, None, "PASSIVE"])


def test_it_is_too_late_once_numpy_is_loaded(monkeypatch) -> None:
    import numpy as np

    assert np.__name__ in sys.modules
    monkeypatch.delenv("OMP_NUM_THREADS", raising=False)
    assert one_thread() is False and "OMP_NUM_THREADS" not in os.environ
    monkeypatch.delitem(sys.modules, "numpy")
    for name in (*COUNTS, "OMP_WAIT_POLICY"):
        monkeypatch.setenv(name, "4")
    assert one_thread() is True and os.environ["OMP_NUM_THREADS"] == "4"
