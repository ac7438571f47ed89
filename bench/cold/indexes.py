"""What the cold commands search: indexes of mini and of a CLIP of random weights."""

import shutil
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from bench.children import surroundings, told
from bench.clouds import Clustered, blocks
from bench.cold.scripts import RANDOM_CLIP
from bench.made_index import folder_bytes, make_index, request_for
from rsrag.config import Settings
from rsrag.factory import EncoderChoice
from rsrag.types import EncoderIdentity

ARCHITECTURE = "ViT-B-32-quickgelu"
CLIP_TIMEOUT_S = 600


@dataclass(frozen=True, slots=True)
class Clip:
    """A CLIP of random weights.

    Attributes:
        weights: its checkpoint.
        identity: of the encoder.
        caches: folders with its text tower in float32, in float16, and one where none
            can be written, so that torch loads each time.
        towers: of each that is exported, MB and how far it is from the model.
    """

    weights: Path
    identity: EncoderIdentity
    caches: dict[str, Path]
    towers: dict[str, tuple[float, float]]


def mini_index(root: Path, count: int) -> tuple[str, str]:
    """An index ``mini-COUNT``; gives its name and what its store is."""
    name = f"mini-{count}"
    choice = EncoderChoice("mini")
    identity = choice.load(Settings.from_environment()).identity
    request = request_for(root, name, identity, choice.to_json())
    return name, make_index(request, Clustered(count, identity.dim)).store


def clip_index(root: Path, count: int, clip: Clip) -> str:
    """An index ``clip`` of made-up vectors under a CLIP; gives its name."""
    choice = EncoderChoice(clip.identity.id, clip.weights)
    request = request_for(root, "clip", clip.identity, choice.to_json())
    make_index(request, Clustered(count, clip.identity.dim))
    return "clip"


def random_clip(work: Path) -> Clip:
    """Write random weights and export their text tower, in a child.

    Raises:
        RuntimeError: open_clip failed.
    """
    weights = work / "clip.safetensors"
    caches = {"fp32": work / "cache"}
    caches |= {name: work / f"cache-{name}" for name in ("fp16", "torch")}
    half = caches["fp16"] / "rsrag" / "text-towers"
    identity, towers = told(
        RANDOM_CLIP,
        surroundings(work),
        ARCHITECTURE,
        str(weights),
        str(half),
        timeout=CLIP_TIMEOUT_S,
    )
    no_tower = caches["torch"] / "rsrag" / "text-towers"
    no_tower.parent.mkdir(parents=True)
    no_tower.write_text("")
    for name in ("fp16", "torch"):
        remembered = caches["fp32"] / "rsrag" / "verified.json"
        shutil.copy(remembered, caches[name] / "rsrag")
    sizes = {
        name: folder_bytes(caches[name] / "rsrag" / "text-towers") / 1e6
        for name in ("fp32", "fp16")
    }
    return Clip(
        weights,
        EncoderIdentity(*identity),
        caches,
        {name: (sizes[name], gap) for name, gap in towers},
    )


def plain_vectors(path: Path, count: int, dim: int) -> Path:
    """A ``.npy`` of as many vectors, for the plain scripts."""
    np.save(path, np.concatenate(list(blocks(Clustered(count, dim)))))
    return path
