"""Does the evidence hold up what a sentence says?

A language model, a small one above all, writes what sounds right. Each of its
sentences is therefore held against the evidence it cites, and what is not there is
taken out, with the reason. The check is made of words and their order, not of another
model: every number, month and name must stand in *one sentence* of the cited evidence,
and each clause must lie in one of its clauses (:mod:`rsrag.rag.saying.alignment`). It
refuses many sentences that are true, and may pass one that is not: no parser and no
knowledge of the world stands behind it.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from rsrag.answers import Citation, Evidence
from rsrag.rag.saying.alignment import UNSAID, misaligned
from rsrag.rag.saying.claims import Claims, words_of
from rsrag.rag.saying.fact_reading import same_fact
from rsrag.rag.saying.instructions import data_sentences
from rsrag.rag.saying.sentences import content_words, sentences
from rsrag.retrieval.entailment import Entailment

AGAINST, FOLLOWS = 0.5, 0.9
"""Probabilities of contradiction and entailment by which an NLI model decides."""
_CITATION = re.compile(r"\s*\[(\d+(?:\s*,\s*\d+)*)\]")
_LOOSE = re.compile(r"\s*\[[^\]\d][^\]]{0,40}\]")


@dataclass(frozen=True, slots=True)
class Grounded:
    """A text after the check: sentences that were kept, cited anew from ``[1]``.

    ``lines`` are bare, each with the numbers it cites; ``removed`` says why.
    """

    text: str
    lines: tuple[tuple[str, tuple[int, ...]], ...]
    citations: tuple[Citation, ...]
    removed: tuple[tuple[str, str], ...]


def ground(
    text: str, evidence: Sequence[Evidence], nli: Entailment | None = None
) -> Grounded:
    """Keep the sentences that the evidence, numbered from 1, holds up, and cite it.

    A sentence that cites nothing, or the wrong number, is kept under the evidence that
    does hold it up, if any does. ``nli`` judges each besides (:func:`unsupported`).
    """
    kept: list[tuple[str, list[int]]] = []
    removed: list[tuple[str, str]] = []
    said: set[str] = set()
    for sentence in sentences(text):
        cited = cited_numbers(sentence)
        bare = strip_citations(sentence)
        if not content_words(bare) or bare.casefold() in said:
            continue
        said.add(bare.casefold())
        in_range = [n for n in cited if 1 <= n <= len(evidence)]
        rest = [n for n in range(1, len(evidence) + 1) if n not in in_range]
        why = ""
        for number in [*in_range, *rest]:
            reason = unsupported(bare, evidence[number - 1], nli)
            if not reason:
                kept.append((bare, [number]))
                break
            why = why or reason
        else:
            removed.append((bare, why or "there is no evidence"))
    order: list[int] = []
    for _, numbers in kept:
        order += [n for n in numbers if n not in order]
    place = {number: i for i, number in enumerate(order, start=1)}
    lines = tuple((bare, tuple(place[n] for n in numbers)) for bare, numbers in kept)
    citations = tuple(Citation(place[n], evidence[n - 1]) for n in order)
    text = " ".join(cite(bare, numbers) for bare, numbers in lines)
    return Grounded(text, lines, citations, tuple(removed))


def holds_up(sentence: str, evidence: Sequence[Evidence]) -> bool:
    """Whether a sentence is a quote of one piece of evidence, or passes the check."""
    said = " ".join(sentence.split()).rstrip(" .")
    return any(
        said in " ".join(one.text.split()) or unsupported(sentence, one) is None
        for one in evidence
    )


def unsupported(
    sentence: str, evidence: Evidence, nli: Entailment | None = None
) -> str | None:
    """Why one piece of evidence does not hold up a sentence; ``None`` if it does.

    ``nli`` drops what goes against a sentence of the evidence, and lets stand what
    follows from one in other words. Numbers, names, denials and limits are not its
    affair: they are held to the letter.
    """
    topic = evidence.landmark or ""
    if evidence.kind == "fact" and same_fact(sentence, evidence.text, topic):
        return None
    claims = Claims.of(sentence)
    why: str | None = "there is no text to support it"
    aligned: str | None = None
    for part in data_sentences(evidence.text):
        if sentence.strip(" .") == part.strip(" ."):
            return None
        reason = _unsupported_by(claims, part, topic)
        worded = None if reason else misaligned(sentence, part, topic)
        if nli is not None and reason is None:
            verdict = nli(part, sentence)
            if verdict.contradicts >= AGAINST:
                worded = "it goes against the evidence, an NLI model says"
            elif worded and worded.startswith(UNSAID) and verdict.entails >= FOLLOWS:
                worded = None
        if reason is None and worded is None:
            return None
        # What a sentence that speaks of the same lacks says more.
        aligned = worded or aligned
        why = reason or why
    return aligned or why


def _unsupported_by(claims: Claims, part: str, topic: str) -> str | None:
    """What a sentence has that is not there at all, whatever it says of it."""
    held, about = Claims.of(part), Claims.of(f"{topic}.")
    if extra := claims.numbers - held.numbers - about.numbers:
        listed = ", ".join(f"{number:g}" for number in sorted(extra))
        return f"the evidence does not hold the number {listed}"
    if months := claims.months - held.months:
        return f"the evidence does not speak of {', '.join(sorted(months)).title()}"
    known = words_of(part) | words_of(f"{topic}.")
    if names := claims.names - known:
        return f"the evidence does not name {', '.join(sorted(names)).title()}"
    return None


def cited_numbers(sentence: str) -> list[int]:
    """Numbers of the ``[n]`` and ``[n, m]`` of a sentence, in order."""
    return [
        int(number)
        for group in _CITATION.findall(sentence)
        for number in group.split(",")
    ]


def strip_citations(sentence: str) -> str:
    """The sentence without its ``[n]`` (and without ``[source]`` and the like)."""
    return _LOOSE.sub("", _CITATION.sub("", sentence)).strip()


def cite(sentence: str, numbers: Sequence[int]) -> str:
    """The sentence with ``[n]`` before its full stop."""
    marks = "".join(f" [{number}]" for number in numbers)
    body = sentence.rstrip()
    end = body[-1] if body and body[-1] in ".!?" else "."
    return f"{body.rstrip('.!?')}{marks}{end}"
