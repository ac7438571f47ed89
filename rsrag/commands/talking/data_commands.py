"""``rsrag data``: published data sets, written in another form."""

import sys
from pathlib import Path

import typer

from rsrag.commands.options.declarations import command

app = typer.Typer(
    help="Data sets of pictures with words, from one form into another.",
    no_args_is_help=True,
)


@app.command("convert")
@command
def convert_data(
    file: Path,
    *,
    to: str,
    from_: str | None = None,
    images: Path | None = None,
    out: Path | None = None,
) -> None:
    """Write a data set in another form, record by record, whatever its size.

    What a form does not know stays with the record and comes back on the way home.
    Records that cannot be used are told and left out; the exit code is 1 then.

    Options:
        file FILE: To read; a folder or a zip of SkyScript's pickles.
        to FORM: llava, messages, gaia, rsicap, rsieval, vrsbench, skyscript, captions
            (file, captions), questions (id, file, question, answer), cards (for
            knowledge import), or json (as it is).
        from_ FORM: One of these, rsvqa or skyscript-meta. [default: told by the keys]
        images DIR: Leave out records whose pictures are not there.
        out FILE: .json is a list, .csv a table, else a record is a line. [default:
            stdout]
    """
    from rsrag.commands.terminal.telling import tell
    from rsrag.evaluation.data.interchange.converting import (
        Converted,
        convert,
    )
    from rsrag.evaluation.data.interchange.written_rows import json_line, write_rows

    done = Converted("")
    rows = convert(file, to, from_, images, done)
    if out is None:
        for row in rows:
            sys.stdout.write(json_line(row))
    else:
        write_rows(rows, out)
    for reason in done.reasons:
        tell(f"left out: {reason}")
    tell(f"{done.source}: {done.read:,} read, {done.written:,} written as {to}")
    if done.refused:
        tell(f"{done.refused:,} of {done.read:,} records were left out.")
        raise typer.Exit(1)
