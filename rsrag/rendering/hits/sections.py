"""Answers to one query, or to many at once."""

import json
from collections.abc import Mapping, Sequence
from typing import BinaryIO, TextIO

from rsrag.rendering.hits.hit_formats import (
    hit_mapping,
    hits_text,
    render_hits,
    write_bytes,
)
from rsrag.rendering.hits.hit_table import table_width
from rsrag.retrieval.chip_hit import ChipHit

Section = tuple[str, Sequence[ChipHit]]
"""A query in words, and its hits, best first."""


def render_sections(
    sections: Sequence[Section],
    format: str,
    stream: TextIO | BinaryIO,
    *,
    batch: bool,
    about: Mapping[str, str] | None = None,
) -> None:
    """Write the hits of all queries.

    Args:
        sections: at least one.
        format: one of :data:`rsrag.rendering.hits.hit_formats.FORMATS`.
        stream: where to, as ``hit_formats.render_hits`` takes it.
        batch: many queries. JSON is then a list of ``{"query", "hits"}``, a table has a
            heading for each query, and in all other formats a hit says its query.
        about: what the hits came from, as ``hit_formats.render_hits`` takes it.
    """
    if not batch:
        render_hits(sections[0][1], format, stream, about=about)
    elif format == "json":
        answers = [
            {"query": title, "hits": [hit_mapping(h, n) for n, h in enumerate(hits, 1)]}
            for title, hits in sections
        ]
        text = json.dumps(answers, ensure_ascii=False, indent=1, allow_nan=False) + "\n"
        write_bytes(stream, text.encode("utf-8", "backslashreplace"))
    elif format == "table":
        width = table_width(stream)
        tables = [
            f"{title}\n{hits_text(hits, 'table', width=width)}"
            for title, hits in sections
        ]
        write_bytes(stream, "\n".join(tables).encode("utf-8", "backslashreplace"))
    else:
        every = [hit for _, hits in sections for hit in hits]
        rows = [
            {"query": title, **hit_mapping(hit, rank)}
            for title, hits in sections
            for rank, hit in enumerate(hits, 1)
        ]
        render_hits(every, format, stream, rows, about)
