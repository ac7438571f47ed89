"""What open_clip says of its published weights, remembered between runs.

It says so in a module that cannot be imported without torch, and an encoder's
identity needs it before the first query. So what it said is kept in
``$XDG_CACHE_HOME/rsrag/published.json``, with size and time of that module's file:
another open_clip is asked again.
"""

import contextlib
import json
import os
import tempfile
from pathlib import Path
from typing import Any

from rsrag.encoders.clip.architectures import package_folder
from rsrag.encoders.models.model_cache import cache_folder

KEYS = ("mean", "std", "resize_mode", "interpolation")
"""What of a card is kept: how its pictures were prepared."""


def published_cards(architecture: str) -> list[dict[str, Any]]:
    """How pictures were prepared for each published weights of an architecture.

    Args:
        architecture: open_clip's name.

    Returns:
        A mapping from ``KEYS`` to what open_clip says, for each weights.

    Raises:
        MissingExtraError: open_clip is not installed.
    """
    status = (package_folder() / "pretrained.py").stat()
    mark = [status.st_size, status.st_mtime_ns]
    memory = _remembered()
    known = memory.get(architecture)
    if isinstance(known, dict) and known.get("mark") == mark and _is_whole(known):
        return list(known["cards"])
    cards = _asked(architecture)
    _remember(memory | {architecture: {"mark": mark, "cards": cards}})
    return cards


def _asked(architecture: str) -> list[dict[str, Any]]:
    from open_clip import pretrained

    cards = (
        pretrained.get_pretrained_cfg(architecture, tag)
        for tag in pretrained.list_pretrained_tags_by_model(architecture)
    )
    return [{key: card.get(key) for key in KEYS} for card in cards]


def _is_whole(known: dict[str, Any]) -> bool:
    cards = known.get("cards")
    return isinstance(cards, list) and all(
        isinstance(card, dict) and set(card) == set(KEYS) for card in cards
    )


def _file() -> Path:
    return cache_folder() / "published.json"


def _remembered() -> dict[str, Any]:
    # A memory that is missing or damaged only costs the asking.
    with contextlib.suppress(OSError, ValueError, RuntimeError):
        memory = json.loads(_file().read_bytes())
        if isinstance(memory, dict):
            return memory
    return {}


def _remember(memory: dict[str, Any]) -> None:
    with contextlib.suppress(OSError, RuntimeError):
        file = _file()
        file.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=file.parent, prefix="published-")
        with os.fdopen(handle, "w") as stream:
            json.dump(memory, stream)
        Path(name).replace(file)
