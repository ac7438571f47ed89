"""Where a CLIP runs, and how precisely."""

from typing import TYPE_CHECKING

from rsrag.errors import EncoderError

if TYPE_CHECKING:
    import torch


def cpu_has_bfloat16() -> bool:
    """Whether this processor multiplies bfloat16 by itself (AVX-512 BF16 or AMX)."""
    import torch

    checks = ("_is_avx512_bf16_supported", "_is_amx_tile_supported")
    return any(getattr(torch.cpu, check, bool)() for check in checks)


def torch_device(name: str) -> "torch.device":
    """The device of a name; ``auto`` takes the GPU where there is one.

    Raises:
        EncoderError: there is none of that name.
    """
    import torch

    if name == "auto":
        return torch.device("cuda" if torch.cuda.is_available() else "cpu")
    try:
        device = torch.device(name)
        torch.empty(0, device=device)
    except (RuntimeError, AssertionError) as exc:
        raise EncoderError(
            f"There is no device {name!r} here: {str(exc).splitlines()[0]}",
            hint="auto, cpu or cuda",
        ) from exc
    return device


def precision_on(name: str, device: "torch.device") -> str:
    """What ``auto`` stands for on a device: bf16 where it is fast."""
    import torch

    if name != "auto":
        return name
    if device.type == "cpu":
        return "bf16" if cpu_has_bfloat16() else "fp32"
    if device.type == "cuda":
        return "bf16" if torch.cuda.is_bf16_supported(False) else "fp16"
    return "fp32"
