"""One generation of an index of imagery, open for searching."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, cast

from rsrag.desk.imagery.joining import JoinedEncoder, JoinedStore
from rsrag.factory import OpenIndex

if TYPE_CHECKING:
    from rsrag.desk.imagery.columns_there import Columns
    from rsrag.filters import Filter
    from rsrag.imagery.imagery_options import ImageryOptions
    from rsrag.interfaces import Encoder, VectorStore
    from rsrag.rag.looking.caption_search import CaptionSearch
    from rsrag.retrieval.chip_hit import ChipHit
    from rsrag.retrieval.relevance.relevance import Relevance
    from rsrag.retrieval.store_search import SearchOptions
    from rsrag.types import Hit, Pixels, Vectors

SPARE = 16
"""Hits asked for beyond those wanted, where some may be of one colour."""


BACKGROUND = 200
"""Chips at most that stand for all of an index beside some that were marked."""


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
    def relevance(self) -> "Relevance | None":
        """What tells how likely hits of texts are right, if its encoder has a fit."""
        from rsrag.retrieval.relevance.relevance import relevance_of

        return relevance_of(self.manifest.image.encoder)

    @cached_property
    def joined_encoder(self) -> "Encoder":
        """The same, for many threads: their texts are embedded together.

        Half of the processors embed: what comes meanwhile goes together, for less.
        """
        at_once = max(1, self._opened.settings.threads // 2)
        return cast("Encoder", JoinedEncoder(self.encoder, at_once))

    @cached_property
    def joined_store(self) -> "VectorStore":
        """The store, for many threads: they search it together."""
        return cast(
            "VectorStore", JoinedStore(self.store, self._opened.settings.threads)
        )

    @property
    def batches(self) -> dict[str, float]:
        """How many queries were embedded, and searched, together, on average."""
        made = {
            "encode": self.__dict__.get("joined_encoder"),
            "search": self.__dict__.get("joined_store"),
        }
        return {
            stage: one.joined.items / one.joined.calls
            for stage, one in made.items()
            if one is not None and one.joined.calls
        }

    @cached_property
    def options(self) -> "ImageryOptions":
        """How its pictures were read."""
        return self._opened.imagery_options()

    @cached_property
    def sensors(self) -> dict[str, int]:
        """How many chips each sensor has."""
        return self.store.words("sensor")

    @cached_property
    def columns(self) -> "Columns":
        """Properties of its chips, and of which kinds their values are."""
        from rsrag.desk.imagery.columns_there import chips_in, columns_there

        return columns_there(iter([chips_in(self.parts, ["properties"])]))

    @cached_property
    def background(self) -> "Vectors":
        """Vectors of some of its chips, evenly chosen: what there is besides marks."""
        from rsrag.desk.imagery.columns_there import chips_in

        ids = chips_in(self.parts, ["id"])["id"]
        step = max(1, -(-len(ids) // BACKGROUND))
        return self.store.fetch(ids[::step].to_pylist())

    @property
    def parts(self) -> list[Path]:
        """The files of its chips."""
        return self.manifest.part_paths(self.folder)

    def where(self, where: "Filter | None") -> "Filter | None":
        """A filter with sensors and columns as this index spells them.

        Raises:
            QueryError: a column that is not there, or that holds no such values.
        """
        if not where:
            return where
        from rsrag.desk.imagery.reach import as_spelled

        return as_spelled(where, lambda: self.sensors, lambda: self.columns)

    def asked(self, options: "SearchOptions") -> "SearchOptions":
        """Options of a search with their filter as this index spells it.

        Of chips of several sizes, the best of one place is found.
        """
        several = bool(self.manifest.imagery.options.get("scales"))
        return replace(options, where=self.where(options.where), across=several)

    @cached_property
    def captions(self) -> "CaptionSearch":
        """The captions of its chips, to be searched."""
        from rsrag.desk.imagery.finding.captions_there import captions_in

        return captions_in(self.parts, self.folder)

    def forget_captions(self) -> None:
        """Read them again when they are next asked for."""
        self.__dict__.pop("captions", None)

    @cached_property
    def finest_gsd_m(self) -> float | None:
        """The least ground sampling distance of its chips, metres; if one is known."""
        import numpy as np

        from rsrag.columns.arrow_columns import floats
        from rsrag.desk.imagery.columns_there import chips_in

        known = floats(chips_in(self.parts, ["gsd_m"])["gsd_m"])
        return float(np.nanmin(known)) if np.isfinite(known).any() else None

    @property
    def has_uniform(self) -> bool:
        """Whether some chips are one colour all over, and some are not."""
        return 0 < self.manifest.imagery.uniform < self.manifest.rows

    @cached_property
    def varied_store(self) -> "VectorStore":
        """The joined store without what is one colour all over, unless all is."""
        if not self.has_uniform:
            return self.joined_store
        uniform = self.manifest.imagery.uniform
        return cast("VectorStore", VariedStore(self.joined_store, uniform))

    def why_none(self, where: "Filter") -> list[str]:
        """What there is of all that a filter asks for and no chip has, in sentences."""
        from rsrag.desk.imagery.reach import why_none

        return why_none(self.parts, self.where(where) or where)

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


class VariedStore:
    """A store in whose searches chips of one colour all over are no hits.

    They are few as a rule, and a filter costs every search something (most where a
    graph is walked). So some more hits are asked for and the uniform ones dropped; only
    a search that then has too few is filtered.

    Args:
        uniform: how many of the chips are one colour all over.
    """

    def __init__(self, store: "VectorStore", uniform: int) -> None:
        self._store, self._spare = store, min(uniform, SPARE)

    def search(
        self, vectors: "Vectors", top_k: int, where: "Filter | None" = None
    ) -> "list[list[Hit]]":
        """As :meth:`rsrag.interfaces.VectorStore.search`."""
        from rsrag.filters import Filter
        from rsrag.indexing.format.chip_schema import UNIFORM

        if not where:
            asked = top_k + self._spare
            found = self._store.search(vectors, asked)
            kept = [
                [hit for hit in hits if (hit.payload["contrast"] or 0) >= UNIFORM]
                for hits in found
            ]
            pairs = zip(kept, found, strict=True)
            if all(len(some) >= top_k or len(all_) < asked for some, all_ in pairs):
                return [some[:top_k] for some in kept]
        where = where or Filter()
        ranges = {**where.ranges, "contrast": (UNIFORM, None)}
        return self._store.search(vectors, top_k, replace(where, ranges=ranges))
