"""What one step of training sees: pictures, captions of each, and whose they are."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from recipes.mini.features import FeatureSet


@dataclass(frozen=True, slots=True)
class Batch:
    """Pictures, and pairs of a picture and a caption.

    Attributes:
        features: ``(n, features)`` float32 of pictures.
        maps: ``(n, places, channels)`` float16 of the same; ``None`` if not asked for.
        picture: ``(pairs,)`` row of each pair's picture.
        texts: ``(pairs, features)`` float32.
        group: ``(pairs,)`` of the pictures.
        caption: ``(pairs,)`` which caption.
        source: ``(pairs,)`` which set it is from; 0 is the captioned pictures.
    """

    features: Tensor
    maps: Tensor | None
    picture: Tensor
    texts: Tensor
    group: Tensor
    caption: Tensor
    source: Tensor

    @property
    def apart(self) -> Tensor:
        """``(pairs, pairs)`` bool: from two different sets that are both extra."""
        extra = self.source > 0
        return (self.source[:, None] != self.source) & extra[:, None] & extra


class Batches:
    """Batches of one set, with some of other sets in each.

    Args:
        data: the captioned pictures; each is met once an epoch.
        extras: other sets, and how many of each a batch holds, drawn at random.
        size: pictures of ``data`` a batch.
        captions: of each picture; where it has fewer, one may come twice.
        maps: whether maps are wanted; then every set must have them.
        device: where the tensors go.
    """

    def __init__(
        self,
        data: FeatureSet,
        extras: Sequence[tuple[FeatureSet, int]],
        size: int,
        *,
        captions: int,
        maps: bool,
        device: torch.device,
    ) -> None:
        """Hold them."""
        self._data, self._extras = data, extras
        self._count = len(data.captions)
        self._size = min(size, self._count)
        self._captions, self._maps, self._device = captions, maps, device

    def __len__(self) -> int:
        """Batches an epoch; what does not fill one is left out of it."""
        return self._count // self._size

    def epoch(self, rng: np.random.Generator) -> Iterator[Batch]:
        """All batches of an epoch, in random order."""
        order = rng.permutation(self._count)
        for start in range(0, len(self) * self._size, self._size):
            rows = order[start : start + self._size]
            parts = [self._draw(self._data, 0, rows, rng)]
            for number, (extra, share) in enumerate(self._extras, 1):
                rows = rng.integers(len(extra.captions), size=share)
                parts.append(self._draw(extra, number, rows, rng))
            yield self._join(parts)

    def _join(self, parts: Sequence[Batch]) -> Batch:
        """One batch of them all, on the device."""
        firsts = np.cumsum([0, *(len(part.features) for part in parts)]).tolist()
        picture = [
            part.picture + first for part, first in zip(parts, firsts, strict=False)
        ]

        def together(name: str) -> Tensor:
            return torch.cat([getattr(part, name) for part in parts]).to(self._device)

        return Batch(
            together("features"),
            together("maps") if self._maps else None,
            torch.cat(picture).to(self._device),
            together("texts"),
            together("group"),
            together("caption"),
            together("source"),
        )

    def _draw(
        self,
        data: FeatureSet,
        number: int,
        rows: NDArray[np.intp],
        rng: np.random.Generator,
    ) -> Batch:
        """Some rows of a set, each seen in one of its views."""
        # Groups and captions of sets stay apart.
        offset = number * 10**6
        view = rng.integers(len(data.views), size=len(rows))
        caption = np.concatenate(
            [self._choose(data.captions[row], rng) for row in rows]
        )
        picture = np.repeat(np.arange(len(rows)), self._captions)
        maps = None
        if self._maps:
            there = [data.maps[v][row] for v, row in zip(view, rows, strict=True)]
            maps = torch.from_numpy(np.stack(there))
        return Batch(
            torch.from_numpy(data.views[view, rows]),
            maps,
            torch.from_numpy(picture),
            torch.from_numpy(data.texts[caption]),
            torch.from_numpy(data.groups[rows][picture] + offset),
            torch.from_numpy(caption + offset),
            torch.full((len(picture),), number),
        )

    def _choose(
        self, captions: Sequence[int], rng: np.random.Generator
    ) -> NDArray[np.intp]:
        again = len(captions) < self._captions
        return rng.choice(captions, self._captions, replace=again)
