"""Labels of pictures as a table, as JSON and as GeoJSON."""

from collections.abc import Sequence
from typing import Any

from rsrag.answers import UNSURE, Classified
from rsrag.columns.outlines import geometry_mapping
from rsrag.rendering.answers.answer_pages import evidence_mapping
from rsrag.rendering.text_table import printable

MOST = 3
"""Labels of a set that is worth telling."""
ODD_WORDS = "It is like nothing that the encoder was trained on."


def classes_text(results: Sequence[Classified], top_k: int) -> str:
    """One block a picture: its label, the next ones, and what spoke for it."""
    blocks = []
    for one in results:
        label = f"{one.said} (likeliest: {one.label})" if one.unsure else one.label
        if one.said == UNSURE and 1 < len(one.one_of) <= MOST:
            label = f"{UNSURE}, one of {', '.join(one.one_of)}"
        ranked = ", ".join(
            f"{score.label} {score.probability:.2f}" for score in one.scores[:top_k]
        )
        lines = [f"{one.name}: {label}", f"  {ranked}"]
        lines += [f"  - {ODD_WORDS}"] if one.odd else []
        lines += [f"  - {one.doubts}"] if one.doubts else []
        lines += [f"  - {piece.text} ({piece.source})" for piece in one.evidence]
        blocks += lines
    return "".join(f"{printable(line)}\n" for line in blocks)


def classified_mapping(one: Classified, top_k: int) -> dict[str, Any]:
    """A label as plain JSON values; every key is always there."""
    return {
        "image": one.name,
        "label": None if one.unsure else one.label,
        "likeliest": one.label,
        "probability": round(one.probability, 6),
        "unsure": one.unsure,
        "none": round(one.none, 6),
        "odd": one.odd,
        "doubts": one.doubts,
        "one_of": list(one.one_of),
        "scores": [
            {
                "label": score.label,
                "probability": round(score.probability, 6),
                "similarity": round(score.similarity, 6),
            }
            for score in one.scores[:top_k]
        ],
        "evidence": [evidence_mapping(piece) for piece in one.evidence],
        "geometry": geometry_mapping(one.geometry) if one.geometry else None,
    }


def classes_geojson(results: Sequence[Classified], top_k: int) -> dict[str, Any]:
    """Footprints with their labels as a FeatureCollection (RFC 7946)."""
    features = []
    for one in results:
        mapping = classified_mapping(one, top_k)
        geometry = mapping.pop("geometry")
        features.append(
            {"type": "Feature", "geometry": geometry, "properties": mapping}
        )
    return {"type": "FeatureCollection", "features": features}
