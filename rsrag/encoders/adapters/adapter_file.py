"""An adapter: a small file that changes weights of an encoder by low-rank matrices.

For each weight ``W`` that it changes it holds ``down`` ``(rank, in)`` and ``up``
``(out, rank)``; the encoder uses ``W + up @ down`` (LoRA, Hu et al. 2021). Its metadata
name the encoder that it was learnt on by the sha256 of the weights, so that it is set
on no other.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rsrag.encoders.text_towers.clip_tokenizer import map_tensors
from rsrag.errors import CheckpointError, ModelNotFoundError
from rsrag.packages import remembered_sha256
from rsrag.types import EncoderIdentity

SUFFIX = ".safetensors"
"""How the name of an encoder ends that is an adapter's file."""
FORMAT = "1"
_KEYS = ("adapter", "name", "base", "base_sha256")

Matrix = NDArray[np.float32]
Deltas = Mapping[str, tuple[Matrix, Matrix]]
"""By the name of a weight: ``down`` ``(rank, in)`` and ``up`` ``(out, rank)``."""


@dataclass(frozen=True, slots=True)
class Adapter:
    """An adapter, read.

    Attributes:
        path: of the file.
        deltas: what is added to which weight.
        metadata: ``adapter`` (version of the format), ``name``, ``base`` (as
            ``load_encoder`` takes it), ``base_sha256``, ``base_checkpoint`` (a path, or
            empty), and what it was learnt from, in words.
    """

    path: Path
    deltas: Deltas
    metadata: Mapping[str, str]

    @property
    def base(self) -> str:
        """Name of the encoder that it changes."""
        return self.metadata["base"]

    @property
    def base_checkpoint(self) -> Path | None:
        """Where that one's weights lay, if they were no download."""
        place = self.metadata.get("base_checkpoint")
        return Path(place) if place else None

    @property
    def id(self) -> str:
        """Of the encoder that it makes."""
        return f"{self.base}+{self.metadata['name']}"

    def check_base(self, sha256: str, where: str) -> None:
        """Refuse other weights than those that it was learnt on.

        Args:
            sha256: of the weights that are here.
            where: they are from, for the message.

        Raises:
            CheckpointError: naming both.
        """
        if sha256 != self.metadata["base_sha256"]:
            raise CheckpointError(
                f"The adapter {self.path} was learnt on {self.base} with the weights "
                f"{self.metadata['base_sha256'][:12]}…, and {where} are "
                f"{sha256[:12]}….",
                hint="--checkpoint FILE with those weights, or learn it again: rsrag "
                f"train {self.base}",
            )


@dataclass(frozen=True, slots=True)
class Adapted:
    """A checkpoint with an adapter on it, where else a path stands."""

    adapter: Adapter
    base: Path

    def __str__(self) -> str:
        """The adapter's path."""
        return str(self.adapter.path)

    def resolve(self) -> Path:
        """The adapter's path, whole."""
        return self.adapter.path.resolve()


Checkpoint = Path | Adapted


def sha256_of(checkpoint: Checkpoint) -> str:
    """Of a checkpoint; an adapter's own tells its base, too, which it names by one.

    Raises:
        CheckpointError: it cannot be read.
    """
    path = checkpoint.adapter.path if isinstance(checkpoint, Adapted) else checkpoint
    try:
        return remembered_sha256(path)
    except OSError as exc:
        raise CheckpointError(
            f"The checkpoint {path} cannot be read: {exc.strerror}."
        ) from exc


def read_adapter(path: Path) -> Adapter:
    """Read an adapter, every tensor accounted for.

    Raises:
        ModelNotFoundError: there is no such file.
        CheckpointError: it is no adapter, or a part is missing or misshapen.
    """
    if not path.is_file():
        raise ModelNotFoundError(
            f"There is no adapter at {path}.", hint="rsrag train --help"
        )
    file = map_tensors(path)
    lacking = [key for key in _KEYS if not file.metadata.get(key)]
    if lacking or file.metadata["adapter"] != FORMAT:
        raise CheckpointError(
            f"{path} is no adapter that rsrag train wrote: it does not say its "
            f"{' and '.join(lacking) or 'version'}.",
            hint=f"weights of a whole model: --encoder NAME --checkpoint {path}",
        )
    deltas: dict[str, tuple[Matrix, Matrix]] = {}
    for name in sorted({tensor.rpartition(".")[0] for tensor in file.tensors}):
        down, up = (
            file.tensors.get(f"{name}.{part}", np.empty(0)).astype(np.float32)
            for part in ("down", "up")
        )
        if down.ndim != 2 or up.ndim != 2 or len(down) != up.shape[1]:
            raise CheckpointError(
                f"{path}: {name} is changed by {up.shape} times {down.shape}, which "
                "cannot be."
            )
        deltas[name] = down, up
    return Adapter(path, deltas, file.metadata)


def write_adapter(
    path: Path, deltas: Deltas, base: EncoderIdentity, about: Mapping[str, str]
) -> Adapter:
    """Write an adapter; it is there whole or not at all.

    Args:
        path: whose stem is its name from then on, however the file is called later.
        deltas: float32.
        base: of the encoder that they were learnt on.
        about: further metadata.
    """
    from safetensors.numpy import save

    from rsrag.durable import write_atomically

    metadata = {
        **about,
        "adapter": FORMAT,
        "name": path.name.removesuffix(SUFFIX),
        "base": base.id,
        "base_sha256": base.weights_sha256,
    }
    tensors = {
        f"{name}.{part}": np.ascontiguousarray(matrix, np.float32)
        for name, pair in deltas.items()
        for part, matrix in zip(("down", "up"), pair, strict=True)
    }
    path.parent.mkdir(parents=True, exist_ok=True)
    write_atomically(path, save(tensors, metadata))
    return Adapter(path, deltas, metadata)


def check_places(adapter: Adapter, shapes: Mapping[str, Iterable[int]]) -> None:
    """Refuse an adapter for weights that are not there.

    Args:
        adapter: to set on them.
        shapes: of all weights, by name.

    Raises:
        CheckpointError: a weight that is missing, or of another shape.
    """
    for name, (down, up) in adapter.deltas.items():
        there: Any = shapes.get(name)
        if there is None or tuple(there) != (up.shape[0], down.shape[1]):
            found = "missing" if there is None else f"{tuple(there)}"
            raise CheckpointError(
                f"{adapter.path}: the weight {name} is {found}, expected "
                f"{(up.shape[0], down.shape[1])}."
            )
