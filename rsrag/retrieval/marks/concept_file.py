"""Concepts: what marks said, kept under a name in a small file of JSON."""

import json
import re
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from rsrag.durable import write_atomically
from rsrag.errors import IndexMismatchError, QueryError
from rsrag.retrieval.marks.marking import Learnt
from rsrag.types import EncoderIdentity, Vectors
from rsrag.vectors import unit_rows

FORMAT = "rsrag concept 1"
MOST_BYTES = 4 << 20
_NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,63}")
_DIGITS = 6


@dataclass(frozen=True, slots=True)
class Concept:
    """A direction among an encoder's vectors, and where it is from.

    Attributes:
        name: of small letters, digits, ``-`` and ``_``.
        encoder: whose vectors it is among.
        vector: ``(dim,)`` unit length, six decimals.
        index: whose chips were marked.
        like, unlike: their ids.
        way: ``rocchio`` or ``probe``.
        measured: of both ways on marks that were held back, by way; or empty.
        made: when, RFC 3339.
        words: that counted beside the marks, if any did.
    """

    name: str
    encoder: EncoderIdentity
    vector: tuple[float, ...]
    index: str
    like: tuple[str, ...]
    unlike: tuple[str, ...]
    way: str
    measured: dict[str, dict[str, float]]
    made: str
    words: str = ""

    def to_json(self) -> dict[str, Any]:
        """As its file holds it."""
        return {"format": FORMAT} | asdict(self)

    def among(self, encoder: EncoderIdentity, index: str) -> Vectors:
        """Its vector, ``(dim,)``, for an index of the same encoder.

        Raises:
            IndexMismatchError: the index is of another one.
        """
        if encoder != self.encoder:
            raise IndexMismatchError(
                f"The concept {self.name!r} is of {self.encoder.id}, weights "
                f"{self.encoder.weights_sha256[:12]}…; the index {index!r} is of "
                f"{encoder.id}, weights {encoder.weights_sha256[:12]}….",
                hint="mark chips of this index: rsrag concept train NAME --like ID",
            )
        return np.array(self.vector, np.float32)


def checked_name(name: str) -> str:
    """The name, if a concept may have it.

    Raises:
        QueryError: it has other characters, or too many.
    """
    if not _NAME.fullmatch(name):
        raise QueryError(
            f"{name!r} is no name for a concept: small letters, digits, - and _, at "
            "most 64.",
            hint="rsrag concept train poultry-barn --like ID",
        )
    return name


def concept_of(
    name: str,
    encoder: EncoderIdentity,
    index: str,
    marks: tuple[Sequence[str], Sequence[str]],
    learnt: Learnt,
    made: str,
    words: str = "",
) -> Concept:
    """A concept of what marks said.

    Args:
        marks: ids that were marked as right, and as wrong.
    """
    vector = unit_rows(learnt.vector[None])[0].astype(float).round(_DIGITS)
    measured: dict[str, dict[str, float]] = {
        way: one.to_json() for way, one in learnt.measured.items()
    }
    like, unlike = map(tuple, marks)
    return Concept(
        *(checked_name(name), encoder, tuple(vector.tolist()), index, like, unlike),
        *(learnt.way, measured, made, words),
    )


def write_concept(concept: Concept, file: Path, *, force: bool) -> None:
    """Write it, whole or not at all.

    Raises:
        QueryError: there is a file already, or none can be written there.
    """
    if file.exists() and not force:
        raise QueryError(f"{file} is there already.", hint="--force replaces it")
    text = json.dumps(concept.to_json(), ensure_ascii=False, allow_nan=False)
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        write_atomically(file, text + "\n")
    except OSError as exc:
        raise QueryError(f"{file} cannot be written: {exc}") from exc


def read_concept(file: Path) -> Concept:
    """Read a concept from its file, checking all of it.

    Raises:
        QueryError: it cannot be read, or is no concept; saying what is wrong.
    """
    try:
        if file.stat().st_size > MOST_BYTES:
            raise QueryError(f"{file} is larger than any concept.")
        found = json.loads(file.read_bytes())
    except (OSError, ValueError, RecursionError) as exc:
        raise QueryError(f"{file} cannot be read as a concept: {exc}") from exc
    if not isinstance(found, dict) or found.get("format") != FORMAT:
        raise QueryError(
            f"{file} is no concept: its format is not {FORMAT!r}.",
            hint="rsrag concept export NAME FILE writes one",
        )
    wrong = _wrong_in(found)
    if wrong:
        raise QueryError(f"{file} is no concept: {wrong}.")
    named = {name: found[name] for name in Concept.__slots__ if name in found}
    for name in ("vector", "like", "unlike"):
        named[name] = tuple(named[name])
    return Concept(**named | {"encoder": EncoderIdentity(**found["encoder"])})


def _wrong_in(found: dict[str, Any]) -> str | None:
    """What is wrong with it, in words."""
    lacking = sorted({*Concept.__slots__} - {*found, "words"})
    if lacking:
        return f"it lacks {', '.join(lacking)}"
    encoder, vector = found["encoder"], found["vector"]
    if not isinstance(encoder, dict) or set(encoder) != set(EncoderIdentity.__slots__):
        return "its encoder is not told by id, weights, preprocessing and dim"
    for name in ("name", "index", "way", "made", "words"):
        if not isinstance(found.get(name, ""), str):
            return f"{name} is no text"
    if not _NAME.fullmatch(found["name"]):
        return f"{found['name']!r} is no name for one"
    for name in ("like", "unlike"):
        ids = found[name]
        if not isinstance(ids, list) or not all(isinstance(one, str) for one in ids):
            return f"{name} is no list of ids"
    if not isinstance(found["measured"], dict):
        return "measured is no mapping"
    if not isinstance(vector, list) or len(vector) != encoder["dim"]:
        return f"its vector has not the {encoder['dim']!r} numbers of its encoder"
    if not all(type(one) in (int, float) and abs(one) <= 1 for one in vector):
        return "its vector holds what is no number from -1 to 1"
    if abs(float(np.linalg.norm(vector)) - 1) > 1e-3:
        return "its vector has not unit length"
    return None
