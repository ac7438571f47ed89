"""An account of a question's words, each taken by a slot or left over; its query."""

import copy
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from rsrag.rag.querying.typed_query import Query
from rsrag.rag.reading.degrees import comparatives, superlatives
from rsrag.rag.reading.words import word_list
from rsrag.records import Landmark

NAME, UNKNOWN, TIME, POINT = "◆", "◇", "▲", "●"
"""What stands in :attr:`Account.shape` for each letter of a name that is known, one
that is not, a time, and coordinates."""
_MARKS = re.compile("[◆◇▲●]")
_WORD = re.compile(r"\d[\d.,]*\d|\d+|[^\W\d_]+(?:['’][^\W\d_]+)*|[^\W_]+")
_FUNCTION = word_list("function")
_DEEDS = word_list("deeds")
_HARD = word_list("hard")
_NARROWING = word_list("narrowing")
_RUN = re.compile(r"[a-z]+(?:[-'][a-z]+)*")
_LONGEST_RUN = 3
_VERB = re.compile(r"\b([a-z]+s)\s+(?:the\s+)?$")  # *carries the most water*


@dataclass(frozen=True, slots=True)
class Name:
    """A name in a text, and the ids of the landmarks that carry it."""

    start: int
    end: int
    surface: str
    ids: tuple[str, ...] = ()


def is_function(word: str) -> bool:
    """Whether a word carries no meaning of its own."""
    return word in _FUNCTION


class Account:
    """The text of a question, of which slots take words.

    Attributes:
        shape: the text in lower case, letter for letter, with marks in place of names,
            times and coordinates, for patterns to look at.
        names: in order, known and unknown ones.
        words: each word that is no name, time or point, with where it stands.
    """

    def __init__(
        self,
        text: str,
        known: Iterable[Name] = (),
        unknown: Iterable[Name] = (),
        times: Iterable[tuple[int, int]] = (),
        points: Iterable[tuple[int, int]] = (),
    ) -> None:
        self.text = text
        lower = (c.lower() if len(c.lower()) == 1 else c for c in text)
        letters = list(_MARKS.sub(" ", "".join(lower)).replace("’", "'"))
        known, unknown = list(known), list(unknown)
        spans = [(one.start, one.end, NAME) for one in known]
        spans += [(one.start, one.end, UNKNOWN) for one in unknown]
        spans += [(start, end, TIME) for start, end in times]
        spans += [(start, end, POINT) for start, end in points]
        for start, end, mark in spans:
            letters[start:end] = mark * (end - start)
        self.shape = "".join(letters)
        self.names = sorted([*known, *unknown], key=lambda one: one.start)
        self.words = [(*m.span(), m.group()) for m in _WORD.finditer(self.shape)]
        self._free = [True] * len(text)

    def take(self, start: int, end: int) -> None:
        """Say that these letters are understood."""
        self._free[start:end] = [False] * (end - start)

    def is_free(self, start: int, end: int) -> bool:
        """Whether no slot took any of these letters."""
        return all(self._free[start:end])

    def find(self, pattern: re.Pattern[str], start: int = 0) -> re.Match[str] | None:
        """The first place where a pattern fits letters that are free."""
        while (match := pattern.search(self.shape, start)) is not None:
            if self.is_free(*match.span()):
                return match
            start = match.start() + 1
        return None

    def claim(self, pattern: re.Pattern[str]) -> re.Match[str] | None:
        """Find, and take what was found."""
        match = self.find(pattern)
        if match is not None:
            self.take(*match.span())
        return match

    def take_words(self, match: re.Match[str]) -> str:
        """Take what was found; its words, as they were typed."""
        self.take(*match.span())
        return " ".join(self.text[slice(*match.span())].split())

    def untouched(self) -> "Account":
        """The same text, of which no slot took any word yet."""
        other = copy.copy(self)
        other._free = [True] * len(self.text)
        return other

    def saved(self) -> tuple[bool, ...]:
        """What is taken by now, for :meth:`restore`."""
        return tuple(self._free)

    def restore(self, saved: tuple[bool, ...]) -> None:
        """Give back what was taken since."""
        self._free = list(saved)

    def names_in(self, start: int, end: int) -> list[Name]:
        """Names between two places of the text."""
        return [one for one in self.names if start <= one.start and one.end <= end]

    def free_words(self) -> list[tuple[int, int, str]]:
        """Words that carry meaning and that no slot took."""
        return [
            (start, end, word)
            for start, end, word in self.words
            if self.is_free(start, end) and word not in _FUNCTION
        ]

    def free_names(self) -> list[Name]:
        """Names that no slot took."""
        return [one for one in self.names if self.is_free(one.start, one.end)]

    def free_times(self) -> tuple[str, ...]:
        """Times that no slot took."""
        found = [m.span() for m in re.finditer(f"{TIME}+", self.shape)]
        return tuple(self.text[a:b] for a, b in found if self.is_free(a, b))

    def left_over(self) -> tuple[str, ...]:
        """What no slot took, in order, words that stand together in one piece."""
        pieces = [(start, end) for start, end, _ in self.free_words()]
        pieces += [(one.start, one.end) for one in self.free_names()]
        joined: list[list[int]] = []
        for start, end in sorted(pieces):
            gap = self.shape[joined[-1][1] : start] if joined else "."
            small = re.fullmatch(
                r"[\s'-]*(?:(?:of|the|a|an|in|by|to|with)\s+){0,2}", gap
            )
            if joined and small and self.is_free(joined[-1][1], start):
                joined[-1][1] = end
            else:
                joined.append([start, end])
        return tuple(self.text[start:end] for start, end in joined)


