"""Counts of what a catalogue holds."""

from dataclasses import dataclass

from rsrag.knowledge.catalogue.catalogue_rows import Rows


@dataclass(frozen=True, slots=True)
class Stats:
    """How many records there are, by what they are.

    Attributes:
        by_category: landmarks by category, most first.
        by_variable: facts by variable, most first.
        by_source: records of all kinds by source, most first.
        by_licence: records of all kinds by licence, most first.
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

    def counts(sql: str) -> dict[str, int]:
        return {str(key): count for key, count in rows(sql)}

    def count(table: str) -> int:
        return int(rows(f"select count(*) from {table}")[0][0])

    def origins(column: str) -> dict[str, int]:
        kinds = ("landmarks", "facts", "passages")
        every = " union all ".join(f"select origin from {kind}" for kind in kinds)
        return counts(
            f"select {column}, count(*) n from ({every}) join origins "
            f"on number = origin group by {column} order by n desc, 1"
        )

    def by(column: str, table: str) -> dict[str, int]:
        return counts(
            f"select {column}, count(*) n from {table} where {column} is not null "
            f"group by {column} order by n desc, 1"
        )

    return Stats(
        count("landmarks"),
        count("facts"),
        count("passages"),
        by("collection", "landmarks"),
        by("category", "landmarks"),
        by("variable", "facts"),
        by("chunk_type", "passages"),
        origins("source"),
        origins("licence"),
    )
