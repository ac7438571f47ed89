"""Text towers taken out of CLIP checkpoints, kept beside the other caches.

One folder for a checkpoint and an architecture, because the same file may be read
as two of them: ``$XDG_CACHE_HOME/rsrag/text-towers/SHA256/ARCHITECTURE/``, with

* ``tower.safetensors``: the text side's tensors, under CLIP's own names;
* ``merges.txt``: the vocabulary, one learnt pair a line;
* ``tower.json``: architecture, the checkpoint's sha256, shape, and the sha256 of
  the two files. A folder whose files are others is not used.
"""

import contextlib
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from rsrag.cache import cache_folder
from rsrag.durable import file_sha256, staged
from rsrag.encoders.adapters.adapter_file import Checkpoint
from rsrag.encoders.models.model_cache import ModelStatus
from rsrag.encoders.text_towers.clip_text import (
    ClipTextTower,
    TextShape,
    text_shape,
    text_tensors,
)
from rsrag.encoders.text_towers.clip_tokenizer import (
    ClipTokenizer,
    map_tensors,
    open_clip_merges,
    read_merges,
)
from rsrag.errors import CheckpointError, EncoderError
from rsrag.packages import remembered_sha256
from rsrag.vectors import unit_rows

FORMAT = 1
TOWER, MERGES, ABOUT = "tower.safetensors", "merges.txt", "tower.json"

Storage = Literal["fp32", "fp16"]


@dataclass(frozen=True, slots=True)
class ExportedTower:
    """One exported tower.

    Attributes:
        checkpoint_sha256: of the file that it was taken from.
        checkpoint: where that file was then.
    """

    folder: str
    architecture: str
    checkpoint_sha256: str
    checkpoint: str
    storage: Storage
    size_bytes: int


def towers_folder() -> Path:
    """Where towers are kept."""
    return cache_folder() / "text-towers"


def tower_folder(
    architecture: str, checkpoint_sha256: str, root: Path | None = None
) -> Path:
    """Where the tower of a checkpoint is or would be."""
    name = architecture.replace("/", "-")
    return (root or towers_folder()) / checkpoint_sha256 / name


def find_tower(
    architecture: str, checkpoint_sha256: str, root: Path | None = None
) -> ClipTextTower | None:
    """The exported tower of a checkpoint, ``None`` if there is none.

    Raises:
        CheckpointError: there is one, but it is damaged, of another checkpoint, or
            of another shape than the architecture has now.
    """
    folder = tower_folder(architecture, checkpoint_sha256, root)
    if not folder.is_dir():
        return None
    shape, about = text_shape(architecture), _about(folder)
    expected = {
        "format": FORMAT,
        "architecture": architecture,
        "checkpoint_sha256": checkpoint_sha256,
        "shape": asdict(shape) if shape else None,
    }
    wrong = [key for key, value in expected.items() if about.get(key) != value]
    if wrong or shape is None:
        raise CheckpointError(f"{folder / ABOUT} says another {', '.join(wrong)}.")
    for name in (TOWER, MERGES):
        try:
            found = remembered_sha256(folder / name)
        except OSError as exc:
            raise CheckpointError(f"{folder / name}: {exc.strerror}.") from exc
        if found != about["files"].get(name):
            raise CheckpointError(f"{folder / name} is not the file that was written.")
    return open_tower(folder, shape)


def exported_towers(root: Path | None = None) -> list[ExportedTower]:
    """Every tower that is here; the digests are not checked."""
    towers = []
    for about in sorted((root or towers_folder()).glob(f"*/*/{ABOUT}")):
        with contextlib.suppress(CheckpointError, OSError):
            towers.append(_exported(about.parent))
    return towers


def tower_of(
    status: ModelStatus, towers: Sequence[ExportedTower]
) -> ExportedTower | None:
    """The tower of a model, by its checkpoint's digest or, if unknown, its path."""
    for tower in towers:
        same = (
            tower.checkpoint_sha256 == status.sha256
            if status.sha256
            else status.path and tower.checkpoint == str(Path(status.path).resolve())
        )
        if same and tower.architecture == status.architecture:
            return tower
    return None


