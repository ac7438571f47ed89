"""Options that name a file to be written, refused before any work is done for it."""

import os
from pathlib import Path
from typing import Any

import typer

PICTURES = (".png", ".jpg", ".jpeg", ".webp")


def written(*endings: str) -> Any:
    """An option for a file to write; wrong usage if it cannot be written so.

    Args:
        endings: that its name may have; any if there are none.
    """

    def check(path: Path | None) -> Path | None:
        if path is None:
            return None
        if endings and path.suffix.lower() not in endings:
            *others, last = endings
            all_ = f"{', '.join(others)} or {last}" if others else last
            raise typer.BadParameter(f"{str(path)!r} does not end in {all_}.")
        if path.is_dir():
            raise typer.BadParameter(f"{path} is a folder; name a file.")
        if not path.parent.is_dir():
            raise typer.BadParameter(f"there is no folder {path.parent} to write to.")
        if not os.access(path.parent, os.W_OK):
            raise typer.BadParameter(f"{path.parent} cannot be written to.")
        return path

    return typer.Option(callback=check)
