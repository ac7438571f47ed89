"""Settings from options, and how numbers are typed."""

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

from rsrag.commands.options.declarations import From
from rsrag.config import Settings
from rsrag.desk.asking.generator_choice import DEFAULT_LLM
from rsrag.desk.chosen_settings import settings_with
from rsrag.errors import QueryError, SourceNotFoundError

FOUR_NUMBERS = ("--bbox", "--bounds")
"""Options that take W S E N, and may be typed with commas or with ``=``."""


def normalise(arguments: Sequence[str]) -> list[str]:
    """Spread ``--bbox=W,S,E,N`` and ``--bbox W,S,E,N`` into four words.

    The four numbers may be negative: they are not taken for options. ``--llm`` before
    another option, or at the end, stands for the default model.
    """
    words: list[str] = []
    pending = False
    for word, following in zip(arguments, [*arguments[1:], "--"], strict=False):
        name, equals, value = word.partition("=")
        if pending and word.count(",") == 3:
            words += [part.strip() for part in word.split(",")]
        elif name in FOUR_NUMBERS and equals:
            words += [name, *(part.strip() for part in value.split(","))]
        elif word == "--llm" and following.startswith("-"):
            words += [word, str(DEFAULT_LLM)]
        else:
            words.append(word)
        pending = word in FOUR_NUMBERS
    return words


IndexSettings = Annotated[Settings, From(settings_with, ("indexes",))]
ServerSettings = Annotated[Settings, From(settings_with, ("indexes", "qdrant_url"))]
BuildSettings = Annotated[
    Settings, From(settings_with, ("indexes", "qdrant_url", "threads"))
]
PlaceSettings = Annotated[Settings, From(settings_with, ("indexes", "knowledge"))]
KnowledgeSettings = Annotated[Settings, From(settings_with, ("knowledge",))]
ThreadSettings = Annotated[Settings, From(settings_with, ("threads",))]


def check_scene(command: str, scene: str, words: str | None) -> None:
    """Refuse a scene that is not there, before any work.

    Args:
        command: that looks it over, for what to type.
        scene: a path, ``ARCHIVE!/MEMBER`` or an address.
        words: typed behind it; they may be the scene.

    Raises:
        QueryError: scene and words are the wrong way round.
        SourceNotFoundError: there is no such file.
    """
    if any(mark in scene for mark in ("!/", ":/", "%")) or _is_there(scene):
        return
    if words and _is_there(words):
        raise QueryError(
            f"There is no scene {scene!r}, and {words} is one: the scene comes first.",
            hint=f'rsrag {command} {words} "{scene}"',
        )
    raise SourceNotFoundError(f"There is no scene at {scene}.", hint="check the path")


def _is_there(path: str) -> bool:
    try:
        return Path(path).exists()
    except OSError:  # Such as a name that is too long: a sentence.
        return False
