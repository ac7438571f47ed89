"""Sentences on their way to an answer, each with the evidence it stands on."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from rsrag.answers import Answer, Citation, Evidence
from rsrag.interfaces import Generator
from rsrag.rag.saying.grounding import cite, holds_up
from rsrag.rag.saying.instructions import MARKED, with_orders_quoted
from rsrag.rag.saying.sentences import sentences
from rsrag.records import Fact, Landmark

_NAMED = 3


@dataclass(slots=True)
class Draft:
    """An answer before it is numbered.

    Attributes:
        route: as in :class:`rsrag.answers.Answer`.
        lines: a sentence, without ``[n]``, and what holds it up.
        refusal: why there is no answer; ``nearest`` then holds what came closest.
        certainty: that the right place and variable were understood, 0 to 1.
        told: the facts that were told, and whose they are.
        rewordable: a model may word it anew; ``False`` where the text is a quote.
        asks_back: the refusal is a question to the person.
        checked: sentences that passed the check already.
    """

    route: str
    lines: list[tuple[str, tuple[Evidence, ...]]] = field(default_factory=list)
    value: str | None = None
    refusal: str | None = None
    nearest: Sequence[Evidence] = ()
    notes: list[str] = field(default_factory=list)
    certainty: float = 1.0
    told: list[tuple[Fact, Landmark]] = field(default_factory=list)
    rewordable: bool = False
    asks_back: bool = False
    checked: set[str] = field(default_factory=set)

    def say(self, sentence: str, *evidence: Evidence) -> None:
        """Add a sentence; one that is said already gets more evidence."""
        for place, (said, pieces) in enumerate(self.lines):
            if said == sentence:
                known = {(p.kind, p.id, p.text) for p in pieces}
                new = [p for p in evidence if (p.kind, p.id, p.text) not in known]
                self.lines[place] = (said, (*pieces, *new))
                return
        self.lines.append((sentence, evidence))

    def quote(self, piece: Evidence) -> None:
        """Say what a piece of evidence says."""
        self.say(piece.text, piece)

    @property
    def pieces(self) -> tuple[Evidence, ...]:
        """All evidence so far, each once."""
        every = (piece for _, pieces in self.lines for piece in pieces)
        return tuple({(p.kind, p.id, p.text): p for p in every}.values())

    def answer(self, question: str) -> Answer:
        """Number the evidence in order of first use, and put the text together."""
        if self.refusal is not None:
            return _refusal(self, question)
        order: dict[tuple[str, str, str], int] = {}
        citations: list[Citation] = []
        texts: list[str] = []
        for sentence, evidence in self.lines:
            numbers = []
            for piece in evidence:
                key = (piece.kind, piece.id, piece.text)
                if key not in order:
                    order[key] = len(order) + 1
                    citations.append(Citation(order[key], shown(piece)))
                numbers.append(order[key])
            # What a value or a quote says is not to be broken up by marks.
            record = all(piece.kind == "landmark" for piece in evidence)
            parts = sentences(sentence) if record else [sentence]
            if evidence and all(piece.kind == "fact" for piece in evidence):
                parts = [with_orders_quoted(sentence, links=False)]
            texts += [cite(part, numbers) for part in parts]
        if any(MARKED in one.evidence.text for one in citations):
            self.notes.append(f"the evidence holds {MARKED}: quoted, not followed")
        return Answer(
            question=question,
            text=" ".join(texts),
            route=self.route,
            value=self.value,
            citations=tuple(citations),
            grounded=all(
                said in self.checked or holds_up(said, pieces)
                for said, pieces in self.lines
            ),
            confidence=round(self.certainty, 3),
            notes=tuple(self.notes),
        )


def shown(piece: Evidence) -> Evidence:
    """Evidence as it is shown: what in it speaks to a model is quoted as that."""
    if piece.kind not in ("passage", "fact"):
        return piece
    text = with_orders_quoted(piece.text, links=piece.kind == "passage")
    return piece if text == piece.text else replace(piece, text=text)


def merged(drafts: Sequence[Draft]) -> Draft:
    """The answers to several questions as one; what is refused among them is noted.

    An answer to some of them is as sure as the share of them that it answers. If all
    are refused, so is the whole.
    """
    if len(drafts) == 1:
        return drafts[0]
    answered = [one for one in drafts if one.refusal is None]
    refused = [one for one in drafts if one.refusal is not None]
    notes = [note for one in drafts for note in one.notes]
    if not answered:
        whole = Draft(drafts[0].route)
        whole.refusal = "; ".join(dict.fromkeys(one.refusal or "" for one in refused))
        whole.asks_back = all(one.asks_back for one in refused)
        whole.nearest = [piece for one in refused for piece in one.nearest][:_NAMED]
    else:
        whole = Draft(answered[0].route)
        for one in answered:
            for sentence, evidence in one.lines:
                whole.say(sentence, *evidence)
            whole.checked |= one.checked
            whole.told += one.told
        whole.value = "; ".join(one.value for one in answered if one.value) or None
        share = len(answered) / len(drafts)
        whole.certainty = share * min(one.certainty for one in answered)
        notes += [f"{NOT_HERE.lower()}: {one.refusal}" for one in refused]
    whole.notes = list(dict.fromkeys(notes))
    return whole


@dataclass(frozen=True, slots=True)
class Told:
    """What a model was sent, which of its sentences fell and why, and if any stands."""

    prompt: str
    removed: tuple[tuple[str, str], ...]
    used: bool


def with_told(answer: Answer, told: Told | None, generator: Generator | None) -> Answer:
    """An answer that says what a model had to do with it, if one was asked."""
    if told is None or generator is None:
        return answer
    return replace(
        answer,
        removed=told.removed,
        prompt=told.prompt,
        generator=generator.name if told.used else None,
    )


NOT_HERE = "Not in the knowledge base"
"""How every refusal begins."""


def _refusal(draft: Draft, question: str) -> Answer:
    text = f"{NOT_HERE}: {draft.refusal}."
    if draft.asks_back and draft.refusal is not None:
        text = f"{draft.refusal[:1].upper()}{draft.refusal[1:]}?"
    nearest = tuple(map(shown, draft.nearest))
    if nearest:
        listed = " ".join(
            f"({number}) {short(piece.text)}"
            for number, piece in enumerate(nearest, start=1)
        )
        text = f"{text} Nearest: {listed}"
    return Answer(
        question=question,
        text=text,
        route=draft.route,
        refused=True,
        asks_back=draft.asks_back,
        nearest=nearest,
        notes=tuple(draft.notes),
    )


def short(text: str, longest: int = 160) -> str:
    """The text, or as many of its first words as fit."""
    if len(text) <= longest:
        return text
    return text[:longest].rsplit(" ", 1)[0] + " …"


def listed(names: Sequence[str]) -> str:
    """Names that a question gave, in quotes: ``'Zorblax Lake' or 'Zorblax Bay'``."""
    shown = [repr(short(name, 60)) for name in names[:_NAMED]]
    more = [f"{len(names) - _NAMED} more"] if len(names) > _NAMED else []
    return " or ".join([*shown, *more])
