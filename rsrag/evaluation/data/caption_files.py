"""Captions of pictures, in the files that remote-sensing benchmarks come in.

=============  ==============================================================
Karpathy json  RSICD, RSITMD, UCM-, Sydney-Captions: ``{"images": [{"filename",
               "split", "sentences": [{"raw"}]}]}``
csv            RS5M's own: ``filename,title``, a line a caption (SkyScript:
               ``filepath,title``)
jsonl          ``{"file", "captions", "label"}``, a line a picture; ``filename``
               and ``image`` are read as well, ``caption`` and ``title`` too
=============  ==============================================================
"""

import csv
import io
import json
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from itertools import chain
from pathlib import Path
from typing import Any, Literal

from rsrag.errors import ConfigError
from rsrag.evaluation.data.interchange.json_stream import open_text
from rsrag.tables import SEPARATORS

Form = Literal["karpathy", "csv", "jsonl"]
FILE_KEYS = ("file", "filename", "filepath", "image", "image_name", "jpg_name")
CAPTION_KEYS = ("captions", "caption", "title", "sentences", "raw")
ALL = "all"
_FORMS = "Karpathy json, csv of filename,title, or jsonl of file, captions"


@dataclass(frozen=True, slots=True)
class Captioned:
    """A picture's record: ``captions`` in order, stripped, without ``blank`` ones."""

    file: str
    captions: tuple[str, ...]
    split: str | None = None
    label: str | None = None
    blank: int = 0


@dataclass(frozen=True, slots=True)
class CaptionFile:
    """A file of captions, read: ``pictures`` of the split that was asked for, in order.

    Attributes:
        split: that was taken; ``None`` when the file has none.
        splits: how many pictures each split of the file has.
        elsewhere: all pictures of the file, if a split of them was taken.
    """

    form: Form
    encoding: str
    pictures: tuple[Captioned, ...]
    split: str | None
    splits: Mapping[str, int] = field(default_factory=dict)
    elsewhere: tuple[Captioned, ...] = ()


def read_captions(
    path: Path, split: str | None = None, *, usual: str = "test"
) -> CaptionFile:
    """Read a file of captions, told by its content; no picture stands in it twice.

    It is UTF-16 or UTF-8, or else GB 18030, as the csv of RSICD is, or cp1252. The
    split ``all`` takes every picture, ``None`` takes ``usual`` where there are splits.
    """
    text, encoding = read_text(path)
    form, pictures = _parse(text, path)
    if not pictures:
        raise ConfigError(f"{path} holds no caption.", hint=_FORMS)
    twice = [f for f, n in Counter(one.file for one in pictures).items() if n > 1]
    if twice:
        raise ConfigError(
            f"{path} has {len(twice)} pictures more than once, such as {twice[0]}.",
            hint="put all captions of a picture into one record",
        )
    splits = Counter(one.split for one in pictures if one.split is not None)
    chosen = _split(path, split, splits, usual)
    every = tuple(pictures)
    if chosen is None:
        return CaptionFile(form, encoding, every, None, dict(splits))
    taken = tuple(one for one in every if one.split == chosen)
    return CaptionFile(form, encoding, taken, chosen, dict(splits), every)


def _split(
    path: Path, wanted: str | None, splits: Mapping[str, int], usual: str
) -> str | None:
    if wanted == ALL or (wanted is None and not splits):
        return None
    there = ", ".join(f"{name} ({count:,})" for name, count in splits.items())
    if not splits:
        raise ConfigError(
            f"{path} tells of no splits, so {wanted!r} cannot be taken.",
            hint="leave out --split",
        )
    chosen = wanted or usual
    if chosen not in splits:
        raise ConfigError(
            f"The split {chosen!r} of {path} is empty; it has {there}.",
            hint=f"--split {next(iter(splits))}, or --split {ALL}",
        )
    return chosen


def read_text(path: Path) -> tuple[str, str]:
    """A text file as :func:`open_text` reads it, and its encoding."""
    with open_text(path) as file:
        return file.read(), file.encoding.removesuffix("-sig")


