"""One question on its way to a query: its words, its landmarks, what they may mean."""

import re
from collections.abc import Sequence
from functools import cached_property
from itertools import chain
from typing import Any

from rsrag.knowledge.catalogue.catalogue import Catalogue
from rsrag.knowledge.variables import VariableMention, phrases_of, variables_in
from rsrag.rag.querying.account import Account, Name, Understood, is_function
from rsrag.rag.querying.asking import CLAIMS, Aim, clear_politeness, read_aim
from rsrag.rag.querying.naming import account_of
from rsrag.rag.querying.typed_query import Op, Query
from rsrag.rag.reading.degrees import Degree, comparatives, positives, superlatives
from rsrag.rag.reading.kinds import Kind, find_kind
from rsrag.rag.reading.quantities import YEARS
from rsrag.rag.reading.question import LOCATOR, Question
from rsrag.rag.reading.wanted import wanted
from rsrag.rag.saying.sentences import stem
from rsrag.records import Fact, Landmark

_THAN = re.compile(r"\s+than\b")
WHO = re.compile(r"(?:^\W*|[-–—:;,.?!]\s*)(?:(?:and|but|so|by)\s+)*who(?:m|se)?\b")
_STANDS_LONGER = re.compile(
    r"\b(?:around|standing|stood|existed|in\s+(?:existence|use|operation|business)|open|running)\s+"
    r"(?:for\s+)?(?:the\s+)?long(?:er|est)\b"
)
_FIRST = re.compile(r"\b(?:first|earlier|sooner|(?P<late>last|later))\b")
_OF_A_TIME = ("value", "compare", "describe", "open")


