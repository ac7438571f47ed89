"""Queries as data: to JSON and back, and what is no query."""

import json

import pytest

from rsrag.errors import QueryError
from rsrag.rag.querying.typed_query import PlaceFilter, Query, ValueFilter, queries_from


def test_query_comes_back_from_json_as_it_was() -> None:
    query = Query(
        "rank",
        kind="mountain",
        variables=(("elevation", "height"),),
        filters=(ValueFilter(("height",), low="300 m", high="400 m", strict=True),),
        place=(
            PlaceFilter("in", ("Asia",), negated=True),
            PlaceFilter("within", at=(2.3, 48.9), km=50.0),
        ),
        order="most",
        nth=2,
        time=("2019",),
        left_over=("pink",),
    )

    assert queries_from(json.dumps(query.to_json())) == (query,)
    assert Query.from_json(query.to_json()) == query
    assert "top" not in query.to_json()


def test_a_list_holds_several_queries_and_one_variable_needs_no_group() -> None:
    text = '[{"op": "value", "variables": ["height"]}, {"op": "count", "kind": "lake"}]'

    first, second = queries_from(text)

    assert first.variables == (("height",),)
    assert (second.op, second.kind) == ("count", "lake")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{", "no JSON"),
        ("[]", "empty list"),
        ("7", "is a JSON object"),
        ("{}", "needs 'op'"),
        ('{"op": "guess"}', "'op' cannot be 'guess'"),
        ('{"op": "list", "colour": "red"}', "has no 'colour'"),
        ('{"op": "rank", "nth": 0}', "count from 1"),
        ('{"op": "rank", "nth": true}', "'nth' of a query cannot be True"),
        ('{"op": "value", "entities": "K2"}', "'entities' of a query cannot be 'K2'"),
        ('{"op": "list", "filters": [{"low": "3 m"}]}', "needs 'variables'"),
        ('{"op": "list", "place": [{"relation": "above"}]}', "'relation' cannot be"),
        ('{"op": "list", "place": [{"relation": "in", "at": [1]}]}', "'at' of a query"),
        ('{"op": "list", "place": [{"relation": "in", "at": ["x", 1]}]}', "'at' of a"),
        ('{"op": "value", "variables": [[7]]}', "'variables' of a query"),
    ],
)
def test_what_is_no_query_is_refused_with_what_is_wrong(text: str, said: str) -> None:
    with pytest.raises(QueryError, match=said):
        queries_from(text)
