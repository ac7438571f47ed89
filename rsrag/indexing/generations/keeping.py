"""What a rebuild keeps: parts of the old generation, and what a stopped run made.

Parts of the old generation stand in the new one as further names of the same files,
where the disk can do that, so that a new store costs no second copy of them.
"""

import json
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from rsrag.durable import link_or_copy, sync_folder, write_atomically
from rsrag.errors import IndexCorruptError, IndexingError
from rsrag.indexing.build.finish import Writes, clear_store
from rsrag.indexing.build.staging import PLAN
from rsrag.indexing.format.ledger import FILE as LEDGER
from rsrag.indexing.format.parts import PartInfo, part_info
from rsrag.indexing.generations.index_directory import IndexDirectory


def start_over(request: Writes, plan: Mapping[str, Any]) -> None:
    """An empty ``building`` for a rebuild, unless a stopped build waits there.

    Raises:
        IndexingError: chips that a stopped build has encoded would be lost.
    """
    keep_stopped(request.directory, plan)
    clear_store(request)
    building = request.directory.building
    shutil.rmtree(building, ignore_errors=True)
    building.mkdir(parents=True)
    write_atomically(building / PLAN, plan_text(plan))


def keep_stopped(directory: IndexDirectory, plan: Mapping[str, Any]) -> None:
    """Refuse to begin when a stopped run with another plan has encoded something.

    Raises:
        IndexingError: how to finish that run, or to drop it.
    """
    building = directory.building
    path = building / PLAN
    batches = list(building.glob("batches/batch-*.parquet"))
    logs = [log for log in building.glob("vectors-*.log") if log.stat().st_size]
    if not (batches or logs):
        return
    if path.is_file() and path.read_bytes() == plan_text(plan).encode():
        return
    raise IndexingError(
        f"A run that was stopped left encoded vectors in {building}; this command "
        "would lose them.",
        hint="run the stopped command again to finish it, or drop what it did: "
        f"rm -r {building}",
    )


def plan_text(plan: Mapping[str, Any]) -> str:
    """A plan as it stands in ``plan.json``."""
    return json.dumps(plan, indent=2, sort_keys=True) + "\n"


def keep_parts(name: str, old: Path, new: Path, infos: Sequence[PartInfo]) -> None:
    """Give parts of the old generation a name in the new one, once they are checked.

    Args:
        name: of the index.
        old: folder of the parts.
        new: likewise, in ``building``.
        infos: what the manifest says of them.

    Raises:
        IndexCorruptError: one is not what was written.
    """
    check_parts(name, old, infos)
    link_parts(old, new, infos)


def link_parts(old: Path, new: Path, infos: Sequence[PartInfo]) -> None:
    """:func:`keep_parts` for parts that were checked already."""
    new.mkdir(parents=True, exist_ok=True)
    for info in infos:
        link_or_copy(old / info.file, new / info.file)
    sync_folder(new)


def check_parts(
    name: str, folder: Path, infos: Sequence[PartInfo], damaged: Sequence[str] = ()
) -> None:
    """Hash parts and compare with the manifest.

    Args:
        name: of the index.
        folder: of the parts.
        infos: what the manifest says of them.
        damaged: files that are being mended, for the hint.

    Raises:
        IndexCorruptError: naming all that differ, with the command that mends them.
    """
    wrong = []
    for info in infos:
        path = folder / info.file
        if not path.is_file() or part_info(path, info.rows) != info:
            wrong.append(info.file)
    if wrong:
        options = " ".join(f"--part {file}" for file in [*damaged, *wrong])
        knowledge = folder.name != "parts"
        raise IndexCorruptError(
            f"Not what was written, or missing, in {folder}: {', '.join(wrong)}.",
            hint=f"rsrag index build-knowledge --name {name}"
            if knowledge
            else f"rsrag index rebuild {name} {options}",
        )


def keep_ledger(old: Path, building: Path) -> None:
    """Take over ``sources.parquet``, if the old generation has one."""
    if (old / LEDGER).is_file():
        link_or_copy(old / LEDGER, building / LEDGER)
