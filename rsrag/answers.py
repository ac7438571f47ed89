"""Answers and classes: what is said, and the evidence that each claim points to."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from html import escape
from typing import Any, Literal

EvidenceKind = Literal["landmark", "fact", "passage", "chip"]


@dataclass(frozen=True, slots=True)
class Evidence:
    """One thing that an answer may be built on.

    Attributes:
        kind: what it is.
        id: of the record, or of the chip.
        text: one to a few sentences, whole: all that may be said from it.
        source: where it is from; for a chip ``FILE`` or ``ARCHIVE!/MEMBER``.
        licence: of the source; empty for a chip of the user's own archive.
        landmark_id: which landmark it is of, if any.
        landmark: its name.
        geometry: lon/lat WKB of the landmark or the chip, if known.
        scores: rank or score by lane, as ``--explain`` prints them; larger is
            better for scores.
        score: what it was ordered by; larger is better.
        title: of the text that a passage stands in, if it has one.
    """

    kind: EvidenceKind
    id: str
    text: str
    source: str
    licence: str = ""
    landmark_id: str | None = None
    landmark: str | None = None
    geometry: bytes | None = None
    scores: Mapping[str, float] = field(default_factory=dict)
    score: float = 0.0
    title: str | None = None


@dataclass(frozen=True, slots=True)
class Citation:
    """A piece of evidence under the number that the text cites it by.

    Attributes:
        number: 1, 2, …, in order of first use.
        evidence: what it points to.
    """

    number: int
    evidence: Evidence


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer and what it rests on.

    Attributes:
        question: as asked.
        text: sentences, each with its ``[n]``; for a refusal, why and what was
            nearest.
        value: the bare value when the question was for one (``0.45``), else
            ``None``.
        citations: each ``[n]`` of the text, once.
        route: ``fact``, ``place``, ``list``, ``image``, ``caption``, ``passages``:
            which way the question went.
        grounded: every sentence is a quote of what it cites, or passed the check
            against it; so not for a refusal, nor for what was reckoned.
        refused: the knowledge does not hold the answer.
        asks_back: refused, as it is not clear what is meant; the text asks that.
        confidence: 0 to 1; ``docs/answers.md`` says from what.
        nearest: for a refusal, what came closest.
        removed: sentences of the language model that the evidence did not
            support, and why each was left out.
        notes: what the reader should know (a name read with a typo mended).
        understood: what the question was read as, a typed query in JSON for each
            question in it.
        context: what it was about, in JSON, for a question that follows on it.
        prompt: what the language model was sent, if it was asked.
        generator: which language model worded it, or ``None``.
        seconds: time by stage.
    """

    question: str
    text: str
    route: str
    value: str | None = None
    citations: tuple[Citation, ...] = ()
    grounded: bool = False
    refused: bool = False
    asks_back: bool = False
    confidence: float = 0.0
    nearest: tuple[Evidence, ...] = ()
    removed: tuple[tuple[str, str], ...] = ()
    notes: tuple[str, ...] = ()
    understood: tuple[Mapping[str, Any], ...] = ()
    context: Mapping[str, Any] = field(default_factory=dict)
    prompt: str | None = None
    generator: str | None = None
    seconds: Mapping[str, float] = field(default_factory=dict)

    def __str__(self) -> str:
        cited = (f"{number} {words}" for number, words in self._cited())
        return "\n".join([self.text, *cited])

    def _repr_html_(self) -> str:
        """For notebooks; whatever sources and records say is text in it, never HTML."""
        cited = "".join(
            f"<li value={number[1:-1]}>{escape(words)}</li>"
            for number, words in self._cited()
        )
        said = f"<p>{escape(self.text)}</p>"
        return f"{said}<ol>{cited}</ol>" if cited else said

    def _cited(self) -> list[tuple[str, str]]:
        """Each ``[n]`` of the text, and what it stands for on one line."""
        return [
            (f"[{one.number}]", " · ".join(filter(None, _words(one.evidence))))
            for one in self.citations
        ]


def _words(piece: Evidence) -> tuple[str, ...]:
    parts = (piece.kind, piece.landmark or "", piece.text, piece.source, piece.licence)
    return tuple(" ".join(part.split()) for part in parts)


@dataclass(frozen=True, slots=True)
class LabelScore:
    """A label and how well a picture fits it.

    Attributes:
        label: as given.
        probability: 0 to 1.
        similarity: cosine between picture and label.
    """

    label: str
    probability: float
    similarity: float


_MORE_LIKELY = 0.5
NONE_OF_THESE, UNSURE = "none of these", "unsure"
COVER = 0.9
"""Probability that a set of labels holds together."""


@dataclass(frozen=True, slots=True)
class Classified:
    """A picture's label.

    Attributes:
        name: of the picture.
        label: the likeliest.
        probability: 0 to 1.
        unsure: too little speaks for it.
        none: probability that no label is right, 0 to 1.
        odd: it is like nothing that the encoder was trained on.
        doubts: words on examples that contradict each other, if they do.
        scores: all labels, likeliest first.
        evidence: what spoke for it, besides the picture's looks.
        geometry: footprint of the picture, lon/lat WKB, if it has one.
    """

    name: str
    label: str
    probability: float
    unsure: bool
    scores: tuple[LabelScore, ...]
    evidence: tuple[Evidence, ...]
    geometry: bytes | None
    none: float = 0.0
    odd: bool = False
    doubts: str = ""

    @property
    def said(self) -> str:
        """The label, or that none is right, or that it is not sure."""
        if not self.unsure:
            return self.label
        return NONE_OF_THESE if self.none > _MORE_LIKELY else UNSURE

    @property
    def one_of(self) -> tuple[str, ...]:
        """The likeliest, as few as hold :data:`COVER` of the probability together.

        ``None of these`` holds its own, and ends the list where it must be among them.
        """
        held, names = 0.0, []
        ranked = [(one.probability, one.label) for one in self.scores]
        ranked.append((self.none, NONE_OF_THESE))
        for share, name in sorted(ranked, key=lambda one: -one[0]):
            names.append(name)
            held += share
            if held >= COVER:
                break
        return tuple(names)
