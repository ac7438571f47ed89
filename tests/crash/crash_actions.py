"""What a child can be told to do. Every argument is text, as JSON carries it."""

from pathlib import Path
from typing import Any

import crash_world as world

from rsrag.imagery import scenes, sources  # noqa: F401


def build(root: str, archive: str, encoder_log: str, **changes: Any) -> None:
    world.build(Path(root), Path(archive), Path(encoder_log), **changes)
