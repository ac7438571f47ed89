"""Reading of a question: the places, variables and times that it asks for.

Plain rules over the catalogue's names and the vocabulary of variables, so that the same
question is always understood in the same way, in a few milliseconds.
"""

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from itertools import pairwise

from rsrag.knowledge.catalogue.catalogue import Catalogue
from rsrag.knowledge.catalogue.landmark_names import fold
from rsrag.knowledge.catalogue.mentions import Mention
from rsrag.knowledge.coordinates import WORDED, parse_place
from rsrag.knowledge.periods import periods_in
from rsrag.knowledge.variables import VariableMention, variables, variables_in
from rsrag.rag.reading.cut_short import apart_at_joins, cut_names, meant_by
from rsrag.rag.reading.plain_wording import plain_question
from rsrag.rag.reading.unknown import misspelt_spans, name_phrases, no_names

_HERE = re.compile(
    r"\b(?:here|th(?:is|ese)\s+(?:\w+\s+){0,2}?(?:place|site|landmark|location|spot|"
    r"point|area|region|image|picture|photo|scene|chip|structure|building)s?|"
    r"the\s+(?:place|site|landmark|location|spot|image|picture|photo|scene|chip)\b|"
    r"(?:shown|pictured|depicted|captured)\b)",
    re.IGNORECASE,
)
_POINTING = re.compile(r"\b(?:this|that|these|those)\s+$", re.IGNORECASE)
"""*This lake* is the place that is asked about, not a lake of it."""
_ANGLE = (
    r"\d{1,3}(?:\.\d+)?\s*°?(?:\s*\d+(?:\.\d+)?\s*['′’]\s*)?"
    r"(?:\d+(?:\.\d+)?\s*[\"″]\s*)?"
)
_COORDINATES = re.compile(
    rf"{_ANGLE}\s*[NS]\b\s*[,;/]?\s*{_ANGLE}\s*[EW]\b|"
    rf"{_ANGLE}\s*[EW]\b\s*[,;/]?\s*{_ANGLE}\s*[NS]\b|"
    r"(?<![\w.])[+-]?\d{1,2}\.\d+\s*[,;]\s*[+-]?\d{1,3}\.\d+(?![\w.])|"
    rf"{WORDED}(?![\w.])"
)
LOCATOR = re.compile(
    r"\s*(?:,|\(|\bin\b|\bat\b|\bnear\b|\bof\b|\bon\b)\s*(?:the\s+)?", re.I
)

_PLANET = frozenset({"earth", "planet earth", "world", "whole world", "globe"})
_AND = re.compile(r"\s*(?:,|&|,?\s*\b(?:and|or)\b)\s*(?:\b(?:the|its)\b\s*)?", re.I)
_WEAK = 0.7
"""Words that may ask for a variable are passed over beside words that surely do."""


@dataclass(frozen=True, slots=True)
class Question:
    """A question, read.

    Attributes:
        text: as asked.
        places: for each place that it names, in order, the ids of the landmarks that
            carry the name.
        surfaces: how each of them was typed.
        unknown: names in it that the knowledge does not hold.
        topic_unknown: the unknown name is what the question is about.
        variables: what it asks for, candidates in order; one group each.
        periods: for which times (``2019-01``).
        at: ``(lon, lat)`` that it gives in degrees, if it does.
        here: it speaks of *this place*, or *here*.
        notes: how it was read, where that was not letter for letter.
        masks: spans of names and times.
        masked: the text with these blanked out.
    """

    text: str
    places: tuple[tuple[str, ...], ...]
    surfaces: tuple[str, ...]
    unknown: tuple[str, ...]
    topic_unknown: bool
    variables: tuple[tuple[VariableMention, ...], ...]
    periods: tuple[str, ...]
    at: tuple[float, float] | None
    here: bool
    notes: tuple[str, ...]
    masks: tuple[tuple[int, int], ...]
    masked: str

    @property
    def nameless(self) -> str:
        """The text with each place blanked out, where it is named first."""
        spans = []
        for surface in self.surfaces:
            start = self.text.find(surface)
            if start >= 0:
                spans.append((start, start + len(surface)))
        return blank(self.text, spans)

    def groups(
        self, own: Collection[str], masks: Collection[tuple[int, int]] = ()
    ) -> tuple[tuple[VariableMention, ...], ...]:
        """What is asked for, where a landmark has variables of its own besides."""
        return asked_variables(self.text, [*self.masks, *masks], own)


