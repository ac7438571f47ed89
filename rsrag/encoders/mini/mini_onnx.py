"""Files of ``mini``'s network, and how ONNX Runtime opens them."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rsrag.durable import file_sha256
from rsrag.errors import CheckpointError

NOTHING: Mapping[str, NDArray[np.float32]] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Part:
    """A file of the network.

    Attributes:
        path: of the file.
        sha256: of its bytes.
        source: what goes in.
        maps: what comes out, beside what is pooled of it.
    """

    path: Path
    sha256: str
    source: str
    maps: tuple[str, ...]


def open_part(part: Part, weights: Mapping[str, NDArray[np.float32]] = NOTHING) -> Any:
    """A file of the network, ready to run on one processor, or on a GPU.

    Args:
        weights: those that the file only names.

    Raises:
        CheckpointError: the file is not the package's.
    """
    if (found := file_sha256(part.path)) != part.sha256:
        raise CheckpointError(
            f"{part.path} has sha256 {found}, expected {part.sha256}.",
            hint="pip install --force-reinstall --no-deps rsrag",
        )
    runs_on = providers()
    import onnxruntime as ort

    options = ort.SessionOptions()
    options.intra_op_num_threads = 1
    # Sides are free, so a plan of the memory seldom fits, and takes twice as much.
    options.enable_mem_pattern = False
    options.log_severity_level = 4  # what goes wrong is raised
    _share_memory()
    options.add_session_config_entry("session.use_env_allocators", "1")
    if weights:
        options.add_external_initializers(
            list(weights),
            [ort.OrtValue.ortvalue_from_numpy(one) for one in weights.values()],
        )
    return ort.InferenceSession(str(part.path), options, providers=runs_on)


def providers() -> list[Any]:
    """What ONNX Runtime is to run on, the processor last."""
    # Its wheels report their use to Microsoft, unless this stands here before.
    os.environ["ORT_DISABLE_TELEMETRY"] = "1"
    import onnxruntime as ort

    gpu = "CUDAExecutionProvider" in ort.get_available_providers()
    first = [("CUDAExecutionProvider", {"use_tf32": "0"})] if gpu else []
    return [*first, "CPUExecutionProvider"]


@cache
def _share_memory() -> None:
    """One pool of memory for all files: pools of their own hold three peaks at once."""
    import onnxruntime as ort

    kind = ort.OrtAllocatorType.ORT_ARENA_ALLOCATOR
    info = ort.OrtMemoryInfo("Cpu", kind, 0, ort.OrtMemType.DEFAULT)
    as_asked = {"arena_extend_strategy": 1, "initial_chunk_size_bytes": -1}
    rest = {"max_mem": 0, "max_dead_bytes_per_chunk": -1}
    ort.create_and_register_allocator(info, ort.OrtArenaCfg(as_asked | rest))
