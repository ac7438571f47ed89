"""``rsrag concept``: what marks said, kept under a name and searched by it."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from rsrag.commands.options.arguments import ServerSettings
from rsrag.commands.options.declarations import From, command
from rsrag.config import Settings
from rsrag.desk.chosen_settings import settings_with

if TYPE_CHECKING:
    from rsrag.retrieval.marks.concept_file import Concept

app = typer.Typer(
    help="Concepts: what marked chips have in common, searched as concept:NAME.",
    no_args_is_help=True,
)
OwnSettings = Annotated[Settings, From(settings_with, ("threads",))]


@app.command("train")
@command
def train(
    name: str,
    *,
    like: list[str] | None = None,
    unlike: list[str] | None = None,
    words: str = "",
    index: str | None = None,
    force: bool = False,
    settings: ServerSettings,
    json: bool = False,
) -> None:
    """Learn a concept from chips that were marked, and keep it.

    Options:
        name NAME: Of the concept: small letters, digits, - and _.
        like ID: A chip that shows it. Give five or more.
        unlike ID: A chip that does not, best one that was found in error. Give five or
            more.
        words WORDS: What it is in words, which count half as much as the right chips.
        index NAME: Index that has the chips. [default: the only one]
        force: Replace the concept of that name.
    """
    from rsrag.commands.terminal.telling import show
    from rsrag.desk.imagery.finding.concept_training import train_concept
    from rsrag.desk.imagery.imagery_index import Index

    with Index(index, settings) as opened:
        marked = (like or (), unlike or ())
        made = train_concept(opened, name, *marked, words=words, force=force)
    show(json, made.to_json, lambda: _text(made))


@app.command("list")
@command
def list_(*, settings: OwnSettings, json: bool = False) -> None:
    """List the concepts that were kept."""
    from rsrag.commands.terminal.telling import show
    from rsrag.desk.imagery.finding.concepts import kept_concepts

    found = kept_concepts(settings)
    rows = [{k: v for k, v in c.to_json().items() if k != "vector"} for c in found]
    text = "".join(f"{c.name}  {c.encoder.id}  {_measured(c)}\n" for c in found)
    show(json, rows, text)


@app.command("show")
@command
def show_concept(name: str, *, settings: OwnSettings, json: bool = False) -> None:
    """Show where a concept is from, and how well it did on marks that were held back.

    Options:
        name NAME: Of the concept.
    """
    from rsrag.commands.terminal.telling import show
    from rsrag.desk.imagery.finding.concepts import kept_concept

    found = kept_concept(settings, name)
    show(json, found.to_json, lambda: _text(found))


@app.command("export")
@command
def export(name: str, out: Path, *, force: bool = False, settings: OwnSettings) -> None:
    """Write a concept to a file of JSON, for others to import.

    Options:
        name NAME: Of the concept.
        out FILE: File to write.
        force: Replace the file.
    """
    from rsrag.commands.terminal.telling import tell
    from rsrag.desk.imagery.finding.concepts import export_concept

    export_concept(settings, name, out, force=force)
    tell(f"wrote {out}")


@app.command("import")
@command
def import_(
    file: Path,
    *,
    called: str | None = None,
    force: bool = False,
    settings: OwnSettings,
) -> None:
    """Keep a concept from a file that rsrag concept export wrote.

    Options:
        file FILE: Of the concept.
        called NAME: Keep it under this name. [default: its own]
        force: Replace the concept of that name.
    """
    from rsrag.commands.terminal.telling import tell
    from rsrag.desk.imagery.finding.concepts import import_concept

    concept = import_concept(settings, file, called, force=force)
    tell(f"kept; search it: rsrag search concept:{concept.name}")


@app.command("forget")
@command
def forget(name: str, *, settings: OwnSettings) -> None:
    """Remove a concept.

    Options:
        name NAME: Of the concept.
    """
    from rsrag.commands.terminal.telling import tell
    from rsrag.desk.imagery.finding.concepts import forget_concept

    forget_concept(settings, name)
    tell(f"{name} is forgotten")


def _measured(concept: "Concept") -> str:
    one = concept.measured.get(concept.way)
    if one is None:
        return f"{concept.way}, not measured (two right and two wrong marks can be)"
    return (
        f"{concept.way}, precision {one['precision']:.2f}, recall {one['recall']:.2f}, "
        f"{one['ordered']:.0%} of {one['pairs']} pairs in order"
    )


def _text(concept: "Concept") -> str:
    tried = ", ".join(
        f"{way} {one['ordered']:.0%}" for way, one in concept.measured.items()
    )
    lines = (
        f"{concept.name}: {_measured(concept)}",
        f"tried: {tried} of pairs held back in order" if tried else "",
        f"encoder: {concept.encoder.id}, weights {concept.encoder.weights_sha256[:12]}",
        f"words: {concept.words}" if concept.words else "",
        f"index: {concept.index}; {len(concept.like)} right, "
        f"{len(concept.unlike)} wrong; {concept.made}",
        f'search it: rsrag search "concept:{concept.name} + near water"',
    )
    return "".join(f"{line}\n" for line in lines if line)
