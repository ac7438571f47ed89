"""Evaluation of localisation: heat maps of sentences, in the form of AIR-SLT."""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rsrag.analysis.dense_scan import ScanPlan
from rsrag.analysis.scene_similarities import similarities
from rsrag.encoders.dense_port import DenseEncoder
from rsrag.errors import ConfigError, SourceNotFoundError
from rsrag.evaluation.crop_maps import crop_maps
from rsrag.imagery.imagery_options import ImageryOptions
from rsrag.imagery.reading import SceneReading
from rsrag.imagery.scenes import reopen_scene
from rsrag.interfaces import Encoder
from rsrag.metrics.bootstrap import mean_interval, picture_draws
from rsrag.metrics.semantic_localization import (
    PUBLISHED_SIDE,
    Region,
    localization_scores,
    region_mask,
    scaled,
)
from rsrag.types import Window

SCORES = ("pointing", "ap", "iou", "rsu", "ras", "rda", "rmi")
FLOORS = ("noise", "centre")
"""Maps that know nothing: smooth noise, and warm in the middle."""


@dataclass(frozen=True, slots=True)
class Sought:
    """A sentence, the picture that it is about, and where in it."""

    caption: str
    picture: str
    regions: tuple[Region, ...]


def read_sought(path: Path) -> list[Sought]:
    """Read AIR-SLT's ``anno.json``: ``caption``, ``jpg_name``, ``points``.

    Raises:
        SourceNotFoundError: no such file.
        ConfigError: not in that form; names the entry.
    """
    try:
        entries = json.loads(path.read_text("utf-8"))
    except FileNotFoundError as exc:
        raise SourceNotFoundError(f"There is no file {path}.") from exc
    except (OSError, ValueError, RecursionError) as exc:
        raise ConfigError(f"{path} cannot be read as JSON: {exc}") from exc
    form = 'a list of {"caption": ..., "jpg_name": ..., "points": [[[x, y], ...], ...]}'
    if not isinstance(entries, list) or not entries:
        raise ConfigError(f"{path} holds no list of sentences.", hint=form)
    found = []
    for number, entry in enumerate(entries):
        try:
            regions = tuple(
                tuple((float(x), float(y)) for x, y in region)
                for region in entry["points"]
            )
            caption = str(entry["caption"]).strip()
            if not caption or not regions or min(map(len, regions)) < 3:
                raise ValueError("no words, or no area of three corners")
            found.append(Sought(caption, str(entry["jpg_name"]), regions))
        except (KeyError, TypeError, ValueError) as exc:
            raise ConfigError(
                f"Entry {number} of {path} cannot be used: {type(exc).__name__}: {exc}",
                hint=form,
            ) from exc
    return found


@dataclass(frozen=True, slots=True)
class Look:
    """A way to make heat maps.

    Attributes:
        name: of its row in the report.
        maps: of a scene and sentences; gives ``(sentences, height, width)`` float32.
    """

    name: str
    maps: Callable[[SceneReading, Sequence[str]], NDArray[np.float32]]


def by_fields(encoder: DenseEncoder, plan: ScanPlan) -> Look:
    """Maps of dense fields, as ``rsrag localize`` makes them; bicubic between cells."""

    def maps(scene: SceneReading, sentences: Sequence[str]) -> NDArray[np.float32]:
        queries = encoder.encode_texts(sentences)
        cells = np.nan_to_num(similarities(scene, encoder, plan, queries)[0], nan=-1)
        size = scene.width, scene.height
        return np.stack([_drawn(one, plan, size) for one in cells])

    return Look(encoder.dense_identity.id, maps)


def by_crops(encoder: Encoder) -> Look:
    """Maps of crops of three sizes, as semantic localisation was published."""

    def maps(scene: SceneReading, sentences: Sequence[str]) -> NDArray[np.float32]:
        pixels, _ = scene.read_with_mask(Window(0, 0, scene.width, scene.height))
        return crop_maps(pixels, encoder, encoder.encode_texts(sentences))

    return Look(encoder.identity.id, maps)


