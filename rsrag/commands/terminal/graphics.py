"""Pictures of hits: contact sheet, map, and a preview as the terminal can draw it.

Only control sequences of the oldest kind (CSI) are sent to ask: a terminal that does
not know one shows nothing. Inside tmux and screen the variables speak of the terminal
outside, so only the multiplexer's own answer counts.
"""

import math
import os
import re
import select
import sys
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from rsrag.errors import QueryError

if TYPE_CHECKING:
    from rsrag.desk.imagery.hits import Hits

    Sections = Sequence[tuple[str, Hits]]

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


PREVIEWED = 12
"""Most hits of a query that are drawn on a terminal."""


class Preview(NamedTuple):
    """How hits are drawn on the terminal.

    Attributes:
        protocol: ``kitty``, ``iterm2`` or ``sixel``.
        typed: it was asked for, and is no mere default.
    """

    protocol: str
    typed: bool


def preview_of(
    setting: str, wanted: bool, refused: bool, *, plain: bool
) -> Preview | None:
    """How to draw hits on the terminal, if at all; asks the terminal if it must.

    Args:
        setting: of ``Settings.preview``.
        wanted, refused: ``--preview`` and ``--no-preview``.
        plain: a table of one query is printed, which pictures may follow unasked.

    Raises:
        QueryError: ``--preview`` where nothing can be drawn, or both options.
    """
    if wanted and refused:
        raise QueryError("--preview and --no-preview do not go together.")
    seen = sys.stdout.isatty()
    if not wanted and (refused or not plain or not seen or setting == "never"):
        return None
    if not seen:
        raise QueryError(
            "--preview draws on a terminal, and this output does not go to one.",
            hint="--contact-sheet FILE",
        )

    named = setting not in ("auto", "never")
    found = setting if named else protocol(os.environ)
    if found is None and wanted:
        raise QueryError(
            "This terminal does not say that it draws pictures (by kitty's graphics, "
            "iTerm2's inline files or sixels).",
            hint="RSRAG_PREVIEW=sixel if it does all the same, or --contact-sheet FILE",
        )
    return None if found is None else Preview(found, wanted)


def ground_of(map_file: Path | None, base: str | None) -> bytes | None:
    """What lies under the map, read before anything is searched."""
    if map_file is None and base is not None:
        raise QueryError(
            f"--base {base} lies under a map, and no map is asked for.",
            hint="--map FILE.html",
        )
    if map_file is None:
        return None
    from rsrag.rendering.hits.html_map import map_ground

    return map_ground(base)


def write_pictures(
    sections: "Sections",
    contact_sheet: Path | None,
    map_file: Path | None,
    ground: bytes | None,
    preview: Preview | None,
    about: Mapping[str, str],
    every: Sequence[Sequence[float]],
) -> None:
    """Draw the preview; write the sheet and the map that were asked for."""
    if preview is not None:
        _draw(sections, preview, about)
    if contact_sheet is not None:
        from rsrag.rendering.hits.contact_sheet import write_contact_sheet as write

        _say_written(contact_sheet, write(contact_sheet, sections, about=about))
    if map_file is not None:
        from rsrag.rendering.hits.html_map import write_map

        lost = write_map(map_file, sections, ground=ground, about=about, every=every)
        _say_written(map_file, lost)


def _say_written(path: Path, missing: int) -> None:
    note = f" ({missing} chips could not be read again)" if missing else ""
    print(f"wrote {path}{note}", file=sys.stderr)


def _draw(sections: "Sections", preview: Preview, about: Mapping[str, str]) -> None:
    """Draw the first hits of each query below what was printed."""
    from rsrag.rendering.hits.contact_sheet import columns_within, draw_contact_sheet
    from rsrag.rendering.hits.terminal_pictures import terminal_picture

    sections = [(title, hits[:PREVIEWED]) for title, hits in sections]
    wide = room(sys.stdout.fileno())
    columns = min(6, columns_within(wide.pixels))
    sheet, unread = draw_contact_sheet(sections, columns=columns, about=about)
    if unread == sum(len(hits) for _, hits in sections) and not preview.typed:
        return  # nothing to see: made elsewhere, or away
    if (width := wide.pixels) < sheet.width:
        sheet = sheet.resize((width, max(1, round(sheet.height * width / sheet.width))))
    cells = min(wide.cells, math.ceil(sheet.width * wide.cells / wide.pixels))
    sys.stdout.flush()
    sys.stdout.buffer.write(terminal_picture(sheet, preview.protocol, cells))
    sys.stdout.flush()
