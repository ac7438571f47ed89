"""Both towers of a CLIP as ONNX files, for programs that have no torch."""

import json
import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional as F

from rsrag.durable import file_sha256, staged
from rsrag.encoders.clip.clip_model import filled, tokenizer_of
from rsrag.encoders.clip.openclip import OpenClipEncoder
from rsrag.encoders.text_towers.text_side import PROBES
from rsrag.errors import CheckpointError, EncoderError

PICTURE, TEXT, ABOUT = "picture.onnx", "text.onnx", "towers.json"
TOLERANCE = 1e-4
"""How far a number of a vector may be from the model's own."""
SAMPLE = 3
"""Pictures that are compared, and none of them alone: the batch is free."""


@dataclass(frozen=True, slots=True)
class OnnxTowers:
    """What was written.

    Attributes:
        folder: that holds ``picture.onnx`` (``pixels`` ``(n, side, side, 3)`` uint8 to
            ``vectors`` ``(n, dim)`` float32 unit rows), ``text.onnx`` (``ids`` ``(n,
            context)`` int64 to the same), and ``towers.json``, which says so.
        size_bytes: of the files.
        gap: how far any number is from the model's, at most, on what was compared.
    """

    folder: str
    size_bytes: int
    gap: float


class _Picture(nn.Module):
    def __init__(self, model: Any, mean: Any, std: Any) -> None:
        super().__init__()
        self.model = model
        self.mean, self.std = (torch.tensor(v).view(1, 3, 1, 1) for v in (mean, std))

    def forward(self, pixels: Tensor) -> Tensor:
        planes = pixels.permute(0, 3, 1, 2).float() / 255
        return F.normalize(self.model.encode_image((planes - self.mean) / self.std))


class _Text(nn.Module):
    def __init__(self, model: Any) -> None:
        super().__init__()
        self.model = model

    def forward(self, ids: Tensor) -> Tensor:
        return F.normalize(self.model.encode_text(ids))


@torch.no_grad()
def export_onnx(encoder: OpenClipEncoder, folder: Path) -> OnnxTowers:
    """Write both towers in float32; the folder appears whole or not at all.

    Raises:
        CheckpointError: the weights cannot be read or do not fit, or a tower does not
            agree with the model.
        EncoderError: a part that ONNX has no word for, or the folder cannot be written.
    """
    model: Any = filled(encoder.architecture, encoder.checkpoint, encoder.seed).float()
    transform, identity = encoder.transform, encoder.identity
    rng = np.random.default_rng(0)
    side = transform.side
    pixels = rng.integers(0, 256, (SAMPLE, side, side, 3), np.uint8)
    ids = tokenizer_of(encoder.architecture)(list(PROBES)).numpy()
    towers: Mapping[str, tuple[nn.Module, str, NDArray[Any]]] = {
        PICTURE: (_Picture(model, transform.mean, transform.std), "pixels", pixels),
        TEXT: (_Text(model), "ids", ids),
    }
    try:
        with staged(folder) as made:
            made.mkdir(parents=True)
            gaps = [
                _written(made / name, *parts, encoder.architecture)
                for name, parts in towers.items()
            ]
            about = {
                "encoder": identity.id,
                "weights_sha256": identity.weights_sha256,
                "architecture": encoder.architecture,
                "preprocessing": identity.preprocessing,
                "dim": identity.dim,
                "picture": {"file": PICTURE, "pixels": ["n", side, side, 3]},
                "text": {"file": TEXT, "ids": ["n", ids.shape[1]]},
                "sha256": {name: file_sha256(made / name) for name in towers},
            }
            (made / ABOUT).write_text(json.dumps(about, indent=1) + "\n")
    except OSError as exc:
        raise EncoderError(
            f"{folder} cannot be written: {exc.strerror or exc}.", hint="--out DIR"
        ) from exc
    size = sum(file.stat().st_size for file in folder.iterdir())
    return OnnxTowers(str(folder), size, max(gaps))


def _written(
    path: Path, tower: nn.Module, source: str, rows: NDArray[Any], architecture: str
) -> float:
    """Write a tower, and say how far what it gives is from what the model gives."""
    import onnxruntime as ort

    given = torch.from_numpy(rows)
    wanted = tower.eval()(given).numpy()
    free = {source: {0: "n"}, "vectors": {0: "n"}}
    fast = torch.backends.mha.get_fastpath_enabled()
    try:
        # Attention in one step is torch's own: ONNX has no word for it.
        torch.backends.mha.set_fastpath_enabled(False)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # that the exporter is an old one
            torch.onnx.export(
                tower,
                (given[:2],),
                str(path),
                input_names=[source],
                output_names=["vectors"],
                dynamic_axes=free,
                opset_version=17,
                dynamo=False,
            )
    except (RuntimeError, ValueError) as exc:
        raise EncoderError(
            f"{architecture} cannot be written as ONNX: {str(exc).splitlines()[0]}"
        ) from exc
    finally:
        torch.backends.mha.set_fastpath_enabled(fast)
    session = ort.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    found = session.run(None, {source: rows})[0]
    gap = float(np.abs(found - wanted).max())
    if not gap <= TOLERANCE:
        raise CheckpointError(
            f"{path.name} of {architecture} gives other vectors than open_clip: they "
            f"are {gap:.2g} apart."
        )
    return gap
