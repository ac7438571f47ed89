"""The captions of an index's chips: those that came with them, and those made."""

import json
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from rsrag.desk.imagery.columns_there import chips_in, chips_passing
from rsrag.durable import append_durably
from rsrag.rag.looking.caption_search import CaptionSearch
from rsrag.rag.looking.consensus import captions_of

if TYPE_CHECKING:
    from rsrag.filters import Filter


FILE = "captions.jsonl"


def captions_file(generation: Path) -> Path:
    """Where captions stand that were made for chips: a line each, by their ids.

    They belong to no generation: a chip that is the same in the next has the same id.
    """
    return generation.parent.parent / FILE


def add_captions(path: Path, lines: Sequence[str]) -> None:
    """Append lines of JSON; they are on disk when this returns."""
    if lines:
        cut = _breaks_off(path)
        text = "\n".join(["", *lines] if cut else lines) + "\n"
        append_durably(path, text.encode())


def _breaks_off(path: Path) -> bool:
    """Whether the last line has no end: a kill came in between."""
    if not path.is_file() or not path.stat().st_size:
        return False
    with path.open("rb") as file:
        file.seek(-1, 2)
        return file.read() != b"\n"


def _made(path: Path) -> dict[str, str]:
    """Captions of the file, by chip; a line that a kill cut short tells nothing."""
    found: dict[str, str] = {}
    for line in path.read_bytes().splitlines() if path.is_file() else ():
        with suppress(ValueError, KeyError, TypeError, RecursionError):
            told = json.loads(line)
            found[str(told["id"])] = str(told["caption"])
    return found


def captions_in(parts: Sequence[Path], generation: Path) -> CaptionSearch:
    """Those of all chips, to be searched: what came with them, else what was made.

    Args:
        parts: of the generation.
        generation: its folder.
    """
    made = _made(captions_file(generation))
    table = chips_in(parts, ["id", "properties"])
    said: dict[str, tuple[str, ...]] = {}
    known: dict[str, tuple[str, ...]] = {}
    pairs = (table[name].to_pylist() for name in ("id", "properties"))
    for id_, text in zip(*pairs, strict=True):
        if text is not None and text not in known:
            known[text] = captions_of(json.loads(text))
        if own := (text and known[text]) or captions_of({"caption": made.get(id_)}):
            said[id_] = own
    return CaptionSearch(said)


def ids_allowed(
    parts: Sequence[Path], where: "Filter | None", *, varied: bool
) -> frozenset[str] | None:
    """Ids of the chips that pass a filter; ``None`` if all do.

    Args:
        where: as the index spells it.
        varied: whether chips of one colour are left out.
    """
    from dataclasses import replace

    from rsrag.filters import Filter
    from rsrag.indexing.format.chip_schema import UNIFORM

    if varied:
        where = where or Filter()
        where = replace(where, ranges={**where.ranges, "contrast": (UNIFORM, None)})
    if not where:
        return None
    return frozenset(chips_passing(parts, where, ["id"])["id"].to_pylist())
