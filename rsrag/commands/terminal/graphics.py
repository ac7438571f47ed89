"""Graphics that a terminal can draw, by the environment or by asking it.

Only control sequences of the oldest kind (CSI) are sent to ask: a terminal that does
not know one shows nothing. Inside tmux and screen the variables speak of the terminal
outside, so only the multiplexer's own answer counts.
"""

import os
import re
import select
import time
from collections.abc import Mapping
from contextlib import suppress
from typing import NamedTuple

ANSWER_S = 0.5
"""How long a terminal is waited for."""

_ASK = b"\x1b[>0q\x1b[c"
"""XTVERSION: who are you? And DA1, which each terminal answers: what can you do?"""

_DONE = re.compile(rb"\x1b\[\?([0-9;]*)c")
_NAME = re.compile(rb"\x1bP>\|([^\x1b]*)\x1b\\")
_BY_NAME = {
    "kitty": "kitty",
    "ghostty": "kitty",
    "konsole": "kitty",
    "wezterm": "iterm2",
    "iterm": "iterm2",
    "iterm2": "iterm2",
    "mintty": "iterm2",
}
_CELL_PIXELS = 9
"""Width of a cell where the terminal does not tell."""


class Room(NamedTuple):
    """Width of a terminal.

    Attributes:
        cells: columns.
        pixels: across all of them.
    """

    cells: int
    pixels: int


def protocol(environ: Mapping[str, str]) -> str | None:
    """``kitty``, ``iterm2`` or ``sixel``; ``None`` if the terminal draws nothing."""
    term = environ.get("TERM", "")
    if term in ("", "dumb", "linux"):
        return None
    inside = environ.get("TMUX") or environ.get("STY")
    if not (inside or term.startswith(("screen", "tmux"))):
        for name in ("TERM", "TERM_PROGRAM", "LC_TERMINAL"):
            who = environ.get(name, "").lower()
            if known := _BY_NAME.get(who.removeprefix("xterm-").removesuffix(".app")):
                return known
        if environ.get("KITTY_WINDOW_ID"):
            return "kitty"
    return told(ask())


def told(answer: bytes) -> str | None:
    """What the answer to :func:`ask` says."""
    if found := _NAME.search(answer):
        name = found[1].decode("ascii", "replace").lower()
        first = re.split(r"[^a-z0-9]", name)[0]
        if first in _BY_NAME:
            return _BY_NAME[first]
    done = _DONE.search(answer)
    return "sixel" if done and b"4" in done[1].split(b";")[1:] else None


def ask() -> bytes:
    """Ask the terminal of this process; empty if it does not answer, or is busy."""
    import termios

    try:
        terminal = os.open("/dev/tty", os.O_RDWR | os.O_NOCTTY)
    except OSError:
        return b""
    try:
        if os.tcgetpgrp(terminal) != os.getpgrp() or _readable(terminal, 0):
            return b""  # in the background, or somebody is typing
        before = termios.tcgetattr(terminal)
        quiet = termios.tcgetattr(terminal)
        quiet[3] &= ~(termios.ECHO | termios.ICANON)
        termios.tcsetattr(terminal, termios.TCSADRAIN, quiet)
        try:
            os.write(terminal, _ASK)
            return _answer(terminal)
        finally:
            # What comes in too late shall not be typed at the shell.
            termios.tcsetattr(terminal, termios.TCSAFLUSH, before)
    except (OSError, termios.error):
        return b""
    finally:
        os.close(terminal)


def _answer(terminal: int) -> bytes:
    answer, until = b"", time.monotonic() + ANSWER_S
    while not _DONE.search(answer):
        left = until - time.monotonic()
        if left <= 0 or not _readable(terminal, left):
            return b""
        answer += os.read(terminal, 1024)
    return answer


def _readable(terminal: int, seconds: float) -> bool:
    return bool(select.select([terminal], [], [], seconds)[0])


def room(stream: int) -> Room:
    """How wide the terminal is behind a file descriptor."""
    import fcntl
    import struct
    import termios

    cells = pixels = 0
    with suppress(OSError):
        size = fcntl.ioctl(stream, termios.TIOCGWINSZ, b"\0" * 8)
        _, cells, pixels, _ = struct.unpack("HHHH", size)
    cells = cells or 80
    return Room(cells, pixels or cells * _CELL_PIXELS)
