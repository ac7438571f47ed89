"""``rsrag index rollback``, ``tag`` and ``prune``."""

import json
from typing import Annotated

import typer

from rsrag.commands.options.arguments import (
    IndexesOption,
    JsonOption,
    QdrantUrlOption,
    settings_with,
)

NameArgument = Annotated[str, typer.Argument(help="Name of the index.")]


def rollback(
    name: NameArgument,
    to: Annotated[
        str | None,
        typer.Option(
            "--to",
            metavar="N|TAG",
            help="Generation to go to, older or newer. [default: the one before]",
        ),
    ] = None,
    indexes: IndexesOption = None,
    as_json: JsonOption = False,
) -> None:
    """Let searches use another generation of an index; nothing is removed."""
    from rsrag.indexing.generations.history import roll_back
    from rsrag.indexing.generations.index_directory import IndexDirectory

    directory = IndexDirectory(settings_with(indexes).indexes, name)
    before, now = roll_back(directory, to)
    if as_json:
        print(json.dumps({"index": name, "before": before, "generation": now}))
    else:
        print(f"{name!r} is generation {now} now; it was {before}.")
        print(f"undo it: rsrag index rollback {name} --to {before}")


def tag(
    name: NameArgument,
    tag: Annotated[str, typer.Argument(help="A name for the generation.")],
    generation: Annotated[
        str | None,
        typer.Option(
            "--generation", metavar="N|TAG", help="[default: the current one]"
        ),
    ] = None,
    delete: Annotated[
        bool, typer.Option("--delete", help="Take the name away again.")
    ] = False,
    indexes: IndexesOption = None,
    as_json: JsonOption = False,
) -> None:
    """Name a generation of an index, so that it is never removed."""
    from rsrag.indexing.generations.history import remove_tag, tag_generation
    from rsrag.indexing.generations.index_directory import IndexDirectory

    directory = IndexDirectory(settings_with(indexes).indexes, name)
    if delete:
        remove_tag(directory, tag)
        number = None
    else:
        number = tag_generation(directory, tag, generation)
    if as_json:
        print(json.dumps({"index": name, "tag": tag, "generation": number}))
    elif delete:
        print(f"{name!r} has no tag {tag!r} any more.")
    else:
        print(f"generation {number} of {name!r} is {tag!r} now, and stays.")
        print(f"go back to it: rsrag index rollback {name} --to {tag}")


def prune(
    name: NameArgument,
    keep: Annotated[
        int,
        typer.Option("--keep", min=1, help="How many generations stay at least."),
    ] = 1,
    qdrant_url: QdrantUrlOption = None,
    indexes: IndexesOption = None,
    as_json: JsonOption = False,
) -> None:
    """Remove generations of an index that have no tag and are not the current one."""
    from rsrag.factory import drop_store
    from rsrag.indexing.generations import history
    from rsrag.indexing.generations.index_directory import IndexDirectory

    settings = settings_with(indexes, qdrant_url)
    directory = IndexDirectory(settings.indexes, name)
    gone, stores = history.prune(directory, keep)
    for info in stores:
        drop_store(info, settings)
    left = directory.numbers()
    if as_json:
        print(json.dumps({"index": name, "removed": gone, "generations": left}))
        return
    words = f"removed: {', '.join(map(str, gone))}" if gone else "nothing to remove"
    print(f"{words}; {name!r} has {', '.join(map(str, left))}.")
