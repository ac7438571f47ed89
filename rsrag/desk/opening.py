"""What opens files and models one after another, and closes all of them at the end."""

import contextlib
from typing import Self


class Opening:
    """A context that closes what it opened, the last first.

    Attributes:
        _open: where those that derive from it put what is to be closed.
    """

    def __init__(self) -> None:
        self._open = contextlib.ExitStack()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._open.close()
