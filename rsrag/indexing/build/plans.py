"""``plan.json``: what must be equal for a stopped run to be taken up."""

import json
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from rsrag.durable import write_atomically
from rsrag.errors import IndexingError
from rsrag.indexing.generations.index_directory import IndexDirectory

FILE = "plan.json"


def take_up(folder: Path, plan: Mapping[str, Any]) -> bool:
    """Go on where a run with an equal plan was stopped, else begin with nothing.

    Args:
        folder: where the run works.
        plan: JSON values.

    Returns:
        Whether there is something to go on from.
    """
    if _holds(folder, plan):
        return True
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    write_atomically(folder / FILE, _text(plan))
    return False


def keep_stopped(directory: IndexDirectory, plan: Mapping[str, Any]) -> None:
    """Refuse to begin when a stopped run with another plan has encoded something.

    Raises:
        IndexingError: how to finish that run, or to drop it.
    """
    building = directory.building
    logs = [log for log in building.glob("vectors-*.log") if log.stat().st_size]
    staged = logs or list(building.glob("batches/batch-*.parquet"))
    if staged and not _holds(building, plan):
        raise IndexingError(
            f"A run that was stopped left encoded vectors in {building}; this command "
            "would lose them.",
            hint="run the stopped command again to finish it, or drop what it did: "
            f"rm -r {building}",
        )


def _holds(folder: Path, plan: Mapping[str, Any]) -> bool:
    path = folder / FILE
    return path.is_file() and path.read_bytes() == _text(plan)


def _text(plan: Mapping[str, Any]) -> bytes:
    return json.dumps(plan, indent=2, sort_keys=True).encode() + b"\n"
