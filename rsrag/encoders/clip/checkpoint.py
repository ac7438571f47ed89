"""Weights read without running code, and loaded with every key accounted for."""

import pickle
import warnings
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from rsrag.encoders.adapters.adapter_file import Adapted, Checkpoint
from rsrag.encoders.adapters.low_rank import changed
from rsrag.encoders.clip.architectures import likely_architectures
from rsrag.errors import CheckpointError

if TYPE_CHECKING:
    import torch

StateDict = dict[str, "torch.Tensor"]

WRAPPERS = ("state_dict", "model_state_dict", "model_state", "model", "module")
"""Keys under which training scripts put the weights."""

PREFIXES = ("module.", "_orig_mod.", "model.", "clip_model.", "clip.")
"""What wrappers (DataParallel, torch.compile, Lightning) put before every key."""

MAY_BE_MISSING = ("attn_mask", "logit_bias", "num_batches_tracked")
"""Endings of keys that an embedding does not depend on, or that are computed."""

MAY_BE_LEFT_OVER = (
    "attn_mask",
    "logit_bias",
    "position_ids",
    "input_resolution",
    "context_length",
    "vocab_size",
)
"""Endings of keys that old files hold and newer models compute for themselves."""


def read_state_dict(path: Checkpoint) -> StateDict:
    """Tensors of a ``.safetensors`` or a torch file, names without wrappers.

    Torch files are read with ``weights_only=True`` and, where their layout allows,
    through a memory map.

    Raises:
        CheckpointError: no such file, cut short, a TorchScript archive, code in the
            pickle, no tensors, or an adapter for others.
    """
    if isinstance(path, Adapted):
        return changed(read_state_dict(path.base), path.adapter)
    if not path.is_file():
        raise CheckpointError(f"There is no checkpoint at {path}.")
    if path.suffix == ".safetensors":
        content: object = _read_safetensors(path)
    else:
        content = _read_torch(path)
    tensors = _unwrap(content)
    if not tensors:
        raise CheckpointError(
            f"{path} holds no weights.",
            hint="give the file that the model's state_dict was saved to",
        )
    return tensors


def _read_safetensors(path: Path) -> object:
    from safetensors import SafetensorError
    from safetensors.torch import load_file

    try:
        return load_file(path)
    except (SafetensorError, OSError, ValueError) as exc:
        raise CheckpointError(f"{path} is not a safetensors file: {exc}") from exc


def _read_torch(path: Path) -> object:
    import torch

    is_zip = zipfile.is_zipfile(path)
    if is_zip:
        with zipfile.ZipFile(path) as archive:
            names = archive.namelist()
        if any(name.endswith("constants.pkl") for name in names):
            raise CheckpointError(
                f"{path} is a TorchScript archive: it holds a program, not only "
                "weights, and is not run.",
                hint="save the state_dict of the loaded module to a .safetensors file",
            )
        if not any(name.endswith("data.pkl") for name in names):
            raise CheckpointError(
                f"{path} is a zip archive but no torch checkpoint.",
                hint="unpack it and give the .pt file inside",
            )
    try:
        with warnings.catch_warnings():
            # That a pickle is of an odd protocol matters only if it is refused.
            warnings.simplefilter("ignore", UserWarning)
            return torch.load(path, map_location="cpu", weights_only=True, mmap=is_zip)
    except pickle.UnpicklingError as exc:
        raise CheckpointError(
            f"{path} was refused: its pickle asks for more than tensors, or it is "
            f"no checkpoint. {str(exc).splitlines()[0]}",
            hint="convert it to .safetensors where you trust it",
        ) from exc
    except (RuntimeError, EOFError, OSError, ValueError) as exc:
        raise CheckpointError(f"{path} cannot be read as weights: {exc}") from exc


def _unwrap(content: object) -> StateDict:
    import torch

    while isinstance(content, Mapping):
        inner = next((content[key] for key in WRAPPERS if key in content), None)
        if not isinstance(inner, Mapping):
            break
        content = inner
    if not isinstance(content, Mapping):
        return {}
    tensors = {
        str(key): value
        for key, value in content.items()
        if isinstance(value, torch.Tensor)
    }
    while tensors:
        shared = [p for p in PREFIXES if all(key.startswith(p) for key in tensors)]
        if not shared:
            break
        tensors = {key[len(shared[0]) :]: value for key, value in tensors.items()}
    return tensors