def open_tower(folder: Path, shape: TextShape) -> ClipTextTower:
    """The tower of a folder, whatever its digests.

    Raises:
        CheckpointError: a file cannot be read, or does not fit the shape.
    """
    tokenizer = ClipTokenizer(read_merges(folder / MERGES), shape.context)
    return ClipTextTower(shape, map_tensors(folder / TOWER), tokenizer)


def plain_shape(architecture: str) -> TextShape:
    """The shape of a text tower that can be exported.

    Raises:
        EncoderError: it is not CLIP's own transformer.
    """
    shape = text_shape(architecture)
    if shape is None:
        raise EncoderError(
            f"The text side of {architecture} is not CLIP's own transformer; only "
            "open_clip can run it.",
            hint="nothing to do: it embeds texts with torch",
        )
    return shape


def export_tower(
    architecture: str,
    checkpoint: Checkpoint,
    checkpoint_sha256: str,
    *,
    texts: Sequence[str],
    rows: NDArray[np.float32],
    tolerance: float,
    root: Path | None = None,
    storage: Storage = "fp32",
) -> tuple[ExportedTower, float]:
    """Write the text tower of a checkpoint; one that is there is replaced.

    The folder appears whole or not at all, and only if the tower in it embeds some
    texts as the whole model does.

    Args:
        texts: any.
        rows: ``(n, dim)`` float32, their embeddings by the whole model.
        tolerance: most that a cosine may fall short of one.
        root: instead of :func:`towers_folder`.
        storage: ``fp16`` takes half the space. Weights that the checkpoint has in
            fp16 are never widened.

    Returns:
        The tower, and how far the worst cosine of ``rows`` falls short of one.

    Raises:
        EncoderError: the architecture's text side is not CLIP's transformer, or the
            folder cannot be written.
        CheckpointError: the weights cannot be read or do not fit, or the tower does
            not agree with ``rows``.
    """
    from rsrag.encoders.clip.checkpoint import write_part

    shape = plain_shape(architecture)
    folder = tower_folder(architecture, checkpoint_sha256, root)

    try:
        with staged(folder, shared=True) as made:
            made.mkdir(parents=True)
            write_part(made / TOWER, checkpoint, text_tensors(shape), storage)
            (made / MERGES).write_bytes("\n".join(open_clip_merges()).encode())
            own = unit_rows(open_tower(made, shape).encode(texts))
            gap = 1 - float((own * unit_rows(rows)).sum(axis=1).min())
            if not gap <= tolerance:
                raise CheckpointError(
                    f"The text tower of {architecture} gives other vectors than "
                    f"open_clip: their cosine is {1 - gap:.4f}."
                )
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
        return _exported(folder), gap
    except OSError as exc:
        raise EncoderError(
            f"{folder} cannot be written: {exc.strerror or exc}.",
            hint="--out DIR, or set XDG_CACHE_HOME",
        ) from exc


def _exported(folder: Path) -> ExportedTower:
    about = _about(folder)
    return ExportedTower(
        folder=str(folder),
        architecture=str(about.get("architecture")),
        checkpoint_sha256=str(about.get("checkpoint_sha256")),
        checkpoint=str(about.get("checkpoint")),
        storage=about.get("storage", "fp32"),
        size_bytes=sum(file.stat().st_size for file in folder.iterdir()),
    )


def _about(folder: Path) -> dict[str, Any]:
    try:
        about = json.loads((folder / ABOUT).read_bytes())
    except (OSError, ValueError, RecursionError) as exc:
        raise CheckpointError(f"{folder / ABOUT} cannot be read: {exc}") from exc
    if not isinstance(about, dict) or not isinstance(about.get("files"), dict):
        raise CheckpointError(f"{folder / ABOUT} describes no text tower.")
    return about
