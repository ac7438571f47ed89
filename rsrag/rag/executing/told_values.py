"""The value that a question asks of landmarks, reckoned and judged as it asks."""

import re
from collections.abc import Sequence
from itertools import chain

from rsrag.knowledge.catalogue.catalogue import Catalogue
from rsrag.knowledge.catalogue.landmark_names import fold
from rsrag.rag.answering.fact_answers import answer_fact
from rsrag.rag.executing.reckoning import (
    in_unit,
    tell_age,
    tell_duration,
    tell_hemisphere,
)
from rsrag.rag.executing.verdicts import (
    has_verdict,
    holding_first,
    judge,
    judge_claims,
    judge_kind,
    judge_place,
)
from rsrag.rag.querying.account import Understood, weighs
from rsrag.rag.reading.quantities import YEARS
from rsrag.rag.reading.question import LOCATOR, Question
from rsrag.rag.saying.draft import Draft
from rsrag.rag.saying.query_words import quoted
from rsrag.rag.saying.sentences import content_words
from rsrag.records import Landmark
from rsrag.retrieval.wording.evidence import fact_evidence

_LEFT = 0.7
_FOR = re.compile(
    r"\bfor\s+whom\b|\bwho(?:m)?\b.*(?<!named )\bfor\W*$|"
    r"\bwhat\b.*\b(?:built|made|erected|constructed|created)\s+for\W*$",
    re.IGNORECASE,
)
_AND = re.compile(r"[,;&?/+]|\b(?:and|or|plus|as well as|how|wh\w+)\b", re.IGNORECASE)
_HOW_MANY = re.compile(r"\bhow\s+many\b", re.IGNORECASE)
_DATES = frozenset({"day", "date", "month", "year", "time"})
_LISTS = re.compile(r"\s*,\s*(?:and\s+)?|\s+and\s+")


def answer_value(
    understood: Understood,
    question: Question,
    catalogue: Catalogue,
    exclude: frozenset[str] = frozenset(),
) -> Draft | None:
    """The values, a verdict, or a refusal; ``None`` where no fact answers.

    Words that were left over must stand in what is held of the landmark. Those that do
    not cost confidence; where they may turn the answer (*after it was rebuilt*), none
    is given.
    """
    query, groups = understood.query, understood.groups
    draft: Draft | None
    left = list(query.left_over)
    if query.wants in ("age", "duration") and groups:
        draft = Draft("fact")
        if query.wants == "age":
            tell_age(draft, groups, catalogue, exclude, query.variables)
        else:
            tell_duration(draft, groups, catalogue, exclude)
    elif query.variables == (("hemisphere",),) and groups:
        draft = Draft("place")
        tell_hemisphere(draft, groups)
    else:
        asked = query.variables
        if query.wants == "yes" and len(groups) == 1:
            asked = holding_first(query, groups[0], catalogue)
        draft = answer_fact(asked, query.time, groups, catalogue, exclude)
    if query.wants == "yes" and groups:
        if draft is not None and draft.refusal is None:
            judge(draft, query, question.text, catalogue)
            settled = judge_claims(draft, query, left, catalogue)
            left = [one for one in left if one not in settled]
        # *Was it a present from France* does not ask where it lies.
        where = all(_known(one, groups, question, catalogue) for one in left)
        if query.place and where and (draft is None or not has_verdict(draft)):
            placed = judge_place(
                groups[0][0], query.place, catalogue, query.negated, exclude
            )
            draft = placed or draft
        elif query.kind is not None:
            draft = judge_kind(groups[0][0], query.kind.split(), catalogue, left)
            left = [] if draft is not None and has_verdict(draft) else left
    if draft is None or draft.refusal is not None:
        return draft
    if query.wants == "value" and (_echoes(draft, question) or _for_whom(question)):
        understood.unheld = True
        return None
    draft.certainty *= understood.certainty
    if not _joined(question, len(query.variables)):
        draft.certainty *= _LEFT
    if _HOW_MANY.search(question.text):
        _count(draft)
    if query.unit is not None and query.wants in ("value", "yes"):
        in_unit(draft, query.unit)
    left = [one for one in left if not _known(one, groups, question, catalogue)]
    left = [one for one in left if not _names_sort(one, draft)]
    if left and weighs(left):
        refused = Draft("fact", refusal=f"not understood: {quoted(left)}")
        refused.nearest = draft.pieces[:3]
        return refused
    if left:
        strange = any(one[:1].isupper() for one in left)
        draft.certainty *= _LEFT * _LEFT if strange else _LEFT
        draft.notes.append(f"not understood: {quoted(left)}")
    return draft


def _names_sort(words: str, draft: Draft) -> bool:
    """*What day did it open*, *the number of floors*: the sort of the value told."""
    said = set(words.lower().split())
    dated = all(fact.variable in YEARS for fact, _ in draft.told)
    counted = all(fact.number is not None for fact, _ in draft.told)
    return (dated and said <= _DATES) or (counted and said <= {"number", "total"})


def _echoes(draft: Draft, question: Question) -> bool:
    """Whether all values stand in the question: *what makes it pink* is not *pink*.

    Those in a name do not: the category of *Jackson Hole Airport* is airport.
    """
    asked = set(content_words(question.nameless))
    told = [fact for fact, _ in draft.told]
    if any(fact.number is not None for fact in told) or " or " in question.text:
        return False
    values = [set(content_words(fact.value)) for fact in told]
    return bool(values) and all(words and words <= asked for words in values)


def _for_whom(question: Question) -> bool:
    """*Who was it built for*: not who built it; *what for*: not when."""
    return bool(_FOR.search(question.text))


def _joined(question: Question, count: int) -> bool:
    """Whether several things are asked for by turns, not one of another.

    *Who built the locks* asks neither for the builder nor for the locks.
    """
    after_first = question.masked.lstrip().partition(" ")[2]
    return count < 2 or bool(_AND.search(after_first))


def _count(draft: Draft) -> None:
    """Say how many a value lists (*Laos, Myanmar, Vietnam*), where it is a list."""
    if len(draft.told) != 1 or draft.told[0][0].number is not None:
        return
    fact, landmark = draft.told[0]
    parts = _LISTS.split(fact.value)
    if len(parts) > 1 and not any(c.isdigit() for c in fact.value):
        draft.say(f"That is {len(parts)}", fact_evidence(fact, landmark))
        draft.value, draft.rewordable = str(len(parts)), False


def _known(
    words: str,
    groups: Sequence[Sequence[Landmark]],
    question: Question,
    catalogue: Catalogue,
) -> bool:
    """Whether words stand in what is held of the landmarks, or only locate."""
    wanted = set(content_words(words))
    for landmark in chain.from_iterable(groups):
        held = [landmark.name, landmark.category or "", *landmark.aliases]
        held += [
            f"{f.value} {f.variable.replace('_', ' ')}"
            for f in catalogue.facts(landmark.id)
        ]
        if wanted and wanted <= set(content_words(" ".join(held))):
            return True
        if any(f" {fold(words)} " in f" {fold(one)} " for one in held):
            return True
    before = question.text[: max(0, question.text.find(words))]
    for surface in question.surfaces:
        if surface in before and words in question.unknown:
            return bool(LOCATOR.fullmatch(before.rpartition(surface)[2]))
    return not (wanted or weighs([words]))
