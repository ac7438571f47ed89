"""Answers as text for a person, as JSON, and their evidence as GeoJSON for a map."""

import json
import re
import textwrap
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from rsrag.answers import Answer, Evidence
from rsrag.columns.outlines import geometry_mapping
from rsrag.errors import ConfigError
from rsrag.rendering.text_table import printable

_WIDTH = 88
_LONGEST = 320
_MARK = re.compile(r" \[\d+\]")


def answer_text(
    answer: Answer, *, width: int = _WIDTH, ascii_only: bool = False
) -> str:
    """The answer, and under it what each ``[n]`` stands for."""
    blocks = [_wrap(answer.text, width)]
    said = _MARK.sub("", answer.text)
    for citation in answer.citations:
        piece = citation.evidence
        head = " · ".join(
            printable(part)
            for part in (piece.kind, piece.landmark or "", piece.source, piece.licence)
            if part
        )
        mark = f"[{citation.number}] "
        lines = [mark + head]
        if piece.text.rstrip(".") not in said:
            lines.append(_wrap(_cut(piece.text), width, indent=" " * len(mark)))
        blocks.append("\n".join(lines))
    lines = "\n\n".join(blocks).split("\n")
    return "".join(f"{printable(line, ascii_only=ascii_only)}\n" for line in lines)


def prompt_text(answer: Answer) -> str:
    """What the model was sent, or that none was; a blank line behind it."""
    prompt = answer.prompt or "No model was asked."
    return "".join(f"{printable(line)}\n" for line in [*prompt.split("\n"), ""])


def understood_text(answer: Answer) -> str:
    """What each question was read as, a line of JSON each."""
    lines = (json.dumps(one, ensure_ascii=False) for one in answer.understood)
    return "".join(f"understood: {printable(line)}\n" for line in lines)


def answer_mapping(answer: Answer, *, with_prompt: bool = False) -> dict[str, Any]:
    """An answer as plain JSON values; every key is always there.

    Args:
        with_prompt: also ``prompt``, as it was sent.
    """
    mapping: dict[str, Any] = {
        "question": answer.question,
        "text": answer.text,
        "value": answer.value,
        "route": answer.route,
        "grounded": answer.grounded,
        "refused": answer.refused,
        "asks_back": answer.asks_back,
        "confidence": answer.confidence,
        "citations": [
            {"number": citation.number, **evidence_mapping(citation.evidence)}
            for citation in answer.citations
        ],
        "nearest": [evidence_mapping(piece) for piece in answer.nearest],
        "removed": [
            {"sentence": sentence, "reason": reason}
            for sentence, reason in answer.removed
        ],
        "notes": list(answer.notes),
        "understood": list(answer.understood),
        "context": dict(answer.context),
        "generator": answer.generator,
        "seconds": dict(answer.seconds),
    }
    if with_prompt:
        mapping["prompt"] = answer.prompt
    return mapping


def evidence_mapping(piece: Evidence) -> dict[str, Any]:
    """A piece of evidence as plain JSON values; its geometry is GeoJSON or null."""
    return {
        "kind": piece.kind,
        "id": piece.id,
        "text": piece.text,
        "landmark": piece.landmark,
        "landmark_id": piece.landmark_id,
        "source": piece.source,
        "licence": piece.licence or None,
        "geometry": geometry_mapping(piece.geometry) if piece.geometry else None,
        "score": round(piece.score, 6),
        "scores": {lane: round(score, 6) for lane, score in piece.scores.items()},
    }


def evidence_geojson(answers: Sequence[Answer]) -> dict[str, Any]:
    """The evidence of answers as a FeatureCollection (RFC 7946).

    A citation without a place has a null geometry, which QGIS lists and does not
    draw. For a refusal the features are what was nearest, with ``citation`` null.
    """
    features = []
    for answer in answers:
        cited: list[tuple[int | None, Evidence]] = [
            (citation.number, citation.evidence) for citation in answer.citations
        ]
        cited += [(None, piece) for piece in answer.nearest]
        for number, piece in cited:
            mapping = evidence_mapping(piece)
            geometry = mapping.pop("geometry")
            mapping.pop("scores")
            properties = {
                "question": answer.question,
                "answer": answer.text,
                "citation": number,
                **mapping,
            }
            features.append(
                {"type": "Feature", "geometry": geometry, "properties": properties}
            )
    return {"type": "FeatureCollection", "features": features}


def write_geojson(path: Path, answers: Sequence[Answer]) -> int:
    """Write the evidence of answers to a file.

    Returns:
        How many features have a place.

    Raises:
        ConfigError: the file cannot be written.
    """
    collection = evidence_geojson(answers)
    write_json(path, collection)
    return sum(feature["geometry"] is not None for feature in collection["features"])


def write_json(path: Path, value: Any) -> None:
    """Write a JSON file.

    Raises:
        ConfigError: it cannot be written.
    """
    text = json.dumps(value, ensure_ascii=False, indent=1, allow_nan=False)
    try:
        path.write_text(text + "\n", encoding="utf-8")
    except OSError as exc:
        raise ConfigError(f"{path} cannot be written: {exc}") from exc


def _wrap(text: str, width: int, indent: str = "") -> str:
    return textwrap.fill(
        text,
        width,
        initial_indent=indent,
        subsequent_indent=indent,
        break_long_words=False,
        break_on_hyphens=False,
    )


def _cut(text: str) -> str:
    if len(text) <= _LONGEST:
        return text
    return text[:_LONGEST].rsplit(" ", 1)[0] + " …"
