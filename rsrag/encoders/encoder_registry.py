"""Encoders by the name that a person types."""

import difflib
from pathlib import Path
from typing import Any

from rsrag.config.plugins import find_plugin, plugins
from rsrag.encoders.adapters.adapter_file import SUFFIX, Adapted, Adapter, read_adapter
from rsrag.encoders.external_encoder import EXTERNAL
from rsrag.encoders.models.model_cards import CARDS, ModelCard
from rsrag.errors import EncoderError, ModelNotFoundError
from rsrag.interfaces import Encoder
from rsrag.packages import need, remembered_sha256
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
        name: one of :func:`encoder_names`, a plugin's,
            ``open_clip:ARCHITECTURE``, or the file of an adapter, which names what it
            is set on.
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
    if is_adapter(name):
        return _adapted(Path(name), checkpoint, precision, threads)
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


def is_adapter(name: str) -> bool:
    """Whether a name is the path of an adapter's file."""
    return name.endswith(SUFFIX)


def is_known(name: str) -> bool:
    """Whether :func:`load_encoder` knows a name, whatever is on this machine."""
    return (
        name in encoder_names()
        or name.startswith((OPEN_CLIP, EXTERNAL))
        or is_adapter(name)
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


def _adapted(
    path: Path, checkpoint: Path | None, precision: str, threads: int | None
) -> Encoder:
    """An encoder with an adapter on it; other weights than its base's are refused.

    Args:
        path: of the adapter.
        checkpoint: weights of the base, instead of those that the adapter names.
    """
    adapter = read_adapter(path)
    checkpoint = checkpoint or adapter.base_checkpoint
    if adapter.base == BUNDLED:
        return _mini(checkpoint, None, adapter)
    base = load_encoder(adapter.base, checkpoint=checkpoint)
    from rsrag.encoders.clip.openclip import OpenClipEncoder

    if not isinstance(base, OpenClipEncoder) or not isinstance(base.checkpoint, Path):
        raise EncoderError(f"{adapter.base} is no encoder that an adapter fits.")
    adapter.check_base(remembered_sha256(base.checkpoint), f"{base.checkpoint}")
    return OpenClipEncoder(
        base.architecture,
        Adapted(adapter, base.checkpoint),
        id=adapter.id,
        transform=base.transform_kind,
        precision=precision,
        threads=threads,
    )


def _mini(
    checkpoint: Path | None, architecture: str | None, adapter: Adapter | None = None
) -> Encoder:
    if architecture:
        raise EncoderError(
            f"{BUNDLED} has one architecture, and {architecture} is another.",
            hint="--encoder open_clip:ARCHITECTURE --checkpoint FILE",
        )
    from rsrag.encoders.mini.mini import HEADS, MiniEncoder

    return MiniEncoder(_existing(checkpoint) if checkpoint else HEADS, adapter)


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
