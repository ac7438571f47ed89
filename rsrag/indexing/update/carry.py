"""Parts of the last generation, carried over into the next.

A part in which nothing changed is linked, not copied; the others are written again as
a stream, without the rows that go and with new names in those that moved.
"""

import datetime as dt
import json
import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rsrag.durable import link_or_copy
from rsrag.indexing.format.chip_schema import RULES
from rsrag.indexing.format.index_kinds import IMAGE
from rsrag.indexing.format.manifest import Space, part_paths
from rsrag.indexing.format.parts import PartInfo, PartWriter, read_parts
from rsrag.indexing.update.change_counts import Renamed

if TYPE_CHECKING:
    import pyarrow as pa

SMALL_ROWS = 8_192
"""A part with fewer rows is small..."""

MANY_SMALL = 8
"""...and so many small ones are gathered into one."""


@dataclass(slots=True)
class Carried:
    """What was carried over.

    Attributes:
        parts: that stand in the new generation already.
        small: parts of the last one, to be written again together with what is new.
        rewritten: parts that are not what they were, if anything is left of them.
        gone: ids of chips that went.
        renamed: how many rows say something else now.
        sources: of those rows.
    """

    parts: list[PartInfo] = field(default_factory=list)
    small: list[Path] = field(default_factory=list)
    rewritten: list[Path] = field(default_factory=list)
    gone: list[str] = field(default_factory=list)
    renamed: int = 0
    sources: set[str] = field(default_factory=set)


def carry_parts(
    old: Path,
    building: Path,
    space: Space,
    carry: Mapping[str, Renamed | None],
    tick: Callable[[], None],
) -> Carried:
    """Link or rewrite the parts of the last generation, in folder ``old``.

    Raises:
        IndexCorruptError: a part cannot be read.
    """
    carried = Carried()
    small = sum(part.rows < SMALL_ROWS for part in space.parts)
    targets = part_paths(building, IMAGE, space.parts)
    shutil.rmtree(building / "parts", ignore_errors=True)
    (building / "parts" / IMAGE).mkdir(parents=True)
    sources = part_paths(old, IMAGE, space.parts)
    for part, source, target in zip(space.parts, sources, targets, strict=True):
        tick()
        if carry and _mentions(source, carry):
            writer = PartWriter(target, space.encoder)
            for table in read_parts([source]):
                tick()
                table = _rewrite(table, carry, carried)
                if len(table):
                    writer.write(table)
            if writer.rows:
                carried.rewritten.append(target)
                carried.parts.append(writer.close())
        elif part.rows < SMALL_ROWS and small >= MANY_SMALL:
            carried.small.append(source)
        else:
            link_or_copy(source, target)
            carried.parts.append(part)
    return carried


def _mentions(part: Path, carry: Mapping[str, Renamed | None]) -> bool:
    import pyarrow as pa
    import pyarrow.compute as pc

    wanted = pa.array(list(carry), pa.string())
    return any(
        pc.any(pc.is_in(table["source"], wanted)).as_py()
        for table in read_parts([part], ["source"], 1 << 16)
    )


def _rewrite(
    table: "pa.Table", carry: Mapping[str, Renamed | None], carried: Carried
) -> "pa.Table":
    import pyarrow as pa

    sources = table["source"].to_pylist()
    if not any(source in carry for source in sources):
        return table
    stays = [carry.get(source, True) is not None for source in sources]
    if not all(stays):
        ids = table["id"].to_pylist()
        carried.gone += [i for i, stay in zip(ids, stays, strict=True) if not stay]
        table = table.filter(stays)
        sources = [s for s, stay in zip(sources, stays, strict=True) if stay]
    names = ("source", "datetime", "gsd_m", "sensor", "properties", *RULES)
    columns = {name: table[name].to_pylist() for name in names}
    for row, source in enumerate(sources):
        renamed = carry.get(source)
        if renamed is not None:
            carried.renamed += 1
            carried.sources.add(renamed.source)
            columns["source"][row] = renamed.source
            for name, value in _facts(renamed.facts).items():
                columns[name][row] = value
    for name, values in columns.items():
        at = table.schema.get_field_index(name)
        column = pa.array(values, table.schema.field(at).type)
        table = table.set_column(at, table.schema.field(at), column)
    return table


def _facts(text: str) -> dict[str, Any]:
    facts = json.loads(text)
    time, properties = facts.get("datetime"), facts.get("properties")
    return {
        "datetime": dt.datetime.fromisoformat(time) if time else None,
        "gsd_m": facts.get("gsd_m"),
        **{name: facts.get(name) for name in ("sensor", *RULES)},
        "properties": json.dumps(properties, ensure_ascii=False)
        if properties
        else None,
    }
