"""Chips that several shards gave: the first one keeps them."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from rsrag.indexing.build.part_files import PartFiles
from rsrag.indexing.format.ledger import DUPLICATE, SAME_CHIP, Entry
from rsrag.indexing.format.parts import PartInfo, read_parts
from rsrag.types import EncoderIdentity, Skip

if TYPE_CHECKING:
    import pyarrow as pa


def each_once(
    folder: Path,
    parts: Sequence[PartInfo],
    encoder: EncoderIdentity,
    entries: Sequence[Entry],
    skipped: list[Skip],
) -> list[PartInfo]:
    """Leave out chips that an earlier part has given already.

    Args:
        folder: of the parts; those with such chips are written again.
        parts: in the order of the scan.
        encoder: of their vectors.
        entries: of all sources; those that lose chips are told so.
        skipped: takes what is left out.

    Returns:
        The parts that are left.
    """
    twice = _twice([folder / part.file for part in parts])
    if not len(twice):
        return list(parts)
    by_source = {entry.source: entry for entry in entries}
    seen: set[str] = set()
    kept = []
    for part in parts:
        path = folder / part.file
        keep = list(_claims(path, twice, seen, by_source, skipped))
        if all(keep):
            kept.append(part)
        elif any(keep):
            kept.append(_without(path, encoder, np.array(keep)))
        else:
            path.unlink()
    return kept


def _claims(
    path: Path,
    twice: NDArray[np.uint64],
    seen: set[str],
    by_source: dict[str, Entry],
    skipped: list[Skip],
) -> Iterator[bool]:
    for table in read_parts([path], ["id", "source"]):
        suspects = np.isin(_short(table), twice)
        ids, sources = table["id"].to_pylist(), table["source"].to_pylist()
        for id_, source, suspect in zip(ids, sources, suspects, strict=True):
            again = bool(suspect) and id_ in seen
            if suspect:
                seen.add(id_)
            if again:
                entry = by_source[source]
                entry.chips -= 1
                entry.leave_out(DUPLICATE, SAME_CHIP)
                entry.settle()
                skipped.append(Skip(source, SAME_CHIP, DUPLICATE))
            yield not again


def _without(path: Path, encoder: EncoderIdentity, keep: NDArray[np.bool_]) -> PartInfo:
    """Write a part again with some of its rows."""
    aside = path.with_name("rewritten")
    files = PartFiles(aside, encoder, part_rows=float("inf"), name=lambda n: path.name)
    done = 0
    for table in read_parts([path]):
        files.write(table.filter(keep[done : done + len(table)]))
        done += len(table)
    (info,) = files.close()
    (aside / path.name).replace(path)
    aside.rmdir()
    return info


def _twice(paths: Sequence[Path]) -> NDArray[np.uint64]:
    """First halves of ids that stand in more than one row; 8 bytes of memory a row."""
    halves = [_short(table) for table in read_parts(paths, ["id"], 1 << 16)]
    if not halves:
        return np.empty(0, np.uint64)
    whole = np.concatenate(halves)
    del halves
    whole.sort()
    return np.unique(whole[1:][whole[1:] == whole[:-1]])


def _short(table: "pa.Table") -> NDArray[np.uint64]:
    """The first 16 hex digits of each id, as a number."""
    import pyarrow.compute as pc

    short = pc.utf8_slice_codeunits(table["id"], 0, 16).combine_chunks()
    text = b"".join(short.cast("binary").to_pylist())
    return np.frombuffer(bytes.fromhex(text.decode("ascii")), ">u8").astype(np.uint64)
