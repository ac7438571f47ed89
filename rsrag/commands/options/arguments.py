"""Settings from options, and how numbers are typed."""

from collections.abc import Sequence
from typing import Annotated

from rsrag.commands.options.declarations import From
from rsrag.config import Settings
from rsrag.desk.asking.generator_choice import DEFAULT_LLM
from rsrag.desk.chosen_settings import settings_with

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
