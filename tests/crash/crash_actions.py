"""What a child can be told to do. Every argument is text, as JSON carries it."""

from pathlib import Path
from typing import Any

import crash_world as world


def build(root: str, archive: str, encoder_log: str, **changes: Any) -> None:
    world.build(Path(root), Path(archive), Path(encoder_log), **changes)


def encode_anew(root: str, archive: str, encoder_log: str) -> None:
    """As ``rsrag index rebuild --encoder`` does."""
    encoder = world.Corners(Path(encoder_log), weights="12" * 32)
    world.build(Path(root), Path(archive), encoder=encoder)


def update(root: str, archive: str, encoder_log: str) -> None:
    world.update(Path(root), Path(archive), Path(encoder_log))


def rebuild(root: str, archive: str, encoder_log: str, part: str | None = None) -> None:
    world.rebuild(Path(root), Path(archive), Path(encoder_log), part)
