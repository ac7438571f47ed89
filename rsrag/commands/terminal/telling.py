"""Results on stdout, words on stderr that cannot drive a terminal, and Ctrl-C."""

import json
import signal
import sys
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import FrameType, TracebackType
from typing import TYPE_CHECKING, Annotated, Any, Self

import typer

from rsrag.answers import Answer
from rsrag.errors import ImageryError, RsragError

if TYPE_CHECKING:
    from rsrag.rendering.evaluations.report_page import Page


def tell(line: str) -> None:
    """Print one line to stderr, whatever file names and records are in it."""
    from rsrag.rendering.text_table import printable

    print(printable(line), file=sys.stderr)


def tell_drawn(path: Path, count: int, things: str) -> None:
    """Tell that areas were written, or that there are none, and so no file."""
    if count:
        tell(f"wrote {path}: {count} {things}")
    else:
        tell(f"{path} is not written: there are no {things}.")


def tell_text(text: str) -> None:
    """Print lines to stderr as they are."""
    sys.stderr.write(text)


def tell_error(error: RsragError, otherwise: str | None = None) -> None:
    """Print what is wrong, and what to type next.

    Args:
        otherwise: what to type where the error does not know.
    """
    lines = [line for line in str(error).split("\n") if line.strip()]
    for number, line in enumerate(lines or [type(error).__name__]):
        tell(f"error: {line}" if number == 0 else line)
    if hint := error.hint or otherwise:
        tell(f" next: {hint}")


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


def show(as_json: bool, data: Any, text: str | Callable[[], str]) -> None:
    """Print one of the two.

    Args:
        as_json: which.
        data: plain JSON values, or a function that makes them.
        text: whole lines, or a function that makes them.
    """
    if as_json:
        value = data() if callable(data) else data
        said = json.dumps(value, ensure_ascii=False, indent=2, allow_nan=False) + "\n"
        # A file may have a name that is no Unicode; its report still comes out.
        said = said.encode("utf-8", "backslashreplace").decode()
    else:
        said = text() if callable(text) else text
    sys.stdout.write(said)


@contextmanager
def stop_softly() -> Iterator[Callable[[], bool]]:
    """Take the first Ctrl-C as a wish.

    Yields:
        Whether it was pressed. The second one raises ``KeyboardInterrupt``.
    """
    asked = threading.Event()

    def note(number: int, frame: FrameType | None) -> None:
        if asked.is_set():
            raise KeyboardInterrupt
        asked.set()
        print(
            "\nstopping after the batch in flight; Ctrl-C again stops at once.",
            file=sys.stderr,
        )

    if threading.current_thread() is not threading.main_thread():
        yield asked.is_set
        return
    before = signal.signal(signal.SIGINT, note)
    try:
        yield asked.is_set
    finally:
        signal.signal(signal.SIGINT, before)


@contextmanager
def going_on(name: str, state: str = "what is done of it is safe") -> Iterator[None]:
    """Say how to go on with an index whose making was stopped."""
    try:
        yield
    except KeyboardInterrupt:
        print(
            f"stopped; {name!r}: {state}. Run the same command again to go on.",
            file=sys.stderr,
        )
        raise


def report(answer: Answer) -> None:
    """Notes and what a model's sentences were left out, to stderr."""
    for note in answer.notes:
        tell(f"note: {note}")
    if answer.removed:
        number = len(answer.removed)
        what = "a sentence" if number == 1 else f"{number} sentences"
        reason = answer.removed[0][1]
        tell(f"left out {what} of the language model (such as: {reason})")


def _can_plot(out: Path | None) -> Path | None:
    """Refuse a report before hours of work for it, not after them."""
    if out is not None:
        from rsrag.rendering.evaluations.charts import check_plots

        check_plots()
    return out


ReportFolder = Annotated[Path | None, typer.Option(callback=_can_plot)]


def finish(
    report: Mapping[str, Any],
    page_of: Callable[[Mapping[str, Any]], "Page"],
    out: Path | None,
    as_json: bool,
) -> None:
    """Write a report if that is asked for, print it, and end the command.

    Raises:
        typer.Exit: 1 when ``report`` says that it is not complete.
    """
    from rsrag.rendering.evaluations.report_page import page_text, write_report

    page = page_of(report)
    if out is not None:
        for path in write_report(out, report, page):
            tell(f"wrote {path}")
    show(as_json, report, lambda: page_text(page))
    if not report.get("complete", True):
        tell("warning: not all that was to be scored is here; see what was left out.")
        raise typer.Exit(1)
