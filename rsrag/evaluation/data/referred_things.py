"""Phrases for things in pictures with their boxes, in the published forms."""

import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from rsrag.errors import ConfigError, ImageReadError, SourceNotFoundError
from rsrag.imagery.products.safe_notes import xml_leaves
from rsrag.metrics.box_overlap import Corners

Form = Literal["dior-rsvg", "rsvg", "jsonl", "vrsbench"]
FORMS: Mapping[str, str] = {
    "dior-rsvg": "a folder of VOC xml files: description and bndbox of each object",
    "rsvg": "as dior-rsvg",
    "jsonl": '{"file", "text", "bbox": [left, top, right, bottom]} or "bboxes", a line '
    "each",
    "vrsbench": 'a list of {"image_id", "question", "ground_truth": "{<x><y><x><y>}"}, '
    "0 to 100",
}
"""What is read, for people."""


@dataclass(frozen=True, slots=True)
class Referred:
    """A phrase, its picture, and where the thing is.

    Attributes:
        picture: name of the file.
        text: the phrase.
        boxes: each is right; ``scale`` says in what unit.
        scale: 0 for pixels, else what the whole side of the picture is.
        kind: class of the thing, or empty.
    """

    picture: str
    text: str
    boxes: tuple[Corners, ...]
    scale: float
    kind: str

    def boxes_px(self, size: tuple[int, int]) -> list[Corners]:
        """The boxes in pixels of a picture of some width and height."""
        if not self.scale:
            return list(self.boxes)
        across, down = size[0] / self.scale, size[1] / self.scale
        return [
            (left * across, top * down, right * across, bottom * down)
            for left, top, right, bottom in self.boxes
        ]


def read_referred(path: Path, form: str, box_scale: str | None) -> list[Referred]:
    """Read phrases and boxes.

    Args:
        form: see ``FORMS``.
        box_scale: px, 1 or 100: of jsonl, whose boxes do not say it; others have one
            by their form.

    Raises:
        SourceNotFoundError: no such file or folder.
        ConfigError: not in that form, or a scale that does not go with it.
    """
    readers: Mapping[str, Callable[[Path, float], Iterator[Referred]]] = {
        "dior-rsvg": _voc,
        "rsvg": _voc,
        "jsonl": _lines,
        "vrsbench": _vrsbench,
    }
    if form not in readers:
        raise ConfigError(f"--format is {form!r}.", hint=", ".join(FORMS))
    scales = {"px": 0.0, "1": 1.0, "100": 100.0}
    if box_scale is not None and box_scale not in scales:
        raise ConfigError(f"--box-scale is {box_scale!r}.", hint="px, 1 or 100")
    if form == "jsonl" and box_scale is None:
        raise ConfigError(
            "Boxes of a jsonl file may be in pixels, or parts of the picture: they do "
            "not say it themselves.",
            hint="--box-scale px, 1 or 100",
        )
    own = "100" if form == "vrsbench" else "px"
    if form != "jsonl" and box_scale not in (None, own):
        raise ConfigError(f"Boxes of {form} are in {own} by its form, not {box_scale}.")
    if not path.exists():
        raise SourceNotFoundError(f"There is nothing at {path}.")
    found = list(readers[form](path, scales[box_scale or own]))
    if not found:
        raise ConfigError(f"{path} holds no phrases.", hint=f"{form}: {FORMS[form]}")
    return found


def _checked(
    where: str,
    picture: str,
    text: str,
    boxes: list[list[float]],
    scale: float,
    kind: str,
) -> Referred:
    try:
        corners = tuple(
            (float(a), float(b), float(c), float(d)) for a, b, c, d in boxes
        )
        if not text.strip() or not picture or not corners:
            raise ValueError("no words, no picture or no box")
        for left, top, right, bottom in corners:
            if not (left < right and top < bottom) and not (
                scale == 100 and left <= right and top <= bottom
            ):  # whole percents: published boxes of small things have no area
                raise ValueError(
                    f"a box from {left:g}, {top:g} to {right:g}, {bottom:g}"
                )
            if scale and not (min(left, top) >= 0 and max(right, bottom) <= scale):
                raise ValueError(f"a box beyond the picture's side of {scale:g}")
    except (TypeError, ValueError) as exc:
        raise ConfigError(f"{where} cannot be used: {exc}") from exc
    return Referred(picture, text.strip(), corners, scale, kind)


def _voc(path: Path, scale: float) -> Iterator[Referred]:
    from xml.etree import ElementTree

    for file in sorted(path.glob("*.xml")) if path.is_dir() else [path]:
        try:
            written = file.read_bytes()
            xml_leaves(written, str(file))  # refuses what declares entities
        except (OSError, ImageReadError) as exc:
            raise ConfigError(
                f"{file} cannot be read as XML: {exc}", hint=FORMS["dior-rsvg"]
            ) from exc
        root = ElementTree.fromstring(written)
        name = (root.findtext("filename") or "").strip()
        for number, one in enumerate(root.iter("object")):
            words = one.findtext("description")
            if words is None:
                continue
            sides = [
                one.findtext(f"bndbox/{side}") or ""
                for side in ("xmin", "ymin", "xmax", "ymax")
            ]
            where = f"Object {number} of {file}"
            kind = (one.findtext("name") or "").strip()
            yield _checked(where, name, words, _numbers(where, sides), scale, kind)


def _numbers(where: str, sides: list[str]) -> list[list[float]]:
    try:
        return [[float(side) for side in sides]]
    except ValueError as exc:
        raise ConfigError(f"{where} has no box of four numbers: {sides}.") from exc


def _lines(path: Path, scale: float) -> Iterator[Referred]:
    for number, line in enumerate(_text(path).splitlines(), start=1):
        if not line.strip():
            continue
        where = f"Line {number} of {path}"
        try:
            entry = json.loads(line)
            boxes = entry["bboxes"] if "bboxes" in entry else [entry["bbox"]]
            picture, text = str(entry["file"]), str(entry["text"])
        except (ValueError, KeyError, TypeError, RecursionError) as exc:
            raise ConfigError(
                f"{where} cannot be used: {type(exc).__name__}: {exc}",
                hint=FORMS["jsonl"],
            ) from exc
        kind = str(entry.get("class", ""))
        yield _checked(where, picture, text, boxes, scale, kind)


def _vrsbench(path: Path, scale: float) -> Iterator[Referred]:
    try:
        entries: Any = json.loads(_text(path))
        assert isinstance(entries, list)
    except (ValueError, AssertionError, RecursionError) as exc:
        raise ConfigError(
            f"{path} is no JSON list of phrases.", hint=FORMS["vrsbench"]
        ) from exc
    for number, entry in enumerate(entries):
        where = f"Entry {number} of {path}"
        try:
            picture, text = str(entry["image_id"]), str(entry["question"])
            sides = re.findall(r"<(-?[\d.]+)>", str(entry["ground_truth"]))
        except (KeyError, TypeError) as exc:
            raise ConfigError(f"{where} lacks {exc}.", hint=FORMS["vrsbench"]) from exc
        kind = str(entry.get("obj_cls", ""))
        yield _checked(where, picture, text, _numbers(where, sides), scale, kind)


def _text(path: Path) -> str:
    try:
        return path.read_text("utf-8")
    except (OSError, ValueError) as exc:
        raise ConfigError(f"{path} cannot be read: {exc}") from exc
