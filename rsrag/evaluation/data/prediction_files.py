"""Files of what models said, with what is right.

A record is a JSON object, of a JSONL or of a list. What was said is its ``prediction``;
what is right stands beside it (``references``, ``answer``, ``label``, or the
assistant's turn of ``messages``, as RS-RAG writes) or in a file of its own.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rsrag.errors import ConfigError
from rsrag.evaluation.data.caption_files import (
    ALL,
    read_captions,
    read_text,
)
from rsrag.evaluation.data.interchange.json_stream import stream_json

SAID = ("prediction", "predicted", "pred", "response", "output")
"""Keys of what was said; with a file of references also those of :data:`RIGHT`."""
RIGHT = (
    *("references", "reference", "ground_truth", "gt", "captions", "answer"),
    *("label", "caption", "text_output"),
)
IDS = (
    *("question_id", "ques_id", "id", "image_id", "imgid"),
    *("file", "filename", "image", "image_name"),
)
KINDS = ("type", "question_type", "kind", "category", "task")
_LISTS = ("predictions", "annotations", "images", "questions", "answers", "data")
_HINT = 'jsonl of {"id", "prediction", "references"}'


@dataclass(frozen=True, slots=True)
class Prediction:
    """One thing said (stripped, maybe blank), and at least one right text.

    ``id`` is of the picture or the question, ``kind`` of the question, if the file
    tells.
    """

    id: str
    prediction: str
    references: tuple[str, ...]
    kind: str | None = None


@dataclass(frozen=True, slots=True)
class Predictions:
    """Samples in order, and ids that lack a reference or a prediction."""

    samples: tuple[Prediction, ...]
    without_reference: tuple[str, ...]
    without_prediction: tuple[str, ...]


def read_predictions(path: Path, references: Path | None = None) -> Predictions:
    """Read what was said, and what is right from beside it or from ``references``.

    Any file of captions will do there (see ``caption_files``), or records with an id
    and an answer. No id stands twice, and at least one prediction has a reference.
    """
    right = None if references is None else _read_right(references)
    samples: list[Prediction] = []
    lacking: list[str] = []
    seen: dict[str, str] = {}
    used: set[str] = set()
    for number, (where, row) in enumerate(records(path), 1):
        said = _said(row, where, alone=right is None)
        key = _id(row) or str(number)
        if key in seen:
            raise ConfigError(f"{where}: {key} was predicted before, at {seen[key]}.")
        seen[key] = where
        kind = next((str(row[k]) for k in KINDS if row.get(k) is not None), None)
        if right is None:
            targets = _right(row, where)
        else:
            found = next((k for k in (key, _base(key)) if k in right), None)
            targets, other = right[found] if found is not None else ((), None)
            kind = kind or other
            used |= {found} if found is not None else set()
        if targets:
            samples.append(Prediction(key, said, targets, kind))
        else:
            lacking.append(key)
    if not samples:
        raise ConfigError(
            f"Of {len(seen)} predictions in {path} none has a reference"
            + (f", such as {lacking[0]}." if lacking else "."),
            hint="--references FILE; ids must be the same in both"
            if not right
            else None,
        )
    missing = tuple(key for key in right or {} if key not in used)
    return Predictions(tuple(samples), tuple(lacking), missing)


def records(path: Path) -> Iterable[tuple[str, Mapping[str, Any]]]:
    """Objects of a JSONL, of a list, or of a list inside an object; at least one."""
    rows: list[tuple[str, Mapping[str, Any]]] = []
    for where, row in stream_json(path, _LISTS):
        if isinstance(row, ConfigError):
            raise row
        if not isinstance(row, dict):
            raise ConfigError(f"{where} is not an object.", hint=_HINT)
        rows.append((where, row))
    if not rows:
        raise ConfigError(f"{path} holds no prediction.", hint=_HINT)
    return rows


def _read_right(path: Path) -> dict[str, tuple[tuple[str, ...], str | None]]:
    text, _ = read_text(path)
    start = text.lstrip()[:1]
    if start not in ("{", "[") or '"sentences"' in text:
        return {
            _base(one.file): (one.captions, None)
            for one in read_captions(path, ALL if '"split"' in text else None).pictures
        }
    right = {}
    for number, (where, row) in enumerate(records(path), 1):
        kind = next((str(row[k]) for k in KINDS if row.get(k) is not None), None)
        key = _base(_id(row) or str(number))
        if key in right:
            raise ConfigError(f"{where}: {key} stands there twice.")
        right[key] = (_right(row, where), kind)
    return right


def _said(row: Mapping[str, Any], where: str, *, alone: bool) -> str:
    keys = SAID if alone else (*SAID, *RIGHT)
    said = next((row[key] for key in keys if key in row), None)
    if isinstance(said, list) and len(said) == 1:
        said = said[0]
    if isinstance(said, bool) or not isinstance(said, str | int | float):
        raise ConfigError(
            f"{where} has no prediction" + (f" but {said!r}." if said else "."),
            hint=_HINT,
        )
    return str(said).strip()


def _right(row: Mapping[str, Any], where: str) -> tuple[str, ...]:
    turns = row.get("messages")
    if isinstance(turns, list):
        said = [
            t for t in turns if isinstance(t, dict) and t.get("role") == "assistant"
        ]
        given: Any = [said[0].get("content", "")] if said else []
    else:
        given = next((row[key] for key in RIGHT if row.get(key) is not None), [])
    texts = given if isinstance(given, list) else [given]
    if any(not isinstance(text, str | int | float) for text in texts):
        raise ConfigError(
            f"{where}: the references {given!r} are no texts.", hint=_HINT
        )
    return tuple(text for text in (str(one).strip() for one in texts) if text)


def _id(row: Mapping[str, Any]) -> str | None:
    for key in IDS:
        value = row.get(key)
        if isinstance(value, str | int) and str(value).strip():
            # A picture has many questions; its name alone tells none of them.
            asked = row.get("question") if key in IDS[3:] else None
            return f"{value}: {asked}" if isinstance(asked, str) else str(value)
    return None


def _base(key: str) -> str:
    name, colon, question = key.partition(": ")
    return name.replace("\\", "/").rpartition("/")[2] + colon + question
