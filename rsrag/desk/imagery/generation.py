"""One generation of an index of imagery, open for searching."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import cached_property
from typing import TYPE_CHECKING, cast

from rsrag.desk.imagery.joining import JoinedEncoder, JoinedStore
from rsrag.factory import OpenIndex

if TYPE_CHECKING:
    from rsrag.filters import Filter
    from rsrag.imagery.imagery_options import ImageryOptions
    from rsrag.interfaces import Encoder, VectorStore
    from rsrag.retrieval.chip_hit import ChipHit
    from rsrag.types import Pixels, Vectors


class Generation:
    """One generation of an index, open.

    Attributes:
        manifest: of it.
        store: its vectors.
        folder: where it lies.
        encoder: of queries, made when it is first asked for.
    """

    def __init__(
        self, opened: OpenIndex, load: Callable[[OpenIndex], "Encoder"]
    ) -> None:
        self._opened, self._load = opened, load
        self.manifest, self.store, self.folder = (
            opened.manifest,
            opened.store,
            opened.folder,
        )

    @cached_property
    def encoder(self) -> "Encoder":
        """Of queries; what it needs is loaded when it is first used."""
        return self._load(self._opened)

    @cached_property
    def joined_encoder(self) -> "Encoder":
        """The same, for many threads: their texts are embedded together."""
        return cast(
            "Encoder", JoinedEncoder(self.encoder, self._opened.settings.threads)
        )

    @cached_property
    def joined_store(self) -> "VectorStore":
        """The store, for many threads: they search it together."""
        return cast(
            "VectorStore", JoinedStore(self.store, self._opened.settings.threads)
        )

    @cached_property
    def options(self) -> "ImageryOptions":
        """How its pictures were read."""
        return self._opened.imagery_options()

    @cached_property
    def sensors(self) -> dict[str, int]:
        """How many chips each sensor has."""
        return self.store.words("sensor")

    def where(self, where: "Filter | None") -> "Filter | None":
        """A filter with sensors as this index spells them."""
        from rsrag.desk.imagery.reach import with_sensors

        return with_sensors(where, lambda: self.sensors)

    @property
    def has_uniform(self) -> bool:
        """Whether some chips are one colour all over, and some are not."""
        return 0 < self.manifest.imagery.uniform < self.manifest.rows

    def varied(self, where: "Filter | None") -> "Filter | None":
        """A filter that leaves out what is one colour all over, unless all is."""
        if not self.has_uniform:
            return where
        from rsrag.filters import Filter
        from rsrag.indexing.format.chip_schema import UNIFORM

        where = where or Filter()
        return replace(where, ranges={**where.ranges, "contrast": (UNIFORM, None)})

    def why_none(self, where: "Filter") -> list[str]:
        """What there is of all that a filter asks for and no chip has, in sentences."""
        from rsrag.desk.imagery.reach import why_none

        parts = self.manifest.part_paths(self.folder)
        return why_none(parts, self.where(where) or where)

    def fetch(self, ids: Sequence[str]) -> "Vectors":
        """Stored vectors by id; imported chips go by their old ids, too."""
        if self.manifest.imagery.imported is None:
            return self.store.fetch(ids)
        from rsrag.errors import StoreError
        from rsrag.indexing.imports.import_types import foreign_id

        try:
            return self.store.fetch([foreign_id(id_) for id_ in ids])
        except StoreError as exc:
            names = ", ".join(map(repr, ids))
            raise StoreError(f"Not all in the store: {names}.") from exc

    def reader(self) -> "Callable[[ChipHit], Pixels]":
        """A reader of chips; each keeps the scene open that it read last."""
        from rsrag.retrieval.chip_hit import chip_reader

        return chip_reader(lambda: self.options)

    def close(self) -> None:
        """Close the store."""
        self.store.close()
