"""Keeping of parts and ledger of the generation before a rebuild.

Parts stand in the new generation as further names of the same files, where the disk
can do that, so that a new store costs no second copy of them.
"""

from collections.abc import Iterator, Sequence
from pathlib import Path

from rsrag.durable import link_or_copy, sync_folder
from rsrag.errors import IndexCorruptError
from rsrag.indexing.format.index_kinds import IMAGE
from rsrag.indexing.format.ledger import FILE as LEDGER
from rsrag.indexing.format.manifest import Manifest, part_paths
from rsrag.indexing.format.parts import PartInfo, part_info


def link_parts(
    old: Path, building: Path, parts: Sequence[PartInfo], space: str = IMAGE
) -> None:
    """Give good parts of the old generation a name in the new one."""
    sources = part_paths(old, space, parts)
    folder = building / "parts" / space
    folder.mkdir(parents=True, exist_ok=True)
    for source in sources:
        link_or_copy(source, folder / source.name)
    sync_folder(folder)


def check_parts(manifest: Manifest, folder: Path, damaged: Sequence[str] = ()) -> None:
    """Hash all parts but those that are being mended, and compare with the manifest.

    Raises:
        IndexCorruptError: naming all that differ, with the command that mends them.
    """
    wrong = [
        f"{space}/{part.file}"
        for space, path, part in all_parts(manifest, folder)
        if part.file not in damaged and not is_whole(path, part)
    ]
    if wrong:
        files = [*damaged, *(name.partition("/")[2] for name in wrong)]
        raise IndexCorruptError(
            f"Not what was written, or missing, in {folder / 'parts'}: "
            f"{', '.join(wrong)}.",
            hint=manifest.mend_part(*files),
        )


def all_parts(manifest: Manifest, folder: Path) -> Iterator[tuple[str, Path, PartInfo]]:
    """Space, path and description of every part of a generation."""
    for name, space in manifest.spaces.items():
        for part in space.parts:
            yield name, folder / "parts" / name / part.file, part


def is_whole(path: Path, part: PartInfo) -> bool:
    """Whether a part has the bytes that were written."""
    return path.is_file() and part_info(path, part.rows) == part


def keep_ledger(old: Path, building: Path) -> bool:
    """Take over ``sources.parquet``; whether the old generation has one."""
    if there := (old / LEDGER).is_file():
        link_or_copy(old / LEDGER, building / LEDGER)
    return there
