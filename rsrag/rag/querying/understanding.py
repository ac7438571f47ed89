"""Understanding: a question that was read becomes a typed query, word for word."""

import re
from collections.abc import Sequence
from dataclasses import replace
from itertools import chain

from rsrag.knowledge.catalogue.catalogue import Catalogue
from rsrag.knowledge.units import unit_named
from rsrag.rag.querying.account import Understood
from rsrag.rag.querying.by_meaning import (
    Linking,
    by_meaning,
    fits,
    places_held,
)
from rsrag.rag.querying.held_against import ONE_OR_OTHER, compared, part_value
from rsrag.rag.querying.kind_queries import listed
from rsrag.rag.querying.limits import read_limits
from rsrag.rag.querying.over_many.among import among
from rsrag.rag.querying.over_many.held_values import BEFORE
from rsrag.rag.querying.over_many.ranked_kinds import ranked
from rsrag.rag.querying.over_many.totals import in_per_cent, over_kinds, reckoned, sizes
from rsrag.rag.querying.relations import THAN, read_relations, sea_level
from rsrag.rag.querying.scope import Scope
from rsrag.rag.querying.siting import THROUGH, read_sites, within
from rsrag.rag.querying.surroundings import distance, surroundings
from rsrag.rag.querying.typed_query import PlaceFilter, Query, ValueFilter
from rsrag.rag.reading.kinds import ANY
from rsrag.rag.reading.nouns import named_by
from rsrag.rag.reading.quantities import YEARS
from rsrag.rag.reading.question import Question
from rsrag.rag.reading.wanted import asks_one_thing

_NOUN = re.compile(r"\b(?:how\s+many|number\s+of)\s+([a-z]+)\b")
_SURELY = 0.85
"""Confidence of a link that makes a question over a kind one of a landmark."""
LONGEST = 2_000
"""Characters beyond which a text is no question about a fact, but one for passages."""
_STORIES = frozenset(
    "major_events historical_background cultural_significance details".split()  # noqa: SIM905
)
_HAPPENED = re.compile(r"\b(?:happened|occurred|went\s+on|took\s+place)\b")
_STRANGE = re.compile(
    r"\b(?:strange|special|unusual|remarkable|interesting|unique|odd|peculiar|curious|"
    r"noteworthy|weird|extraordinary)\s+(?:about|in|on|at|with)\b|"
    r"(?<=◆)\s+means?(?=\W*$)"
)
"""*What is strange about X* asks for no value, but for a text."""
_INTO_WHAT = frozenset({"sea", "mouth", "outflow"})
_INTO = re.compile(
    r"\b(?:run|flow|drain|empt(?:y|ie)|pour|discharge|end|calve|reach|go)e?s?(?:\s+(?:out\s+)?(?:in)?to)?\b"
)
_AT_MOST = re.compile(r"\bat\s+(?:the\s+)?(?:most|least)\b")
_BEFORE = re.compile(
    r"\b(?:before(?:hand)?|formerly|previously|earlier|originally|once|used\s+to\s+be)\b"
)
_MEASURES = re.compile(r"\b(?:covers?|measures?|occup(?:y|ies)|takes?\s+up)\b")
_AGO = re.compile(r"\byears\s+ago,")
_HEMISPHERE = re.compile(r"\bhemispheres?\b")
DESCRIBE = re.compile(
    r"\b(?:tell|describe|about|describ\w*|introduce|overview|know|information|info|"
    r"summar\w+)\b",
    re.IGNORECASE,
)
"""Words that ask what a place is."""


def understand(
    question: Question,
    catalogue: Catalogue,
    given: Sequence[str] = (),
    exclude: frozenset[str] = frozenset(),
    link: Linking | None = None,
) -> Understood:
    """Read a question's query, with an account of every word.

    Args:
        given: ids of landmarks that it is about, where the caller knows them.
        exclude: ids of landmarks that are not there.
        link: the variable that is meant, where words do not settle it.
    """
    if len(question.text) > LONGEST:
        return Understood(Query("open"), cover=0.0)
    scope = Scope(question, catalogue, given, exclude)
    for read in (
        part_value,
        distance,
        surroundings,
        among,
        over_kinds,
        _own_count,
        lambda scope: _meant(scope, link),
        lambda scope: reckoned(scope, link),
        lambda scope: ranked(scope, link),
        listed,
        lambda scope: compared(scope, link),
    ):
        found = read(scope)
        if found is not None:
            return found
    return _valued(scope, link) or scope.done("open")


def _own_count(scope: Scope) -> Understood | None:
    """*How many islands has X*, where that is a value that X has."""
    noun = _NOUN.search(scope.account.shape)
    measures = noun is not None and unit_named(noun[1]) is not None
    measures = measures or THAN.search(scope.account.shape) is not None
    if not scope.named or noun is None or measures or scope.aim.wants != "value":
        return None
    measured = {f.variable for _, facts in scope.facts for f in facts if f.unit}
    own = tuple(v for v in named_by([noun[1]], scope.own) if v not in measured)
    spoken = {one.surface.lower().split()[-1] for one in scope.mentions}
    if noun[1] in spoken and "country" not in own:
        return _valued(scope)
    if not own:
        return None
    while scope.account.claim(THROUGH):
        pass
    scope.account.take(*noun.span())
    return _value(scope, (own,))


