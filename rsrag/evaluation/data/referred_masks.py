"""Phrases for things in pictures with their masks, in the published forms."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rsrag.errors import ConfigError, SourceNotFoundError

FORM = (
    'GeoPixInstruct\'s records (Parquet, JSON or jsonl): {"image_path", "instances": '
    '[{"description", "category", "mask": {"size", "counts"}}]}; or jsonl of {"file", '
    '"text", "mask": {"size", "counts"}}'
)
"""What is read, for people."""


@dataclass(frozen=True, slots=True)
class ReferredMask:
    """A phrase, its picture, and which of its pixels are the thing.

    Attributes:
        picture: name of the file.
        text: the phrase.
        mask: ``size`` and ``counts``, as COCO has them.
        kind: class of the thing, or empty.
        where: in the file it stands, for people.
    """

    picture: str
    text: str
    mask: Mapping[str, Any]
    kind: str
    where: str


def read_referred_masks(path: Path) -> list[ReferredMask]:
    """Read phrases and masks; see ``FORM``.

    Raises:
        SourceNotFoundError: no such file.
        ConfigError: not in one of the forms, or no phrases.
    """
    found = []
    for number, entry in enumerate(_entries(path), start=1):
        where = f"Entry {number} of {path}"
        try:
            if "instances" not in entry:
                made = [(entry["file"], entry["text"], entry["mask"], entry)]
            else:
                picture = entry.get("image_path") or entry["image_id"]
                made = [
                    (picture, one["description"], one["mask"], one)
                    for one in entry["instances"]
                ]
            for picture, text, mask, one in made:
                if not str(text).strip() or not {"size", "counts"} <= set(mask):
                    raise ConfigError(f"{where} has no words, or no mask.", hint=FORM)
                kind = str(one.get("category") or one.get("class") or "")
                found.append(
                    ReferredMask(str(picture), str(text).strip(), mask, kind, where)
                )
        except (KeyError, TypeError, AttributeError) as exc:
            raise ConfigError(
                f"{where} cannot be used: {type(exc).__name__}: {exc}", hint=FORM
            ) from exc
    if not found:
        raise ConfigError(f"{path} holds no phrases.", hint=FORM)
    return found


def _entries(path: Path) -> Iterator[Any]:
    if not path.is_file():
        raise SourceNotFoundError(f"There is no file {path}.")
    try:
        if path.suffix.lower() == ".parquet":
            import pyarrow.parquet as pq

            yield from pq.read_table(path).to_pylist()
            return
        text = path.read_text("utf-8")
        if path.suffix.lower() == ".jsonl":
            yield from (json.loads(line) for line in text.splitlines() if line.strip())
            return
        held = json.loads(text)
    except (OSError, ValueError, RecursionError) as exc:
        raise ConfigError(f"{path} cannot be read: {exc}", hint=FORM) from exc
    yield from held if isinstance(held, list) else [held]
