"""An open_clip model in memory: built, filled, and run on the device it suits."""

import logging
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from rsrag.encoders.adapters.adapter_file import Checkpoint
from rsrag.encoders.clip.architectures import architecture_config
from rsrag.encoders.clip.checkpoint import load_strictly, read_state_dict
from rsrag.encoders.clip.clip_device import precision_on, torch_device
from rsrag.encoders.clip.clip_transform import ClipTransform

if TYPE_CHECKING:
    import torch
    from torch import nn

GPU_IMAGES = 256
"""Pictures a forward pass on a GPU."""


class ClipModel:
    """Both towers, ready to run.

    Args:
        checkpoint: file with the weights; ``None`` draws them from ``seed``.
        transform: gives the mean and the standard deviation.
        precision: ``auto``, ``fp32``, ``bf16`` or ``fp16``.
        device: ``auto`` or a torch device.
        threads: torch's, on a CPU.

    Raises:
        CheckpointError: weights that cannot be read or do not fit.
        EncoderError: no such device.
    """

    def __init__(
        self,
        architecture: str,
        checkpoint: Checkpoint | None,
        transform: ClipTransform,
        *,
        seed: int,
        precision: str,
        device: str,
        threads: int | None,
    ) -> None:
        import torch

        from rsrag.encoders.clip.streams import streams_for

        self.device = torch_device(device)
        self.precision = precision_on(precision, self.device)
        on_cpu = self.device.type == "cpu"
        if threads and on_cpu:
            torch.set_num_threads(threads)
        self._streams = streams_for(self.device, threads)
        dtypes = {"fp32": "float32", "bf16": "bfloat16", "fp16": "float16"}
        self._dtype: torch.dtype = getattr(torch, dtypes[self.precision])
        with torch.inference_mode():
            model: Any = filled(architecture, checkpoint, seed)
            self._tower: Any = None
            if on_cpu and self.precision == "bf16":
                from rsrag.encoders.clip.vision_tower import Bfloat16Tower, is_plain

                if is_plain(model.visual):
                    self._tower = Bfloat16Tower(
                        model.visual, transform.mean, transform.std
                    )
                    model.visual = torch.nn.Identity()
            self._model = model.to(
                device=self.device, dtype=self._dtype, memory_format=torch.channels_last
            )
            self._mean, self._std = (
                torch.tensor(levels, device=self.device).view(1, 3, 1, 1)
                for levels in (transform.mean, transform.std)
            )
        self._tokenizer = tokenizer_of(architecture)

    def encode_batch(self, batch: NDArray[np.uint8]) -> list[NDArray[np.float32]]:
        """Embed any number in passes that fit the device; as :meth:`encode_images`."""
        return self._streams.run(self.encode_images, batch, GPU_IMAGES)

    def encode_images(self, batch: NDArray[np.uint8]) -> NDArray[np.float32]:
        """Embed ``(n, side, side, 3)`` uint8, ``n`` at least 1; not normalised."""
        import torch

        with torch.inference_mode():
            # torch wants an array that it may write to; some of ours are views.
            pixels = torch.from_numpy(np.require(batch, requirements=["C", "W"]))
            if self._tower is not None:
                return _to_numpy(self._tower(pixels))
            return _to_numpy(self._model.encode_image(self.planes(pixels)))

    @property
    def visual(self) -> "nn.Module":
        """The picture tower; for bfloat16 on a CPU it is not kept."""
        tower: nn.Module = self._model.visual
        return tower

    def planes(self, pixels: "torch.Tensor") -> "torch.Tensor":
        """``(n, side, side, 3)`` uint8 as the tower takes them: planes, normalised."""
        # Channels last already in memory, so this only renames the axes.
        planes = pixels.to(self.device).permute(0, 3, 1, 2).float().div_(255)
        return planes.sub_(self._mean).div_(self._std).to(self._dtype)

    def encode_texts(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Embed at least one text; not normalised."""
        import torch

        with torch.inference_mode():
            tokens = self._tokenizer(list(texts)).to(self.device)
            return _to_numpy(self._model.encode_text(tokens))

    def count_tokens(self, text: str) -> int:
        """Tokens of a text, marks at its ends included where the model has them."""
        tokenizer = self._tokenizer
        if hasattr(tokenizer, "encode"):
            return len(tokenizer.encode(text)) + 2
        return len(tokenizer.tokenizer(text)["input_ids"])


def tokenizer_of(architecture: str) -> Any:
    """open_clip's, which gives ``(n, context)`` ids of texts."""
    with _quiet():
        import open_clip

        return open_clip.get_tokenizer(architecture)


def filled(architecture: str, checkpoint: Checkpoint | None, seed: int) -> "nn.Module":
    """The model in evaluation mode, on the CPU."""
    import torch

    if checkpoint is None:
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed)
            return _built(architecture).eval()
    weights = read_state_dict(checkpoint)
    model = _built_empty(architecture) or _built(architecture)
    if not hasattr(model, "positional_embedding") and "positional_embedding" in weights:
        from open_clip.model import convert_to_custom_text_state_dict

        weights = convert_to_custom_text_state_dict(weights)
    origin = f"{checkpoint} as {architecture}"
    is_empty = next(model.parameters()).is_meta
    load_strictly(model, weights, origin=origin, assign=is_empty)
    return model.eval()


def _built(architecture: str, device: str = "cpu") -> "nn.Module":
    architecture_config(architecture)  # words the error, if there is none
    with _quiet():
        import open_clip

        model: nn.Module = open_clip.create_model(
            architecture, pretrained_text=False, load_weights=False, device=device
        )
    return model


def _built_empty(architecture: str) -> "nn.Module | None":
    """The model without storage, where nothing in it would stay without.

    Drawing random weights only to overwrite them takes most of the loading time and
    twice the memory.
    """
    import torch

    config = architecture_config(architecture)
    foreign = "timm_model_name" in config["vision_cfg"] or any(
        key in config["text_cfg"] for key in ("hf_model_name", "hf_tokenizer_name")
    )
    if foreign or "multimodal_cfg" in config:
        return None
    with torch.device("meta"):
        model: Any = _built(architecture, "meta")
    known = set(model.state_dict())
    computed = [name for name, _ in model.named_buffers() if name not in known]
    for name in computed:
        owner_name, _, leaf = name.rpartition(".")
        if leaf != "attn_mask":
            return None
        owner = model.get_submodule(owner_name)
        mask = torch.full(getattr(owner, leaf).shape, float("-inf"), device="cpu")
        owner.register_buffer(leaf, mask.triu_(1), persistent=False)
    return model  # type: ignore[no-any-return]


@contextmanager
def _quiet() -> Iterator[None]:
    """Keep open_clip from warning that a model has no weights yet.

    It warns through the root logger, which without a handler would set one up that
    writes to stderr from then on.
    """
    root = logging.getLogger()
    handler = logging.NullHandler()

    def drop(record: logging.LogRecord) -> bool:
        return "pretrained weights" not in record.getMessage()

    root.addHandler(handler)
    root.addFilter(drop)
    try:
        yield
    finally:
        root.removeFilter(drop)
        root.removeHandler(handler)


def _to_numpy(rows: "torch.Tensor") -> NDArray[np.float32]:
    array: NDArray[np.float32] = rows.float().cpu().numpy()
    return array
