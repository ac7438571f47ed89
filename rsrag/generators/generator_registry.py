"""Choice of a language model by what a person gives."""

from pathlib import Path

from rsrag.config.plugins import find_plugin
from rsrag.errors import GeneratorError
from rsrag.interfaces import Generator
from rsrag.types import Generation


def load_generator(
    *,
    llm: Path | None = None,
    llm_url: str | None = None,
    mmproj: Path | None = None,
    handler: str | None = None,
    model: str | None = None,
    context: int | None = None,
    threads: int = 1,
    api_key: str | None = None,
) -> Generator:
    """Make a generator; weights are read, and servers asked, at the first call.

    Args:
        llm: GGUF file, or the name of a plugin; the packaged SmolLM2 if neither this
            nor a server is given.
        llm_url: address of an OpenAI-compatible server, with or without ``/v1``.
        mmproj: vision projector (GGUF) of ``llm``.
        handler: how ``llm`` is shown pictures, where its files do not tell: a key
            of :data:`rsrag.generators.local.vision.HANDLERS`.
        model: that the server shall use; its first by default.
        context: tokens of prompt and completion together.
        threads: for a local model.
        api_key: for the server.

    Raises:
        GeneratorError: options that do not go together, a file that is not there
            or is no model.
        ModelNotFoundError: the package with SmolLM2 is not installed.
        CheckpointError: its file is not what it should be.
        PluginError: a plugin that cannot be loaded or breaks its promise.
    """
    if llm_url is not None:
        local = {"--llm": llm, "--mmproj": mmproj, "--llm-handler": handler}
        for option in [name for name, value in local.items() if value is not None]:
            raise GeneratorError(
                f"{option} is for a model on this machine, --llm-url for a server.",
                hint=f"leave out {option} or --llm-url",
            )
        from rsrag.generators.server.openai_server import ServerGenerator

        return ServerGenerator(llm_url, model=model, context=context, api_key=api_key)
    if model is not None:
        raise GeneratorError(
            f"A model name ({model}) goes with a server.",
            hint="--llm-url URL, or --llm FILE.gguf for a model on this machine",
        )
    if mmproj is not None:
        if llm is None:
            raise GeneratorError(
                f"{mmproj} is the eye of a model that is not given; "
                "the packaged SmolLM2 has none.",
                hint=f"--llm MODEL.gguf --mmproj {mmproj}",
            )
        from rsrag.generators.local.vision import VisionGenerator

        return VisionGenerator(
            llm, mmproj, handler=handler, threads=threads, context=context
        )
    if handler is not None:
        raise GeneratorError(
            f"--llm-handler {handler} is of use with a vision projector only.",
            hint="--llm MODEL.gguf --mmproj PROJECTOR.gguf",
        )
    if llm is not None and not llm.exists() and llm.parent == Path():
        plugin = find_plugin("generators", str(llm))
        if plugin is not None:
            make = plugin.load()
            with plugin.blamed("making it"):
                made = make() if context is None else make(context=context)
            generator: Generator = plugin.guarded(
                made, Generator, {"generate": check_generation}
            )
            return generator
    from rsrag.generators.local.gguf import SMOLLM2
    from rsrag.generators.local.llama import LlamaGenerator

    return LlamaGenerator(llm or SMOLLM2.verified(), threads=threads, context=context)


def check_generation(made: object) -> None:
    """Refuse what no call of ``generate`` may give."""
    if not isinstance(made, Generation):
        raise GeneratorError(f"{type(made).__name__} is no Generation")
