"""Bars for people: on stderr, and only where somebody looks at it."""

import sys
from types import TracebackType
from typing import Any

_WORDS = {"encode": "encoding", "store": "building the store"}
_RECORD_WORDS = {"embed": "embedding", "store": "building the stores"}


class BuildBar:
    """Shows how far a build is; silent unless stderr is a terminal."""

    def __init__(self) -> None:
        """Show nothing yet."""
        self._bar: Any = None
        self._stage = ""

    def __enter__(self) -> "BuildBar":
        """Start."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Take the bar away."""
        if self._bar is not None:
            self._bar.close()

    def __call__(self, stage: str, done: int, skipped: int) -> None:
        """Told by the build what is done."""
        if not sys.stderr.isatty():
            return
        if stage != self._stage:
            self.__exit__(None, None, None)
            from tqdm import tqdm

            self._bar = tqdm(
                desc=_WORDS.get(stage, stage),
                unit=" chips",
                file=sys.stderr,
                leave=False,
            )
            self._stage = stage
        self._bar.update(done - self._bar.n)
        self._bar.set_postfix_str(f"{skipped} skipped" if skipped else "")


class RecordBar:
    """Shows how far a build of knowledge is; silent unless stderr is a terminal."""

    def __init__(self) -> None:
        """Show nothing yet."""
        self._bar: Any = None

    def __enter__(self) -> "RecordBar":
        """Start."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Take the bar away."""
        if self._bar is not None:
            self._bar.close()

    def __call__(self, stage: str, done: int, total: int) -> None:
        """Told by the build what is done."""
        if not sys.stderr.isatty():
            return
        if self._bar is None:
            from tqdm import tqdm

            self._bar = tqdm(total=total, unit=" records", file=sys.stderr, leave=False)
        self._bar.set_description(_RECORD_WORDS.get(stage, stage))
        self._bar.update(max(done - self._bar.n, 0))


class CountBar:
    """Shows how many of how many are done; silent unless stderr is a terminal.

    Args:
        title: what is done.
        unit: of what, with a space before it.
    """

    def __init__(self, title: str, unit: str) -> None:
        """Show nothing yet."""
        self._title, self._unit = title, unit
        self._bar: Any = None

    def __enter__(self) -> "CountBar":
        """Start."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Take the bar away."""
        if self._bar is not None:
            self._bar.close()

    def __call__(self, done: int, total: int) -> None:
        """Told what is done."""
        if not sys.stderr.isatty():
            return
        if self._bar is None:
            from tqdm import tqdm

            self._bar = tqdm(
                total=total,
                desc=self._title,
                unit=self._unit,
                file=sys.stderr,
                leave=False,
            )
        self._bar.update(done - self._bar.n)


class StageBar:
    """Shows how far each stage of a check is; silent unless stderr is a terminal."""

    def __init__(self) -> None:
        """Show nothing yet."""
        self._bar: Any = None
        self._stage = ""

    def __enter__(self) -> "StageBar":
        """Start."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Take the bar away."""
        if self._bar is not None:
            self._bar.close()

    def __call__(self, stage: str, done: int, total: int) -> None:
        """Told what is done."""
        if not sys.stderr.isatty():
            return
        if stage != self._stage:
            self.__exit__(None, None, None)
            from tqdm import tqdm

            self._bar = tqdm(desc=stage, total=total, file=sys.stderr, leave=False)
            self._stage = stage
        self._bar.update(done - self._bar.n)