class Scope:
    """What a question names and asks, and which of its words are taken.

    Attributes:
        named: names of landmarks in it, with the landmarks that carry them.
        given: landmarks that it is about without naming them.
        held: variables that the knowledge has.
        degree_at: where the degree stands that was taken.
        unheld: what is asked for is likely a variable that its landmark lacks.
    """

    def __init__(
        self,
        question: Question,
        catalogue: Catalogue,
        given: Sequence[str],
        exclude: frozenset[str],
    ) -> None:
        self.question, self.catalogue = question, catalogue
        self.account: Account = account_of(question, catalogue)
        self._words = len(self.account.free_words()) + len(self.account.names)

        def there(ids: Sequence[str]) -> list[Landmark]:
            return catalogue.landmarks([one for one in ids if one not in exclude])

        self.given = there(given)
        names = [] if given else [one for one in self.account.names if one.ids]
        groups = [(name, there(name.ids)) for name in names]
        self.named = [(name, group) for name, group in groups if group]
        self.held = catalogue.stats().by_variable
        clear_politeness(self.account)
        self.aim: Aim = read_aim(self.account)
        self.unheld = self.timed = False
        self.degree_at: tuple[int, int] | None = None
        self._groups: list[list[Landmark]] = []

    @cached_property
    def _masks(self) -> list[tuple[int, int]]:
        """Spans of names and times, where no variable is."""
        names = [(one.start, one.end) for one in self.account.names]
        return [*self.question.masks, *names]

    @cached_property
    def facts(self) -> list[tuple[Landmark, list[Fact]]]:
        """What is held of the landmarks that it names."""
        groups = [self.given] if self.given else [group for _, group in self.named]
        marks = chain.from_iterable(groups)
        return [(one, self.catalogue.facts(one.id)) for one in marks]

    def facts_of(self, names: Sequence[Name]) -> list[Fact]:
        """What is held of the landmarks that carry these names."""
        ids = {one for name in names for one in name.ids}
        return [fact for mark, facts in self.facts if mark.id in ids for fact in facts]

    @cached_property
    def own(self) -> frozenset[str]:
        """Variables that these landmarks have."""
        return frozenset(fact.variable for _, facts in self.facts for fact in facts)

    @cached_property
    def mentions(self) -> list[VariableMention]:
        """All that may be a variable's name."""
        return variables_in(self.question.text, self._masks, sorted(self.own))

    def names_own_value(self) -> bool:
        """*The highest point of X*: a variable that X has, said in several words."""
        return any(m.variable in self.own and " " in m.surface for m in self.mentions)

    @cached_property
    def spoken(self) -> list[VariableMention]:
        """Those that say more than the kind: *which lake* is no variable of lakes."""
        if self.kind is None:
            return self.mentions
        first = self.kind.first
        words = {word[0] for word in self.loose[first : first + self.kind.count]}
        content = [s for s, _, word in self.account.words if not is_function(word)]
        return [
            one
            for one in self.mentions
            if any(one.start <= at < one.end and at not in words for at in content)
        ]

    @cached_property
    def asked(self) -> tuple[tuple[str, ...], ...]:
        """Variables that are asked of the landmarks, candidates together."""
        groups = wanted(self.question, self.facts, self._masks)
        if WHO.search(self.account.shape):
            # A date is no answer to who it was.
            kept = (tuple(v for v in group if v not in YEARS) for group in groups)
            groups = tuple(group for group in kept if group)
            if "built" in self.account.shape:
                groups = tuple(tuple(sorted(g, key="builder".__ne__)) for g in groups)
        return groups

    @cached_property
    def loose(self) -> list[tuple[int, int, str]]:
        """Words that were free when the kind was read."""
        account = self.account
        return [word for word in account.words if account.is_free(*word[:2])]

    @cached_property
    def kind(self) -> Kind | None:
        """The kind of landmark that is named, if one is."""
        return find_kind([word for *_, word in self.loose], self.catalogue)

    @property
    def kind_words(self) -> str:
        """As the question has them."""
        if self.kind is None:
            return ""
        first = self.kind.first
        words = self.loose[first : first + self.kind.count]
        return self.account.shape[words[0][0] : words[-1][1]]

    def take_kind(self) -> None:
        """Its words are understood."""
        if self.kind is not None:
            first = self.kind.first
            for start, end, _ in self.loose[first : first + self.kind.count]:
                self.account.take(start, end)

    def begins_with_kind(self) -> bool:
        """*Lakes in Africa*: nothing that carries meaning stands before the kind."""
        free = self.account.free_words()
        if self.kind is None:
            return False
        return not free or free[0][0] >= self.loose[self.kind.first][0]

    def take_own_kind(self) -> None:
        """*Which airport …, X or Y*: the kind is that of the landmarks named."""
        categories = {one.category for _, group in self.named for one in group}
        if self.kind is not None and categories & set(self.kind.categories):
            self.take_kind()
        for category in filter(None, categories if len(self.named) > 1 else ()):
            self.account.claim(re.compile(rf"\b{re.escape(category.split()[-1])}\b"))

    def take_mentions(self, mentions: Sequence[VariableMention]) -> None:
        """Take the words of variables; what stands in the gaps of a phrase is not."""
        for mention in mentions:
            said = [mention.variable.replace("_", " "), *phrases_of(mention.variable)]
            stems = {stem(word) for phrase in said for word in phrase.lower().split()}
            for start, end, word in self.account.words:
                within = mention.start <= start and end <= mention.end
                if within and stem(word) in stems:
                    self.account.take(start, end)

    def take_degree(self) -> Degree | None:
        """The comparative of the question, or the adjective of *as high as*."""
        alike = self.aim.wants in ("same", "ratio")
        longer = self.account.claim(_STANDS_LONGER)
        if longer is not None:
            return comparatives()["older"]
        for forms in (comparatives(), positives() if alike else {}, superlatives()):
            free = [
                one
                for one in self.account.words
                if one[2] in forms and self.account.is_free(*one[:2])
            ]
            # Of several the one that *than* follows; *more* says least.
            free.sort(key=lambda one: not _THAN.match(self.account.shape, one[1]))
            if free:
                self.account.take(*free[0][:2])
                self.degree_at = free[0][:2]
                return forms[free[0][2]]
        first = self.account.claim(_FIRST)
        return first and comparatives()["after" if first["late"] else "before"]

    def entities(self, *, all_of_them: bool = False) -> tuple[str, ...]:
        """Landmarks that it is about; who only says where the first lies is none."""
        kept: list[tuple[Name, list[Landmark]]] = []
        for name, group in self.named:
            amid = self.account.shape[kept[-1][0].end : name.start] if kept else ""
            free = self.account.is_free(name.start, name.end)
            listed = amid.strip(" ") == "," and self._lists_names(name)
            where = kept and not listed and LOCATOR.fullmatch(amid)
            if all_of_them or (free and not where):
                kept.append((name, group))
        for name, _ in kept:
            self.account.take(name.start, name.end)
        self._groups = [group for _, group in kept]
        return tuple(
            group[0].name if len({o.name for o in group}) == 1 else name.surface
            for name, group in kept
        )

    def claimed(self) -> tuple[str, ...]:
        """Of *is X the highest of …*: X."""
        name, group = self.named[0] if self.named else (None, [])
        if name is None or not CLAIMS.fullmatch(self.account.shape[: name.start]):
            return ()
        self.account.take(name.start, name.end)
        self._groups = [group]
        return (group[0].name,)

    def _lists_names(self, name: Name) -> bool:
        """*A, B and C*: after a comma stands another, and not where the first lies."""
        after = self.account.shape[name.end :]
        return re.match(r"\s*(?:,|,?\s*(?:and|or)\b)\s*(?:the\s+)?◆", after) is not None

    def done(self, op: Op, **slots: Any) -> Understood:
        """The query, and the account closed."""
        timed = self.timed or (op in _OF_A_TIME and not slots.get("filters"))
        query = Query(
            op,
            unit=self.aim.unit,
            wants=self.aim.as_value,
            factor=self.aim.factor,
            time=self.question.periods if timed else (),
            left_over=self.account.left_over(),
            **slots,
        )
        free = len(self.account.free_words()) + len(self.account.free_names())
        groups = self._groups if query.entities else [self.given]
        cover = 1 - min(1.0, free / max(1, self._words))
        groups = [group for group in groups if group]
        return Understood(query, groups, cover, unheld=self.unheld)
