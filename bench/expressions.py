"""Phrases made from boxes, for ``rsrag eval ground``.

``python -m bench.expressions BOXES.jsonl --out PHRASES.jsonl`` reads a line a picture,
``{"file", "width", "height", "objects": [{"class", "bbox"}]}``, pixels, and writes
``{"file", "text", "bboxes", "class"}``, for ``--format jsonl --box-scale px``:

- ``any``: "a plane", where every plane of the picture is right;
- ``unique``: "the plane", where there is one;
- ``extreme``: "the largest plane", "the leftmost plane", where one plainly is;
- ``quadrant``: "the plane at the top left", where one lies there.

Classes may be put together: ``--groups plane=airliner,fighter aircraft;vehicle=car``.
"""

import argparse
import functools
import json
import random
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from rsrag.metrics.box_overlap import Corners

KINDS = ("any", "unique", "extreme", "quadrant")
PLAINLY = 1.3
"""The largest is so many times larger than the next; sides are apart by a tenth."""


def phrases_of(
    entry: dict[str, Any], groups: dict[str, str], kinds: Sequence[str]
) -> Iterator[dict[str, Any]]:
    """All phrases of a picture."""
    size = entry["width"], entry["height"]
    named: dict[str, list[Corners]] = {}
    for one in entry["objects"]:
        name = groups.get(one["class"], one["class"] if not groups else "")
        if name:
            named.setdefault(name, []).append(tuple(one["bbox"]))
    for name, boxes in named.items():
        made: list[tuple[str, str, list[Corners]]] = [("any", _a(name), boxes)]
        if len(boxes) == 1:
            made.append(("unique", f"the {name}", boxes))
        else:
            made += [("extreme", *one) for one in _extremes(name, boxes, size)]
            made += [("quadrant", *one) for one in _quadrants(name, boxes, size)]
        for kind, text, right in made:
            if kind in kinds:
                yield {
                    "file": entry["file"],
                    "text": text,
                    "bboxes": [list(box) for box in right],
                    "class": name,
                    "kind": kind,
                }


def _a(name: str) -> str:
    return f"{'an' if name[0] in 'aeiou' else 'a'} {name}"


def _extremes(
    name: str, boxes: Sequence[Corners], size: tuple[int, int]
) -> Iterator[tuple[str, list[Corners]]]:
    by_area = sorted(boxes, key=_area)
    if _area(by_area[-1]) > PLAINLY * _area(by_area[-2]):
        yield f"the largest {name}", [by_area[-1]]
    if _area(by_area[1]) > PLAINLY * _area(by_area[0]):
        yield f"the smallest {name}", [by_area[0]]
    for axis, words in enumerate(
        (("leftmost", "rightmost"), ("topmost", "bottommost"))
    ):
        order = sorted(boxes, key=functools.partial(_middle, axis))
        middles = [(box[axis] + box[axis + 2]) / 2 / size[axis] for box in order]
        if middles[1] - middles[0] > 0.1:
            yield f"the {words[0]} {name}", [order[0]]
        if middles[-1] - middles[-2] > 0.1:
            yield f"the {words[1]} {name}", [order[-1]]


def _quadrants(
    name: str, boxes: Sequence[Corners], size: tuple[int, int]
) -> Iterator[tuple[str, list[Corners]]]:
    for row, high in (("top", False), ("bottom", True)):
        for column, right in (("left", False), ("right", True)):
            inside = [
                box
                for box in boxes
                if (box[0] + box[2] > size[0]) == right
                and (box[1] + box[3] > size[1]) == high
            ]
            if len(inside) == 1:
                yield f"the {name} at the {row} {column}", inside


def _middle(axis: int, box: Corners) -> float:
    return box[axis] + box[axis + 2]


def _area(box: Corners) -> float:
    return (box[2] - box[0]) * (box[3] - box[1])


def main() -> None:
    """Write the phrases, at most some of a kind for each class."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("boxes", type=Path)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--groups", default="")
    parser.add_argument("--kinds", nargs="+", choices=KINDS, default=list(KINDS))
    parser.add_argument("--most", type=int, default=60)
    parser.add_argument("--seed", type=int, default=0)
    given = parser.parse_args()
    groups = {
        one.strip(): name.strip()
        for part in given.groups.split(";")
        if part
        for name, members in [part.split("=")]
        for one in members.split(",")
    }
    found: dict[tuple[str, str], list[dict[str, Any]]] = {}
    for line in given.boxes.read_text("utf-8").splitlines():
        for one in phrases_of(json.loads(line), groups, given.kinds):
            found.setdefault((one["class"], one["kind"]), []).append(one)
    draw = random.Random(given.seed)
    rows = []
    for key in sorted(found):
        rows += draw.sample(found[key], min(given.most, len(found[key])))
    rows.sort(key=lambda one: (one["file"], one["text"]))
    text = "".join(json.dumps(row) + "\n" for row in rows)
    given.out.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
