"""``rsrag index rollback``, ``tag``, ``prune`` and ``audit``."""

from pathlib import Path
from typing import Annotated

from rsrag.commands.options.arguments import IndexSettings, ServerSettings
from rsrag.commands.options.declarations import command
from rsrag.commands.options.outputs import written


@command
def rollback(
    name: str,
    *,
    to: str | None = None,
    settings: IndexSettings,
    json: bool = False,
) -> None:
    """Let searches use another generation of an index; nothing is removed.

    Options:
        to N|TAG: Generation to go to, older or newer. [default: the one before]
    """
    from rsrag.commands.terminal.telling import show
    from rsrag.indexing.generations.history import roll_back
    from rsrag.indexing.generations.index_directory import IndexDirectory

    before, now = roll_back(IndexDirectory(settings.at(name).indexes, name), to)
    show(
        json,
        {"index": name, "before": before, "generation": now},
        f"{name!r} is generation {now} now; it was {before}.\n"
        f"undo it: rsrag index rollback {name} --to {before}\n",
    )


@command
def tag(
    name: str,
    tag: str,
    *,
    generation: str | None = None,
    delete: bool = False,
    settings: IndexSettings,
    json: bool = False,
) -> None:
    """Name a generation of an index, so that it is never removed.

    Options:
        tag TAG: Name for the generation.
        generation N|TAG: Generation to name. [default: the current one]
        delete: Take the name away again.
    """
    from rsrag.commands.terminal.telling import show
    from rsrag.indexing.generations.history import remove_tag, tag_generation
    from rsrag.indexing.generations.index_directory import IndexDirectory

    directory = IndexDirectory(settings.at(name).indexes, name)
    if delete:
        remove_tag(directory, tag)
        number, text = None, f"{name!r} has no tag {tag!r} any more.\n"
    else:
        number = tag_generation(directory, tag, generation)
        text = (
            f"generation {number} of {name!r} is {tag!r} now, and stays.\n"
            f"go back to it: rsrag index rollback {name} --to {tag}\n"
        )
    show(json, {"index": name, "tag": tag, "generation": number}, text)


@command
def prune(
    name: str,
    *,
    keep: int = 1,
    settings: ServerSettings,
    json: bool = False,
) -> None:
    """Remove generations of an index that have no tag and are not the current one.

    Options:
        keep N: Number of generations that stay at least.
    """
    from rsrag.commands.terminal.telling import show
    from rsrag.desk.upkeep.checking import prune_index

    gone, left = prune_index(settings, name, keep)
    words = f"removed: {', '.join(map(str, gone))}" if gone else "nothing to remove"
    show(
        json,
        {"index": name, "removed": gone, "generations": left},
        f"{words}; {name!r} has {', '.join(map(str, left))}.\n",
    )


@command
def audit(
    name: str,
    *,
    out: Annotated[Path | None, written(".png")] = None,
    settings: IndexSettings,
    json: bool = False,
) -> None:
    """Say what in an index of imagery is doubtful, and what it covers.

    Options:
        out FILE: Draw the coverage (PNG).
    """
    from rsrag.commands.terminal.progress import StageBar
    from rsrag.commands.terminal.telling import show
    from rsrag.desk.upkeep.checking import audit_index
    from rsrag.rendering.reports.audit_pages import audit_text
    from rsrag.rendering.reports.coverage_picture import write_coverage

    with StageBar() as bar:
        report = audit_index(settings, name, bar)
    show(json, report.to_json, lambda: audit_text(report))
    if out is not None:
        write_coverage(out, report)
