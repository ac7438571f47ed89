"""An index of knowledge that is open, with the encoders of its spaces."""

from functools import cached_property
from typing import TYPE_CHECKING, Any

from rsrag.config import Settings

if TYPE_CHECKING:
    from rsrag.factory import OpenIndex


class KnowledgeVectors:
    """Vectors of knowledge; there may be none.

    Args:
        name: of the index; ``None`` takes the only one.
    """

    def __init__(self, name: str | None, settings: Settings) -> None:
        from rsrag.factory import open_index
        from rsrag.indexing.format.index_kinds import KNOWLEDGE

        there = name is not None or bool(knowledge_indexes(settings))
        self._index: OpenIndex | None = (
            open_index(name, settings, KNOWLEDGE) if there else None
        )

    def stale(self, fingerprint: str) -> str | None:
        """What is to be said if records changed since it was built.

        Args:
            fingerprint: of the catalogue.
        """
        if self._index is None or not self._index.is_stale(fingerprint):
            return None
        name = self._index.manifest.name
        return (
            f"The knowledge changed since index {name!r} was built, so its vectors are "
            f"left out. Bring it up to date: rsrag index build-knowledge --name {name}"
        )

    @cached_property
    def spaces(self) -> dict[str, Any]:
        """Its spaces, as :class:`rsrag.retrieval.spaces.Sources` calls them."""
        from rsrag.retrieval.spaces import ImageSpace, TextSpace

        if self._index is None:
            return {}
        found: dict[str, Any] = {}
        stores = self._index.stores
        if "text" in stores:
            encoder = self._index.load_text_encoder()
            found["texts"] = TextSpace(stores["text"], encoder)
        seen = {"image_text": "image_texts", "image": "images"}
        if there := [space for space in seen if space in stores]:
            pictures = self._index.load_encoder()
            found |= {seen[one]: ImageSpace(stores[one], pictures) for one in there}
        return found

    def close(self) -> None:
        """Close all stores."""
        if self._index is not None:
            self._index.close()


def knowledge_indexes(settings: Settings) -> list[str]:
    """Names of the indexes of knowledge."""
    from rsrag.indexing.format.index_kinds import KNOWLEDGE
    from rsrag.indexing.generations.index_directory import list_indexes

    return list_indexes(settings.indexes, KNOWLEDGE)
