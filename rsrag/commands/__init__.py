"""The command line. One error boundary; every command parses, calls, renders."""

import errno
import io
import sys
from collections.abc import Sequence
from contextlib import suppress
from typing import Annotated, Any

import typer

from rsrag import __version__
from rsrag.commands.command_table import CommandTable
from rsrag.commands.options.arguments import normalise
from rsrag.commands.options.declarations import Misuse
from rsrag.commands.terminal.progress import LogLevel, shown_records
from rsrag.commands.terminal.telling import tell_error
from rsrag.desk.chosen_settings import wait_passively
from rsrag.errors import RsragError

_OUTPUT_REFUSED = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO)
"""What a disk says that takes no more of stdout."""

app = typer.Typer(
    name="rsrag",
    cls=CommandTable,
    help="Search and question answering over satellite and aerial imagery.",
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)


def _print_version(wanted: bool) -> None:
    if wanted:
        print(f"rsrag {__version__}")
        raise typer.Exit


@app.callback()
def root(
    context: typer.Context,
    version: Annotated[
        bool,
        typer.Option(
            "--version",
            help="Show the version.",
            callback=_print_version,
            is_eager=True,
        ),
    ] = False,
    log_level: Annotated[
        LogLevel | None,
        typer.Option(
            "--log-level",
            metavar="LEVEL",
            envvar="RSRAG_LOG_LEVEL",
            help="Log to stderr: debug, info, warning or error.",
        ),
    ] = None,
) -> None:
    """Search and question answering over satellite and aerial imagery."""
    if log_level is not None:
        context.with_resource(shown_records(log_level))


def _command_of(words: Sequence[str]) -> str:
    """The command that was typed, without what was given to it."""
    found: Any = typer.main.get_command(app)
    typed = ["rsrag"]
    for word in words:
        if word in getattr(found, "commands", {}):
            found = found.commands[word]
            typed.append(word)
    return " ".join(typed)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command line.

    Args:
        arguments: instead of ``sys.argv[1:]``.

    Returns:
        0 fine, 1 an error that rsrag explains, 2 wrong usage, 130 interrupted.
    """
    wait_passively()
    if isinstance(sys.stdout, io.TextIOWrapper):  # Not every terminal has every letter.
        sys.stdout.reconfigure(errors="backslashreplace")
    given = sys.argv[1:] if arguments is None else list(arguments)
    try:
        try:
            app(args=normalise(given), prog_name="rsrag")
        finally:
            print(end="", flush=True)
    except Misuse as misuse:
        tell_error(misuse.error)
        return 2
    except RsragError as error:
        tell_error(error, otherwise=f"{_command_of(given)} --help")
        return 1
    except OSError as error:
        gone = isinstance(error, BrokenPipeError)  # Who read has enough: `| head`.
        full = error.filename is None and error.errno in _OUTPUT_REFUSED
        if not gone and not full:
            raise
        with suppress(OSError):  # What is left in its buffer has nowhere to go.
            sys.stdout.close()
        if full:
            tell_error(RsragError(f"The output cannot be written: {error.strerror}."))
        return 1
    except KeyboardInterrupt:
        print("stopped.", file=sys.stderr)
        return 130
    except SystemExit as done:
        return done.code if isinstance(done.code, int) else 1
    return 0
