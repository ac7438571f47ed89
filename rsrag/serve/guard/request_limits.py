"""How much may be asked at once, and how deep."""

import asyncio
import json
import math
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from rsrag.serve.failures import HttpFailure

DEPTH = 32
"""Lists and objects in each other that JSON may have."""


class Gate:
    """Lets so many through at once, so many wait, and refuses the rest with 503.

    Args:
        name: what is busy, for the refusal.
        at_once: that may be inside.
        queue: that may wait.
    """

    def __init__(self, name: str, at_once: int, queue: int) -> None:
        self.name, self.waiting = name, 0
        self._queue, self._inside = queue, asyncio.Semaphore(at_once)

    def check(self) -> None:
        """Whether one more may wait.

        Raises:
            HttpFailure: 503.
        """
        if self._inside.locked() and self.waiting >= self._queue:
            raise HttpFailure(503, f"{self.name} is busy, and {self._queue} wait.")

    @asynccontextmanager
    async def __call__(self) -> AsyncIterator[None]:
        """Inside from the start of the block to its end."""
        self.check()
        self.waiting += 1
        try:
            await self._inside.acquire()
        finally:
            self.waiting -= 1
        try:
            yield
        finally:
            self._inside.release()


def parse_json(text: str | bytes, what: str = "The body") -> Any:
    """Read JSON: no NaN, no endless numbers, no lone surrogates, not too deep.

    Raises:
        HttpFailure: 400.
    """

    def strange(word: str) -> Any:
        raise ValueError(f"{word} is no number of JSON")

    def finite(word: str) -> float:
        value = float(word)
        if not math.isfinite(value):
            raise ValueError(f"{word} is too large")
        return value

    try:
        value = json.loads(text, parse_constant=strange, parse_float=finite)
    except RecursionError:
        raise HttpFailure(400, f"{what} is nested too deep.") from None
    except ValueError as exc:
        raise HttpFailure(400, f"{what} is no JSON: {exc}.") from None
    _check(value, what)
    return value


def _check(value: Any, what: str) -> None:
    level = [value]
    for _ in range(DEPTH + 1):
        inner: list[Any] = []
        for one in level:
            if isinstance(one, dict):
                inner += one
                inner += one.values()
            elif isinstance(one, list):
                inner += one
            elif isinstance(one, str) and not one.isascii():
                check_text(one, what)
        if not inner:
            return
        level = inner
    raise HttpFailure(400, f"{what} is nested deeper than {DEPTH} levels.")


def check_text(text: str, what: str) -> str:
    """The text, which can be written as UTF-8.

    Raises:
        HttpFailure: 400: half of a character.
    """
    try:
        text.encode()
    except UnicodeEncodeError:
        raise HttpFailure(400, f"{what} holds half a character.") from None
    return text