def _is_a(scope: Scope) -> bool:
    """*Is X a volcano?*: whether it is of a kind is asked, and no more."""
    if scope.kind is None or scope.kind.name == ANY:
        return False
    end = scope.account.shape.rstrip(" ?.!")
    kind = re.escape(scope.kind_words)
    return bool(re.search(rf"\ban?\s+(?:[a-z]+\s+)?{kind}$", end))


def _meant(scope: Scope, link: Linking | None) -> Understood | None:
    """What is surely a value of one landmark, though a kind is named as well.

    *What rivers run into Lake Chad?* asks for its inflow, and lists no rivers.
    """
    if scope.kind is None or scope.kind.name == ANY or len(scope.named) != 1:
        return None
    if not scope.kind.plural and set(chain(*scope.asked)) & scope.own:
        return None
    beside = scope.account.untouched()
    timed = scope.kind.plural and BEFORE.search(beside.shape)
    limited = bool(timed or THAN.search(beside.shape) or within(beside))
    limited = limited or bool(read_limits(beside, [], scope.held))
    if limited or read_relations(beside, scope.held):
        return None
    meant = by_meaning(scope, (), link, _SURELY)
    if meant is None:
        return None
    understood = scope.done(
        "value", entities=scope.entities(), variables=((meant.variable,),)
    )
    understood.certainty = meant.confidence
    return understood


def _valued(scope: Scope, link: Linking | None = None) -> Understood | None:
    if not scope.named and not scope.given:
        return None
    return _value(scope, scope.asked, link)


def _value(
    scope: Scope,
    groups: tuple[tuple[str, ...], ...],
    link: Linking | None = None,
) -> Understood:
    account = scope.account
    ago = scope.aim.wants == "age" and _AGO.search(account.shape) is not None
    if ago:
        # *How long ago was it opened* is read as *when was it opened*.
        scope.aim = replace(scope.aim, wants="value")
    limits: list[ValueFilter] = []
    sites: list[PlaceFilter] = []
    kind = None
    # The only name is what it is about (*insight into X*), and no place to lie in.
    entities = scope.entities() if len(account.names) == 1 else ()
    if scope.aim.yes:
        sites = within(account)
        limits = read_limits(account, scope.spoken, scope.held, claims=True)
        limits += sea_level(account)
        limits += read_relations(account, scope.held)
        sites += read_sites(account)
        kind = scope.kind if _is_a(scope) else None
    if kind is not None:
        scope.take_kind()
        groups = ()
    if limits:
        groups = tuple(one.variables for one in limits)
    if sites and not limits and ONE_OR_OTHER.search(account.shape):
        # *Is it in Africa or in Asia?* is answered by a name.
        scope.aim = replace(scope.aim, yes=False, wants="value")
        groups, sites = places_held(scope, sites), []
    asked = {variable for group in groups for variable in group}
    if _STORIES.issuperset(asked) and not scope.own & asked and asked:
        # *What happened at X* may be told by a text.
        groups, asked = (), set()
        account.claim(_HAPPENED)
    if not scope.aim.yes and account.claim(_STRANGE):
        scope.unheld = True
        return scope.done("open", entities=entities or scope.entities())
    scope.take_mentions([m for m in scope.mentions if m.variable in asked])
    entities = entities or scope.entities()
    scope.take_own_kind()
    if asked & _INTO_WHAT:
        account.claim(_INTO)
    if any(one.startswith(("maximum_", "minimum_")) for one in asked):
        account.claim(_AT_MOST)
    if "former_name" in asked:
        account.claim(_BEFORE)
    if scope.aim.wants == "share":
        groups = tuple(one for one in groups if in_per_cent(scope, one))
    if account.claim(_HEMISPHERE):
        groups = (("hemisphere",),)
    if not groups:
        account.claim(DESCRIBE)
    meant = by_meaning(scope, groups, link)
    groups = groups if meant is None else ((meant.variable,),)
    single = scope.aim.wants == "value" and meant is None and len(groups) == 1
    unfit = single and not fits(scope, groups[0])
    groups = () if unfit else groups
    if scope.aim.unit and not groups:
        account.claim(_MEASURES)
    if scope.aim.unit and not (groups or sites or account.left_over()):
        groups = sizes(scope)
    if ago and groups and YEARS.issuperset(chain(*groups)):
        scope.aim = replace(scope.aim, wants="age")
    counts = re.search(r"\bhow\s+(?:many|much)\b", account.shape)
    plain = not (groups or unfit or counts or sites or account.left_over())
    plain &= not (asks_one_thing(scope.question.masked) or scope.question.periods)
    understood = scope.done(
        "describe" if plain and scope.aim.wants == "value" else "value",
        entities=entities,
        kind=None if kind is None else kind.name,
        variables=groups,
        filters=tuple(limits),
        place=tuple(sites),
    )
    understood.certainty = 1.0 if meant is None else meant.confidence
    return understood
