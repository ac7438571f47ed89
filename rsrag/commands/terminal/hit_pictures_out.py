"""The contact sheet and the map that ``rsrag search`` writes."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING

from rsrag.errors import QueryError

if TYPE_CHECKING:
    from rsrag.desk.searching import Found


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
    found: "Found",
    contact_sheet: Path | None,
    map_file: Path | None,
    ground: bytes | None,
) -> None:
    """Write the contact sheet and the map that were asked for, and say where."""
    if contact_sheet is None and map_file is None:
        return
    from rsrag.retrieval.chip_pictures import chip_reader

    read = chip_reader(found.imagery)
    if contact_sheet is not None:
        from rsrag.rendering.hits.contact_sheet import write_contact_sheet

        missing = write_contact_sheet(contact_sheet, found.sections, read)
        _say_written(contact_sheet, missing)
    if map_file is not None:
        from rsrag.rendering.hits.html_map import write_map

        missing = write_map(map_file, found.sections, read, ground)
        _say_written(map_file, missing)


def _say_written(path: Path, missing: int) -> None:
    note = f" ({missing} chips could not be read again)" if missing else ""
    print(f"wrote {path}{note}", file=sys.stderr)
