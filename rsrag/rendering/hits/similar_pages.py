"""Near-duplicates of an index: as a table, as CSV, and as a page with pictures."""

import csv
import io
from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

from rsrag.errors import RsragError
from rsrag.rendering.hits.hit_html import data_uri, jpeg, thumbnail
from rsrag.rendering.text_table import printable, text_table
from rsrag.retrieval.chip_hit import ChipHit

MOST = 500
"""Pairs of the page, so that it opens."""

_STYLE = "body{font:14px sans-serif;margin:24px}td{padding:6px;vertical-align:top}"


def pairs_text(found: Mapping[str, Any]) -> str:
    """A line for each pair, under a header; how many of each kind above it."""
    rows = [
        [
            *(pair["kind"], f"{pair['score']:.4f}"),
            *(printable(_named(pair[name])) for name in ("first", "second")),
        ]
        for pair in found["pairs"]
    ]
    kinds = ", ".join(f"{count:,} {kind}" for kind, count in found["kinds"].items())
    head = f"{found['compared']:,} chips compared: {kinds or 'no pair'}\n"
    if not rows:
        return head
    names = ["KIND", "SCORE", "CHIP", "AND"]
    return f"{head}\n{text_table(names, rows, right=('SCORE',))}"


def pairs_csv(pairs: Sequence[Mapping[str, Any]]) -> str:
    """A row for each pair, RFC 4180."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    chip = [f"{name}_{of}" for name in ("first", "second") for of in ("id", "source")]
    writer.writerow(["kind", "score", *chip])
    for pair in pairs:
        both = [
            pair[name][of] for name in ("first", "second") for of in ("id", "source")
        ]
        writer.writerow([pair["kind"], pair["score"], *both])
    return out.getvalue()


def pairs_html(index: str, pairs: Sequence[tuple[str, float, ChipHit, ChipHit]]) -> str:
    """A page that loads nothing: both pictures of each pair, side by side.

    Args:
        pairs: kind, cosine similarity and the chips; at most :data:`MOST` are shown.
    """
    rows = "".join(
        f"<tr><td>{escape(kind)}<br>{score:.4f}</td><td>{_picture(one)}</td>"
        f"<td>{_picture(other)}</td></tr>\n"
        for kind, score, one, other in pairs[:MOST]
    )
    title = escape(f"Near-duplicates of {printable(index)}: {len(pairs):,} pairs")
    more = f"<p>and {len(pairs) - MOST:,} more</p>" if len(pairs) > MOST else ""
    return (
        f'<!doctype html>\n<html lang="en"><meta charset="utf-8"><title>{title}</title>'
        f"<style>{_STYLE}</style>\n<h1>{title}</h1>\n<table>{rows}</table>{more}</html>\n"
    )


def _named(chip: Mapping[str, Any]) -> str:
    window = chip["window"]
    name = str(chip["source"]).rsplit("/", 1)[-1]
    return f"{name} {window[0]},{window[1]}" if window else name


def _picture(chip: ChipHit) -> str:
    label = escape(printable(chip.source))
    try:
        picture = data_uri(jpeg(thumbnail(chip.pixels(), 160), 80))
    except RsragError as error:
        return f"<em>{escape(printable(str(error)))}</em><br>{label}"
    return f'<img src="{picture}" alt="chip {escape(chip.id)}"><br>{label}'
