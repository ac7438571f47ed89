"""Pairs of pictures and masks of what changed, in the folders of published sets."""

from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from rsrag.errors import ConfigError, SourceNotFoundError
from rsrag.evaluation.segmentation_run import paired
from rsrag.imagery.imagery_options import ImageryOptions
from rsrag.imagery.scenes import reopen_scene
from rsrag.types import Pixels, Window

MASKS = ("mask", "label", "OUT")
"""Folders that masks lie in, the first that is there."""
_BYTE_HALF = 127
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class MaskedPair:
    """Files of a pair: the earlier and the later picture, and what changed."""

    name: str
    before: Path
    after: Path
    mask: Path

    def read(self) -> tuple[Pixels, Pixels, NDArray[np.bool_]]:
        """Both pictures, ``(height, width, 3)`` uint8, and what changed.

        Raises:
            ConfigError: the three are not of one size.
        """
        before, after = whole_picture(self.before), whole_picture(self.after)
        mask = read_change(self.mask)
        if not before.shape[:2] == after.shape[:2] == mask.shape:
            shown = ", ".join(
                f"{one.shape[1]} x {one.shape[0]}" for one in (before, after, mask)
            )
            raise ConfigError(
                f"{self.before}, its later picture and its mask have {shown} pixels."
            )
        return before, after, mask


def whole_picture(path: Path) -> Pixels:
    """All of a picture, as ``rsrag change`` sees it."""
    with closing(reopen_scene(str(path.absolute()), ImageryOptions())) as scene:
        whole = Window(0, 0, scene.width, scene.height)
        return np.ascontiguousarray(scene.read_with_mask(whole)[0])


def read_change(path: Path) -> NDArray[np.bool_]:
    """What a mask calls changed, ``(height, width)``.

    Of several bands, or of a palette's colours, the highest counts. Where any value is
    above 127, and in a JPEG, those above it are changed; else those above 0.

    Raises:
        ConfigError: not a picture.
    """
    from PIL import Image, UnidentifiedImageError

    try:
        with Image.open(path) as held:
            image = held.convert("RGB") if held.mode in ("P", "RGBA", "LA") else held
            values = np.asarray(image)
    except (OSError, UnidentifiedImageError, ValueError) as exc:
        raise ConfigError(f"{path} cannot be read as a mask: {exc}") from exc
    highest = values.max(axis=2) if values.ndim == 3 else values
    highest = highest.astype(np.float64)
    bytes_ = highest.max() > _BYTE_HALF or path.suffix.lower() in (".jpg", ".jpeg")
    return np.asarray(highest > (_BYTE_HALF if bytes_ else 0))


def masked_pairs(
    folder: Path,
    split: str | None = None,
    limit: int | None = None,
    masks: Sequence[str] = MASKS,
) -> list[MaskedPair]:
    """The pairs of a folder of ``A``, ``B`` and masks, by name.

    Args:
        split: those that ``list/SPLIT.txt`` names, or those of the folder of this name.
        limit: only so many, evenly chosen.

    Raises:
        SourceNotFoundError: something is missing.
        ConfigError: two pictures of one name.
    """
    if not folder.is_dir():
        raise SourceNotFoundError(f"There is no folder {folder}.")
    listed: set[str] | None = None
    if split is not None:
        names = folder / "list" / f"{split}.txt"
        if names.is_file():
            lines = names.read_text("utf-8").split()
            listed = {Path(line).stem for line in lines}
        elif (folder / split).is_dir():
            folder = folder / split
        else:
            raise SourceNotFoundError(
                f"{folder} has neither a list {names.name} in list/ nor a folder "
                f"{split}."
            )
    held = next((folder / one for one in masks if (folder / one).is_dir()), None)
    if held is None or not (folder / "A").is_dir() or not (folder / "B").is_dir():
        there = ", ".join(sorted(one.name for one in folder.iterdir())[:8]) or "nothing"
        raise SourceNotFoundError(
            f"{folder} does not hold A, B and masks: it has {there}.",
            hint=f"folders A (before), B (after) and one of {', '.join(masks)}",
        )
    after = dict(paired(folder / "A", folder / "B"))
    pairs = [
        MaskedPair(before.stem, before, after[before], mask)
        for before, mask in paired(folder / "A", held)
        if listed is None or before.stem in listed
    ]
    if listed is not None and len(pairs) < len(listed):
        missing = sorted(listed - {one.name for one in pairs})
        raise SourceNotFoundError(
            f"{len(missing)} pairs of list/{split}.txt are not in {folder / 'A'}: "
            f"{', '.join(missing[:3])}."
        )
    return evenly(pairs, limit)


def evenly(things: Sequence[T], limit: int | None) -> list[T]:
    """So many of them, from all over."""
    if limit is None or limit >= len(things):
        return list(things)
    at = np.linspace(0, len(things) - 1, limit).round().astype(int)
    return [things[one] for one in at]
