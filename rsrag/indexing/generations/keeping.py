"""What a rebuild keeps of the generation before it.

Parts stand in the new generation as further names of the same files, where the disk
can do that, so that a new store costs no second copy of them.
"""

from collections.abc import Sequence
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
    """Give parts of the old generation a name in the new one; they are good.

    Args:
        old: folder of the generation.
        building: folder of the new one.
        parts: what the manifest says of them.
        space: whose parts they are.
    """
    sources = part_paths(old, space, parts)
    folder = building / "parts" / space
    folder.mkdir(parents=True, exist_ok=True)
    for source in sources:
        link_or_copy(source, folder / source.name)
    sync_folder(folder)


def check_parts(manifest: Manifest, folder: Path, damaged: Sequence[str] = ()) -> None:
    """Hash parts and compare with the manifest.

    Args:
        manifest: of the generation.
        folder: of the generation.
        damaged: files that are being mended: they are not looked at.

    Raises:
        IndexCorruptError: naming all that differ, with the command that mends them.
    """
    wrong = []
    for name, space in manifest.spaces.items():
        paths = manifest.part_paths(folder, name)
        for path, part in zip(paths, space.parts, strict=True):
            if part.file not in damaged and not is_whole(path, part):
                wrong.append(f"{name}/{part.file}")
    if wrong:
        files = [*damaged, *(name.partition("/")[2] for name in wrong)]
        raise IndexCorruptError(
            f"Not what was written, or missing, in {folder / 'parts'}: "
            f"{', '.join(wrong)}.",
            hint=manifest.mend_part(*files),
        )


def is_whole(path: Path, part: PartInfo) -> bool:
    """Whether a part has the bytes that were written."""
    return path.is_file() and part_info(path, part.rows) == part


def keep_ledger(old: Path, building: Path) -> None:
    """Take over ``sources.parquet``, if the old generation has one."""
    if (old / LEDGER).is_file():
        link_or_copy(old / LEDGER, building / LEDGER)