def _parse(text: str, path: Path) -> tuple[Form, list[Captioned]]:
    start = text.lstrip()[:1]
    if start not in ("{", "["):
        return "csv", _from_csv(text, path)
    whole = json_or_none(text)
    if isinstance(whole, dict) and isinstance(whole.get("images"), list):
        images = enumerate(whole["images"], 1)
        return "karpathy", [_record(one, f"{path}, image {n}") for n, one in images]
    if isinstance(whole, list):
        rows = enumerate(whole, 1)
        return "jsonl", [_record(row, f"{path}, record {n}") for n, row in rows]
    return "jsonl", [_record(row, where) for where, row in json_lines(text, path)]


def json_or_none(text: str) -> Any:
    """The value of a JSON text; ``None`` if it is none, or too deep."""
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


def json_lines(
    text: str, path: Path, hint: str | None = _FORMS
) -> Iterable[tuple[str, Any]]:
    """Values of a JSONL, each with where it stands."""
    for number, line in enumerate(text.split("\n"), 1):
        if line.strip():
            where = f"{path}, line {number}"
            try:
                yield where, json.loads(line)
            except (ValueError, RecursionError) as exc:
                raise ConfigError(f"{where} is not JSON: {exc}", hint=hint) from exc


def _record(row: Any, where: str) -> Captioned:
    if not isinstance(row, dict):
        raise ConfigError(f"{where} is not an object.", hint=_FORMS)
    file = next((row[key] for key in FILE_KEYS if key in row), None)
    if not isinstance(file, str) or not file.strip():
        raise ConfigError(
            f"{where} names no file.", hint=f"one of the keys {', '.join(FILE_KEYS)}"
        )
    given: Any = next((row[key] for key in CAPTION_KEYS if key in row), [])
    listed = given if isinstance(given, list) else [given]
    texts = [_sentence(one, where) for one in listed]
    kept = tuple(text for text in texts if text)
    split, label = row.get("split"), row.get("label")
    return Captioned(
        file.strip(),
        kept,
        None if split is None else str(split),
        None if label is None else str(label),
        len(texts) - len(kept),
    )


def _sentence(value: Any, where: str) -> str:
    if isinstance(value, dict):
        value = value.get("raw", value.get("caption"))
    if not isinstance(value, str):
        raise ConfigError(f"{where}: the caption {value!r} is not a text.", hint=_FORMS)
    return value.strip()


def csv_rows(
    lines: Iterable[str], path: Path
) -> Iterable[tuple[str, Mapping[str, str]]]:
    """Rows of a csv, under names in lower case, each with where it stands.

    Columns are parted by what its header has most of: commas, semicolons, tabs, bars.
    """
    lines = iter(lines)
    header = next(lines, "")
    mark = max(SEPARATORS, key=header.count)
    reader = csv.DictReader(chain([header], lines), restval="", delimiter=mark)
    try:
        for row in reader:
            clean = {k.strip().lower(): v for k, v in row.items() if k is not None}
            yield f"{path}, line {reader.line_num}", clean
    except csv.Error as exc:
        raise ConfigError(f"{path}, line {reader.line_num}: {exc}") from exc


def _from_csv(text: str, path: Path) -> list[Captioned]:
    captions: dict[str, list[str]] = {}
    for where, row in csv_rows(io.StringIO(text, newline=""), path):
        file = next((row[key] for key in FILE_KEYS if key in row), None)
        title = next((row[key] for key in CAPTION_KEYS if key in row), None)
        if file is None or title is None:
            raise ConfigError(
                f"{path} has the columns {', '.join(row)}, not filename and title.",
                hint=_FORMS,
            )
        if not file.strip():
            raise ConfigError(f"{where} names no file.")
        captions.setdefault(file.strip(), []).append(title.strip())
    return [
        Captioned(name, tuple(t for t in texts if t), blank=texts.count(""))
        for name, texts in captions.items()
    ]
