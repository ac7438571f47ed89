"""open_clip's architectures: their configurations, read without importing it."""

import difflib
import importlib.util
import json
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from rsrag.errors import ModelNotFoundError
from rsrag.packages import need

CONTEXT_LENGTH = 77
"""Tokens of a CLIP text tower whose configuration names none."""


def architecture_names() -> list[str]:
    """Every architecture that open_clip ships."""
    return sorted(path.stem for path in _folder().glob("*.json"))


def architecture_config(name: str) -> dict[str, Any]:
    """The configuration of an architecture.

    Args:
        name: as open_clip spells it; ``/`` is read as ``-``.

    Raises:
        ModelNotFoundError: no such architecture; the message lists near names.
        MissingExtraError: open_clip is not installed.
    """
    name = name.replace("/", "-")
    file = _folder() / f"{name}.json"
    if file.is_file():
        config: dict[str, Any] = json.loads(file.read_bytes())
        return config
    # One that was added at run time is known to the imported package only.
    package = sys.modules.get("open_clip")
    added = package.get_model_config(name) if package else None
    if added:
        return dict(added)
    near = difflib.get_close_matches(name, architecture_names(), n=4, cutoff=0.5)
    raise ModelNotFoundError(
        f"open_clip has no architecture {name!r}."
        + (f" Near ones: {', '.join(near)}." if near else ""),
        hint="names are those of open_clip.list_models()",
    )


def image_size(config: Mapping[str, Any]) -> int | tuple[int, ...]:
    """Side of the square picture that the model takes, or height and width."""
    size = config["vision_cfg"].get("image_size", 224)
    if isinstance(size, list | tuple):
        return int(size[0]) if len(set(size)) == 1 else tuple(size)
    return int(size)


def context_length(config: Mapping[str, Any]) -> int:
    """Tokens that the text tower reads."""
    return int(config["text_cfg"].get("context_length", CONTEXT_LENGTH))


@dataclass(frozen=True, slots=True)
class _Fingerprint:
    """What tells vision transformers' and text towers' shapes apart."""

    width: int
    patch: int
    layers: int
    grid: int
    dim: int
    text_width: int
    text_layers: int


def likely_architectures(shapes: Mapping[str, tuple[int, ...]]) -> list[str]:
    """Architectures whose shapes are those of a CLIP vision transformer's file.

    Returns:
        Names, shortest first, at most four; none for other kinds of model.
    """
    seen = _fingerprint_of_shapes(shapes)
    if seen is None:
        return []
    found = [name for name, print_ in _known_fingerprints().items() if print_ == seen]
    return sorted(found, key=lambda name: (len(name), name))[:4]


def _fingerprint_of_shapes(
    shapes: Mapping[str, tuple[int, ...]],
) -> _Fingerprint | None:
    try:
        patches = shapes["visual.positional_embedding"][0] - 1
        width, _, patch, _ = shapes["visual.conv1.weight"]
        text_width, dim = shapes["text_projection"]
    except (KeyError, ValueError, IndexError):
        return None
    return _Fingerprint(
        width=width,
        patch=patch,
        layers=_blocks(shapes, "visual.transformer.resblocks."),
        grid=round(patches**0.5),
        dim=dim,
        text_width=text_width,
        text_layers=_blocks(shapes, "transformer.resblocks."),
    )


def _blocks(shapes: Mapping[str, tuple[int, ...]], prefix: str) -> int:
    return len(
        {key[len(prefix) :].split(".")[0] for key in shapes if key.startswith(prefix)}
    )


@lru_cache(maxsize=1)
def _known_fingerprints() -> dict[str, _Fingerprint]:
    known = {}
    for name in architecture_names():
        config = architecture_config(name)
        vision, text = config["vision_cfg"], config["text_cfg"]
        size, patch = image_size(config), vision.get("patch_size")
        plain = "timm_model_name" not in vision and "hf_model_name" not in text
        # Text towers of their own keep their weights under other names.
        plain = plain and not config.get("custom_text", "multimodal_cfg" in config)
        if plain and isinstance(size, int) and isinstance(patch, int):
            known[name] = _Fingerprint(
                width=vision.get("width", 768),
                patch=patch,
                layers=vision.get("layers", 12),
                grid=size // patch,
                dim=config["embed_dim"],
                text_width=text.get("width", 512),
                text_layers=text.get("layers", 12),
            )
    return known


def package_folder() -> Path:
    """Where open_clip is installed; it is not imported.

    Raises:
        MissingExtraError: it is not.
    """
    need("open_clip", "An open_clip encoder")
    spec = importlib.util.find_spec("open_clip")
    assert spec is not None and spec.submodule_search_locations
    return Path(next(iter(spec.submodule_search_locations)))


def _folder() -> Path:
    return package_folder() / "model_configs"
