"""Cards of open_clip's published weights, remembered between runs.

It says so in a module that cannot be imported without torch, and an encoder's
identity needs it before the first query. So what it said is kept in
``published.json`` in the cache, with size and time of that module's file: another
open_clip is asked again.
"""

from typing import Any

from rsrag.cache import JsonMemory
from rsrag.encoders.clip.architectures import package_folder

_MEMORY = JsonMemory("published.json")

KEYS = ("mean", "std", "resize_mode", "interpolation")
"""What of a card is kept: how its pictures were prepared."""


def published_cards(architecture: str) -> list[dict[str, Any]]:
    """How pictures were prepared for each published weights of an architecture.

    Returns:
        A mapping from ``KEYS`` to what open_clip says, for each weights.

    Raises:
        MissingExtraError: open_clip is not installed.
    """
    status = (package_folder() / "pretrained.py").stat()
    mark = [status.st_size, status.st_mtime_ns]
    known = _MEMORY.read().get(architecture)
    if isinstance(known, dict) and known.get("mark") == mark and _is_whole(known):
        return list(known["cards"])
    cards = _asked(architecture)
    _MEMORY.try_put(architecture, {"mark": mark, "cards": cards})
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
