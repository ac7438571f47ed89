"""Tokens of pages: where the next one starts, and of which search it is."""

import base64
import json
from collections.abc import Mapping
from dataclasses import dataclass

from rsrag.serve.failures import HttpFailure


@dataclass(frozen=True, slots=True)
class PageToken:
    """Where a page starts.

    Attributes:
        digest: of the search.
        offset: items before it, of a search with an order of its own.
        after: last item before it, by collection and id, where items come by id.
        generations: of the indexes that the offset counts in.
    """

    digest: str
    offset: int = 0
    after: tuple[str, str] | None = None
    generations: Mapping[str, int] | None = None

    def text(self) -> str:
        """As it stands in links."""
        known = dict(self.generations) if self.generations else None
        row = [self.digest, self.offset, self.after, known]
        raw = json.dumps(row, separators=(",", ":")).encode()
        return base64.urlsafe_b64encode(raw).decode().rstrip("=")

    @classmethod
    def read(cls, text: str, digest: str) -> "PageToken":
        """The token of a search.

        Raises:
            HttpFailure: 400: no token, or one of another search.
        """
        try:
            raw = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
            found, offset, after, known = json.loads(raw)
            if after is not None:
                collection, id_ = after
                after = str(collection), str(id_)
            if not (isinstance(offset, int) and 0 <= offset <= 1_000_000):
                raise ValueError
            if known is not None:
                known = {str(name): int(one) for name, one in known.items()}
        except (ValueError, TypeError, AttributeError, RecursionError):
            raise HttpFailure(400, "The token is none of this service.") from None
        if found != digest:
            raise HttpFailure(
                400,
                "The token is of another search.",
                "follow the next link as it is",
            )
        return cls(digest, offset, after, known)

    def check(self, generations: Mapping[str, int]) -> None:
        """Whether the indexes are still those that the offset counts in.

        Raises:
            HttpFailure: 410.
        """
        if self.generations is not None and self.generations != dict(generations):
            raise HttpFailure(410, "The index was rebuilt.", "search again")
