"""The fact sheet of a pair: all that words and answers may say of a change."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from rsrag.errors import ChangeError
from rsrag.plain_values import plain

CELLS = (
    "top-left",
    "top",
    "top-right",
    "left",
    "middle",
    "right",
    "bottom-left",
    "bottom",
    "bottom-right",
)
"""Nine equal parts of a pair's common ground, row by row."""
UNKNOWN = "unknown"
"""A cover that no class leads in by the margin that is asked for."""
_AS_JSON = {"before": "from", "after": "to"}
_AS_READ = {name: own for own, name in _AS_JSON.items()}


@dataclass(frozen=True, slots=True)
class Component:
    """One connected piece of changed ground.

    Attributes:
        id: from 1, the largest first.
        cell: one of :data:`CELLS`, where its middle lies.
        bbox_px: left, top, right and bottom in pixels of the common grid; right and
            bottom are the first that lie beyond.
        pixels: how many changed.
        before: what covered it (``from`` in JSON), or :data:`UNKNOWN`.
        after: what covers it (``to`` in JSON), or :data:`UNKNOWN`.
        margin: by which both lead over what is next likely, 0 to 1: the smaller one.
        probability: mean over its pixels that they changed, 0 to 1.
        bbox: west, south, east and north in degrees, for a pair that is placed.
        area_m2: where the size of its pixels is known.
    """

    id: int
    cell: str
    bbox_px: tuple[int, int, int, int]
    pixels: int
    before: str
    after: str
    margin: float
    probability: float
    bbox: tuple[float, float, float, float] | None = None
    area_m2: float | None = None


@dataclass(frozen=True, slots=True)
class CoverCount:
    """Components of one cover that came or went.

    Attributes:
        built: components that it covers after, and did not before.
        gone: components that it covered before, and does not after.
    """

    built: int
    gone: int


@dataclass(frozen=True, slots=True)
class Registration:
    """How the later picture was laid upon the earlier.

    Attributes:
        dx_px: by how much the later one lay to the right, in pixels.
        dy_px: by how much it lay below.
        peak: of the correlation, in deviations of its surroundings.
        applied: whether it was moved.
        residual_px: what is left after moving, median over blocks; ``None`` where
            nothing in the pair lets it be told.
    """

    dx_px: float
    dy_px: float
    peak: float
    applied: bool
    residual_px: float | None


@dataclass(frozen=True, slots=True)
class FactSheet:
    """What a pair of pictures shows.

    Attributes:
        changed: whether anything did.
        probability: that anything did, 0 to 1.
        share: of the ground that could be compared, that changed, 0 to 1.
        components: the largest first.
        cells: of each of :data:`CELLS` the share that changed, 0 to 1; ``None`` where
            nothing in it could be compared.
        counts: of each cover that came or went.
        registration: see :class:`Registration`.
        radiometry: how the colours were brought in line, in words.
        clouds: share of the common ground under cloud or shadow in either picture.
        compared: share of the common ground that could be compared.
        overlap: share of the earlier picture's ground that the later one covers.
        dates: of the earlier and the later picture, ISO 8601, where known.
        size_px: width and height of the common grid.
        head: what judged: its name, and the taps or weights.
        encoder: its id.
        threshold: of a pixel's probability.
        calibrated_on: what the threshold was chosen on, in words.
        area_m2: that changed, where the size of the pixels is known.
        gsd_m: metres a pixel of the common grid, where known.
        notes: what a reader must know: clouds, a weak registration, little overlap.
    """

    changed: bool
    probability: float
    share: float
    components: tuple[Component, ...]
    cells: Mapping[str, float | None]
    counts: Mapping[str, CoverCount]
    registration: Registration
    radiometry: str
    clouds: float
    compared: float
    overlap: float
    dates: tuple[str | None, str | None]
    size_px: tuple[int, int]
    head: str
    encoder: str
    threshold: float
    calibrated_on: str
    area_m2: float | None = None
    gsd_m: float | None = None
    notes: tuple[str, ...] = ()


def sheet_json(sheet: FactSheet) -> dict[str, Any]:
    """As JSON has it: covers of a component are ``from`` and ``to``."""
    made = asdict(sheet)
    made["components"] = [
        {_AS_JSON.get(key, key): value for key, value in one.items()}
        for one in made["components"]
    ]
    made["counts"] = dict(made["counts"])
    return made


def read_sheet(text: str, where: str) -> FactSheet:
    """A fact sheet that :func:`sheet_json` made.

    Args:
        where: it was found, for errors.

    Raises:
        ChangeError: no JSON, or not a fact sheet.
    """
    try:
        made = json.loads(text)
        if not isinstance(made, dict):
            raise TypeError("it is no object")
        made["components"] = [
            {_AS_READ.get(key, key): value for key, value in one.items()}
            for one in made.get("components", ())
        ]
        return plain(FactSheet, made)
    except (ValueError, TypeError, AttributeError, RecursionError) as error:
        raise ChangeError(
            f"{where} is not a fact sheet of a change: {error}.",
            hint="rsrag change BEFORE AFTER --report FILE.json writes one",
        ) from error
