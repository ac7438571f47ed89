"""Completion by the shell: names of indexes. Quick, and never with an error."""

from pathlib import Path

import typer

from rsrag.config import Settings
from rsrag.errors import RsragError


def index_names(context: typer.Context, incomplete: str) -> list[str]:
    """Indexes whose names begin as typed; none where the settings cannot be read.

    Args:
        context: of the command, for its ``--indexes``.
        incomplete: what is typed of the name.
    """
    typed = context.params.get("indexes")
    try:
        if typed:
            roots = [Path(typed)]
        else:
            settings = Settings.from_environment()
            roots = [settings.indexes, settings.folders]
        found = {path.parent.name for root in roots for path in root.glob("*/CURRENT")}
    except (OSError, RsragError):
        return []
    return sorted(name for name in found if name.startswith(incomplete))
