"""What was understood of a question, in words."""

from collections.abc import Sequence

from rsrag.knowledge.variables import label_of
from rsrag.rag.querying.typed_query import Query
from rsrag.rag.reading.kinds import plural_of
from rsrag.rag.saying.draft import short

_SHOWN = 4
_OPS = {"list": "a list of", "count": "how many", "rank": "a ranking of"}


def quoted(words: Sequence[str]) -> str:
    """Words that were not understood: ``'made of cheese', 'pink'``."""
    shown = ", ".join(repr(short(word, 60)) for word in words[:_SHOWN])
    more = len(words) - _SHOWN
    return f"{shown} and {more} more" if more > 0 else shown


def in_words(query: Query) -> str:
    """What a query asks for: ``a list of lakes in Asia``."""
    kind = plural_of(query.kind or "landmark")
    said = [_OPS.get(query.op, query.op), kind if query.op in _OPS else ""]
    if query.variables:
        said.append(f"by {label_of(query.variables[0][0])}")
    for site in query.place:
        no = "not " if site.negated else ""
        said.append(f"{no}{site.relation} {' or '.join(site.names)}")
    said += [one.words for one in query.filters]
    return " ".join(part for part in said if part)
