"""Settings, with what a person gives put over them."""

import dataclasses
from pathlib import Path

from rsrag.config import Settings
from rsrag.config.homes import knowledge_roots
from rsrag.errors import ConfigError


def settings_with(
    threads: int | None = None,
    qdrant_url: str | None = None,
    knowledge: Path | None = None,
    indexes: Path | str | None = None,
) -> Settings:
    """Settings of environment and config file, with what was typed put over them."""
    if threads is not None and threads < 1:
        raise ConfigError(f"--threads is {threads}; it must be at least 1.")
    typed = {
        "indexes": indexes and Path(indexes).expanduser(),
        "qdrant_url": qdrant_url,
        "threads": threads,
        "knowledge": knowledge and knowledge_roots(str(knowledge)),
    }
    given = {name: value for name, value in typed.items() if value is not None}
    return dataclasses.replace(Settings.from_environment(), **given)  # type: ignore[arg-type]
