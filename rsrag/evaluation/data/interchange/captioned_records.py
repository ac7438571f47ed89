"""Data sets of captions and of questions: GAIA, RSICap, RSIEval, VRSBench, SkyScript.

Each ``from_`` reads a row into a sample, each ``to_`` writes one; what cannot be
read, or not be written so, raises :class:`rsrag.errors.ConfigError`.
"""

import re
from collections.abc import Mapping
from pathlib import PurePosixPath
from typing import Any
from urllib.parse import urlsplit

from rsrag.evaluation.data.interchange.sample import (
    DESCRIBE,
    IN_DETAIL,
    Asked,
    Sample,
    joined,
    plain,
    texts,
    told,
    unknown,
    wrong,
)

GAIA = (
    *("id", "image_src", "image_alt", "captions", "credits", "location", "lat", "lon"),
    *("tag", "resolution", "satellite", "sensor", "modalities"),
)
"""The fields of a record of GAIA."""
_RSICAP = ("filename", "text_output")
_RSIEVAL = ("filename", "qa_pairs")
_PAIR = ("question", "answer")
_VRSBENCH = ("image_id", "question", "ground_truth")
_SKYSCRIPT = ("filepath", "title")
_CAPTIONS = ("file", "captions")
_CARD_KEYS = {"license", "licence", "source", "text", "aliases", "images", "geometry"}
_DESCRIBES = re.compile(r"\b(?:describ|descript|caption)", re.IGNORECASE)


def _name(row: Mapping[str, Any], key: str, where: str) -> str:
    value = row.get(key)
    if isinstance(value, int) and not isinstance(value, bool):
        value = str(value)
    if not isinstance(value, str) or not value.strip():
        wrong(where, f"{key} is {str(value)[:60]!r}, not a text")
    return value


def from_gaia(row: Mapping[str, Any], where: str) -> Sample:
    """Five captions of a picture, each asked for, and the other fields as they are."""
    captions = texts(row.get("captions"), where, "captions")
    if not captions:
        wrong(where, "there are no captions")
    image = _name(row, "image_src", where)
    extra = unknown(row, ("image_src", "captions"))
    return told((image,), [(DESCRIBE, one, {}) for one in captions], extra)


def to_gaia(sample: Sample, where: str) -> list[dict[str, Any]]:
    """A record of GAIA, its fields in its order."""
    own = {"image_src": _one(sample, where), "captions": _captions(sample, where)}
    row = joined(own, sample.extra, tuple(own))
    first = {key: row[key] for key in GAIA if key in row}
    return [{**first, **row}]


def from_captions(row: Mapping[str, Any], where: str) -> Sample:
    """``{"file", "captions"}``."""
    captions = texts(row.get("captions"), where, "captions")
    if not captions:
        wrong(where, "there are no captions")
    image = _name(row, "file", where)
    asked: list[Asked] = [(DESCRIBE, one, {}) for one in captions]
    return told((image,), asked, unknown(row, _CAPTIONS))


def to_captions(sample: Sample, where: str) -> list[dict[str, Any]]:
    """A line for ``eval retrieval``, ``eval captions`` and ``--metadata``.

    Of an address the file's name is taken; the address is ``image_src``.
    """
    image = _one(sample, where)
    own: dict[str, Any] = {"file": image, "captions": _captions(sample, where)}
    if "://" in image:
        own["file"] = PurePosixPath(urlsplit(image).path).name or image
        own["image_src"] = image
    return [joined(own, sample.extra, tuple(own))]


def from_rsicap(row: Mapping[str, Any], where: str) -> Sample:
    """A picture with one long caption."""
    image, caption = _name(row, "filename", where), _name(row, "text_output", where)
    return told((image,), [(IN_DETAIL, caption, {})], unknown(row, _RSICAP))


def to_rsicap(sample: Sample, where: str) -> list[dict[str, Any]]:
    """A picture with one caption."""
    captions = _captions(sample, where)
    if len(captions) != 1:
        wrong(where, f"there are {len(captions)} captions, where one has room")
    own = {"filename": _one(sample, where), "text_output": captions[0]}
    return [joined(own, sample.extra, _RSICAP)]


