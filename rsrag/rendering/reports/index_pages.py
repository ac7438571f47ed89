"""Indexes as text for people."""

from collections.abc import Mapping, Sequence
from typing import Any

from rsrag.rendering.reports.reading_lines import dense_words
from rsrag.rendering.reports.report_words import file_size, named_lines
from rsrag.rendering.text_table import printable, text_table


def index_table_text(rows: Sequence[Mapping[str, Any]], root: str) -> str:
    """``rsrag index list``: one line an index, or what to type if there is none."""
    if not rows:
        return f"no index in {root}\n next: rsrag index build SOURCE --name NAME\n"
    head = ("name", "kind", "holds", "encoder", "store", "size", "created")
    return text_table(head, [_cells(row) for row in rows], right=("size",))


def pushed_table_text(rows: Sequence[Mapping[str, Any]], place: str) -> str:
    """``rsrag index list PLACE``: one line an index that was pushed there."""
    if not rows:
        return f"no index at {place}\n next: rsrag index push NAME {place}\n"
    head = ("name", "holds", "encoder", "size", "created", "generation", "tags")
    cells = []
    for row in rows:
        name, _, holds, encoder, _, size, created = _cells(row)
        tags = ", ".join(sorted(row.get("tags", ())))
        told = (name, holds, encoder, size, created, row.get("pushed", ""), tags)
        cells.append(told)
    return text_table(head, cells, right=("size",))


def searched_table_text(rows: Sequence[Mapping[str, Any]], root: str) -> str:
    """The part of ``rsrag index list`` about folders that were searched by path."""
    head = ("name", "holds", "encoder", "size", "created", "made of")
    cells = []
    for row in rows:
        name, _, holds, encoder, _, size, created = _cells(row)
        of = ", ".join(row.get("sources", ()))
        cells.append((name, holds, encoder, size, created, of))
    table = text_table(head, cells, right=("size",), widest=100)
    return f"folders that were searched, in {printable(root)}:\n{table}"


def _cells(row: Mapping[str, Any]) -> tuple[str, ...]:
    if "error" in row:
        return (row["name"], "", "", "", "", "", f"broken: {row['error']}")
    spaces = row["spaces"].values()
    encoders = dict.fromkeys(f"{s['encoder']} ({s['dim']})" for s in spaces)
    stores = dict.fromkeys(store_words(s["store"], s["ann"]) for s in spaces)
    size = file_size(row["bytes"])
    words = (row["name"], row["kind"], holds_words(row))
    return (*words, ", ".join(encoders), ", ".join(stores), size, row["created"])


def holds_words(row: Mapping[str, Any]) -> str:
    """``20 chips, 3 scenes``, or ``3 passages, 2 landmarks``, with nothing left out."""
    counts = {
        name: row[name]
        for name in ("scenes", "passages", "landmarks", "images")
        if name in row
    }
    if row["kind"] == "imagery":
        counts = {"chips": row["spaces"]["image"]["rows"], **counts}
    return ", ".join(f"{count:,} {name}" for name, count in counts.items())


def store_words(kind: str, ann: str | None) -> str:
    """``faiss hnsw``, or the store's kind alone."""
    return f"{kind} {ann or ''}".strip()


def index_details_text(details: Mapping[str, Any]) -> str:
    """``rsrag index info``: what it is, where it is, how it was made."""
    origin, sizes = details["origin"], details["bytes"]
    rows = [
        ("name", f"{details['name']}, generation {details['generation']}"),
        ("kind", details["kind"]),
        ("created", f"{details['created']} by rsrag {details['rsrag_version']}"),
        ("holds", holds_words({**details, **origin})),
        ("skipped", f"{details['skipped']:,}"),
    ]
    for name, space in details["spaces"].items():
        encoder, store = space["encoder"], space["store"]
        rows += [
            (
                name,
                f"{space['rows']:,} vectors in {len(space['parts'])} parts, "
                f"{store_words(store['kind'], store['ann'])} ({store['reason']})",
            ),
            ("encoder", f"{encoder['id']}, dim {encoder['dim']}"),
            ("weights", encoder["weights_sha256"]),
            ("reads", encoder["preprocessing"]),
            ("open with", f"read_parquet('{space['parts_glob']}')"),
        ]
    rows += _origin_rows(origin)
    if details["dense"]:
        rows.append(("dense", dense_words(details["dense"])))
    rows += [
        ("parts", file_size(sizes["parts"])),
        ("stores", file_size(sizes["store"])),
    ]
    rows += [("missing", path) for path in details["missing_parts"]]
    text = named_lines(rows) + generations_text(details["generations"])
    if details["interrupted_build"]:
        waits = "a stopped build waits: run its command again to go on"
        text += named_lines([("note", waits)])
    return text


def _origin_rows(origin: Mapping[str, Any]) -> list[tuple[str, str]]:
    if "folder" in origin:
        words = f"{origin['folder']}: {', '.join(origin['collections'])}"
        return [("knowledge", words)]
    box, time, imported = origin["bbox"], origin["time"], origin["imported"]
    rows = [
        ("bbox", " ".join(f"{v:.6g}" for v in box) if box else "no footprints"),
        ("time", f"{time[0]} .. {time[1]}" if time else "no acquisition times"),
        ("sources", "\n            ".join(origin["sources"])),
    ]
    if imported:
        where = "as in the index exported" if imported["pixels"] else "not here"
        rows.append(("imported", f"layout {imported['layout']}, pictures {where}"))
    return rows


def generations_text(generations: Sequence[Mapping[str, Any]]) -> str:
    """One line a generation: number, time, names, and which one is searched."""
    rows = []
    for one in generations:
        tags = f" [{', '.join(one['tags'])}]" if one["tags"] else ""
        held = f"{one['rows']:,} rows" if one["rows"] is not None else "unreadable"
        now = ", searched" if one["current"] else ""
        words = f"{one['number']}{tags}: {one['created'] or '?'}, {held}{now}"
        rows.append(("generation", words))
    return named_lines(rows)
