"""Values of a JSON or JSON Lines file, one after the other, in bounded memory."""

import codecs
import json
import math
from collections.abc import Collection, Iterator
from io import TextIOWrapper
from pathlib import Path
from typing import Any

from rsrag.errors import ConfigError, SourceNotFoundError

CHUNK = 1 << 18
LARGEST = 1 << 25
"""Characters that one value may have."""
_SPACE = " \t\r\n"
_ENDS = (",", "]", "}", *_SPACE)


def _finite(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise ValueError(f"{text} is no number that JSON can hold")
    return number


DECODER = json.JSONDecoder(parse_float=_finite, parse_constant=_finite)


def open_text(path: Path) -> TextIOWrapper:
    """Open a file of UTF-16 or UTF-8, or else of GB 18030 or cp1252, for reading.

    Raises:
        SourceNotFoundError: there is no such file.
        ConfigError: it cannot be read, or is no text.
    """
    try:
        with path.open("rb") as file:
            marked = file.read(2) in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
        wide = ("utf-16",) if marked else ()
        for encoding in (*wide, "utf-8-sig", "gb18030", "cp1252"):
            decoder = codecs.getincrementaldecoder(encoding)()
            try:
                with path.open("rb") as file:
                    while data := file.read(1 << 20):
                        decoder.decode(data)
                    decoder.decode(b"", final=True)
            except UnicodeDecodeError:
                continue
            return path.open(encoding=encoding, newline="")
    except FileNotFoundError as exc:
        raise SourceNotFoundError(f"There is no file {path}.") from exc
    except OSError as exc:
        raise ConfigError(f"{path} cannot be read: {exc}") from exc
    raise ConfigError(
        f"{path} cannot be read as text in UTF-8, UTF-16, GB 18030 or cp1252."
    )


def stream_json(
    path: Path, lists: Collection[str] = ()
) -> Iterator[tuple[str, Any | ConfigError]]:
    """Values of a file: lines of JSON, items of a list, or of a list in an object.

    Args:
        path: of the file.
        lists: keys whose lists hold the values, if the file is one object.

    Yields:
        Where it stands, and the value; an error for a line that is no JSON.

    Raises:
        SourceNotFoundError: there is no such file.
        ConfigError: no text, no JSON before the first value's end, or a value of more
            than :data:`LARGEST` characters.
    """
    with open_text(path) as file:
        head = file.readline(1 << 22)
        while head.isspace():
            head = file.readline(1 << 22)
        by_line = head.lstrip()[:1] not in ("{", "[", "")
        by_line = by_line or (head.endswith("\n") and _is_value(head))
        if not by_line and head.startswith("{") and head.endswith("\n"):
            by_line = _is_value(file.readline(1 << 22))
        file.seek(0)
        if by_line:
            yield from _lines(file, path)
        else:
            yield from _Reader(file, path).items(lists)


def _is_value(line: str) -> bool:
    try:
        return isinstance(DECODER.decode(line), dict)
    except (ValueError, RecursionError):
        return False


def _lines(file: TextIOWrapper, path: Path) -> Iterator[tuple[str, Any | ConfigError]]:
    number = 0
    while line := file.readline(LARGEST):
        number += 1
        where = f"{path}, line {number}"
        if len(line) == LARGEST and not line.endswith("\n"):
            raise ConfigError(f"{where} has more than {LARGEST:,} characters.")
        if not line.strip():
            continue
        try:
            yield where, DECODER.decode(line)
        except (ValueError, RecursionError) as exc:
            yield where, ConfigError(f"{where} is not JSON: {exc}")


class _Reader:
    """Reads on in a file of one JSON value without holding it."""

    def __init__(self, file: TextIOWrapper, path: Path) -> None:
        self._file, self._path = file, path
        self._text, self._at = "", 0
        self._ended = False

    def items(self, lists: Collection[str]) -> Iterator[tuple[str, Any]]:
        start = self._next()
        if start == "[":
            yield from self._list()
        elif start == "{":
            yield from self._object(lists)
        if self._next():
            self._wrong("goes on after its end")

    def _object(self, lists: Collection[str]) -> Iterator[tuple[str, Any]]:
        whole: dict[str, Any] = {}
        listed = False
        self._at += 1
        comma = False
        while (sign := self._next()) != "}":
            if comma and sign == ",":
                self._at += 1
                sign = self._next()
            elif comma:
                self._wrong("lacks a comma")
            if sign != '"':
                self._wrong("lacks a key")
            key = self._value()
            if self._next() != ":":
                self._wrong("lacks a colon")
            self._at += 1
            if key in lists and self._next() == "[":
                listed = True
                yield from self._list()
            else:
                whole[key] = self._value()
            comma = True
        self._at += 1
        if not listed:
            yield f"{self._path}, record 1", whole

    def _list(self) -> Iterator[tuple[str, Any]]:
        self._at += 1
        number = 0
        while (sign := self._next()) != "]":
            if number and sign == ",":
                self._at += 1
                self._next()
            elif number:
                self._wrong(f"lacks a comma after record {number}")
            number += 1
            yield f"{self._path}, record {number}", self._value()
        self._at += 1

    def _next(self) -> str:
        """The next character that is no space; empty at the end."""
        while True:
            while self._at < len(self._text):
                sign = self._text[self._at]
                if sign not in _SPACE:
                    return sign
                self._at += 1
            if not self._more():
                return ""

    def _value(self) -> Any:
        self._next()
        while True:
            try:
                value, end = DECODER.raw_decode(self._text, self._at)
                # A number may go on behind what was read so far.
                whole = isinstance(value, dict | list | str)
                if whole or self._text[end : end + 1] in _ENDS or self._ended:
                    self._at = end
                    return value
                self._more()
            except json.JSONDecodeError as exc:
                if not self._more():
                    self._wrong(f"is not JSON: {exc.msg}")
            except (ValueError, RecursionError) as exc:
                self._wrong(f"is not JSON: {exc}")

    def _more(self) -> bool:
        """Read on: as much again as a value has so far, so that none is slow."""
        self._text, self._at = self._text[self._at :], 0
        if len(self._text) > LARGEST:
            self._wrong(f"holds a value of more than {LARGEST:,} characters")
        read = self._file.read(max(CHUNK, len(self._text)))
        self._ended = not read
        self._text += read
        return bool(read)

    def _wrong(self, what: str) -> None:
        raise ConfigError(f"{self._path} {what}.")
