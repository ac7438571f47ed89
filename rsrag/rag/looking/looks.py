"""Looks of a picture to an encoder, as evidence that a caption may cite."""

from collections.abc import Iterator, Sequence
from functools import cached_property

from rsrag.answers import Evidence, LabelScore
from rsrag.interfaces import Encoder
from rsrag.rag.looking.home import Home, home_of
from rsrag.rag.looking.scene import (
    TWIN,
    attributes,
    label_vectors,
    likeness_floor,
    scene_labels,
    temperature_of,
    unlike,
    zero_shot,
)
from rsrag.rag.looking.words_held_up import agreed_caption
from rsrag.types import Hit, Vectors

UNSURE = 0.2
"""A kind of scene less probable than this is not told."""
CLEAR = 0.75
"""An attribute less probable than this is not told."""


class Looks:
    """Tells of pictures by what they are most like.

    The vectors of labels are made when they are first needed, once for all pictures.
    Threads may share it.
    """

    def __init__(self, encoder: Encoder) -> None:
        self.encoder = encoder
        self._vectors: dict[tuple[str, ...], Vectors] = {}

    def scene(self, name: str, vector: Vectors, footprint: bytes | None) -> Evidence:
        """The likeliest kind of scene of a ``(1, dim)`` row, and its probability."""
        best = self._best(vector, scene_labels())
        text = f"The picture looks like {best.label}."
        return self._evidence(name, text, best, footprint)

    def attributes(
        self, name: str, vector: Vectors, footprint: bytes | None
    ) -> Iterator[Evidence]:
        """What covers the ground, and how densely it is built on, where it is clear."""
        for attribute in attributes():
            best = self._best(vector, attribute.labels)
            if best.probability >= CLEAR and best.label in attribute.told:
                text = attribute.sentence.format(best.label)
                yield self._evidence(name, text, best, footprint)

    def of(
        self, name: str, vector: Vectors, near: Sequence[Hit] = ()
    ) -> tuple[list[Evidence], list[str]]:
        """All that may be said of a picture by its looks, the surest first, and notes.

        The kind of scene where it is at least :data:`UNSURE`, what like pictures'
        captions agree on, and attributes.
        """
        scene = self.scene(name, vector, None)
        found = [scene] if scene.score >= UNSURE else []
        agreed = agreed_caption(near, self.floor(vector))
        if agreed is not None:
            found.append(agreed[0])
        found += self.attributes(name, vector, None)
        return found, [*([agreed[1]] if agreed else []), *self.doubts(vector)]

    def vectors(self, labels: tuple[str, ...]) -> Vectors:
        """The vectors of some labels, one row each."""
        if labels not in self._vectors:
            self._vectors[labels] = label_vectors(labels, self.encoder)
        return self._vectors[labels]

    def others(self, labels: tuple[str, ...]) -> Vectors:
        """Vectors of the kinds of scene that none of some labels stands for."""
        return unlike(self.vectors(labels), self.vectors(scene_labels()))

    def odd(self, vector: Vectors) -> bool:
        """Whether a ``(1, dim)`` row is like nothing that the encoder knows."""
        return self._home is not None and bool(self._home.odd(vector)[0])

    def doubts(self, vector: Vectors) -> list[str]:
        """What is to be said of that."""
        name = self.encoder.identity.id
        words = f"the picture is like nothing that {name} was trained on"
        return [words] if self.odd(vector) else []

    def floor(self, vector: Vectors) -> float:
        """The cosine from which chips are like a ``(1, dim)`` row of a picture."""
        return TWIN if self.odd(vector) else likeness_floor(self.encoder)

    def temperature(self, vector: Vectors) -> float:
        """Of the probabilities for a ``(1, dim)`` row: higher away from home."""
        if self._home is None:
            return temperature_of(self.encoder)
        return self._home.temperature_for(vector)

    @cached_property
    def _home(self) -> Home | None:
        return home_of(self.encoder)

    def _best(self, vector: Vectors, labels: tuple[str, ...]) -> LabelScore:
        return zero_shot(
            vector,
            labels,
            self.vectors(labels),
            self.temperature(vector),
            odd=self.odd(vector),
        )[0]

    def _evidence(
        self, name: str, text: str, best: LabelScore, footprint: bytes | None
    ) -> Evidence:
        seen = f"{name} seen by {self.encoder.identity.id}"
        return Evidence(
            "chip",
            name,
            text,
            f"{seen}, probability {best.probability:.2f}",
            geometry=footprint,
            scores={"probability": best.probability, "similarity": best.similarity},
            score=best.probability,
        )
