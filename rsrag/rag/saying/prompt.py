"""Prompts: numbered evidence under a token budget, from templates that are data.

A template is a text file with a part for the system and one for the user, split
by a line of three dashes, and ``$question``, ``$evidence`` and other names where
values go. Those that ship stand in ``templates/``.
"""

import string
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from rsrag.answers import Evidence
from rsrag.errors import ConfigError, GeneratorError
from rsrag.interfaces import Generator
from rsrag.rag.saying.instructions import as_data
from rsrag.rag.saying.talk_history import Exchange, with_history
from rsrag.types import Message, Picture, Pixels

TEMPLATES = Path(__file__).with_name("templates")


@dataclass(frozen=True, slots=True)
class Template:
    """A prompt with holes: a model's task for the system, and the turn it answers."""

    name: str
    system: str
    user: str

    def fill(
        self, values: Mapping[str, str], images: Sequence[Pixels] = ()
    ) -> list[Message]:
        """Messages with the values in their places.

        Raises:
            ConfigError: the template asks for a name that has no value.
        """
        try:
            system = string.Template(self.system).substitute(values)
            user = string.Template(self.user).substitute(values)
        except (KeyError, ValueError) as exc:
            known = ", ".join(f"${name}" for name in sorted(values))
            raise ConfigError(
                f"Template {self.name!r} cannot be filled: {exc}.",
                hint=f"it may use {known}; a dollar sign is $$",
            ) from exc
        turns = [Message("system", system.strip())] if system.strip() else []
        pictures = [Picture(image) for image in images]
        return [*turns, Message("user", [*pictures, user.strip()])]


@cache
def load_template(name: str) -> Template:
    """A template that ships (``answer``), or one of the user's own by its path.

    Raises:
        ConfigError: no such template, or it is not text.
    """
    own = Path(name)
    path = own if own.suffix else TEMPLATES / f"{name}.txt"
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, ValueError) as exc:
        shipped = ", ".join(sorted(file.stem for file in TEMPLATES.glob("*.txt")))
        raise ConfigError(
            f"No prompt template {name!r}: {exc.strerror or exc}."
            if isinstance(exc, OSError)
            else f"The prompt template {name} is no text: {exc}.",
            hint=f"a file, as in ./mine.txt, or one that ships: {shipped}",
        ) from exc
    system, line, user = text.partition("\n---\n")
    return Template(path.stem, system if line else "", user if line else text)


@dataclass(frozen=True, slots=True)
class Prompt:
    """A prompt that fits, and the evidence in it, numbered from 1 in this order."""

    messages: list[Message]
    evidence: tuple[Evidence, ...]
    left_out: int

    @property
    def text(self) -> str:
        """All of it, for a person."""
        return messages_text(self.messages)


def build_prompt(
    template: Template,
    values: Mapping[str, str],
    evidence: Sequence[Evidence],
    generator: Generator,
    *,
    max_tokens: int,
    budget: int,
    images: Sequence[Pixels] = (),
    history: Sequence[Exchange] = (),
) -> Prompt:
    """Number the evidence, best first, as far as it fits.

    Evidence goes in whole or not at all: half a sentence can say the opposite. The
    prompt has ``budget`` tokens at most, within the model's context, of which
    ``max_tokens`` are kept free for what it will write. ``values`` are what the
    template asks for besides ``$evidence``. What was said before takes no room from the
    evidence, only what the context has left besides.

    Raises:
        GeneratorError: not even the question fits.
    """
    room = min(budget, generator.context_tokens - max_tokens)

    def fits(pieces: Sequence[Evidence]) -> list[Message] | None:
        listed = {"evidence": numbered(pieces)}
        messages = template.fill({**values, **listed}, images)
        return messages if generator.count_tokens(messages) <= room else None

    chosen: list[Evidence] = []
    messages = fits(chosen)
    if messages is None:
        raise GeneratorError(
            f"The question alone is longer than the {room} tokens that "
            f"{generator.name} "
            f"has room for ({generator.context_tokens} with the answer).",
            hint="ask a shorter question, or give --llm a model with more context",
        )
    for piece in evidence:
        longer = fits([*chosen, piece])
        if longer is not None:
            chosen.append(piece)
            messages = longer
    left = generator.context_tokens - max_tokens
    messages = with_history(
        messages, history, lambda more: generator.count_tokens(more) <= left
    )
    return Prompt(messages, tuple(chosen), len(evidence) - len(chosen))


def messages_text(messages: Sequence[Message]) -> str:
    """What a model is sent, for a person: each turn below who speaks."""
    return "\n\n".join(f"[{m.role}]\n{m.content}" for m in messages)


def numbered(evidence: Sequence[Evidence]) -> str:
    """One line a piece: ``[1] …``. Instructions in it are left out."""
    return "\n".join(
        f"[{number}] {as_data(piece.text)}"
        for number, piece in enumerate(evidence, start=1)
    )
