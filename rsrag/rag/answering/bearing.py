"""Whether passages bear on what a question asks, and not on its place alone."""

import re
from collections.abc import Sequence

from rsrag.knowledge.catalogue.catalogue import Catalogue
from rsrag.knowledge.catalogue.landmark_names import fold, is_common
from rsrag.knowledge.units import unit_named
from rsrag.knowledge.variables import label_of, variables
from rsrag.rag.answering.passages import of_no_landmark
from rsrag.rag.linking.value_fits import asks_who, misfit, names_one
from rsrag.rag.querying.account import heavy_words, weighs
from rsrag.rag.querying.typed_query import Query
from rsrag.rag.rating.rare_words import SUPERLATIVES, of_another
from rsrag.rag.reading.quantities import YEARS
from rsrag.rag.reading.question import Question
from rsrag.rag.saying.draft import Draft
from rsrag.rag.saying.sentences import content_words, folded, stem
from rsrag.records import Landmark

_DENIES = frozenset(
    {"not", "no", "never", "none", "neither", "nor", "without", "except", "excluding"}
)
_AGE = re.compile(r"\b(?:old|age|ages|years?|century|since|\d{4})\b")


_MADE = re.compile(
    r"\b(?:old|ages?|built|completed|opened|founded|established|construct\w+)\b"
)
_OPINIONS = frozenset({"best", "worst", "nicest", "prettiest", "coolest"})
_WORD = re.compile(r"[^\W\d_]+")
_IN_UNITS = re.compile(r"\d\s?(°?[^\W\d_]+[²³\d]?)")
_LOOSE = frozenset({"first", "last", "only"})
"""*In its first years* need not be told as the first, nor *why is it only 33 m long* as
the only one; what is likely may do so."""
_LIES = re.compile(r"\blies? in\b")
_WHERE = re.compile(
    r"\bwhere\b|\b(?:in|on|to)\s+(?:which|what)\b|\bcountr(?:y|ies)\b|\bcontinents?\b|"
    r"\bpart\s+of\b|\bbelongs?\b|\b(?:is|are|lies?)\s+[^?]*\bin\b|\blocat",
    re.IGNORECASE,
)
_OFFICE = re.compile(
    r"\bwho\s+(?:is|was|are|were)\s+the\s+(?:[a-z]+\s+)?([a-z]+)\s+(?:of|in|at)\b", re.I
)
"""*Who is the mayor of X* is answered by what speaks of a mayor."""
_PLACED_VALUE = re.compile(
    r"\blies? in\b|"
    r"^(?:The )?(?:city|region|ocean|river|sea|lake|island|religion|type) of\b",
    re.IGNORECASE,
)
_VALUE = re.compile(r"^.*?\b(?:is|are|has|have|was|were)\b")
_CAUSES = re.compile(r"^\W*what\s+(?:makes|made|causes|caused|turns|turned)\b", re.I)
_MAY = 0.6
_SEVERAL = 2
_PLACED = frozenset({"distance", "near", "between", "direction"})
"""What is reckoned from where places lie, and quoted of none."""
_WHY = re.compile(r"^\W*(?:and\s+|but\s+)?(?:why|how\s+come)\b", re.IGNORECASE)
_REASON = re.compile(
    r"\b(?:because|due|owing|since|for|so|thus|hence|therefore|to|as|by|from|after|under|"
    r"through|thanks|caus\w+|mak(?:es?|ing)|made|turn\w*|giv(?:es?|ing)|gave|leav\w+|"
    r"keeps?|lets?|form\w*|known|famous)\b",
    re.IGNORECASE,
)
"""What may lead to a reason; a sentence without one gives none."""
_DENIED = re.compile(
    r"\b(?:no|not|none|never|nothing|nobody|nor|neither|without|lost|lack\w*|missing)\b|n't",
    re.IGNORECASE,
)
_SURELY = 0.85
_LIKELY = 0.68
"""Certainty of a quote that need not repeat the words of the question."""


def bears_on(draft: Draft, query: Query, question: Question) -> bool:
    """Whether what is quoted speaks of what was asked.

    Words left over that may turn the answer (*demolished*, a number) must all stand in
    it, and a denial only tells why. Where a value is asked that is not held, one of the
    words of its name must. A sentence of a text that is very likely the answer may say
    it in other words (*shut* for *closed*), and so may any of a text that is of no
    landmark, on whose like the score was fitted; but what is the largest of its kind
    must be told to be that, or some other superlative.
    """
    if not query.entities and of_another(draft, query):
        return False
    own = of_no_landmark(draft)
    told = any(piece.kind == "fact" for piece in draft.pieces)
    likely = own or (draft.certainty >= _LIKELY and not told)
    said = " ".join(line for line, _ in draft.lines)
    there = set(content_words(said))
    texts = [f"{one.title or ''} {one.text}" for one in draft.pieces] if own else []
    whole = folded(" ".join([said, *texts]))
    asked = set(_WORD.findall(question.masked.lower()))
    loose = own or draft.certainty >= _MAY
    most = asked & SUPERLATIVES - (_LOOSE if loose else set())
    if most and not set(_WORD.findall(said.lower())) & SUPERLATIVES:
        return False
    if query.op in _PLACED or _beside(draft, question):
        return False
    if asks_why(question) and not own and not _REASON.search(said):
        return False
    # *Is it active?* is not decided by where it lies.
    claimed = set(content_words(question.nameless)) if query.wants == "yes" else set()
    if claimed and not claimed & there and not own:
        return False
    office = _OFFICE.search(question.text)
    if office and not own and not there & set(content_words(office[1])):
        return False
    if told and _lacks(query, claimed, draft, there):
        return False
    if told and not own and _of_another_sort(draft, question):
        return False
    for word in heavy_words(query.left_over):
        stems = content_words(word)
        if word in _DENIES or word.endswith("n't"):
            # *Why is no …* takes it for granted: what is told must deny it, too.
            why = asks_why(question) and _DENIED.search(said)
            if not why and draft.certainty < _SURELY and not own:
                return False
            continue
        if word[0].isdigit() and word not in whole:
            return False
        if not likely and not there.issuperset(stems):
            return False
        if word == "same" and told:
            return False
    if query.wants == "age":
        return (_MADE if told else _AGE).search(folded(said)) is not None
    if asked & _OPINIONS and not own:
        return False
    if query.op == "value" and query.variables and not likely:
        return any(there & _names(one) for group in query.variables for one in group)
    return True


