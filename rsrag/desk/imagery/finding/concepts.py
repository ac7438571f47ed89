"""Concepts that were kept: listed, sent on, taken in, forgotten."""

from pathlib import Path

from rsrag.config import Settings
from rsrag.errors import QueryError
from rsrag.retrieval.marks.concept_file import (
    Concept,
    checked_name,
    read_concept,
    write_concept,
)

FOLDER = "concepts"
"""Of the data home."""


def kept_concepts(settings: Settings) -> list[Concept]:
    """All of them, by name."""
    return [
        read_concept(file) for file in sorted((settings.home / FOLDER).glob("*.json"))
    ]


def kept_concept(settings: Settings, name: str) -> Concept:
    """One by its name.

    Raises:
        QueryError: there is none, with those that there are; or it cannot be read.
    """
    file = concept_path(settings, name)
    if not file.exists():
        names = sorted(one.stem for one in (settings.home / FOLDER).glob("*.json"))
        there = f"there are {', '.join(names)}" if names else "there is none yet"
        raise QueryError(
            f"There is no concept {name!r}: {there}.",
            hint=f"rsrag concept train {name} --like ID --unlike ID",
        )
    return read_concept(file)


def export_concept(settings: Settings, name: str, out: Path, *, force: bool) -> None:
    """Write a concept to a file of its own."""
    write_concept(kept_concept(settings, name), out, force=force)


def import_concept(
    settings: Settings, file: Path, name: str | None, *, force: bool
) -> Concept:
    """Keep a concept from a file, under its own name or another one."""
    from dataclasses import replace

    concept = read_concept(file)
    if name is not None:
        concept = replace(concept, name=checked_name(name))
    write_concept(concept, concept_path(settings, concept.name), force=force)
    return concept


def forget_concept(settings: Settings, name: str) -> None:
    """Remove it."""
    kept_concept(settings, name)
    concept_path(settings, name).unlink()


def concept_path(settings: Settings, name: str) -> Path:
    """Where the concept of a name is kept, whether it is there or not."""
    return settings.home / FOLDER / f"{checked_name(name)}.json"