def score_localization(
    sought: Sequence[Sought],
    images: Path,
    look: Look,
    *,
    scale: float | None = None,
    sharpen: float | None = None,
    resamples: int = 1000,
    seed: int = 0,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> dict[str, Any]:
    """Scores of the encoder's maps and of the floors, with intervals.

    Args:
        images: folder of the pictures.
        look: makes the maps; see :func:`by_fields` and :func:`by_crops`.
        scale: of the published filters; ``None`` fits them to each picture's side.
        sharpen: power that shows what it does to Rmi: another row of scores.
        resamples: of the bootstrap over pictures.

    Raises:
        SourceNotFoundError: a picture is not there.
        ConfigError: areas outside of their picture.
    """
    rng = np.random.default_rng(seed)
    rows: dict[str, list[dict[str, float]]] = {}
    pictures = []
    for name, mine, heats in _heat_maps(sought, images, look, progress):
        height, width = heats.shape[1:]
        size = scale or max(height, width) / PUBLISHED_SIDE
        for one, heat in zip(mine, heats, strict=True):
            if not region_mask((height, width), one.regions).any():
                raise ConfigError(
                    f"The areas of {one.caption!r} lie outside of {name}, which has "
                    f"{width} x {height} pixels.",
                    hint="points are columns and rows of the picture",
                )
            maps = {look.name: heat, **_floors(heat.shape, rng)}
            if sharpen is not None:
                made = scaled(heat) ** sharpen
                maps[f"{look.name} ^ {sharpen:g}"] = made
            for way, drawn in maps.items():
                found = localization_scores(drawn, one.regions, size)
                rows.setdefault(way, []).append(found)
            pictures.append(name)
    draws = picture_draws(pictures, resamples, rng)
    return {
        "ways": {
            way: {
                score: mean_interval(np.array([one[score] for one in found]), draws)
                for score in SCORES
            }
            for way, found in rows.items()
        },
        "queries": len(pictures),
        "images": len(set(pictures)),
    }


def _heat_maps(
    sought: Sequence[Sought],
    images: Path,
    look: Look,
    progress: Callable[[int, int], None],
) -> Iterator[tuple[str, list[Sought], NDArray[np.float32]]]:
    """Each picture's sentences and their maps, ``(sentences, height, width)``."""
    by_picture: dict[str, list[Sought]] = {}
    for one in sought:
        by_picture.setdefault(one.picture, []).append(one)
    for number, (name, mine) in enumerate(by_picture.items()):
        path = images / name
        if not path.is_file():
            raise SourceNotFoundError(
                f"{path} is not there, and sentences are about it.",
                hint="--images FOLDER of the pictures",
            )
        with closing(reopen_scene(str(path.absolute()), ImageryOptions())) as scene:
            yield name, mine, look.maps(scene, [one.caption for one in mine])
        progress(number + 1, len(by_picture))


def _drawn(
    cells: NDArray[np.float32], plan: ScanPlan, size: tuple[int, int]
) -> NDArray[np.float32]:
    """Cells as pixels, bicubic."""
    from PIL import Image

    rows, columns = cells.shape
    whole = Image.fromarray(cells).resize(
        (columns * plan.cell_px, rows * plan.cell_px), Image.Resampling.BICUBIC
    )
    return np.asarray(whole, np.float32)[: size[1], : size[0]]


def _floors(
    shape: tuple[int, ...], rng: np.random.Generator
) -> Mapping[str, NDArray[np.floating]]:
    from PIL import Image

    height, width = shape
    coarse = rng.normal(size=(7, 7)).astype(np.float32)
    noise = Image.fromarray(coarse).resize((width, height), Image.Resampling.BICUBIC)
    rows, columns = np.mgrid[:height, :width]
    middle = -np.hypot(rows - height / 2, columns - width / 2)
    return dict(zip(FLOORS, (np.asarray(noise), middle), strict=True))
