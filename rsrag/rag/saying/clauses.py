"""Clauses of a sentence: who did what, and what stands around it, in order.

No parser of English: a sentence is cut at conjunctions, relative pronouns and commas,
and a clause into its core (subject, verb, object, in that order) and its phrases, each
after its preposition. A passive is turned round, so that *the dam was built by Egypt*
and *Egypt built the dam* have one core. What it cannot tell apart it leaves together.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from rsrag.rag.reading.words import word_list, word_table
from rsrag.rag.saying.sentences import folded, stem

_TOKEN = re.compile(
    r"\d+(?:[,\u00a0\u202f]\d{3})*(?:\.\d+)?%?|[^\W\d_]+(?:['’.-][^\W_]+)*\.?|[,;:()–—]|\S"
)
_POSSESSIVE = re.compile(
    r"\b(?P<owner>(?:[A-Z][\w-]*\s)*[\w-]+)['’]s\s+(?P<owned>[\w-]+(?:\s\d+)?)",
    re.UNICODE,
)
_SIDE = re.compile(r"\bto\s+the\s+(?=north|south|east|west)", re.I)
_PREPOSITIONS = word_list("prepositions")
_AUXILIARIES = frozenset("is are was were be been being".split())  # noqa: SIM905
_HAVE = frozenset("has have had".split())  # noqa: SIM905
_RELATIVE = frozenset("who which that whose where".split())  # noqa: SIM905
_SUBORDINATE = frozenset("because while when although though if unless whereas".split())  # noqa: SIM905
_COORDINATE = frozenset("and but or".split())  # noqa: SIM905
_DROPPED = word_list("articles")
_VERBS: dict[str, str] = {
    one: name
    for name, words in word_table("verb_forms").items()
    for one in words.split()
}
_SAME: dict[str, str] = {
    stem(one): name
    for name, words in word_table("same_words").items()
    for one in words.split()
}
_NUMBERS: dict[str, float] = word_table("numbers")
_MARK = "°"
"""Behind a token that is a verb, whichever form it had."""
PRONOUNS = frozenset("it they he she this these".split())  # noqa: SIM905


@dataclass(slots=True)
class Clause:
    """One clause.

    Attributes:
        core: tokens of subject, verb and object, in order.
        phrases: preposition, and the tokens after it.
        marker: the conjunction before it, where it gives a reason or a time.
        words: all of its words as they stand, folded.
        verb: whether a verb was found.
        topic: what stands before the verb, whoever does it.
        passive: whether that is what it was done to.
    """

    core: list[str] = field(default_factory=list)
    phrases: list[tuple[str, list[str]]] = field(default_factory=list)
    marker: str = ""
    words: list[str] = field(default_factory=list)
    verb: bool = False
    topic: list[str] = field(default_factory=list)
    passive: bool = False


def clauses(sentence: str) -> list[Clause]:
    """The clauses of a sentence; one without a subject has that of the one before."""
    text = _POSSESSIVE.sub(r"\g<owned> of \g<owner>", _SIDE.sub("", sentence))
    found: list[Clause] = []
    topic: list[str] = []
    for marker, words in _parts(_TOKEN.findall(text)):
        clause = _clause(words, marker)
        bare = clause.verb and not clause.topic
        if found and bare and marker not in _SUBORDINATE:
            before = _nearest(found[-1]) if marker in _RELATIVE else topic
            turned = found[-1].passive and marker not in _RELATIVE
            clause = _clause(words, marker, before, passive=turned)
        elif found and not clause.verb and not clause.core:
            found[-1].phrases += clause.phrases
            found[-1].words += clause.words
            continue
        if marker not in _SUBORDINATE and (not topic or not bare) and clause.topic:
            topic = clause.topic
        found.append(clause)
    return found


def _nearest(before: Clause) -> list[str]:
    """What a relative pronoun means: what stands just before it."""
    return before.phrases[-1][1] if before.phrases else before.core


ADVERBS = frozenset(
    "later first last then also never not soon now still finally again".split()  # noqa: SIM905
)


def _parts(tokens: Sequence[str]) -> Iterator[tuple[str, list[str]]]:
    """Runs of words that are a clause or a fragment, each with what stands before."""
    run: list[str] = []
    marker = ""
    done = False
    for place, token in enumerate(tokens):
        word = folded(token).strip(".")
        if not run and (word in _RELATIVE or word in _COORDINATE):
            marker = word
            continue
        after = [folded(one).strip(".") for one in tokens[place + 1 :]]
        splits = (
            token in ",;:()–—"
            or word in _RELATIVE
            or (
                word in _SUBORDINATE and not (word == "because" and after[:1] == ["of"])
            )
            or (word in _COORDINATE and after[:1] == ["not"])
            or (word in _COORDINATE and _has_verb(run) and _goes_on(after))
        )
        if marker in _RELATIVE and done and (word in _AUXILIARIES or word in _HAVE):
            yield marker, run
            run, marker, done = [], "", False
        if not splits:
            if word:
                run.append(word)
                done = (is_verb(word) and word not in {*_AUXILIARIES, *_HAVE}) or done
            continue
        done = False
        if run:
            yield marker, run
        elif token in ",;" and marker in _COORDINATE:
            continue
        run = []
        marker = word if word.isalpha() else ""
    if run:
        yield marker, run


def _goes_on(after: Sequence[str]) -> bool:
    """Whether a verb comes before the next cut: *and opened the canal*."""
    for word in after:
        if word in ",;:()–—" or word in _RELATIVE or word in _COORDINATE:
            return False
        if is_verb(word):
            return True
    return False


def _has_verb(words: Sequence[str]) -> bool:
    return any(map(is_verb, words))


def is_verb(word: str) -> bool:
    """Whether a word is known as a verb: by its ending, or from a list."""
    regular = len(word) > 4 and word.endswith("ed") and word not in _NO_VERBS
    return (
        regular
        or word in _VERBS
        or word in _AUXILIARIES
        or word in _HAVE
        or word.endswith(_MARK)
    )


_NO_VERBS = frozenset("hundred united seabed riverbed bed red".split())  # noqa: SIM905


def _participle(words: Sequence[str], place: int) -> int | None:
    """Where the participle after an auxiliary stands, if one follows soon."""
    for at in range(place + 1, min(place + 4, len(words))):
        word = words[at]
        if word in _PREPOSITIONS:
            return None
        if is_verb(word) and word not in _AUXILIARIES and word not in _HAVE:
            return at
    return None


def _clause(
    words: Sequence[str],
    marker: str,
    subject: Sequence[str] = (),
    *,
    passive: bool = False,
) -> Clause:
    clause = Clause(marker=marker if marker in _SUBORDINATE else "", words=list(words))
    core: list[str] = []
    phrase: list[str] | None = None
    verb_at: int | None = None
    first = next((word for word in words if word not in _DROPPED), "")
    # *was blown up and rebuilt*: the second participle is a passive, too.
    passive = passive and first not in _AUXILIARIES and first not in _HAVE
    for place, word in enumerate(words):
        if word in _DROPPED:
            if word in _ARTICLES and phrase and phrase[-1] != "of" and not core:
                phrase = None  # *in winter the mine …*
            continue
        if phrase and not core and _YEAR.fullmatch(phrase[-1]) and word not in _GOES_ON:
            phrase = None  # *in 1904 miners …*
        if word in _PREPOSITIONS and not (word == "of" and (phrase or core)):
            phrase = []
            clause.phrases.append((word, phrase))
            continue
        if word in _AUXILIARIES or word in _HAVE:
            phrase = None
            verb_at = len(core) if verb_at is None else verb_at
            if _participle(words, place) is not None:
                passive = passive or word in _AUXILIARIES
            elif word not in ("been", "be"):
                core.append(_ONE.get(word, word))
            continue
        if is_verb(word) and verb_at is None:
            phrase, verb_at = None, len(core)
        (core if phrase is None else phrase).append(_token(word))
    clause.verb = verb_at is not None
    while verb_at and core[verb_at - 1] in ADVERBS:
        verb_at -= 1
    clause.topic = core[:verb_at] or list(subject)
    agents = [some for name, some in clause.phrases if name == "by"]
    passive = passive or (not core[:verb_at] and bool(agents) and is_verb(first))
    rest = core[verb_at:]
    clause.passive = passive
    if passive:
        agent = agents[0] if agents else []
        clause.phrases = [one for one in clause.phrases if one[0] != "by"]
        clause.core = [*agent, *rest, *clause.topic]
    else:
        clause.core = [*clause.topic, *rest] if clause.verb else core
    clause.phrases = [(name, some) for name, some in clause.phrases if some]
    return clause


_YEAR = re.compile(r"\d{4}")
_GOES_ON = _COORDINATE | _PREPOSITIONS
_ARTICLES = frozenset({"the", "a", "an"})
_ONE = {"are": "is", "were": "was", "have": "has"}


def _token(word: str) -> str:
    if word in _NUMBERS:
        return f"{_NUMBERS[word]:g}"
    if word[0].isdigit():
        return re.sub(r"[,\u00a0\u202f]", "", word)
    if is_verb(word):
        return _VERBS.get(word, word) + _MARK
    return _SAME.get(stem(word), stem(word))