def read_question(text: str, catalogue: Catalogue) -> Question:
    """Find places, times and variables in a question."""
    text, notes = plain_question(text, catalogue)
    point = _COORDINATES.search(text)
    at = parse_place(point.group()) if point else None
    given = [point.span()] if point else []
    mentions = catalogue.mentions(blank(text, given))
    whole = [mention for mention in mentions if mention.whole]
    spans = [*given, *((mention.start, mention.end) for mention in whole)]
    times = periods_in(blank(text, spans))
    time_spans = [(time.start, time.end) for time in times]
    spoken = variables_in(text, [*spans, *time_spans])
    partial = [m for m in mentions if not m.whole]
    codes = no_names(text, spoken)
    phrases = name_phrases(
        text, [*spans, *time_spans, *codes], [(m.start, m.end) for m in partial]
    )
    if not whole and not phrases:
        phrases = misspelt_spans(text, [*time_spans, *codes], catalogue)
    taken = [*spans, *time_spans, *codes, *phrases]
    phrases = sorted([*phrases, *cut_names(text, taken, catalogue)])
    phrases = [
        span for phrase in phrases for span in apart_at_joins(text, phrase, catalogue)
    ]
    # Coordinates beyond the Earth are a place that nobody knows.
    unknown = [point.group()] if point and at is None else []
    for start, end in phrases:
        surface = text[start:end]
        if fold(surface) in _PLANET or any(_is_variable(surface, v) for v in spoken):
            continue
        same = catalogue.named(surface)
        found = None
        if not same:
            longer, found = meant_by(surface, text, catalogue)
            same = list(longer)
            notes += [f"read {surface!r} as {one.name!r}" for one in longer[:1]]
        if same:
            # A name of everyday words beside another name: "Grey Tower and Old Mill".
            ids = tuple(landmark.id for landmark in same)
            whole.append(Mention(start, end, surface, ids, True))
            spans.append((start, end))
        elif found is None:
            unknown.append(surface)
            spans.append((start, end))
        else:
            notes.append(f"read {surface!r} as {found[0]!r}")
            whole.append(Mention(start, end, surface, found[1], True))
            spans.append((start, end))
    whole.sort(key=lambda mention: mention.start)
    topic_unknown, whole = _topic(text, whole, unknown)
    masks = (*spans, *time_spans)
    masked = blank(text, masks)
    return Question(
        text=text,
        places=tuple(mention.landmark_ids for mention in whole),
        surfaces=tuple(mention.surface for mention in whole),
        unknown=tuple(unknown),
        topic_unknown=topic_unknown,
        variables=asked_variables(text, masks),
        periods=tuple(dict.fromkeys(time.period for time in times)),
        at=at,
        here=bool(_HERE.search(masked)),
        notes=tuple(notes),
        masks=masks,
        masked=masked,
    )


def _is_variable(surface: str, spoken: VariableMention) -> bool:
    """Whether capitals are those of a variable: its phrase may reach over a name."""
    known = variables().get(spoken.variable)
    if known is None:
        return fold(surface) == fold(spoken.surface)
    words = fold(" ".join([known.name, known.label, *known.synonyms])).split()
    return set(fold(surface.replace("_", " ")).split()) <= set(words)


def _topic(
    text: str, whole: list[Mention], unknown: Sequence[str]
) -> tuple[bool, list[Mention]]:
    """Whether the question is about an unknown name; known ones that only say where.

    In *the height of Zorblax Tower in Paris*, Paris is where, not what.
    """
    kept = []
    for mention in whole:
        before = text[: mention.start]
        for name in unknown:
            at = before.rfind(name)
            if at >= 0 and LOCATOR.fullmatch(before[at + len(name) :]):
                break
        else:
            kept.append(mention)
    return bool(unknown) and not kept, kept


def blank(text: str, spans: Sequence[tuple[int, int]]) -> str:
    """The text with spans overwritten by spaces, so that places stay the same."""
    letters = list(text)
    for start, end in spans:
        letters[start:end] = " " * (end - start)
    return "".join(letters)


def asked_variables(
    text: str, masks: Collection[tuple[int, int]], own: Collection[str] = ()
) -> tuple[tuple[VariableMention, ...], ...]:
    """Variables that a text asks for, as :attr:`Question.variables` has them.

    Candidates for the same words stand together. What is only weakly asked for counts
    where *and* joins it to what surely is. ``masks`` are spans of names and times; the
    vocabulary need not hold those of ``own``.
    """
    mentions = [
        spoken
        for spoken in variables_in(text, masks, own)
        if not _POINTING.search(text[: spoken.start])
    ]
    groups: dict[int, list[VariableMention]] = {}
    for mention in sorted(mentions, key=lambda m: -m.score):
        for group in groups.values():
            if group[0].start < mention.end and mention.start < group[0].end:
                group.append(mention)
                break
        else:
            groups[mention.start] = [mention]
    best = max((group[0].score for group in groups.values()), default=0.0)
    ordered = [groups[start] for start in sorted(groups)]
    sure = [group[0].score >= _WEAK * best for group in ordered]
    joined = [
        bool(_AND.fullmatch(text[a[0].end : b[0].start])) for a, b in pairwise(ordered)
    ]
    return tuple(
        tuple(group)
        for i, group in enumerate(ordered)
        if sure[i]
        or (i > 0 and joined[i - 1] and sure[i - 1])
        or (i + 1 < len(ordered) and joined[i] and sure[i + 1])
    )
