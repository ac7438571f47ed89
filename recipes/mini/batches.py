"""What one step of training sees: pictures, captions of each, and whose they are."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from recipes.mini.features import Features, FeatureSet
from recipes.mini.vocabulary import vocabulary


@dataclass(frozen=True, slots=True)
class Words:
    """The vocabulary as the text trunk reads it.

    Attributes:
        vectors: ``(words, sentences, 384)`` float32; each step draws a sentence of
            each word.
    """

    vectors: Features

    def draw(self, rng: np.random.Generator) -> Tensor:
        """``(words, 384)``."""
        count, sentences = self.vectors.shape[:2]
        chosen = rng.integers(sentences, size=count)
        return torch.from_numpy(self.vectors[np.arange(count), chosen])


@dataclass(frozen=True, slots=True)
class Batch:
    """Pictures, and pairs of a picture and a caption.

    Attributes:
        features: ``(n, features)`` float32 of pictures.
        maps: ``(n, places, channels)`` float16 of the same; ``None`` if not asked for.
        label: ``(n,)`` row of each in the vocabulary, or -1.
        far: ``(n,)`` bool, seen from very far.
        picture: ``(pairs,)`` row of each pair's picture.
        texts: ``(pairs, features)`` float32.
        group: ``(pairs,)`` of the pictures.
        caption: ``(pairs,)`` which caption.
        source: ``(pairs,)`` which set it is from; 0 is the captioned pictures.
        words: a sentence of each word of the vocabulary, ``(words, 384)``; ``None``
            where no picture has a label.
    """

    features: Tensor
    maps: Tensor | None
    label: Tensor
    far: Tensor
    picture: Tensor
    texts: Tensor
    group: Tensor
    caption: Tensor
    source: Tensor
    words: Tensor | None = None

    @property
    def apart(self) -> Tensor:
        """Pairs that are no negatives: ``(pairs, pairs)`` bool, pictures by captions.

        Between two sets: of both near, where their labels have something in common;
        of both far, always, for they are worded with the same words; a near picture
        and a far caption, always; a far picture and a near caption, where such a place
        may be seen from far, too.
        """
        known = vocabulary()
        label, far = self.label[self.picture].cpu(), self.far[self.picture].cpu()
        alike = torch.from_numpy(known.alike)[label][:, label]
        alike &= (label >= 0)[:, None] & (label >= 0)
        wide = torch.from_numpy(known.wide)[label] & (label >= 0)
        near_row, near_column = ~far[:, None], ~far[None]
        source = self.source.cpu()
        both = torch.where(near_row, ~near_column | alike, ~near_column | wide)
        return ((source[:, None] != source) & both).to(self.source.device)


class Batches:
    """Batches of one set, with some of other sets in each.

    Args:
        data: the captioned pictures; each is met once an epoch.
        extras: other sets, and how many of each a batch holds, drawn at random.
        size: pictures of ``data`` a batch.
        captions: of each picture; where it has fewer, one may come twice; where it
            has none, it is in no pair.
        maps: whether maps are wanted; then every set must have them.
        device: where the tensors go.
        words: drawn from in every step, where there are labels.
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
        words: Words | None = None,
    ) -> None:
        """Hold them."""
        self._sets = [data, *(extra for extra, _ in extras)]
        self._shares = [share for _, share in extras]
        self._labels = [
            vocabulary().rows(one.labels or ("",) * len(one.captions))
            for one in self._sets
        ]
        self._count = len(data.captions)
        self._size = min(size, self._count)
        self._captions, self._maps, self._device = captions, maps, device
        self._words = words

    def __len__(self) -> int:
        """Batches an epoch; what does not fill one is left out of it."""
        return self._count // self._size

    def epoch(self, rng: np.random.Generator) -> Iterator[Batch]:
        """All batches of an epoch, in random order."""
        order = rng.permutation(self._count)
        for start in range(0, len(self) * self._size, self._size):
            parts = [self._draw(0, order[start : start + self._size], rng)]
            for number, share in enumerate(self._shares, 1):
                rows = rng.integers(len(self._sets[number].captions), size=share)
                parts.append(self._draw(number, rows, rng))
            words = None if self._words is None else self._words.draw(rng)
            yield self._join(parts, words)

    def _join(self, parts: Sequence[Batch], words: Tensor | None) -> Batch:
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
            together("label"),
            together("far"),
            torch.cat(picture).to(self._device),
            together("texts"),
            together("group"),
            together("caption"),
            together("source"),
            None if words is None else words.to(self._device),
        )

    def _draw(
        self, number: int, rows: NDArray[np.intp], rng: np.random.Generator
    ) -> Batch:
        """Some rows of a set, each seen in one of its views."""
        data = self._sets[number]
        # Groups and captions of sets stay apart.
        offset = number * 10**6
        view = rng.integers(len(data.views), size=len(rows))
        said = [at for at, row in enumerate(rows) if data.captions[row]]
        chosen = [self._choose(data.captions[rows[at]], rng) for at in said]
        caption = np.concatenate([np.empty(0, dtype=np.intp), *chosen])
        picture = np.repeat(np.array(said, dtype=np.intp), self._captions)
        maps = None
        if self._maps:
            there = [data.maps[v][row] for v, row in zip(view, rows, strict=True)]
            maps = torch.from_numpy(np.stack(there))
        return Batch(
            torch.from_numpy(data.views[view, rows]),
            maps,
            torch.from_numpy(self._labels[number][rows]),
            torch.full((len(rows),), data.far),
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
