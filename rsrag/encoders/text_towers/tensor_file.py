"""Safetensors read through a memory map: only what is touched leaves the disk.

The format (https://github.com/huggingface/safetensors, "Format"): eight bytes, the
little-endian length of a JSON header; the header, which gives each tensor's dtype,
shape and byte range; then the bytes. A search embeds some ten word pieces, so of
MiniLM's 47 MB of word embeddings it needs ten rows.
"""

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rsrag.errors import CheckpointError

DTYPES = {"F16": "<f2", "F32": "<f4", "F64": "<f8", "I32": "<i4", "I64": "<i8"}


@dataclass(frozen=True, slots=True)
class TensorFile:
    """A mapped safetensors file.

    Attributes:
        tensors: read-only views into the map, by name.
        metadata: the strings that its writer put in.
    """

    path: Path
    tensors: Mapping[str, NDArray[Any]]
    metadata: Mapping[str, str]

    def take(self, name: str, shape: tuple[int, ...]) -> NDArray[Any]:
        """The tensor of that name.

        Raises:
            CheckpointError: it is not there, or not of that shape.
        """
        tensor = self.tensors.get(name)
        if tensor is None:
            raise CheckpointError(f"{self.path} lacks the tensor {name}.")
        if tensor.shape != shape:
            raise CheckpointError(
                f"Tensor {name} of {self.path} has shape {tensor.shape}, "
                f"expected {shape}."
            )
        return tensor


def map_tensors(path: Path) -> TensorFile:
    """Map a safetensors file.

    Raises:
        CheckpointError: not such a file, cut short, or of a dtype not in ``DTYPES``.
    """
    try:
        data = np.memmap(path, dtype=np.uint8, mode="r")
        start = 8 + int.from_bytes(data[:8].tobytes(), "little")
        if len(data) < 8 or start > len(data):
            raise ValueError("its header runs past its end")
        header = json.loads(data[8:start].tobytes())
        metadata = header.pop("__metadata__", {})
        # A plain array over the same map: slicing a memmap is slow.
        body = np.asarray(data)[start:]
        tensors = {name: _view(body, entry) for name, entry in header.items()}
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as exc:
        raise CheckpointError(
            f"{path} cannot be read as safetensors: {type(exc).__name__}: {exc}"
        ) from exc
    return TensorFile(path, tensors, metadata)


def _view(body: NDArray[np.uint8], entry: Mapping[str, Any]) -> NDArray[Any]:
    dtype, shape = np.dtype(DTYPES[entry["dtype"]]), tuple(entry["shape"])
    begin, end = entry["data_offsets"]
    if not 0 <= begin <= end <= len(body):
        raise ValueError("a tensor lies past its end")
    if end - begin != dtype.itemsize * math.prod(shape):
        raise ValueError("a tensor's bytes do not fit its shape")
    return body[begin:end].view(dtype).reshape(shape)
