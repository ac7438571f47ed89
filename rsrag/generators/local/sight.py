"""Choice of llama.cpp's handler for a model that sees.

Newer models carry a chat template with a place for pictures, and one handler
serves them all. Older ones need the handler that was written for them, chosen by
the projector's kind or by the model's name.
"""

import re
from pathlib import Path

from rsrag.errors import GeneratorError
from rsrag.generators.local.gguf import GGUFHeader, read_header

HANDLERS = {
    "mtmd": "MTMDChatHandler",
    "qwen2.5-vl": "Qwen25VLChatHandler",
    "gemma4": "Gemma4ChatHandler",
    "minicpm-v-2.6": "MiniCPMv26ChatHandler",
    "llava-1.6": "Llava16ChatHandler",
    "llava-1.5": "Llava15ChatHandler",
    "nanollava": "NanoLlavaChatHandler",
    "moondream": "MoondreamChatHandler",
    "llama-3-vision-alpha": "Llama3VisionAlphaChatHandler",
    "obsidian": "ObsidianChatHandler",
}
"""Names for ``--llm-handler``, and the classes of ``llama_cpp.llama_chat_format``.
``mtmd`` goes by the model's own chat template."""

# The first that is found decides, so the longer names stand first.
_SIGNS = (
    (r"qwen-?2(\.?5)?-?vl", "qwen2.5-vl"),
    (r"gemma-?4", "gemma4"),
    (r"minicpm-?v|resampler", "minicpm-v-2.6"),
    (r"nano-?llava", "nanollava"),
    (r"moondream", "moondream"),
    (r"llama-?3-?vision", "llama-3-vision-alpha"),
    (r"obsidian", "obsidian"),
    (r"llava-?(v?1\.6|next)", "llava-1.6"),
    (r"llava", "llava-1.5"),
)

# Templates that tell a picture from a text, in the ways that they are written.
_PARTS = re.compile(r"image|\.type\b|\[['\"]type['\"]\]|\.get\(['\"]type['\"]\)")


def check_projector(file: Path) -> GGUFHeader:
    """The header of a vision projector; ``GeneratorError`` for any other file."""
    header = read_header(file)
    if header.architecture != "clip":
        raise GeneratorError(
            f"{file} is a model of architecture {header.architecture!r}, "
            "not a vision projector.",
            hint="--mmproj takes the file named mmproj-... beside the model",
        )
    if header.values.get("clip.has_vision_encoder") is False:
        raise GeneratorError(f"{file} has no vision encoder: it hears, perhaps.")
    return header


def choose_handler(file: Path, projector: GGUFHeader, asked: str | None) -> str:
    """A key of :data:`HANDLERS`: the one asked for, or what fits model and projector.

    Raises:
        GeneratorError: no such handler, or none that the files tell of.
    """
    if asked is not None:
        if asked not in HANDLERS:
            raise GeneratorError(
                f"There is no vision handler {asked!r}.",
                hint=f"--llm-handler one of {', '.join(HANDLERS)}",
            )
        return asked
    model = read_header(file, whole=True)
    if _PARTS.search(model.template):
        return "mtmd"
    said = f"{model.name} {file.stem} {model.architecture} {projector.name} "
    said = re.sub(r"[\s_]+", "-", (said + projector.projector).casefold())
    for sign, handler in _SIGNS:
        if re.search(sign, said):
            return handler
    raise GeneratorError(
        f"Neither {file.name} nor its projector tells how it is shown pictures "
        f"(architecture {model.architecture!r}, projector {projector.projector!r}).",
        hint=f"--llm-handler one of {', '.join(HANDLERS)}",
    )
