"""``rsrag search --preview``: pictures on a terminal that draws them."""

import fcntl
import os
import re
import select
import struct
import subprocess
import sys
import termios
import time

import numpy as np
import pytest
from PIL import Image
from terminal_decoding import iterm_picture, kitty_picture, sixel_picture

from rsrag.commands import main
from rsrag.commands.terminal import graphics
from rsrag.commands.terminal.graphics import told
from rsrag.rendering.hits.contact_sheet import columns_within
from rsrag.rendering.hits.terminal_pictures import terminal_picture

START = (
    "import fcntl, sys, termios; fcntl.ioctl(0, termios.TIOCSCTTY, 0); "
    "from rsrag.commands import main; sys.exit(main(sys.argv[1:]))"
)
ASKED = b"\x1b[>0q\x1b[c"
HIDDEN = ("TMUX", "STY", "TERM_PROGRAM", "LC_TERMINAL", "KITTY_WINDOW_ID", "TERM")


def readable(fd: int) -> bool:
    return bool(select.select([fd], [], [], 0.05)[0])


def in_terminal(
    env: dict[str, str], *words: object, answer: bytes = b"", cells: int = 200
) -> tuple[int, bytes, float]:
    """Run a command in a terminal of 50 lines whose cells have 10 x 20 pixels.

    Args:
        env: its variables.
        words: of the command.
        answer: what the terminal says when it is asked.
        cells: columns.

    Returns:
        Exit code, all that came to the terminal, seconds until the end.
    """
    ours, theirs = os.openpty()
    size = struct.pack("HHHH", 50, cells, 10 * cells, 1000)
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, size)
    modes = termios.tcgetattr(theirs)
    modes[1] &= ~termios.OPOST  # line ends as they are written
    termios.tcsetattr(theirs, termios.TCSANOW, modes)
    start = time.monotonic()
    process = subprocess.Popen(
        [sys.executable, "-c", START, *map(str, words)],
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        env={k: v for k, v in os.environ.items() if k not in HIDDEN} | env,
        start_new_session=True,
    )
    os.close(theirs)
    out = b""
    while process.poll() is None or readable(ours):
        if readable(ours):
            try:
                out += os.read(ours, 1 << 16)
            except OSError:  # Linux: the other side is closed
                break
        if ASKED in out and answer:
            os.write(ours, answer)
            answer = b""
    code = process.wait(30)
    os.close(ours)
    return code, out, time.monotonic() - start


@pytest.fixture
def screen(indexes):
    """Run ``rsrag search sand`` in a terminal: exit code, output, seconds."""

    def call(env, *words, **options):
        env = {"TERM": "xterm-256color", **env}
        command = ("search", "sand", *words, "--indexes", indexes)
        return in_terminal(env, *command, **options)

    return call


