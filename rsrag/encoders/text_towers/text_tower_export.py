"""Taking the text tower out of a CLIP checkpoint."""

import json
import logging
import shutil
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from rsrag.digests import file_sha256
from rsrag.durable import staged
from rsrag.encoders.clip.checkpoint import read_state_dict
from rsrag.encoders.text_towers.clip_text import text_tensors
from rsrag.encoders.text_towers.clip_text_shape import TextShape, not_plain, text_shape
from rsrag.encoders.text_towers.clip_tokenizer import open_clip_merges
from rsrag.encoders.text_towers.text_towers import (
    ABOUT,
    FORMAT,
    MERGES,
    TOWER,
    ExportedTower,
    Storage,
    exported_tower,
    open_tower,
    tower_folder,
)
from rsrag.errors import CheckpointError, EncoderError, RsragError
from rsrag.packages import remembered_sha256
from rsrag.vectors import unit_rows

SPARE = 4
"""An export that nobody asked for leaves this many times its size on the disk."""

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Sample:
    """Embeddings of the whole model, which the tower must give as well.

    Attributes:
        rows: ``(n, dim)`` float32, their embeddings.
        tolerance: most that a cosine may fall short of one.
    """

    texts: Sequence[str]
    rows: NDArray[np.float32]
    tolerance: float


def export_tower(
    architecture: str,
    checkpoint: Path,
    checkpoint_sha256: str,
    *,
    sample: Sample,
    root: Path | None = None,
    storage: Storage = "fp32",
) -> tuple[ExportedTower, float]:
    """Write the text tower of a checkpoint; one that is there is replaced.

    The folder appears whole or not at all, and only if the tower in it embeds the
    sample as the whole model does.

    Args:
        checkpoint_sha256: their digest.
        root: instead of :func:`rsrag.encoders.text_towers.text_towers.towers_folder`.
        storage: ``fp16`` takes half the space. Weights that the checkpoint has in
            fp16 are never widened.

    Returns:
        The tower, and how far the worst cosine of the sample falls short of one.

    Raises:
        EncoderError: the architecture's text side is not CLIP's transformer, or the
            folder cannot be written.
        CheckpointError: the weights cannot be read or do not fit, or the tower does
            not agree with the sample.
    """
    shape = text_shape(architecture)
    if shape is None:
        raise not_plain(architecture)
    folder = tower_folder(architecture, checkpoint_sha256, root)
    try:
        with staged(folder, shared=True) as made:
            made.mkdir(parents=True)
            _write_tensors(made / TOWER, checkpoint, shape, storage)
            (made / MERGES).write_bytes("\n".join(open_clip_merges()).encode())
            gap = _gap(made, shape, sample, architecture)
            about = {
                "format": FORMAT,
                "architecture": architecture,
                "checkpoint_sha256": checkpoint_sha256,
                "checkpoint": str(checkpoint.resolve()),
                "shape": asdict(shape),
                "pooling": "at the first of the highest ids",
                "storage": storage,
                "files": {name: file_sha256(made / name) for name in (TOWER, MERGES)},
            }
            (made / ABOUT).write_text(json.dumps(about, indent=1))
        for name in (TOWER, MERGES):
            remembered_sha256(folder / name)
        return exported_tower(folder), gap
    except OSError as exc:
        raise _unwritten(folder, exc) from exc


def export_in_passing(
    architecture: str, checkpoint: Path, checkpoint_sha256: str, sample: Sample
) -> ExportedTower | None:
    """Export for the next time, if that can be done at no risk.

    Returns:
        ``None`` where it cannot: another kind of text side, no place, a folder that
        cannot be written, or weights that only the whole model can read.
    """
    shape = text_shape(architecture)
    if shape is None:
        return None
    numbers = sum(int(np.prod(size)) for size in text_tensors(shape).values())
    folder = tower_folder(architecture, checkpoint_sha256)
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        if shutil.disk_usage(folder.parent).free < SPARE * 4 * numbers:
            return None
        return export_tower(architecture, checkpoint, checkpoint_sha256, sample=sample)[
            0
        ]
    except (OSError, RsragError) as exc:
        # The texts have been embedded: this was for the next time only.
        _log.info("The text tower of %s was not exported: %s", checkpoint, exc)
        return None


def _write_tensors(
    path: Path, checkpoint: Path, shape: TextShape, storage: Storage
) -> None:
    import torch
    from safetensors import SafetensorError
    from safetensors.torch import save_file

    weights = read_state_dict(checkpoint)
    # Models with a text module of their own keep the same names beneath it.
    prefix = "text." if "text.positional_embedding" in weights else ""
    kinds = {"fp32": torch.float32, "fp16": torch.float16}
    tensors = {}
    for name, size in text_tensors(shape).items():
        tensor = weights.get(prefix + name)
        if tensor is None or tuple(tensor.shape) != size:
            found = "missing" if tensor is None else f"{tuple(tensor.shape)}"
            raise CheckpointError(
                f"{checkpoint}: tensor {prefix + name} is {found}, expected {size}."
            )
        kind = torch.float16 if tensor.dtype == torch.float16 else kinds[storage]
        tensor = tensor.detach().to(kind).contiguous()
        if not torch.isfinite(tensor).all():
            raise CheckpointError(f"{checkpoint}: {name} does not fit {storage}.")
        tensors[name] = tensor
    try:
        save_file(tensors, path)
    except SafetensorError as exc:
        raise OSError(f"{path.name}: {exc}") from exc


def _gap(folder: Path, shape: TextShape, sample: Sample, architecture: str) -> float:
    tower = open_tower(folder, shape)
    cosines = (unit_rows(tower.encode(sample.texts)) * unit_rows(sample.rows)).sum(1)
    gap = float(1 - cosines.min())
    if not gap <= sample.tolerance:
        raise CheckpointError(
            f"The text tower of {architecture} gives other vectors than open_clip: "
            f"their cosine is {1 - gap:.4f}."
        )
    return gap


def _unwritten(folder: Path, exc: OSError) -> EncoderError:
    return EncoderError(
        f"{folder} cannot be written: {exc.strerror or exc}.",
        hint="--out DIR, or set XDG_CACHE_HOME",
    )
