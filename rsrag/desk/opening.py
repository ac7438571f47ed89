"""What opens files and models one after another, and closes all of them at the end."""

import contextlib
from types import TracebackType
from typing import Self


class Opening:
    """A context that closes what it opened, the last first.

    Attributes:
        _open: where those that derive from it put what is to be closed.
    """

    def __init__(self) -> None:
        self._open = contextlib.ExitStack()

    def __enter__(self) -> Self:
        """Nothing more is opened."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close all that was opened."""
        self._open.close()
