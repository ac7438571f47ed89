"""Words on stderr; nothing of them can drive a terminal."""

import sys
from collections.abc import Iterable
from types import TracebackType
from typing import Self

from rsrag.errors import ImageryError, RsragError


def tell(line: str) -> None:
    """Print one line to stderr, whatever file names and records are in it."""
    from rsrag.rendering.text_table import printable

    print(printable(line), file=sys.stderr)


def tell_text(text: str) -> None:
    """Print lines to stderr as they are."""
    sys.stderr.write(text)


def tell_error(error: RsragError) -> None:
    """Print what is wrong, and what to type next."""
    lines = [line for line in str(error).split("\n") if line.strip()]
    for number, line in enumerate(lines or [type(error).__name__]):
        tell(f"error: {line}" if number == 0 else line)
    if error.hint:
        tell(f" next: {error.hint}")


class Unread:
    """Goes on after a picture that cannot be read, and tells of it.

    A ``with`` block of it swallows the errors of one picture. :attr:`number` says in
    the end whether the command may call itself successful.

    Attributes:
        number: of the pictures that could not be read.
    """

    def __init__(self) -> None:
        self.number = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> bool:
        if not isinstance(error, ImageryError):
            return False
        self.number += 1
        tell_error(error)
        return True

    def code(self, pictures: Iterable[object]) -> int:
        """Exit code: 1 if any picture was unreadable, told if there were several."""
        number = len(list(pictures))
        if self.number and number > 1:
            tell(f"{self.number} of {number} pictures could not be read.")
        return 1 if self.number else 0
