"""Shapes of open_clip's text towers that are CLIP's own transformer."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from rsrag.encoders.clip.architectures import architecture_config, context_length
from rsrag.errors import EncoderError

VOCABULARY = 49_408

_SIZES = ("context_length", "width", "heads", "layers", "mlp_ratio")

_NEUTRAL: Mapping[str, tuple[Any, ...]] = {
    "vocab_size": (VOCABULARY,),
    "pool_type": ("argmax",),
    "proj_type": ("linear",),
    "tokenizer_kwargs": (None, {}),
    "act_kwargs": (None, {}),
    "norm_kwargs": (None, {}),
}
"""Settings that may be written out, with the values that change nothing."""

_UNREAD = ("pad_id", "eos_id")
"""Settings that a tower without padding mask, pooled at its highest id, ignores."""


@dataclass(frozen=True, slots=True)
class TextShape:
    """What a CLIP text transformer is, apart from its weights.

    Attributes:
        context: tokens that it reads.
        width: of a token's vector.
        heads: of the attention.
        inner: width between the two halves of a layer's perceptron.
        activation: ``quick_gelu``, or ``gelu`` with the true error function.
    """

    context: int
    width: int
    heads: int
    layers: int
    inner: int
    dim: int
    activation: Literal["gelu", "quick_gelu"]


def text_shape(architecture: str) -> TextShape | None:
    """The shape of an architecture's text tower, if it is CLIP's own.

    Returns:
        ``None`` for towers of the transformers library, for SigLIP, CoCa, and for
        whatever has a setting that is not known here.

    Raises:
        ModelNotFoundError: no such architecture.
    """
    config = architecture_config(architecture)
    text = config["text_cfg"]
    # open_clip chooses another tokenizer by that part of a name.
    if "multimodal_cfg" in config or "siglip" in architecture.lower():
        return None
    if not all(_changes_nothing(name, value) for name, value in text.items()):
        return None
    width = int(text.get("width", 512))
    return TextShape(
        context=context_length(config),
        width=width,
        heads=int(text.get("heads", 8)),
        layers=int(text.get("layers", 12)),
        inner=int(width * text.get("mlp_ratio", 4.0)),
        dim=int(config["embed_dim"]),
        activation="quick_gelu" if config.get("quick_gelu") else "gelu",
    )


def not_plain(architecture: str) -> EncoderError:
    """The error for a text side that cannot be exported."""
    return EncoderError(
        f"The text side of {architecture} is not CLIP's own transformer; only "
        "open_clip can run it.",
        hint="nothing to do: it embeds texts with torch",
    )


def _changes_nothing(name: str, value: Any) -> bool:
    if name in _SIZES or name in _UNREAD:
        return True
    # Every switch that open_clip has is off, none or empty unless it says more.
    return value in _NEUTRAL.get(name, (False, None, ""))
