"""The chips of an index joined with what a map says of their ground."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rsrag.errors import QueryError

if TYPE_CHECKING:
    from rsrag.desk.imagery.imagery_index import Index

_TEXTS = 256


@dataclass(slots=True)
class Joined:
    """What came of it.

    Attributes:
        rows: plain JSON values of each chip that shows something that is mapped.
        features: on the map.
        chips: of the index.
        unplaced: chips without a place of their own, or across the antimeridian.
        notes: what was guessed of the map's files.
    """

    rows: list[dict[str, Any]] = field(default_factory=list)
    features: int = 0
    chips: int = 0
    unplaced: int = 0
    notes: list[str] = field(default_factory=list)


def join_tags(
    index: "Index",
    files: Sequence[Path],
    *,
    best: float | None = None,
    layer: str | None = None,
    crs: str | None = None,
) -> Joined:
    """Say of each chip what a map has there that is large enough to be seen.

    Args:
        files: GeoPackage, GeoParquet, GeoJSON or others that GDAL reads, whose columns
            are tags; or OpenStreetMap's own ``.osm`` and ``.pbf``.
        best: the share of chips to keep, those whose words and picture agree best to
            the index's encoder.
        layer: to read of several.
        crs: of a file that names none.

    Raises:
        KnowledgeError: a file cannot be read.
        QueryError: ``best`` is no share above 0 and up to 1.
    """
    import numpy as np

    from rsrag.analysis.cover.tagging.tag_sentences import titles_of
    from rsrag.analysis.cover.tagging.visible_tags import Map, features_of
    from rsrag.indexing.exports.export_run import chip_tables
    from rsrag.knowledge.feature_files import read_features

    if best is not None and not 0 < best <= 1:
        raise QueryError(f"--best is {best:g}, not a share above 0 and up to 1.")
    joined, features = Joined(), []
    for file in files:
        frames, notes = read_features(file, layer=layer, crs=crs, unnamed=True)
        features += list(features_of(frames))
        joined.notes += notes
    joined.features = len(features)
    drawn = Map(features)
    vectors: list[Any] = []
    with index.use() as generation:
        for table in chip_tables(generation.parts, None, best is not None):
            rows = table.select(["id", "source", "window", "bbox"]).to_pylist()
            for at, row in enumerate(rows):
                joined.chips += 1
                ground = _ground(row)
                if ground is None:
                    joined.unplaced += 1
                    continue
                seen = drawn.seen(ground)
                title, several = titles_of(seen)
                if title is None and several is None:
                    continue
                joined.rows.append(
                    {
                        "file": row["source"],
                        "id": row["id"],
                        "bbox": [ground.west, ground.south, ground.east, ground.north],
                        "center_tags": [dict(one) for one in seen.centre],
                        "surrounding_tags": [dict(one) for one in seen.around],
                        "title": title,
                        "title_multi_objects": several,
                    }
                )
                if best is not None:
                    vectors.append(np.asarray(table["embedding"][at].as_py()))
        if best is not None and joined.rows:
            texts = [one["title"] or one["title_multi_objects"] for one in joined.rows]
            agreed = list(_agreement(generation.joined_encoder, texts, vectors))
            for one, value in zip(joined.rows, agreed, strict=True):
                one["agreement"] = round(value, 4)
            order = np.argsort([-value for value in agreed], kind="stable")
            kept = sorted(order[: max(1, round(best * len(order)))].tolist())
            joined.rows = [joined.rows[at] for at in kept]
    return joined


def pairs_of(rows: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """File and captions of each row; a chip that is part of a file is ``ID.png``."""
    often = Counter(row["file"] for row in rows)
    return [
        {
            "file": row["file"] if often[row["file"]] == 1 else f"{row['id']}.png",
            "captions": list(
                dict.fromkeys(filter(None, (row["title"], row["title_multi_objects"])))
            ),
        }
        for row in rows
    ]


def cards_of(
    rows: Sequence[dict[str, Any]], files: Sequence[Path]
) -> list[dict[str, Any]]:
    """A card of each chip, for ``knowledge import``: its place, tags and sentence.

    Facts are what the tags of its middle say; a tag of two values keeps both.
    """
    cards = []
    for row in rows:
        west, south, east, north = row["bbox"]
        facts: dict[str, Any] = {}
        for tags in row["center_tags"]:
            for key, value in tags.items():
                facts.setdefault(key.replace(":", "_"), {})[str(value)] = None
        said = row["title_multi_objects"] or row["title"]
        about = said.removeprefix("a satellite image of ")
        cards.append(
            {
                "name": f"{Path(row['file']).name} ({row['id'][:8]})",
                "category": "picture",
                "bbox": row["bbox"],
                "lat": (south + north) / 2,
                "lon": (west + east) / 2,
                "facts": {key: ", ".join(values) for key, values in facts.items()},
                "source": ", ".join(file.name for file in files),
                "text": f"A map has here {about}.",
            }
        )
    return cards


def _ground(row: dict[str, Any]) -> Any:
    from rsrag.analysis.cover.tagging.visible_tags import Ground

    box, window = row["bbox"], row["window"]
    if box is None or box["xmin"] is None or not box["xmin"] < box["xmax"]:
        return None
    corners = (box["xmin"], box["ymin"], box["xmax"], box["ymax"])
    return Ground(*corners, window["width"], window["height"])


def _agreement(encoder: Any, texts: list[str], vectors: list[Any]) -> Iterator[float]:
    """Cosine of each picture and its words."""
    for start in range(0, len(texts), _TEXTS):
        part = encoder.encode_texts(texts[start : start + _TEXTS])
        for text, vector in zip(part, vectors[start : start + _TEXTS], strict=True):
            yield float(text @ vector)
