"""Landmarks by reference pictures alone, as RS-RAG's task has it: no name is given."""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from rsrag.errors import ConfigError
from rsrag.imagery.picture import open_picture
from rsrag.interfaces import Encoder
from rsrag.types import Pixels, Vectors
from rsrag.vectors import top_k

SIDE = 96
_DRAWN_SHAPES = 14


@dataclass(frozen=True, slots=True)
class Found:
    """Landmarks by name, best first, for the picture of each landmark."""

    ranked: Mapping[str, Sequence[str]]

    def hit_rates(self, depths: Sequence[int]) -> dict[str, float]:
        """Share of pictures whose landmark is among the first."""
        pairs = list(self.ranked.items())
        return {
            f"landmark_hit@{k}": sum(name in names[:k] for name, names in pairs)
            / len(pairs)
            for k in depths
        }


def pictured(names: Sequence[str], folder: Path) -> dict[str, tuple[Pixels, Pixels]]:
    """A reference picture and another one of each landmark that has a folder.

    The folder of a landmark carries its name; its first picture by name is the
    reference, and its last is asked about.

    Raises:
        ConfigError: no landmark has two pictures.
    """
    found = {}
    for name in names:
        files = sorted(path for path in (folder / name).glob("*") if path.is_file())
        if len(files) > 1:
            first, last = (open_picture(files[at]).pixels for at in (0, -1))
            found[name] = first, last
    if not found:
        raise ConfigError(
            f"{folder} holds no landmark's folder with two pictures.",
            hint=f"{folder}/{names[0] if names else 'NAME'}/1.jpg and 2.jpg",
        )
    return found


def drawn(name: str) -> tuple[Pixels, Pixels]:
    """Two pictures of one made-up scene, drawn from the name alone.

    The second is the first shifted, darker or lighter, with noise: it tests that the
    right landmark's record is found and read, not that an encoder knows real places.
    """
    digest = hashlib.sha256(name.encode()).digest()
    rng = np.random.default_rng(int.from_bytes(digest[:8], "little"))
    ground = rng.integers(40, 200, 3)
    scene = np.full((SIDE + 8, SIDE + 8, 3), ground, np.float64)
    for _ in range(_DRAWN_SHAPES):
        top, left = rng.integers(0, SIDE, 2)
        height, width = rng.integers(3, SIDE // 2, 2)
        scene[top : top + height, left : left + width] = rng.integers(0, 256, 3)
    at = rng.integers(0, 8, 2)
    moved = scene[at[0] : at[0] + SIDE, at[1] : at[1] + SIDE]
    changed = moved * rng.uniform(0.9, 1.1) + rng.normal(0, 4, moved.shape)
    return _pixels(scene[4 : 4 + SIDE, 4 : 4 + SIDE]), _pixels(changed)


def find(
    pictures: Mapping[str, tuple[Pixels, Pixels]],
    encoder: Encoder,
    depth: int,
    progress: Callable[[int, int], None],
) -> Found:
    """Rank all landmarks for each landmark's second picture by its vector."""
    names = sorted(pictures)
    rows: list[tuple[Vectors, Vectors]] = []
    for number, name in enumerate(names, 1):
        vectors = encoder.encode_images(pictures[name])
        rows.append((vectors[0], vectors[1]))
        progress(number, len(names))
    references = np.stack([row[0] for row in rows])
    ids = np.array(names)
    return Found(
        {
            name: [names[at] for at in top_k(references @ row[1], ids, depth)]
            for name, row in zip(names, rows, strict=True)
        }
    )


def _pixels(scene: NDArray[np.float64]) -> Pixels:
    return np.asarray(np.clip(scene, 0, 255), np.uint8)
