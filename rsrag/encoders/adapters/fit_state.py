"""How far a training is, in a file that it goes on from."""

import io
import pickle
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch

from rsrag.durable import write_atomically
from rsrag.errors import CheckpointError


def write_state(path: Path, mark: str, content: Mapping[str, Any]) -> None:
    """Write plain values and tensors, whole or not at all.

    Args:
        path: of the file.
        mark: of the training that it belongs to.
        content: the rest.
    """
    buffer = io.BytesIO()
    torch.save({**content, "mark": mark}, buffer)
    path.parent.mkdir(parents=True, exist_ok=True)
    write_atomically(path, buffer.getvalue())


def read_state(path: Path, mark: str) -> dict[str, Any]:
    """What was written; no code in it is run.

    Raises:
        CheckpointError: it is damaged, or of another training than ``mark``.
    """
    try:
        content: dict[str, Any] = torch.load(
            path, map_location="cpu", weights_only=True
        )
        found = content["mark"]
    except (
        *(OSError, RuntimeError, EOFError, ValueError, KeyError, TypeError),
        pickle.UnpicklingError,
    ) as exc:
        raise CheckpointError(
            f"{path} cannot be read as a training that was stopped: "
            f"{(str(exc).splitlines() or ['it is empty'])[0]}",
            hint=f"remove {path} to begin anew",
        ) from exc
    if found != mark:
        raise CheckpointError(
            f"{path} is a training that was stopped, of other pairs, of another "
            "encoder, or with other options.",
            hint=f"give the same as then, or remove {path} to begin anew",
        )
    return content