@dataclass(frozen=True, slots=True)
class Measured:
    """*Holds the most water*: the words, and the spans of those that no slot took."""

    phrase: str
    spans: tuple[tuple[int, int], ...]


def what_is_measured(account: Account, degree: tuple[int, int]) -> Measured | None:
    """The nouns behind a degree that stands there, with the verb before it."""
    start, end = degree
    spans: list[tuple[int, int]] = []
    for match in _RUN.finditer(account.shape, end):
        gap = account.shape[spans[-1][1] if spans else end : match.start()]
        free = account.is_free(*match.span())
        if gap.strip() or not free or len(spans) == _LONGEST_RUN:
            break
        if is_function(match.group()) or match.group() in _HARD:
            break
        spans.append(match.span())
    if not spans:
        return None
    last = spans[-1][1]
    verb = _VERB.search(account.shape[:start])
    if verb is not None and account.is_free(*verb.span(1)):
        spans.insert(0, verb.span(1))
        start = verb.start(1)
    return Measured(" ".join(account.shape[start:last].split()), tuple(spans))


def weighs(left: Iterable[str]) -> bool:
    """Whether words left over may turn an answer into another.

    A comparison, a denial, a number, or something that was done (*rebuilt*): what was
    not understood is then not a matter of colour.
    """
    return bool(heavy_words(left))


def heavy_words(left: Iterable[str]) -> list[str]:
    """Those words, in lower case."""
    words = (word for text in left for word in _WORD.findall(text.lower()))
    return [word for word in words if _weighs(word)]


def is_hard(word: str) -> bool:
    """Whether it compares, denies or limits: no value of a place is meant by it."""
    return word in comparatives() or word in superlatives() or word in _HARD


def _weighs(word: str) -> bool:
    if is_hard(word) or word[0].isdigit() or word.endswith("n't"):
        return True
    return narrows(word) or (len(word) > 4 and word.endswith("est"))


def narrows(word: str) -> bool:
    """Whether it says what was done (*painted*), or by whom (*the first woman*)."""
    done = word in _DEEDS or (len(word) > 4 and word.endswith("ed"))
    return done or word in _NARROWING


@dataclass(slots=True)
class Understood:
    """A query, and what it stands on.

    Attributes:
        groups: the landmarks of each entity, namesakes together.
        cover: share of the words that carry meaning that a slot took.
        pointing: a word that means what was named before, where nothing was.
        certainty: that the variable is meant, where no word says so.
        unheld: what is asked for is likely a variable that the landmark lacks.
    """

    query: Query
    groups: Sequence[Sequence[Landmark]] = ()
    cover: float = 1.0
    pointing: str | None = None
    certainty: float = 1.0
    unheld: bool = False

    def continue_from(self, before: "Understood") -> None:
        """Take over what a question after another leaves out (*and of the Amazon?*)."""
        query, earlier = self.query, before.query
        bare = query.op in ("value", "describe") and not query.variables
        # *How many locks has it?* asks for something of its own.
        if bare and not query.left_over and self.groups and earlier.op == "value":
            self.query = replace(query, op="value", variables=earlier.variables)
