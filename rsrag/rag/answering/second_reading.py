"""A second reading of a question: by a language model, under a schema of the catalogue.

Rules read a question first. A model that is large enough reads it, too, into the same
typed query, and may only use the catalogue's own kinds and variables. Both queries are
carried out; where the answers differ both are shown, with how each was read.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, Protocol, get_args, runtime_checkable

from rsrag.errors import GeneratorError, QueryError
from rsrag.knowledge.catalogue.catalogue import Catalogue
from rsrag.rag.answering.ask_request import Run
from rsrag.rag.querying.typed_query import Op, Query, Relation, Wants
from rsrag.rag.saying.draft import Draft
from rsrag.rag.saying.query_words import in_words
from rsrag.types import Message

_TOKENS = 300
_DOUBT = 0.6
"""Confidence at most where only the model's reading gives an answer, or two differ."""
_MOST = 400
"""Variables and kinds that a schema lists, the commonest first."""
_TASK = (
    "Read the question into a query over a gazetteer, as JSON. op: value (of a place), "
    "compare (places), rank, list or count (a kind of place), distance, near, between, "
    "direction, describe, open (none of these). entities: names of places as the "
    "question writes them. variables: what is asked for. Leave out what the question "
    "does not say."
)


@runtime_checkable
class SchemaFiller(Protocol):
    """A generator that can be held to a JSON schema.

    ``fills_schemas``: it is large enough for what it fills in to be worth reading.
    """

    fills_schemas: bool

    def fill(
        self, messages: Sequence[Message], schema: Mapping[str, Any], *, max_tokens: int
    ) -> str:
        """JSON that fits the schema, as text; cut off at ``max_tokens``.

        Raises:
            GeneratorError: it cannot be held to one, or failed.
        """


def query_schema(catalogue: Catalogue) -> dict[str, Any]:
    """A JSON schema of typed queries, with the catalogue's own labels as choices."""
    stats = catalogue.stats()
    variables = _commonest(stats.by_variable)
    kinds = _commonest(stats.by_category)
    texts = {"type": "array", "items": {"type": "string"}, "maxItems": 8}
    labels = {"type": "array", "items": _choice(variables), "maxItems": 3}
    place = {
        "type": "object",
        "properties": {
            "relation": _choice(get_args(Relation)),
            "names": texts,
            "km": {"type": "number"},
            "negated": {"type": "boolean"},
        },
        "required": ["relation", "names"],
        "additionalProperties": False,
    }
    return {
        "type": "object",
        "properties": {
            "op": _choice(get_args(Op)),
            "entities": texts,
            "kind": _choice(kinds),
            "variables": labels,
            "place": {"type": "array", "items": place, "maxItems": 2},
            "order": _choice(("most", "least")),
            "nth": {"type": "integer", "minimum": 1},
            "top": {"type": "integer", "minimum": 1},
            "unit": {"type": "string"},
            "wants": _choice(get_args(Wants)),
            "time": texts,
        },
        "required": ["op"],
        "additionalProperties": False,
    }


def read_by_model(run: Run) -> tuple[Query | None, str | None]:
    """The query that a large model reads, or a note on why there is none.

    Both are ``None`` where there is no such model.
    """
    generator: object = run.tools.generator
    if not (isinstance(generator, SchemaFiller) and generator.fills_schemas):
        return None, None
    schema = query_schema(run.tools.catalogue)
    asked = [Message("system", _TASK), Message("user", run.request.question)]
    try:
        with run.timed("generate"):
            said = generator.fill(asked, schema, max_tokens=_TOKENS)
        return _query(json.loads(said)), None
    except GeneratorError as exc:
        return None, f"read by rules alone: {exc}"
    except (ValueError, TypeError, QueryError, RecursionError) as exc:
        return None, f"read by rules alone: what was filled in is no query ({exc})"


def both(mine: Draft, query: Query, other: Draft, read: Query, name: str) -> Draft:
    """The answer of the rules, beside that of the model's reading where they differ."""
    if other.refusal is not None or read.op == "open":
        return mine
    words = f"{name} reads it as {in_words(read)}"
    if mine.refusal is not None:
        other.notes += [words, f"the rules did not answer: {mine.refusal}"]
        other.certainty = min(other.certainty, _DOUBT)
        other.rewordable = False
        return other
    if _same(mine, other):
        return mine
    shown = Draft(mine.route, certainty=min(mine.certainty, other.certainty, _DOUBT))
    for draft, read_as in ((mine, _words(query)), (other, _words(read))):
        for number, (sentence, evidence) in enumerate(draft.lines):
            head = f"Read as {read_as}: " if number == 0 else ""
            shown.say(f"{head}{sentence}", *evidence)
        shown.notes += draft.notes
    shown.notes.append(f"the first reading is the rules', the second that of {name}")
    return shown


def _words(query: Query) -> str:
    return "a question for texts" if query.op == "open" else in_words(query)


def _query(given: object) -> Query:
    """A query from the flat JSON of the schema."""
    if isinstance(given, Mapping):
        named = given.get("variables") or []
        given = {**given, "variables": [named] if named else []}
    query = Query.from_json(given)
    return replace(query, left_over=())


def _same(one: Draft, other: Draft) -> bool:
    """Whether two answers say the same, in whatever words."""
    if one.value is not None and other.value is not None:
        return one.value == other.value
    said, also = ({p.id for p in draft.pieces} for draft in (one, other))
    return bool(said) and (said <= also or also <= said)


def _commonest(counts: Mapping[str, int]) -> list[str]:
    ordered = sorted(counts, key=lambda name: (-counts[name], name))
    return ordered[:_MOST]


def _choice(names: Any) -> dict[str, Any]:
    return {"type": "string", "enum": list(names)}
