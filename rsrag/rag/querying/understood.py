"""A query that was read, and the landmarks that it stands on."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from rsrag.rag.querying.typed_query import Query
from rsrag.records import Landmark


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
