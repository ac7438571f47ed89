"""The captions that came with an index's pictures."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from rsrag.desk.imagery.columns_there import chips_in, chips_passing
from rsrag.rag.looking.caption_search import CaptionSearch
from rsrag.rag.looking.consensus import captions_of

if TYPE_CHECKING:
    from rsrag.filters import Filter


def captions_in(parts: Sequence[Path]) -> CaptionSearch:
    """Those of all chips, to be searched."""
    table = chips_in(parts, ["id", "properties"])
    said: dict[str, tuple[str, ...]] = {}
    known: dict[str, tuple[str, ...]] = {}
    pairs = (table[name].to_pylist() for name in ("id", "properties"))
    for id_, text in zip(*pairs, strict=True):
        if text is None:
            continue
        if text not in known:
            known[text] = captions_of(json.loads(text))
        if known[text]:
            said[id_] = known[text]
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
