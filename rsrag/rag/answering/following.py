"""Questions that follow on an answer: what *it*, *there*, *the second* stand for.

Nothing is kept between two questions: an answer carries its context, and the next
question is given it back.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from rsrag.answers import Answer
from rsrag.errors import KnowledgeError, QueryError
from rsrag.knowledge.catalogue.catalogue import Catalogue
from rsrag.rag.querying.account import Understood
from rsrag.rag.querying.typed_query import Query
from rsrag.rag.reading.kinds import find_kind
from rsrag.rag.reading.place_names import place_key, places_of
from rsrag.rag.reading.question import Question
from rsrag.rag.reading.several import points_back
from rsrag.rag.reading.words import word_table
from rsrag.records import Landmark
from rsrag.retrieval.wording.english import in_a_row

Groups = Sequence[Sequence[Landmark]]
_HINT = "give what rsrag ask --json printed"
_SHOWN = 5
_BARE = 3
"""Words of a question that are too few to name what it is about."""
_ORDINALS = {word: n for n, word in enumerate(word_table("ordinals"), start=1)} | {
    "last": -1,
    "former": 1,
    "latter": -1,
}
_NTH = re.compile(
    rf"\bthe\s+(?P<n>{'|'.join(_ORDINALS)})\b(?:\s+ones?\b)?"
    r"(?:\s+of\s+(?:them|these|those)\b)?"
    r"(?=\s*(?:[?.!,']|$)|\s+(?:is|was|lie|lies|has|have|had|does|do|did|flows?|and|in)\b)",
    re.IGNORECASE,
)
_ALL = {"they", "them", "their", "theirs", "those", "these"}
_THEIR = re.compile(r"\btheirs?\b(?P<what>[^?.!,]*)", re.IGNORECASE)
_BESIDE = re.compile(
    r"\b(?:near|around|from|to|by|close\s+to|next\s+to|between|of)\s+"
    r"(?:it|there|that\s+one|this\s+one)\b",
    re.IGNORECASE,
)
_ELLIPSIS = re.compile(
    r"\s*(?:(?:and|but|so|what\s+about|how\s+about|also)\b[\s,]*)+", re.IGNORECASE
)
_MORE = re.compile(r"\s*(?:and\s+|what\s+about\s+|how\s+about\s+)*", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Context:
    """What an answer was about.

    Attributes:
        groups: ids of its landmarks in the order in which it told of them, namesakes
            together.
        names: of these, as they are to be asked for.
        query: what the question was read as.
    """

    groups: tuple[tuple[str, ...], ...] = ()
    names: tuple[str, ...] = ()
    query: Query | None = None

    def to_json(self) -> dict[str, Any]:
        """As JSON values."""
        pairs = zip(self.names, self.groups, strict=True)
        return {
            "landmarks": [{"name": name, "ids": list(ids)} for name, ids in pairs],
            "query": None if self.query is None else self.query.to_json(),
        }

    @classmethod
    def of(cls, answer: Answer | Mapping[str, Any]) -> "Context":
        """That of an answer, or of its JSON.

        Raises:
            QueryError: it is no answer's JSON.
        """
        given = (
            answer.context if isinstance(answer, Answer) else answer.get("context", 0)
        )
        try:
            marks = [(one["name"], tuple(one["ids"])) for one in given["landmarks"]]
            texts = [text for name, ids in marks for text in (name, *ids)]
            query = given["query"]
            if not all(isinstance(text, str) for text in texts):
                raise TypeError("names and ids are texts")
        except (KeyError, TypeError) as exc:
            raise QueryError("The answer before has no context.", hint=_HINT) from exc
        return cls(
            tuple(ids for _, ids in marks),
            tuple(name for name, _ in marks),
            None if query is None else Query.from_json(query),
        )


@dataclass(frozen=True, slots=True)
class Followed:
    """A question with what it points back to filled in.

    Attributes:
        text: to be read.
        given: ids of the landmarks that it is about, where it does not name them.
        query: to be answered as it is, whatever the text says.
        asks_back: what is to be asked of the person instead.
    """

    text: str
    given: tuple[str, ...] = ()
    query: Query | None = None
    asks_back: str | None = None


def context_of(
    understood: Understood, evidence: Iterable[str | None], catalogue: Catalogue
) -> Context:
    """What the next question may point back to.

    Args:
        evidence: ids of the landmarks that the answer cites, in order.
    """
    groups = [list(group) for group in understood.groups if group]
    ids = dict.fromkeys(one for one in evidence if one is not None)
    if len(ids) > sum(map(len, groups)) or understood.query.op == "near":
        told = [[one] for one in catalogue.landmarks(tuple(ids))]
        groups = told or groups
    return Context(
        tuple(tuple(one.id for one in group) for group in groups),
        tuple(group[0].name for group in groups),
        understood.query,
    )


def landmarks_of(context: Context, catalogue: Catalogue) -> Groups:
    """The landmarks of a context.

    Raises:
        QueryError: they are not in the knowledge any more.
    """
    try:
        return [catalogue.landmarks(ids) for ids in context.groups]
    except KnowledgeError as exc:
        raise QueryError(
            f"The knowledge does not hold {in_a_row(context.names[:_SHOWN])} any more.",
            hint="ask again by name",
        ) from exc


def follow(question: Question, context: Context) -> Followed:
    """Fill in what a question points back to; it stays as it is if it does not."""
    text = question.text
    if nth := _NTH.search(text):
        return _nth(text, nth, context)
    if question.places or question.unknown:
        return Followed(text)
    word = (points_back(text) or "").lower()
    if not word:
        return _left_out(question, context)
    names = context.names
    if not names:
        return Followed(text)
    if word in _ALL and len(names) > 1:
        if their := _THEIR.search(text):
            what = f"the {their['what'].strip()} of {in_a_row(names)}"
            return Followed(text[: their.start()] + what + text[their.end() :])
        return Followed(_put(text, word, in_a_row(names)))
    if word == "that":
        return Followed(text, asks_back="what is meant by 'that'")
    if len(names) > 1:
        return Followed(text, asks_back=_which(word, names))
    if _BESIDE.search(text):
        return Followed(_put(text, word, names[0]))
    return Followed(text, context.groups[0])


def _nth(text: str, match: re.Match[str], context: Context) -> Followed:
    names = context.names
    n = _ORDINALS[match["n"].lower()]
    rest = _MORE.sub("", text[: match.start()]) + text[match.end() :]
    query = context.query
    if query is not None and query.op == "rank" and not rest.strip(" ?.!"):
        return Followed(text, query=replace(query, nth=n if n > 0 else 1, top=1))
    if not names:
        return Followed(text)
    if n > len(names):
        said = match.group().lower()
        return Followed(
            text,
            asks_back=f"which is meant by {said!r}: the answer before names only "
            + in_a_row(names[:_SHOWN]),
        )
    chosen = names[n - 1 if n > 0 else n]
    if not rest.strip(" ?.!"):
        return Followed(f"What is {chosen}?")
    return Followed(text[: match.start()] + chosen + text[match.end() :])


def _left_out(question: Question, context: Context) -> Followed:
    """*And the height?*: a variable without a place is of what was told before."""
    text = question.text
    begins = _ELLIPSIS.match(text)
    if begins is None or not question.variables or len(question.masked.split()) > 6:
        return Followed(text)
    names = context.names
    if len(names) == 1:
        return Followed(text, context.groups[0])
    if names:
        return Followed(f"{text.rstrip(' ?.!')} of {in_a_row(names)}?")
    return Followed(text)


def _put(text: str, word: str, instead: str) -> str:
    return re.sub(rf"\b{re.escape(word)}\b", instead, text, count=1, flags=re.I)


def _which(word: str, names: Sequence[str]) -> str:
    more = f" or {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
    shown = names[:_SHOWN]
    either = f"{', '.join(shown)}{more}" if more else in_a_row(shown, "or")
    return f"which is meant by {word!r}: {either}"


def of_the_same(question: Question, catalogue: Catalogue) -> str | None:
    """*It*, where a later question of a text names nothing that it could be about."""
    words = re.findall(r"[\w'-]+", question.masked.lower())
    places = places_of(catalogue)
    # *And what river*: a kind alone is what it is asked for.
    kind = len(words) > _BARE and find_kind(words, catalogue) is not None
    named = question.unknown or kind
    named = named or any(place_key(word) in places for word in words)
    return None if named else "it"
