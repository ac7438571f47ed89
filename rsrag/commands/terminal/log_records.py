"""Log records on stderr, for those who ask for them."""

import logging
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from enum import StrEnum


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
