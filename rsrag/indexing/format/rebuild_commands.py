"""Commands that make an index again from what it was made from."""

import shlex
from collections.abc import Mapping, Sequence
from typing import Any

from rsrag.indexing.format.index_kinds import KNOWLEDGE

Source = Mapping[str, str]
"""What loads an encoder again: ``name``, and ``checkpoint`` of one's own weights."""


def build_command(
    name: str, sources: Sequence[str], options: Mapping[str, Any], encoder: Source
) -> str:
    """``rsrag index build`` with all options that are not the default."""
    from rsrag.imagery.imagery_options import ImageryOptions

    words = ["build", *sources, "--name", name, *_encoder("--encoder", encoder)]
    usual = ImageryOptions().to_json()
    del usual["max_pixels"]
    for option, value in options.items():
        if option == "exclude":
            words += [word for one in value or () for word in ("--exclude", one)]
        elif option in usual and value != usual[option]:
            words.append(f"--{option.replace('_', '-')}")
            if option == "bands":
                words.append(",".join(value))
            elif isinstance(value, list):
                words += [f"{side:.15g}" for side in value]
            elif value is not True:
                words.append(str(value))
    return _line(words)


def import_command(name: str, sources: Sequence[str]) -> str:
    """``rsrag index import`` of the same files, over the index that is there."""
    return _line(["import", *sources, "--name", name, "--force"])


def knowledge_command(
    name: str, folder: str, text: Source | None, image: Source | None
) -> str:
    """``rsrag index build-knowledge`` with the encoders that are not the default.

    Args:
        name: of the index.
        folder: of the collections.
        text: encoder of passages; ``None``: not known.
        image: encoder of pictures and what is said of them; ``None``: left out.
    """
    words = ["build-knowledge", "--name", name, "--knowledge", folder]
    if text and text["name"] != "minilm":
        words += _encoder("--text-encoder", text)
    if image is None or image["name"] != "mini" or "checkpoint" in image:
        words += _encoder("--encoder", image or {"name": "none"})
    return _line(words)


def command_of_old(data: Mapping[str, Any]) -> str:
    """What makes an index again that was written in format version 1.

    Raises:
        KeyError, TypeError, AttributeError: it is not what such an rsrag wrote.
    """
    if data.get("kind") == KNOWLEDGE:
        encoders = data["text_encoder"], data["image_text_encoder"]
        return knowledge_command(data["name"], data["knowledge"], *encoders)
    if data.get("imported") is not None:
        return import_command(data["name"], data["sources"])
    made = data["imagery"], data["encoder_source"]
    return build_command(data["name"], data["sources"], *made)


def _encoder(option: str, source: Source) -> list[str]:
    words = [option, source["name"]]
    if "checkpoint" in source:
        words += ["--checkpoint", source["checkpoint"]]
    if source.get("precision", "auto") != "auto" and option == "--encoder":
        words += ["--precision", source["precision"]]
    return words


def _line(words: Sequence[str]) -> str:
    return shlex.join(["rsrag", "index", *words])