def _lacks(query: Query, claimed: set[str], draft: Draft, there: set[str]) -> bool:
    """Whether facts, quoted for want of others, leave out what was asked for.

    A unit, a claim of which they hold some words, or a word of a question that names
    no landmark: *the speed of light* is no fastest ride.
    """
    unit = unit_named(query.unit or "")
    if unit is not None and not any(
        (held := unit_named(match[1])) is not None and held.dimension == unit.dimension
        for piece in draft.pieces
        for match in _IN_UNITS.finditer(piece.text)
    ):
        return True
    if claimed - there:
        return True
    names = {w for p in draft.pieces for w in content_words(p.landmark or "")}
    left = " ".join(query.left_over)
    # A rare word, or a number, is as good as a name.
    words = [w for w in fold(left).split() if w[0].isdigit() or content_words(w)]
    rare = any(w[0].isdigit() or not is_common(w) for w in words)
    if query.entities:
        # *The wifi password at X*: such a word is what was asked for.
        strange = {w for w in words if w.isalpha() and not is_common(w)}
        return not {stem(w) for w in strange} <= there | names
    if query.op != "open":
        return False
    asked = set(content_words(left))
    beside = not asked & names and len(asked & there) < _SEVERAL
    if beside and not (rare or query.time):
        return True  # *The time* is nobody's time zone.
    return not rare and not asked <= there | names


def _beside(draft: Draft, question: Question) -> bool:
    """Whether only facts are told which say where it lies, or what was asked with.

    *How did it form* is not answered by where it lies, nor *what makes it red* by red.
    """
    if not draft.pieces or any(piece.kind != "fact" for piece in draft.pieces):
        return False
    where = _WHERE.search(question.text) is not None
    if not where and all(_LIES.search(line) for line, _ in draft.lines):
        return True
    asked = set(content_words(question.nameless))
    told = [set(content_words(_VALUE.sub("", line))) for line, _ in draft.lines]
    causes = _CAUSES.search(question.text) is not None
    return causes and all(bool(one & asked) for one in told)


def _of_another_sort(draft: Draft, question: Question) -> bool:
    """Whether all values are of a sort that is not asked for: dates of *who*."""
    values = [_VALUE.sub("", line) for line, _ in draft.lines]
    placed = all(_PLACED_VALUE.search(line) for line, _ in draft.lines)
    nobody = placed or not any(names_one(value) for value in values)
    if asks_who(question.text) and nobody:
        return True
    return all(misfit(question.text, value) > 0 for value in values)


def asks_why(question: Question) -> bool:
    """Whether a reason is asked, which no value is."""
    return _WHY.search(question.text) is not None


def names_all(draft: Draft, groups: Sequence[Sequence[Landmark]]) -> bool:
    """Whether what is cited is of each landmark that is asked about, or names it."""
    texts = [f"{piece.title or ''} {piece.text}" for piece in draft.pieces]
    said = f" {fold(' '.join(texts))} "
    owners = {piece.landmark_id for piece in draft.pieces}
    return len(groups) < _SEVERAL or all(
        any(
            one.id in owners
            or any(f" {fold(name)} " in said for name in (one.name, *one.aliases))
            for one in group
        )
        for group in groups
    )


def not_told(
    draft: Draft,
    query: Query,
    groups: Sequence[Sequence[Landmark]],
    catalogue: Catalogue,
) -> Draft:
    """A refusal, of passages that speak of something else."""
    of = " or ".join(query.entities)
    asked = query.variables[0][0] if query.op == "value" and query.variables else ""
    held = {fact.variable for g in groups for m in g for fact in catalogue.facts(m.id)}
    if asked in held:
        asked = ""
    if of and asked and asked not in YEARS and not weighs(query.left_over):
        return Draft(draft.route, refusal=f"it holds no {label_of(asked)} of {of}")
    on = f" on {of}" if of else ""
    return Draft(draft.route, refusal=f"it holds nothing{on} that answers this")


def _names(variable: str) -> set[str]:
    """Stems of all names of a variable."""
    known = variables().get(variable)
    names = [variable.replace("_", " "), label_of(variable)]
    names += known.synonyms if known is not None else []
    return {stem for name in names for stem in content_words(name)}
