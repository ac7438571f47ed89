"""Does a sentence say what one clause of the evidence says, in its order?

Each clause of the sentence must lie in one clause of the evidence: subject, verb and
object in the same order and with nothing new, each phrase after the same preposition,
numbers with what follows them, the same denials, and no limit (*most of*, *may*) left
out. What stands in none is a change of meaning, or cannot be told from one.
"""

import re
from collections.abc import Sequence
from dataclasses import replace

from rsrag.rag.reading.words import word_list
from rsrag.rag.saying.clauses import ADVERBS, PRONOUNS, Clause, clauses, is_verb
from rsrag.rag.saying.plain_forms import implied, plain
from rsrag.rag.saying.sentences import content_tokens, folded, stem

UNSAID = "no clause of the evidence says"
_DENIALS = word_list("denials")
_LIMITS = word_list("limits")
_MAY_GO = ADVERBS - {"first", "last"} - _DENIALS
_FREE = frozenset({"", "because", "while", "when", "whereas"})
"""Clauses after these are true by themselves."""
_ITS = re.compile(r"\b[Ii]ts ([\w-]+)")
_CAPITAL = re.compile(r"\b[A-Z][\w'’.-]*")


def misaligned(sentence: str, evidence: str, topic: str = "") -> str | None:
    """Why a sentence of evidence does not say a sentence; ``None`` if it does.

    ``topic``: name of the landmark that the evidence is of; *it* means that.
    """
    sentence, evidence = plain(sentence), plain(evidence)
    names = {stem(folded(one)) for one in _CAPITAL.findall(f"{sentence} {topic}")}
    about = [stem(word) for word in content_tokens(topic)]
    held = clauses(evidence)
    if topic:
        owned = _ITS.sub(rf"\1 of {topic}", evidence)
        held += clauses(owned) if owned != evidence else []
    held += [clause for other in implied(evidence) for clause in clauses(other)]
    before: set[int] = set()
    for place, said in enumerate(clauses(sentence)):
        forms = [(n, f) for n, one in enumerate(held) for f in _forms(one, about)]
        found = {
            number
            for number, form in forms
            for mine in (said, *_it(said, about))
            if _within(mine, form, names, about)
        }
        found, reason = _kept(said, held, found)
        if said.marker:
            found = {
                number
                for number in found
                if held[number].marker == said.marker and number - 1 in before
            }
        if not found:
            told = " ".join(said.words)
            return reason or f"{UNSAID} {told!r}"
        if place and said.topic and not said.verb:
            return f"it is not said what {' '.join(said.words)!r} belongs to"
        before = found
    return None


def _forms(held: Clause, about: Sequence[str]) -> list[Clause]:
    """A clause, and the same with the landmark's name for *it*, or for *the tower*."""
    found = [held]
    for place, token in enumerate(held.core):
        if about and (token in PRONOUNS or (token in about and place == 0)):
            core = [*held.core[:place], *about, *held.core[place + 1 :]]
            found.append(replace(held, core=core))
    return found


def _it(said: Clause, about: Sequence[str]) -> list[Clause]:
    """A clause with the landmark's name for an *it* at its end, to which it is done."""
    if not about or said.core[-1:] != ["it"]:
        return []
    return [replace(said, core=[*said.core[:-1], *about])]


def _kept(
    said: Clause, held: Sequence[Clause], found: set[int]
) -> tuple[set[int], str | None]:
    """Clauses whose denials and limits a sentence keeps; else what it does not."""
    if not said.verb:
        return found, None
    kept, reason = set(), None
    for number in sorted(found):
        lost = sorted(_some(held[number], _LIMITS) - _some(said, _LIMITS))
        if bool(_some(said, _DENIALS)) != bool(_some(held[number], _DENIALS)):
            denies = bool(_some(said, _DENIALS))
            reason = (
                "it denies what the evidence does not"
                if denies
                else "it leaves out a 'not' of the evidence"
            )
        elif lost:
            reason = f"it leaves out {lost[0]!r}"
        else:
            kept.add(number)
    return kept, reason


def _within(said: Clause, held: Clause, names: set[str], about: Sequence[str]) -> bool:
    if said.marker != held.marker and (said.marker or held.marker not in _FREE):
        return False
    if not said.core or not _in_order(said, held.core, names, about):
        return False
    start = 0
    for name, tokens in said.phrases:
        for place in range(start if name == "in" else 0, len(held.phrases)):
            other, there = held.phrases[place]
            if other == name and _whole(tokens, there, about):
                break
        else:
            return False
    return True


def _some(clause: Clause, words: frozenset[str]) -> set[str]:
    denied = {"not" for word in clause.words if word.endswith("n't")}
    return {*clause.words, *denied} & words


def _in_order(
    clause: Clause, held: Sequence[str], names: set[str], about: Sequence[str]
) -> bool:
    """Whether a core lies in another, with nothing left out amid that matters."""
    said = [one for one in clause.core if one not in _DENIALS]
    held = [one for one in held if one not in _DENIALS]
    for start in (i for i, token in enumerate(held) if said and token == said[0]):
        end = _matched(said, held, start, about)
        alone = not clause.verb and start > 0 and is_verb(held[start - 1])
        if end is None or not (alone or _may_begin(held, start, names, about)):
            continue
        after = held[end] if end < len(held) else None
        if after == "of" and list(held[end + 1 :]) == list(about):
            after = None
        last = said[-1]
        if after is None or not (last[0].isdigit() or is_verb(last) or after == "of"):
            return True
    return False


def _matched(
    said: Sequence[str], held: Sequence[str], start: int, about: Sequence[str]
) -> int | None:
    """Where the last token stands, plus one; ``None`` if something amid is missing."""
    place = start
    for token in said:
        while place < len(held) and held[place] != token:
            skipped = held[place]
            if place == start or not (skipped in _MAY_GO or skipped in about):
                return None
            place += 1
        if place == len(held):
            return None
        place += 1
    return place


def _may_begin(
    held: Sequence[str], start: int, names: set[str], about: Sequence[str]
) -> bool:
    """Whether what stands before may go: *his son John*, but no *northern tower*."""
    if start == 0 or is_verb(held[start]):
        return True
    if held[start - 1] in ("of", "and") or held[start - 1][0].isdigit():
        return False
    if held[start] in names and not any(map(is_verb, held[:start])):
        return True
    return all(token in about for token in held[:start])


def _whole(said: Sequence[str], held: Sequence[str], about: Sequence[str]) -> bool:
    """Whether a phrase is another, or the end of it."""
    if list(said) == list(held):
        return True
    for start in range(len(held)):
        if held[start] == said[0]:
            end = _matched(said, held, start, about)
            numbered = any(token[0].isdigit() for token in held)
            if end is not None and not numbered:
                return end == len(held) or held[end] in ("of", "and")
    return False
