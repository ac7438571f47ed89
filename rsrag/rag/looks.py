"""What an encoder makes of a picture, as evidence that a caption may cite."""

from collections.abc import Iterator

from rsrag.answers import Evidence, LabelScore
from rsrag.interfaces import Encoder
from rsrag.rag.scene import (
    attributes,
    label_vectors,
    scene_labels,
    temperature_of,
    zero_shot,
)
from rsrag.types import Vectors

CLEAR = 0.75
"""An attribute less probable than this is not told."""


def scene_of(
    name: str, vector: Vectors, encoder: Encoder, footprint: bytes | None
) -> Evidence:
    """The likeliest kind of scene; its score is how probable it is.

    Args:
        name: of the picture's file.
        vector: ``(1, dim)`` unit row of the picture.
        encoder: that made it.
        footprint: where the picture lies, lon/lat WKB.
    """
    labels = scene_labels()
    vectors = label_vectors(labels, encoder)
    best = zero_shot(vector, labels, vectors, temperature_of(encoder))[0]
    text = f"The picture looks like {best.label}."
    return _evidence(name, text, best, encoder, footprint)


def attributes_of(
    name: str, vector: Vectors, encoder: Encoder, footprint: bytes | None
) -> Iterator[Evidence]:
    """What covers the ground, and how densely it is built on, where that is clear."""
    for attribute in attributes():
        vectors = label_vectors(attribute.labels, encoder)
        best = zero_shot(vector, attribute.labels, vectors, temperature_of(encoder))[0]
        if best.probability >= CLEAR and best.label in attribute.told:
            text = attribute.sentence.format(best.label)
            yield _evidence(name, text, best, encoder, footprint)


def _evidence(
    name: str,
    text: str,
    best: LabelScore,
    encoder: Encoder,
    footprint: bytes | None,
) -> Evidence:
    return Evidence(
        "chip",
        name,
        text,
        f"{name} seen by {encoder.identity.id}, probability {best.probability:.2f}",
        geometry=footprint,
        scores={"probability": best.probability, "similarity": best.similarity},
        score=best.probability,
    )
