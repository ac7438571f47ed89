"""A query as a person would write it."""

from collections.abc import Sequence
from pathlib import Path

from rsrag.retrieval.marks.marking import Marks
from rsrag.retrieval.query import Term


def title_of(terms: Sequence[Term]) -> str:
    """The query as a person would write it."""
    words: list[str] = []
    for term in terms:
        shown = isinstance(term.value, str | Path | Marks)
        name = str(term.value) if shown else term.kind
        if term.kind == "concept":
            name = f"concept:{name}"
        if term.kind in ("image", "vector"):
            name = Path(name).name
        weight = f"{abs(term.weight):g} × " if abs(term.weight) != 1 else ""
        sign = "− " if term.weight < 0 else "+ " if words else ""
        words.append(f"{sign}{weight}{name}")
    return " ".join(words)
