"""Labels of all chips of an index, from their vectors."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from rsrag.answers import COVER, Classified, LabelScore
from rsrag.desk.imagery.example_folders import example_classes
from rsrag.desk.imagery.generation import Generation
from rsrag.errors import QueryError
from rsrag.types import Vectors

LEAST_TOGETHER = 4
"""Chips below which there is nothing to label together."""
TRANSDUCTIVE_TEMPERATURE = 1.9
"""Of joint probabilities; ``docs/evaluation.md`` says how it was fitted."""


@dataclass(frozen=True, slots=True)
class LabelledIndex:
    """Labels of all chips.

    Attributes:
        ids: of the chips, in the order of the index.
        results: what each was labelled.
        temperature: that probabilities were made with.
        doubts: words on whether the encoder knows such pictures, if there are any.
    """

    ids: tuple[str, ...]
    results: tuple[Classified, ...]
    temperature: float
    doubts: str = ""

    def counts(self) -> list[tuple[str, int]]:
        """How many chips carry each label, or none, commonest first."""
        found = Counter(one.said for one in self.results)
        return found.most_common()


def label_index(
    generation: Generation,
    labels: Sequence[str] = (),
    *,
    transductive: bool = False,
    debiased: bool = False,
    temperature: float | None = None,
    unsure: float = 0.5,
    top_k: int = 3,
    closed: bool = False,
    examples: Path | None = None,
) -> LabelledIndex:
    """Label every chip of an index from its vectors; no picture is read.

    Args:
        labels: to choose from; kinds of scene by default.
        transductive: all chips together, by RS-TransCLIP.
        debiased: less what the whole index leans to each label.
        temperature: of the probabilities; ``None``: the encoder's own, higher away
            from home, or :data:`TRANSDUCTIVE_TEMPERATURE`.
        unsure: probability below which the answer is *unsure*.
        top_k: labels to keep of each chip.
        closed: one of the labels is right, as ``transductive`` and ``debiased`` take
            for granted.
        examples: a folder of pictures for each label, in the place of ``labels``.

    Raises:
        QueryError: labels that cannot be, an index without chips, or two ways at once.
    """
    from rsrag.rag.looking.calibration import sharpen
    from rsrag.rag.looking.home import home_of
    from rsrag.rag.looking.scene import (
        humbled,
        label_shares,
        label_vectors,
        scene_labels,
        temperature_of,
        unlike,
    )
    from rsrag.rag.looking.transduction import debias, softmax, transduce

    if transductive and debiased:
        raise QueryError("--transductive and --debias are two ways: choose one.")
    encoder, manifest = generation.encoder, generation.manifest
    shown = None if examples is None else example_classes(examples, encoder, labels)
    labels = list(shown.labels if shown else labels or scene_labels())
    texts = shown.vectors if shown else label_vectors(labels, encoder)
    parts = manifest.part_paths(generation.folder)
    ids, names, outlines, vectors = _chips(parts, encoder.identity.dim)
    if not ids:
        raise QueryError(f"The index {manifest.name} holds no chip.")
    if (transductive or debiased) and len(ids) < LEAST_TOGETHER:
        raise QueryError(
            f"The index {manifest.name} holds {len(ids)} of the {LEAST_TOGETHER} chips "
            "that it takes to label an archive as a whole.",
            hint="leave out --transductive and --debias",
        )
    cosines = vectors @ texts.T
    home = None if shown else home_of(encoder)
    own = shown.temperature if shown else temperature_of(encoder)
    own = home.temperature_for(vectors) if home else own
    divided = temperature or (TRANSDUCTIVE_TEMPERATURE if transductive else own)
    if transductive:
        shares = sharpen(transduce(vectors, cosines / own), divided)
    elif debiased:
        shares = softmax(debias(cosines / divided))
    elif shown:
        shares, _ = shown.shares(vectors, temperature=divided, closed=closed)
    else:
        scenes = None if closed else label_vectors(scene_labels(), encoder)
        others = None if scenes is None else unlike(texts, scenes)
        shares, _ = label_shares(vectors, texts, divided, others)
    odd = home.odd(vectors) if home else np.zeros(len(vectors), np.bool_)
    closed = closed or transductive or debiased
    shares = humbled(shares, odd, closed=closed)
    best = np.argsort(-shares, axis=1, kind="stable")
    held = np.take_along_axis(shares, best, axis=1).cumsum(axis=1)
    needed = (held < COVER).sum(axis=1) + 1
    results = []
    for row, order in enumerate(best):
        scores = tuple(
            LabelScore(labels[at], float(shares[row, at]), float(cosines[row, at]))
            for at in order[: max(1, top_k, needed[row])]
        )
        results.append(
            Classified(
                names[row],
                scores[0].label,
                scores[0].probability,
                scores[0].probability < unsure,
                scores,
                (),
                outlines[row],
                max(0.0, 1 - float(shares[row].sum())),
                bool(odd[row]),
            )
        )
    doubts = home.doubts(vectors, encoder.identity.id) if home else ""
    doubts = shown.doubts if shown else doubts
    return LabelledIndex(tuple(ids), tuple(results), divided, doubts)


def _chips(
    parts: Sequence[Path], dim: int
) -> tuple[list[str], list[str], list[bytes | None], Vectors]:
    """Id, source, outline and vector of each chip."""
    from rsrag.indexing.format.chip_schema import EMBEDDING
    from rsrag.indexing.format.parts import read_parts

    ids: list[str] = []
    names: list[str] = []
    outlines: list[bytes | None] = []
    rows: list[Vectors] = [np.empty((0, dim), np.float32)]
    for table in read_parts(parts, ["id", "source", "geometry", EMBEDDING]):
        ids += table["id"].to_pylist()
        names += table["source"].to_pylist()
        outlines += table["geometry"].to_pylist()
        flat = table[EMBEDDING].combine_chunks().flatten().to_numpy()
        rows.append(flat.reshape(-1, dim))
    return ids, names, outlines, np.concatenate(rows)


def labelled_mappings(found: LabelledIndex, top_k: int) -> list[dict[str, Any]]:
    """As :func:`~rsrag.rendering.answers.classes.classified_mapping`, with ids."""
    from rsrag.rendering.answers.classes import classified_mapping

    return [
        {"id": id, **classified_mapping(one, top_k)}
        for id, one in zip(found.ids, found.results, strict=True)
    ]


def labelled_geojson(mappings: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """Outlines of the chips with their labels, as a FeatureCollection (RFC 7946)."""
    features = []
    for mapping in mappings:
        properties = dict(mapping)
        geometry = properties.pop("geometry")
        features.append(
            {
                "type": "Feature",
                "id": properties.pop("id"),
                "geometry": geometry,
                "properties": properties,
            }
        )
    return {"type": "FeatureCollection", "features": features}


def labelled_text(found: LabelledIndex) -> str:
    """How many chips carry each label."""
    from rsrag.rendering.text_table import text_table

    rows = [(label, f"{count:,}") for label, count in found.counts()]
    return text_table(("LABEL", "CHIPS"), rows) + (
        f"{len(found.ids):,} chips; probabilities at temperature "
        f"{found.temperature:.4g}.\n"
    )
