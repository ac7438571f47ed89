"""The contact sheet, the map and the preview that ``rsrag search`` makes."""

import math
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from rsrag.errors import QueryError

if TYPE_CHECKING:
    from rsrag.desk.imagery.hits import Hits

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
    from rsrag.commands.terminal.graphics import protocol

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
    if map_file is None:
        if base is not None:
            raise QueryError(
                f"--base {base} lies under a map, and no map is asked for.",
                hint="--map FILE.html",
            )
        return None

    from rsrag.rendering.hits.map_ground import map_ground

    return map_ground(base)


def write_pictures(
    sections: "Sequence[tuple[str, Hits]]",
    contact_sheet: Path | None,
    map_file: Path | None,
    ground: bytes | None,
    preview: Preview | None,
) -> None:
    """Draw the preview; write the sheet and the map that were asked for."""
    if preview is not None:
        _draw(sections, preview)
    if contact_sheet is not None:
        from rsrag.rendering.hits.contact_sheet import write_contact_sheet

        _say_written(contact_sheet, write_contact_sheet(contact_sheet, sections))
    if map_file is not None:
        from rsrag.rendering.hits.html_map import write_map

        _say_written(map_file, write_map(map_file, sections, ground=ground))


def _say_written(path: Path, missing: int) -> None:
    note = f" ({missing} chips could not be read again)" if missing else ""
    print(f"wrote {path}{note}", file=sys.stderr)


def _draw(sections: "Sequence[tuple[str, Hits]]", preview: Preview) -> None:
    """Draw the first hits of each query below what was printed."""
    from rsrag.commands.terminal.graphics import room
    from rsrag.rendering.hits.contact_sheet import columns_within, draw_contact_sheet
    from rsrag.rendering.hits.terminal_pictures import terminal_picture

    sections = [(title, hits[:PREVIEWED]) for title, hits in sections]
    wide = room(sys.stdout.fileno())
    columns = min(6, columns_within(wide.pixels))
    sheet, unread = draw_contact_sheet(sections, columns=columns)
    if unread == sum(len(hits) for _, hits in sections) and not preview.typed:
        return  # nothing to see: vectors that were made elsewhere, or archives away
    if sheet.width > wide.pixels:
        height = max(1, round(sheet.height * wide.pixels / sheet.width))
        sheet = sheet.resize((wide.pixels, height))
    cells = min(wide.cells, math.ceil(sheet.width * wide.cells / wide.pixels))
    sys.stdout.flush()
    sys.stdout.buffer.write(terminal_picture(sheet, preview.protocol, cells))
    sys.stdout.flush()