def from_rsieval(row: Mapping[str, Any], where: str) -> Sample:
    """A picture with its questions."""
    image, listed = _name(row, "filename", where), row.get("qa_pairs")
    if not isinstance(listed, list) or not listed:
        wrong(where, "there are no qa_pairs")
    pairs = []
    for number, pair in enumerate(listed, 1):
        at = f"{where}, pair {number}"
        if not isinstance(pair, dict):
            wrong(at, f"{str(pair)[:60]!r} is no object")
        asked, answer = (_name(pair, key, at) for key in _PAIR)
        pairs.append((asked, answer, unknown(pair, _PAIR)))
    return told((image,), pairs, unknown(row, _RSIEVAL))


def to_rsieval(sample: Sample, where: str) -> list[dict[str, Any]]:
    """A picture with its questions."""
    pairs = [
        joined({"question": plain(a.text), "answer": b.text}, a.extra, _PAIR)
        for a, b in sample.pairs
    ]
    own = {"filename": _one(sample, where), "qa_pairs": pairs}
    return [joined(own, sample.extra, _RSIEVAL)]


def from_vrsbench(row: Mapping[str, Any], where: str) -> Sample:
    """A question of VRSBench's evaluation files, with what is right."""
    image, asked, right = (_name(row, key, where) for key in _VRSBENCH)
    return told((image,), [(asked, right, {})], unknown(row, _VRSBENCH))


def to_vrsbench(sample: Sample, where: str) -> list[dict[str, Any]]:
    """A row a question."""
    image = _one(sample, where)
    rows = []
    for asked, right in sample.pairs:
        own = {
            "image_id": image,
            "question": plain(asked.text),
            "ground_truth": right.text,
        }
        rows.append(joined(own, {**sample.extra, **asked.extra}, _VRSBENCH))
    return rows


def from_skyscript(row: Mapping[str, Any], where: str) -> Sample:
    """A line of SkyScript's csv; ``title_multi_objects`` stays a key."""
    image, title = (_name(row, key, where) for key in _SKYSCRIPT)
    return told((image,), [(DESCRIBE, title, {})], unknown(row, _SKYSCRIPT))


def to_skyscript(sample: Sample, where: str) -> list[dict[str, Any]]:
    """A line a caption."""
    image = _one(sample, where)
    return [
        joined({"filepath": image, "title": one}, sample.extra, _SKYSCRIPT)
        for one in _captions(sample, where)
    ]


def to_questions(sample: Sample, where: str) -> list[dict[str, Any]]:
    """A line a question, as ``eval predictions --references`` takes them."""
    several = len(sample.images) > 1
    image: Any = list(sample.images) if several else _one(sample, where)
    rows = []
    for number, (asked, answer) in enumerate(sample.pairs, 1):
        extra = {**sample.extra, **asked.extra}
        key = next((extra.pop(k) for k in ("ques_id", "id") if k in extra), None)
        key = sample.images[0] if key is None else key
        extra.pop("ques_id", None)
        own = {
            "id": str(key) if len(sample.pairs) == 1 else f"{key}/{number}",
            "file": image,
            "question": plain(asked.text),
            "answer": answer.text,
        }
        rows.append(joined(own, extra, tuple(own)))
    return rows


def to_cards(sample: Sample, where: str) -> list[dict[str, Any]]:
    """A card of a picture's place and of what is known of it, for knowledge."""
    extra = sample.extra
    if not all(isinstance(extra.get(key), int | float) for key in ("lat", "lon")):
        wrong(where, "there is no place (lat and lon)")
    key = str(extra.get("id", _one(sample, where)))
    place = str(extra.get("location") or extra.get("tag") or "picture")
    facts = {
        name: value
        for name, value in extra.items()
        if isinstance(value, str | int | float)
        and not isinstance(value, bool)
        and str(value).strip()
        and name not in {*_CARD_KEYS, "id", "lat", "lon", "tag", "image_alt"}
    }
    described = [extra.get("image_alt"), *_captions(sample, where)[:1]]
    said = (one for one in described if isinstance(one, str) and one.strip())
    card = {
        "name": f"{place} ({key})",
        "category": extra.get("tag") or "picture",
        "lat": extra["lat"],
        "lon": extra["lon"],
        "facts": {**facts, "picture": sample.images[0]},
        "text": "\n".join(said),
    }
    return [card]


def _one(sample: Sample, where: str) -> str:
    if len(sample.images) != 1:
        wrong(where, f"there are {len(sample.images)} pictures, where one has room")
    return sample.images[0]


def _captions(sample: Sample, where: str) -> list[str]:
    """Answers to what asks for a description."""
    found = [b.text for a, b in sample.pairs if _DESCRIBES.search(a.text)]
    if not found:
        wrong(where, "no turn asks for a description, so there is no caption")
    return found
