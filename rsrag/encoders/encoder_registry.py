"""Encoders by the name that a person types, one that is not here among them."""

import difflib
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NoReturn

import numpy as np
from numpy.typing import NDArray

from rsrag.config.plugins import find_plugin, plugins
from rsrag.encoders.models.model_cards import CARDS, ModelCard
from rsrag.errors import EncoderError, ModelNotFoundError
from rsrag.interfaces import Encoder
from rsrag.packages import need
from rsrag.types import EncoderIdentity, Pixels, Vectors
from rsrag.vectors import check_unit_rows

BUNDLED = "mini"
"""The encoder whose weights are in the package."""

OPEN_CLIP = "open_clip:"
"""Before the name of any architecture of open_clip."""


def encoder_names() -> list[str]:
    """Every name that :func:`load_encoder` knows, without ``open_clip:`` ones."""
    return [BUNDLED, *CARDS]


def load_encoder(
    name: str,
    *,
    checkpoint: Path | None = None,
    architecture: str | None = None,
    precision: str = "auto",
    threads: int | None = None,
) -> Encoder:
    """Make an encoder; its weights are read when they are first used.

    Args:
        name: one of :func:`encoder_names`, a plugin's, or
            ``open_clip:ARCHITECTURE``.
        checkpoint: a local file instead of the downloaded one; needed with
            ``open_clip:``; for ``mini`` one that ``python -m recipes.mini`` wrote.
        architecture: instead of the one that the name stands for.
        precision: ``auto``, ``fp32``, ``bf16`` or ``fp16``.
        threads: processors for the forward pass of a CLIP; ``None`` leaves
            torch's choice.

    Raises:
        ModelNotFoundError: no such name, with near ones; or a model whose weights
            are not on this machine, with the command that gets them.
        EncoderError: options that do not go together.
        MissingExtraError: an encoder of open_clip, which is not installed.
        PluginError: a plugin that cannot be loaded or breaks its promise.
    """
    if name == BUNDLED:
        return _mini(checkpoint, architecture)
    if name.startswith(OPEN_CLIP):
        return _open_clip(
            name.removeprefix(OPEN_CLIP), checkpoint, architecture, precision, threads
        )
    if name.startswith(EXTERNAL):
        raise ModelNotFoundError(
            f"{name} is the name of an encoder that is not here: it embeds nothing.",
            hint="rsrag index import SOURCE --name NAME --encoder " + name,
        )
    card = CARDS.get(name)
    if card is None:
        asked = (
            ("checkpoint", checkpoint and _existing(checkpoint)),
            ("architecture", architecture),
            ("precision", None if precision == "auto" else precision),
        )
        made: Encoder | None = plugin_encoder(
            name, Encoder, **{k: v for k, v in asked if v}
        )
        if made is None:
            raise unknown_name(name)
        return made
    need("open_clip", f"The encoder {name}")
    from rsrag.encoders.clip.openclip import OpenClipEncoder

    return OpenClipEncoder(
        architecture or card.architecture,
        _existing(checkpoint) if checkpoint else _downloaded(card),
        id=card.id,
        transform=card.transform,
        precision=precision,
        threads=threads,
    )


def plugin_encoder(name: str, protocol: type, **given: Any) -> Any:
    """An encoder that another package adds; ``None`` where none has that name.

    Args:
        name: that a person types.
        protocol: that it shall keep.
        **given: to make it with.

    Raises:
        PluginError: it cannot be made, or lacks what the protocol has. So does each
            call that gives other than float32 unit rows.
    """
    plugin = find_plugin("encoders", name)
    if plugin is None:
        return None
    make = plugin.load()
    with plugin.blamed("making it"):
        made = make(**given)

    def check(rows: Any) -> None:
        check_unit_rows(rows, made.identity.dim)

    calls = ("encode_texts", "encode_prepared", "encode_images")
    return plugin.guarded(made, protocol, dict.fromkeys(calls, check))


