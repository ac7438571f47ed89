"""Choice of the language model that words answers."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rsrag.config import Settings
from rsrag.errors import QueryError

if TYPE_CHECKING:
    from rsrag.interfaces import Generator

    GeneratorLike = str | Path | bool | Generator | None
else:
    GeneratorLike = Any

DEFAULT_LLM = Path("default")
"""Stands for ``--llm`` alone: the model of the settings, or the packaged SmolLM2."""


@dataclass(frozen=True, slots=True)
class GeneratorChoice:
    """A language model to load; none, unless one is named here or by the settings.

    Attributes:
        no_llm: none at all.
        llm: a GGUF file, or :data:`DEFAULT_LLM`.
        llm_url: an OpenAI-compatible server instead.
        llm_model: that the server shall use.
        mmproj: vision projector of ``llm``.
        llm_handler: how ``llm`` is shown pictures.
        llm_context: tokens of prompt and answer together.
    """

    no_llm: bool = False
    llm: Path | None = None
    llm_url: str | None = None
    llm_model: str | None = None
    mmproj: Path | None = None
    llm_handler: str | None = None
    llm_context: int | None = None

    def load(self, settings: Settings, *, needed: bool = False) -> "Generator | None":
        """The language model; ``None`` where none is named, or none is wanted.

        Args:
            settings: a named model, threads, a server's key.
            needed: take the packaged SmolLM2 where none is named.

        Raises:
            GeneratorError: options that do not go together, or no such model.
            MissingExtraError: what the model needs is not installed.
        """
        named = None if self.llm == DEFAULT_LLM else self.llm
        url = self.llm_url or (None if named or self.mmproj else settings.llm_url)
        file = None if url else named or settings.llm
        asked = needed or self.llm or url or file or self.llm_model or self.mmproj
        if self.no_llm or not (asked or self.llm_handler):
            return None
        from rsrag.generators.generator_registry import load_generator

        return load_generator(
            llm=file,
            llm_url=url,
            mmproj=self.mmproj,
            handler=self.llm_handler,
            model=self.llm_model,
            context=self.llm_context,
            threads=settings.threads,
            api_key=settings.llm_api_key,
        )

    @contextmanager
    def opened(self, settings: Settings) -> "Iterator[Generator | None]":
        """The same as :meth:`load`, closed at the end of the block."""
        generator = self.load(settings)
        try:
            yield generator
        finally:
            if generator is not None:
                generator.close()


def generator_of(
    given: GeneratorLike, settings: Settings
) -> tuple["Generator | None", bool]:
    """A generator from what a person gives, and whether it was made here.

    Args:
        given: a GGUF file, a server's address, ``True`` for the default of the
            settings, a generator, ``None`` or ``False`` for none.

    Raises:
        QueryError: none of these.
        GeneratorError: no such model.
    """
    if given is None or given is False:
        return None, False
    if given is True:
        return GeneratorChoice().load(settings, needed=True), True
    if isinstance(given, str | Path):
        is_url = str(given).startswith(("http://", "https://"))
        choice = GeneratorChoice(
            llm=None if is_url else Path(given).expanduser(),
            llm_url=str(given) if is_url else None,
        )
        return choice.load(settings), True
    if not hasattr(given, "generate"):
        raise QueryError(
            f"llm is {type(given).__name__}, not a language model.",
            hint="a GGUF file, a server's address, True, or a generator",
        )
    return given, False
