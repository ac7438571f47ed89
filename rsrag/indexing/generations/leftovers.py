"""Leftovers of a run, and the mending of a switch that was cut short.

The batches of a run are removed after readers have been switched, never before: a
kill in between costs no embedding. Until they are gone a mark stands beside them.
"""

import shutil
from pathlib import Path

from rsrag.durable import sync_folder, write_atomically

MARK = "switching"
"""Stands in a generation from before it is one until its leftovers are gone."""

_LEFTOVERS = ("batches", "vectors-*.log", "journal.jsonl", "store-made.json")
_LAST = ("plan.json", MARK)


def mark(folder: Path) -> None:
    """Say that a folder is about to become a generation."""
    write_atomically(folder / MARK, "")


def sweep(folder: Path) -> None:
    """Remove what a run has left in a generation, the mark last."""
    for pattern in (*_LEFTOVERS, *_LAST):
        for path in folder.glob(pattern):
            if path.is_dir():
                shutil.rmtree(path)
            else:
                path.unlink(missing_ok=True)


def mend(building: Path, generations: Path, current: int | None) -> None:
    """Finish or undo a switch that a kill cut short; the caller holds the lock.

    A generation with a mark that readers see is swept. One that they do not see was
    never switched to: it is ``building`` again, so that its run can be taken up.
    """
    for path in sorted(generations.glob(f"[0-9]*/{MARK}")):
        folder = path.parent
        if folder.name == f"{current or 0:06d}":
            sweep(folder)
        elif building.exists():
            shutil.rmtree(folder)
        else:
            folder.replace(building)
            sync_folder(generations)
            sync_folder(building.parent)
    (building / MARK).unlink(missing_ok=True)
