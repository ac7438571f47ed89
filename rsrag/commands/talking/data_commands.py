"""``rsrag data``: published data sets, written in another form."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from rsrag.commands.options.arguments import PlaceSettings
from rsrag.commands.options.declarations import command
from rsrag.desk.asking.generator_choice import GeneratorChoice

if TYPE_CHECKING:
    from rsrag.evaluation.data.interchange.converting import Converted

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
    from rsrag.evaluation.data.interchange.converting import Converted, convert
    from rsrag.evaluation.data.interchange.written_rows import json_line, write_rows

    done = Converted("")
    rows = convert(file, to, from_, images, done)
    if out is None:
        for row in rows:
            sys.stdout.write(json_line(row))
    else:
        write_rows(rows, out)
    _tell(done, f"written as {to}")


@app.command("answer")
@command
def answer_data(
    file: Path,
    *,
    from_: str | None = None,
    images: Path | None = None,
    index: str | None = None,
    out: Path | None = None,
    model: GeneratorChoice,
    settings: PlaceSettings,
) -> None:
    """Answer the questions of a file of conversations, as rsrag chat would.

    What is written holds the file's own answers beside them, for `rsrag eval vqa`.

    Options:
        file FILE: In a form that `rsrag data convert` reads.
        from_ FORM: Its form. [default: told by the keys]
        images DIR: Folder of the pictures. [default: that of the file]
        index NAME: Index of imagery to search. [default: the only one]
        out FILE: .json is a list, else an answer is a line. [default: stdout]
    """
    from rsrag.desk.asking.answering_files import answer_file
    from rsrag.desk.asking.knowledge_base import Knowledge
    from rsrag.evaluation.data.interchange.converting import Converted
    from rsrag.evaluation.data.interchange.written_rows import json_line, write_rows

    done = Converted("")
    with (
        model.opened(settings) as generator,
        Knowledge(llm=generator, index=index, settings=settings) as opened,
    ):
        rows = answer_file(opened, file, done, source=from_, images=images, index=index)
        if out is None:
            for row in rows:
                print(json_line(row), end="", flush=True)
        else:
            write_rows(rows, out)
    _tell(done, "answered")


def _tell(done: "Converted", how: str) -> None:
    """What came of a file, to stderr; raises :class:`typer.Exit` if not all went."""
    from rsrag.commands.terminal.telling import tell

    for reason in done.reasons:
        tell(f"left out: {reason}")
    tell(f"{done.source}: {done.read:,} read, {done.written:,} {how}")
    if done.refused:
        tell(f"{done.refused:,} of {done.read:,} records were left out.")
        raise typer.Exit(1)
