"""Bars and log records on stderr, for those who look at it or ask for them."""

import logging
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from enum import StrEnum
from typing import Any, Self

_WORDS = {
    "encode": "encoding",
    "embed": "embedding",
    "store": "building the store",
}


class _Bar:
    """A bar that is drawn when something is first told of it."""

    def __init__(self) -> None:
        self._bar: Any = None
        self._stage = ""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._bar is not None:
            self._bar.close()

    def _show(self, stage: str, done: int, total: int | None, unit: str) -> bool:
        """Draw; a new stage takes the place of the last. False where nobody looks."""
        if not sys.stderr.isatty():
            return False
        if self._bar is None or stage != self._stage:
            self.__exit__()
            from tqdm import tqdm

            self._bar = tqdm(
                desc=_WORDS.get(stage, stage),
                total=total,
                unit=unit,
                file=sys.stderr,
                leave=False,
            )
            self._stage = stage
        self._bar.update(max(done - self._bar.n, 0))
        return True


class BuildBar(_Bar):
    """Shows how far a build is."""

    def __call__(self, stage: str, done: int, skipped: int) -> None:
        """Told by the build what is done."""
        if self._show(stage, done, None, " chips"):
            self._bar.set_postfix_str(f"{skipped} skipped" if skipped else "")


class StageBar(_Bar):
    """Shows how far each stage of a longer work is.

    Args:
        unit: of what, with a space before it.
    """

    def __init__(self, unit: str = "it") -> None:
        super().__init__()
        self._unit = unit

    def __call__(self, stage: str, done: int, total: int) -> None:
        """Told what is done."""
        self._show(stage, done, total, self._unit)


class CountBar(_Bar):
    """Shows how many of how many are done.

    Args:
        title: what is done.
        unit: of what, with a space before it.
    """

    def __init__(self, title: str, unit: str) -> None:
        super().__init__()
        self._title, self._unit = title, unit

    def __call__(self, done: int, total: int) -> None:
        """Told what is done."""
        self._show(self._title, done, total, self._unit)


class ReadingLine:
    """One line that is written over: which file is read, and what was found so far."""

    def __enter__(self) -> Self:
        """Show nothing yet."""
        return self

    def __exit__(self, *_: object) -> None:
        """Wipe the line."""
        self._write("")

    def __call__(self, path: str, records: int) -> None:
        """Told what is read."""
        self._write(f"{records:,} records; reading {path}")

    def _write(self, text: str) -> None:
        if sys.stderr.isatty():
            print(f"\r{text[:78]:<78}\r", end="", file=sys.stderr, flush=True)


class LogLevel(StrEnum):
    """From how important a record on it is shown."""

    DEBUG = "debug"
    INFO = "info"
    WARNING = "warning"
    ERROR = "error"


class _OneLine(logging.Formatter):
    """One line a record: a file name in it cannot drive a terminal."""

    def format(self, record: logging.LogRecord) -> str:
        from rsrag.rendering.text_table import printable

        return printable(super().format(record))


@contextmanager
def shown_records(level: LogLevel) -> Iterator[None]:
    """Write the records of rsrag to stderr, with the milliseconds since the start."""
    handler = logging.StreamHandler(sys.stderr)
    words = "%(relativeCreated)7d ms %(levelname)-7s %(name)s: %(message)s"
    handler.setFormatter(_OneLine(words))
    logger = logging.getLogger("rsrag")
    before = logger.level
    logger.addHandler(handler)
    logger.setLevel(level.upper())
    try:
        yield
    finally:
        logger.removeHandler(handler)
        logger.setLevel(before)