def test_kitty(screen, tmp_path) -> None:
    sheet = tmp_path / "sheet.png"
    code, out, _ = screen({"TERM": "xterm-kitty"}, "--contact-sheet", sheet)
    assert code == 0 and ASKED not in out
    picture, keys = kitty_picture(out)
    assert picture.tobytes() == Image.open(sheet).tobytes()
    assert keys["q"] == "2" and (keys["a"], keys["f"]) == ("T", "100")
    assert int(keys["c"]) == -(-picture.width // 10)
    assert out.index(b"RANK") < out.index(b"\x1b_G") < out.index(b"wrote ")


def test_iterm(screen, tmp_path) -> None:
    sheet = tmp_path / "sheet.png"
    env = {"TERM_PROGRAM": "iTerm.app"}
    code, out, _ = screen(env, "--contact-sheet", sheet)
    assert code == 0 and ASKED not in out
    picture, keys = iterm_picture(out)
    assert picture.tobytes() == Image.open(sheet).tobytes()
    assert keys["inline"] == "1" and keys["width"] == str(-(-picture.width // 10))


def test_sixel_if_the_terminal_says_so(screen, tmp_path) -> None:
    sheet = tmp_path / "sheet.png"
    code, out, _ = screen({}, "--contact-sheet", sheet, answer=b"\x1b[?62;4;22c")
    assert code == 0
    assert out.startswith(ASKED)
    wanted = np.asarray(Image.open(sheet), int)
    found = np.asarray(sixel_picture(out), int)
    assert found.shape == wanted.shape
    assert np.abs(found - wanted).mean() < 3
    assert np.abs(found[:40] - wanted[:40]).max() <= 3  # paper, and nothing else


def test_inside_tmux_its_own_answer_counts(screen) -> None:
    env = {"TMUX": "/tmp/x", "TERM": "xterm-kitty", "KITTY_WINDOW_ID": "1"}
    answer = b"\x1bP>|tmux 3.4\x1b\\\x1b[?1;2;4c"
    code, out, _ = screen(env, answer=answer)
    assert code == 0 and b"\x1b_G" not in out
    sixel_picture(out)
    code, out, _ = screen(env, answer=b"\x1bP>|tmux 3.3\x1b\\\x1b[?1;2c")
    assert code == 0 and out.count(b"\x1b") == ASKED.count(b"\x1b")


def test_a_terminal_that_keeps_silent(screen) -> None:
    code, out, silent_s = screen({})
    assert code == 0
    _, plain, _ = screen({}, "--no-preview")
    assert out == ASKED + plain
    assert b"\x1b" not in plain
    assert silent_s < 60


def test_terminals_that_are_never_asked(screen, monkeypatch) -> None:
    monkeypatch.setattr(graphics, "ask", lambda: pytest.fail("asked"))
    for term in ("dumb", "linux", ""):
        assert graphics.protocol({"TERM": term, "KITTY_WINDOW_ID": "1"}) is None
    code, out, _ = screen({"TERM": "dumb"}, "--preview")
    assert code == 2 and b"\x1b" not in out
    assert b"does not say that it draws pictures" in out


def test_variables_that_tell(monkeypatch) -> None:
    monkeypatch.setattr(graphics, "ask", lambda: b"")
    told_by = {
        ("TERM", "xterm-ghostty"): "kitty",
        ("KITTY_WINDOW_ID", "1"): "kitty",
        ("TERM_PROGRAM", "WezTerm"): "iterm2",
        ("TERM_PROGRAM", "vscode"): None,
        ("LC_TERMINAL", "iTerm2"): "iterm2",
    }
    for (name, value), protocol in told_by.items():
        env = {"TERM": "xterm-256color", name: value}
        assert graphics.protocol(env) == protocol
        assert graphics.protocol({**env, "TMUX": "/tmp/x"}) is None
        assert graphics.protocol({**env, "TERM": "screen-256color"}) is None


def test_what_the_settings_say(screen) -> None:
    code, out, _ = screen({"RSRAG_PREVIEW": "sixel"})
    assert code == 0 and ASKED not in out
    sixel_picture(out)
    kitty = {"TERM": "xterm-kitty", "RSRAG_PREVIEW": "never"}
    assert b"\x1b" not in screen(kitty)[1]
    assert b"\x1b_G" in screen(kitty, "--preview")[1]


def test_only_a_table_of_one_query_has_a_preview_unasked(screen) -> None:
    kitty = {"TERM": "xterm-kitty"}
    for words in (("--format", "paths"), ("--json",)):
        code, out, _ = screen(kitty, *words)
        assert code == 0 and b"\x1b" not in out
    out = screen(kitty, "--format", "paths", "--preview")[1]
    assert out.index(b"sand-0.png") < out.index(b"\x1b_G")


def test_nothing_is_drawn_where_nobody_looks(run, monkeypatch) -> None:
    monkeypatch.setenv("TERM", "xterm-kitty")
    code, out, err = run("search", "sand")
    assert code == 0 and "\x1b" not in out + err
    code, out, err = run("search", "sand", "--preview")
    assert (code, out) == (2, "") and "does not go to one" in err
    code, out, err = run("search", "sand", "--preview", "--no-preview")
    assert (code, out) == (2, "") and "do not go together" in err


def test_pictures_that_are_gone_are_drawn_only_if_asked(archive, tmp_path) -> None:
    moved, root = tmp_path / "world.tar", tmp_path / "indexes"
    moved.write_bytes(archive.read_bytes())
    words = ["index", "build", str(moved), "--name", "gone", "--indexes", str(root)]
    assert main(words) == 0
    moved.unlink()
    search = ({"TERM": "xterm-kitty"}, "search", "sand", "--indexes", root)
    code, out, _ = in_terminal(*search)
    assert code == 0 and b"\x1b" not in out
    code, out, _ = in_terminal(*search, "--preview")
    assert code == 0
    kitty_picture(out)


def test_the_picture_is_no_wider_than_the_terminal(screen) -> None:
    code, out, _ = screen({"TERM": "xterm-kitty"}, "-k", 2, cells=20)
    assert code == 0
    picture, keys = kitty_picture(out)
    assert picture.width == 200 and keys["c"] == "20"


@pytest.mark.parametrize(
    ("answer", "protocol"),
    [
        (b"\x1bP>|kitty(0.42.1)\x1b\\\x1b[?62;52;c", "kitty"),
        (b"\x1bP>|ghostty 1.2.0\x1b\\\x1b[?62;22;52c", "kitty"),
        (b"\x1bP>|WezTerm 20240203-110809\x1b\\\x1b[?65;4;6;18;22c", "iterm2"),
        (b"\x1bP>|iTerm2 3.5.14\x1b\\\x1b[?62;4c", "iterm2"),
        (b"\x1bP>|foot(1.16.2)\x1b\\\x1b[?62;4;22;28c", "sixel"),
        (b"\x1bP>|XTerm(390)\x1b\\\x1b[?64;1;2;6;9;15;16;17;18;21;22;28c", None),
        (b"\x1b[?64;1;2;4;6c", "sixel"),
        (b"\x1b[?4c", None),  # a class of terminals, and no feature
        (b"\x1b[?62;14;24c", None),
        (b"", None),
        (b"\x1bP>|\xff\xfe\x1b\\\x1b[?1c", None),
    ],
)
def test_what_terminals_answer(answer, protocol) -> None:
    assert told(answer) == protocol


def test_a_sixel_of_any_size_comes_back() -> None:
    rng = np.random.default_rng(3)
    for height, width in ((1, 1), (5, 3), (6, 300), (7, 40), (40, 61)):
        few = rng.integers(0, 8, (height, width, 3)) // 4 * 255
        picture = Image.fromarray(few.astype(np.uint8))
        back = sixel_picture(terminal_picture(picture, "sixel", 1))
        assert back.tobytes() == picture.tobytes()


@pytest.mark.parametrize("protocol", ["kitty", "iterm2", "sixel"])
def test_the_escape_sequences_are_closed(protocol) -> None:
    data = terminal_picture(Image.new("RGB", (30, 20), "navy"), protocol, 3)
    sequence = rb"\x1b[_P].*?\x1b\\|\x1b\]1337.*?\x07"
    assert re.sub(sequence, b"", data, flags=re.DOTALL) == b"\n"


def test_as_many_columns_as_fit() -> None:
    widths = (1, 303, 304, 531, 532, 1444)
    assert [columns_within(width) for width in widths] == [1, 1, 1, 1, 2, 6]