def is_known(name: str) -> bool:
    """Whether :func:`load_encoder` knows a name, whatever is on this machine."""
    return (
        name in encoder_names()
        or name.startswith((OPEN_CLIP, EXTERNAL))
        or find_plugin("encoders", name) is not None
    )


def unknown_name(name: str) -> ModelNotFoundError:
    """The error for a name that no encoder has, with near ones."""
    known = [*encoder_names(), *(one.name for one in plugins("encoders"))]
    near = difflib.get_close_matches(name.lower(), known, n=3, cutoff=0.4)
    return ModelNotFoundError(
        f"There is no encoder {name!r}."
        + (f" Did you mean {' or '.join(near)}?" if near else ""),
        hint="rsrag models list; or open_clip:ARCHITECTURE with --checkpoint FILE",
    )


def _mini(checkpoint: Path | None, architecture: str | None) -> Encoder:
    if architecture:
        raise EncoderError(
            f"{BUNDLED} has one architecture, and {architecture} is another.",
            hint="--encoder open_clip:ARCHITECTURE --checkpoint FILE",
        )
    from rsrag.encoders.mini.mini import HEADS, MiniEncoder

    return MiniEncoder(_existing(checkpoint) if checkpoint else HEADS)


def _open_clip(
    name: str,
    checkpoint: Path | None,
    architecture: str | None,
    precision: str,
    threads: int | None,
) -> Encoder:
    if architecture and architecture != name:
        raise EncoderError(
            f"Two architectures: {name} in the encoder's name, and {architecture}."
        )
    from rsrag.encoders.clip.architectures import architecture_config
    from rsrag.encoders.clip.openclip import OpenClipEncoder

    architecture_config(name)
    if checkpoint is None:
        raise ModelNotFoundError(
            f"{OPEN_CLIP}{name} needs a file with weights.",
            hint="--checkpoint FILE (.safetensors or .pt)",
        )
    return OpenClipEncoder(
        name,
        _existing(checkpoint),
        id=f"{OPEN_CLIP}{name}",
        transform="model",
        precision=precision,
        threads=threads,
    )


def _existing(checkpoint: Path) -> Path:
    if not checkpoint.is_file():
        raise ModelNotFoundError(f"There is no checkpoint at {checkpoint}.")
    return checkpoint


def _downloaded(card: ModelCard) -> Path:
    from rsrag.encoders.models.model_cache import downloaded_file

    path = downloaded_file(card)
    if path is None:
        raise ModelNotFoundError(
            f"The weights of {card.id} are not on this machine.",
            hint=f"rsrag models pull {card.id}, or --checkpoint FILE, "
            f"or --encoder {BUNDLED}",
        )
    return path


EXTERNAL = "external:"
"""Before the name of an encoder whose vectors were imported."""

UNKNOWN = "unknown"
"""Weights and preprocessing of such an encoder."""


class ExternalEncoder:
    """Stands for an encoder that made vectors elsewhere; it embeds nothing."""

    max_tokens = 0

    def __init__(self, name: str, dim: int) -> None:
        self.identity = EncoderIdentity(name, UNKNOWN, UNKNOWN, dim)

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """Refused."""
        self._refuse("texts")

    def encode_texts(self, texts: Sequence[str]) -> Vectors:
        """Refused."""
        self._refuse("texts")

    def prepare_image(self, image: Pixels) -> NDArray[np.uint8]:
        """Refused."""
        self._refuse("pictures")

    def encode_prepared(self, batch: NDArray[np.uint8]) -> Vectors:
        """Refused."""
        self._refuse("pictures")

    def encode_images(self, images: Sequence[Pixels]) -> Vectors:
        """Refused."""
        self._refuse("pictures")

    def _refuse(self, what: str) -> NoReturn:
        raise EncoderError(
            f"The vectors were made by {self.identity.id}, which is not here: {what} "
            "cannot be embedded.",
            hint="rsrag search --chip ID, or --vector FILE.npy with a vector of that "
            "encoder",
        )
