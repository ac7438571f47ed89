"""The words of a search as the desk takes them: a filter, and sums of terms."""

import dataclasses
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from rsrag.errors import QueryError
from rsrag.filters import Filter
from rsrag.geo import parse_bbox
from rsrag.serve.chat.sent_pictures import picture_of_data
from rsrag.serve.failures import HttpFailure
from rsrag.serve.stac.search_words import SearchWords

if TYPE_CHECKING:
    from rsrag.columns.expressions import Expression
    from rsrag.desk.imagery.imagery_index import Index
    from rsrag.retrieval.query import Term


def where_of_words(words: SearchWords) -> Filter | None:
    """The filter of a search, if it has one.

    Raises:
        GeometryError: a box or an area that cannot be.
    """
    area = None
    if words.bbox is not None:
        from rsrag.geo import bbox_geometry

        area = bbox_geometry(parse_bbox(words.bbox))
    elif words.intersects is not None:
        import json

        from rsrag.desk.areas import read_area

        area = read_area(json.dumps(words.intersects))
    from rsrag.types import Interval

    where = Filter(
        area=area,
        datetime=Interval(*words.datetime) if words.datetime else None,
        keywords={"id": frozenset(words.ids)} if words.ids else {},
        expression=_expression(words.filter) if words.filter else None,
    )
    return where or None


STAC_NAMES = {
    "gsd": "gsd_m",
    "platform": "sensor",
    "rsrag:nodata_share": "nodata_share",
    "rsrag:placed_by": "placed_by",
    "rsrag:dated_by": "dated_by",
    "rsrag:bands": "bands",
}
"""Columns of the index by their names in items."""
_PRIVATE = ("source",)


def _expression(text: str) -> "Expression":
    """A filter in CQL2 over the columns of the index.

    Raises:
        QueryError: it cannot be read.
        HttpFailure: 400: it asks for paths of this machine.
    """
    from rsrag.columns.expressions import replaced
    from rsrag.desk.cql2_filter import parse_filter

    def named(leaf: Any) -> Any:
        name = leaf.name.removeprefix("properties.")
        if name in _PRIVATE:
            raise HttpFailure(400, f"Nothing is filtered by {name}.")
        return dataclasses.replace(leaf, name=STAC_NAMES.get(name, name))

    return replaced(parse_filter(text), named)


def query_terms(
    indexes: "Mapping[str, Index]", words: SearchWords, pixels: int
) -> "list[list[Term]]":
    """One sum of terms for each text of ``q``, or one without.

    Texts are only ever texts: nothing in them names a file.

    Args:
        pixels: of a picture that comes along at most.
    """
    from rsrag.retrieval.query import Term

    encoders = {index.manifest.image.encoder for index in indexes.values()}
    if len(encoders) > 1:
        named = ", ".join(sorted({one.id for one in encoders}))
        raise HttpFailure(
            400,
            f"The collections are of several encoders ({named}), whose scores mean "
            "nothing beside each other.",
            "name one: collections",
        )
    shared = [
        Term("vector", _vector(indexes, place, id_), weight)
        for place, id_, weight in words.similar
    ]
    shared += [
        Term("image", picture_of_data(image, pixels), weight)
        for image, weight in words.pictures
    ]
    shared += [Term("text", text, -1.0) for text in words.subtract]
    if not words.q:
        return [shared]
    return [[Term("text", text, words.q_weight), *shared] for text in words.q]


def _vector(indexes: "Mapping[str, Index]", name: str, id_: str) -> Any:
    if name not in indexes:
        raise HttpFailure(400, f"similar names {name[:80]!r}, which is not searched.")
    from rsrag.errors import StoreError

    with indexes[name].use() as generation:
        try:
            return generation.fetch([id_])[0]
        except StoreError:
            raise QueryError(
                f"similar names no chip of {name!r}: {id_[:80]!r}."
            ) from None