def load_strictly(
    model: "torch.nn.Module",
    state_dict: StateDict,
    *,
    origin: str,
    allowed_missing: tuple[str, ...] = MAY_BE_MISSING,
    allowed_left_over: tuple[str, ...] = MAY_BE_LEFT_OVER,
    assign: bool = False,
) -> None:
    """Load weights; a key that is missing, left over or misshapen is an error.

    Args:
        origin: the file and the architecture, for the message.
        allowed_missing: endings of names that the file may lack.
        allowed_left_over: endings of names that the model may not have.
        assign: keep the file's tensors instead of copying into the model's, for a
            model on the meta device.

    Raises:
        CheckpointError: counts, the first five names of each kind, and the
            architectures that the shapes would fit.
    """
    wanted = model.state_dict()
    missing = [
        k for k in wanted if k not in state_dict and not _ends(k, allowed_missing)
    ]
    left_over = [
        k for k in state_dict if k not in wanted and not _ends(k, allowed_left_over)
    ]
    fitted = {k: _same_rank(v, wanted[k]) for k, v in state_dict.items() if k in wanted}
    misshapen = [
        f"{key} is {tuple(tensor.shape)}, expected {tuple(wanted[key].shape)}"
        for key, tensor in fitted.items()
        if tensor.shape != wanted[key].shape
    ]
    if missing or left_over or misshapen:
        parts = [
            _listed("wrong shape", misshapen),
            _listed("missing", missing),
            _listed("not known to the model", left_over),
        ]
        raise CheckpointError(
            f"{origin}: the weights do not fit. {' '.join(p for p in parts if p)}",
            hint=_advice(state_dict),
        )
    model.load_state_dict(fitted, strict=False, assign=assign)


def _ends(key: str, endings: tuple[str, ...]) -> bool:
    return key.rpartition(".")[2] in endings


def _same_rank(tensor: "torch.Tensor", like: "torch.Tensor") -> "torch.Tensor":
    """A scale stored as ``[1]`` fits one stored as a scalar, and the reverse."""
    one = tensor.numel() == like.numel() == 1
    return tensor.reshape(like.shape) if one else tensor


def _listed(title: str, names: list[Any]) -> str:
    if not names:
        return ""
    more = f" and {len(names) - 5} more" if len(names) > 5 else ""
    return f"{len(names)} {title}: {'; '.join(map(str, names[:5]))}{more}."


def _advice(state_dict: StateDict) -> str:
    shapes = {key: tuple(value.shape) for key, value in state_dict.items()}
    names = likely_architectures(shapes)
    if not names:
        return "give the architecture that the file was made with"
    return (
        f"its shapes are those of {', '.join(names)}; the activation cannot be told "
        "from shapes: take -quickgelu if it stands on OpenAI's weights"
    )


def write_part(
    path: Path,
    checkpoint: Checkpoint,
    sizes: Mapping[str, tuple[int, ...]],
    storage: Literal["fp32", "fp16"],
) -> None:
    """Write some of a checkpoint's tensors as safetensors.

    Args:
        path: of the new file.
        sizes: by name. A model with a text module of its own has the same names
            beneath it.
        storage: what is in fp16 already stays so.

    Raises:
        CheckpointError: a tensor is missing, of another size, or too large for fp16.
        OSError: the file cannot be written.
    """
    import torch
    from safetensors import SafetensorError
    from safetensors.torch import save_file

    weights = read_state_dict(checkpoint)
    prefix = "text." if "text.positional_embedding" in weights else ""
    tensors = {}
    for name, size in sizes.items():
        tensor = weights.get(prefix + name)
        if tensor is None or tuple(tensor.shape) != size:
            found = "missing" if tensor is None else f"{tuple(tensor.shape)}"
            raise CheckpointError(
                f"{checkpoint}: tensor {prefix + name} is {found}, expected {size}."
            )
        half = storage == "fp16" or tensor.dtype == torch.float16
        tensor = tensor.detach().to(torch.float16 if half else torch.float32)
        if not torch.isfinite(tensor).all():
            raise CheckpointError(f"{checkpoint}: {name} does not fit {storage}.")
        tensors[name] = tensor.contiguous()
    try:
        save_file(tensors, path)
    except SafetensorError as exc:
        raise OSError(f"{path.name}: {exc}") from exc
