"""Bytes of files as text and JSON, with errors that name the place."""

import json
from collections import Counter
from pathlib import Path
from typing import Any

from rsrag.errors import KnowledgeError
from rsrag.tables import decoded

MAX_BYTES = 2 * 1024**3
"""Text files beyond this are not read whole."""


class DoubledObject(dict[str, Any]):
    """A JSON object in which a key stands twice."""

    doubled: str = ""


def read_text(
    path: Path, encoding: str | None = None
) -> tuple[str, KnowledgeError | None]:
    """A text without its byte order mark, in UTF-8 unless told otherwise.

    Returns:
        What is no UTF-8 as cp1252, and the error for those to raise who cannot guess.
    """
    try:
        if path.stat().st_size > MAX_BYTES:
            raise KnowledgeError(f"{path} has more than {MAX_BYTES:,} bytes.")
        data = path.read_bytes()
    except OSError as exc:
        raise KnowledgeError(f"{path} cannot be read: {exc.strerror or exc}.") from exc
    try:
        if encoding is not None:
            return data.decode(encoding), None
        text, guess = decoded(data)
        if guess is None:
            return text, None
        data.decode()
    except UnicodeDecodeError as exc:
        line = data[: exc.start].count(b"\n") + 1
        error = KnowledgeError(
            f"{path}, line {line}: byte 0x{data[exc.start]:02x} is not "
            f"{encoding or 'UTF-8'}.",
            hint="--encoding cp1252, or save the file as UTF-8",
        )
        if encoding is not None or data[:1] in b"\xff\xfe":
            raise error from exc
    return text, error


def load_json(text: str, where: str) -> Any:
    """Parse JSON; an object with a key twice becomes a :class:`DoubledObject`.

    NaN and infinity are refused where they are used, as text.
    """
    try:
        return json.loads(text, object_pairs_hook=_pairs, parse_constant=str)
    except RecursionError as exc:
        raise KnowledgeError(f"{where}: JSON is nested too deeply.") from exc
    except ValueError as exc:
        raise KnowledgeError(f"{where} is not JSON: {exc}.") from exc


def _pairs(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    made = dict(pairs)
    if len(made) == len(pairs):
        return made
    doubled = DoubledObject(made)
    counts = Counter(key for key, _ in pairs)
    doubled.doubled = counts.most_common(1)[0][0]
    return doubled


def refuse_doubles(node: object, where: str) -> None:
    """Raise ``KnowledgeError`` if any object in a record has a key twice."""
    stack = [node]
    while stack:
        part = stack.pop()
        if isinstance(part, DoubledObject):
            raise KnowledgeError(f"{where}: the key {part.doubled!r} stands twice.")
        if isinstance(part, dict):
            stack += part.values()
        elif isinstance(part, list):
            stack += part
