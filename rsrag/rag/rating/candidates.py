"""Sentences that may answer, and what embeds them."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

from rsrag.answers import Evidence

if TYPE_CHECKING:
    from rsrag.types import Vectors


class SentenceReader(Protocol):
    """Embeds sentences, and their pieces."""

    def encode(self, texts: Sequence[str]) -> "Vectors":
        """``(n, dim)`` float32 unit rows."""

    def encode_pieces(
        self, texts: Sequence[str]
    ) -> list[tuple[list[tuple[int, int]], "Vectors"]]:
        """Of each text where its pieces begin and end, and their unit rows."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """A sentence that may answer.

    Attributes:
        text: the sentence.
        piece: the evidence that it stands in.
        place: which sentence of it, from 0.
        heading: over it: title or landmark.
        label: what it stands under, a question or a few words.
        before: the sentence before it in its piece.
        probability: that it answers, once it was rated.
        vector: ``(dim,)`` float32 unit row of :attr:`in_place`, where it is kept.
    """

    text: str
    piece: Evidence
    place: int = 0
    heading: str = ""
    before: str = ""
    label: str = ""
    probability: float = 0.0
    vector: "Vectors | None" = field(default=None, compare=False, repr=False)

    @property
    def in_place(self) -> str:
        """With what stands over it, as it is embedded."""
        return f"{self.heading}. {self.told}" if self.heading else self.told

    @property
    def told(self) -> str:
        """With its label."""
        return f"{self.label} {self.text}" if self.label else self.text

    @property
    def in_context(self) -> str:
        """With what stands over it, and the sentence before it."""
        over = f"{self.heading}. " if self.heading else ""
        return over + (f"{self.before} {self.told}" if self.before else self.told)
