"""Counts of what a catalogue holds."""

from dataclasses import dataclass

from rsrag.knowledge.catalogue.catalogue_rows import Rows


@dataclass(frozen=True, slots=True)
class Stats:
    """Counts of records, most first.

    ``by_collection`` and ``by_category`` count landmarks, ``by_variable`` facts,
    ``by_chunk_type`` passages, ``by_source`` and ``by_licence`` records of all kinds.
    """

    landmarks: int
    facts: int
    passages: int
    by_collection: dict[str, int]
    by_category: dict[str, int]
    by_variable: dict[str, int]
    by_chunk_type: dict[str, int]
    by_source: dict[str, int]
    by_licence: dict[str, int]


def stats_of(rows: Rows) -> Stats:
    """Count the records of a catalogue."""
    kinds = ("landmarks", "facts", "passages")
    every = " union all ".join(f"select origin from {kind}" for kind in kinds)
    origins = f"({every}) join origins on number = origin"

    def by(column: str, table: str) -> dict[str, int]:
        sql = (
            f"select {column}, count(*) n from {table} where {column} is not null "
            f"group by {column} order by n desc, 1"
        )
        return {str(key): count for key, count in rows(sql)}

    counts = (int(rows(f"select count(*) from {kind}")[0][0]) for kind in kinds)
    landmarks, facts, passages = counts
    return Stats(
        landmarks,
        facts,
        passages,
        by("collection", "landmarks"),
        by("category", "landmarks"),
        by("variable", "facts"),
        by("chunk_type", "passages"),
        by("source", origins),
        by("licence", origins),
    )
