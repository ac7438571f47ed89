"""Queries that were written by hand, made ready to be carried out."""

from rsrag.errors import QueryError
from rsrag.knowledge.catalogue.catalogue import Catalogue
from rsrag.knowledge.periods import is_period
from rsrag.rag.querying.account import Understood
from rsrag.rag.querying.typed_query import Query

_NEEDS_VARIABLES = ("rank", "compare")
_ENTITIES = {"compare": 2, "distance": 2, "between": 2, "near": 1, "direction": 1}
_HINT = "rsrag ask QUESTION --explain shows the query that a question was read as"


def resolved(query: Query, catalogue: Catalogue, exclude: frozenset[str]) -> Understood:
    """A query, and the landmarks that its entities name.

    Raises:
        QueryError: a name that no landmark has, or a slot that its ``op`` needs is
            missing.
    """
    if query.op in _NEEDS_VARIABLES and not any(query.variables):
        raise QueryError(f"A query to {query.op} needs 'variables'.", hint=_HINT)
    least = _ENTITIES.get(query.op, 0)
    if len(query.entities) < least:
        raise QueryError(
            f"A query with op {query.op!r} needs {least} 'entities', not "
            f"{len(query.entities)}.",
            hint=_HINT,
        )
    for period in query.time:
        if not is_period(period):
            raise QueryError(f"'time' cannot be {period!r}.", hint="2019, or 2019-01")
    groups = []
    for name in query.entities:
        carriers = [one for one in catalogue.named(name) if one.id not in exclude]
        if not carriers:
            near = [one.name for one, _ in catalogue.similar(name, limit=3)]
            hint = f"alike: {', '.join(near)}" if near else _HINT
            raise QueryError(f"No landmark is called {name!r}.", hint=hint)
        groups.append(carriers)
    return Understood(query, groups)
