"""An index of imagery that stays open: it follows its generations, threads share it."""

import threading
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self, Unpack, overload

from rsrag.config import Settings
from rsrag.desk.argument_check import told
from rsrag.desk.filtering import FilterWords, where_of
from rsrag.desk.imagery.generation import Generation
from rsrag.desk.imagery.hits import Hits
from rsrag.desk.watch import Watched
from rsrag.factory import EncoderChoice, OpenIndex, find_index, open_index
from rsrag.filters import Filter
from rsrag.indexing.format.manifest import Manifest
from rsrag.retrieval.chip_hit import ChipHit
from rsrag.types import Hit

if TYPE_CHECKING:
    from rsrag.desk.imagery.finding.pictures import PictureLike
    from rsrag.interfaces import Encoder
    from rsrag.retrieval.query import Term
    from rsrag.retrieval.store_search import SearchOptions
    from rsrag.types import Pixels, Vectors

Many = Sequence[Any]


class OpenImagery:
    """What is asked of an index of imagery while it stays open.

    Threads may share it. When a build, an update or a rollback switches the index to
    another generation, calls that begin a second later see it, and those that are under
    way end with the one that they began with.

    Args:
        name: of the index; ``None`` takes the only one.
        settings: folders, threads, keys.
        encoder: instead of the index's own; another one than it was built with is
            refused.
        checkpoint: its weights.
    """

    def __init__(
        self,
        name: str | None,
        settings: Settings,
        encoder: str | None = None,
        checkpoint: Path | None = None,
    ) -> None:
        self._directory = find_index(name, settings)
        self.name = self._directory.name
        self.settings = settings.at(self.name)
        self._wanted = encoder, checkpoint
        self._encoders: dict[object, Encoder] = {}
        self._loading = threading.Lock()
        self._watched = Watched(
            f"The index {self.name!r}",
            self._directory.current,
            lambda: Generation(open_index(self.name, self.settings), self._load),
        )
        with self._watched.use():
            pass  # What cannot be opened is told of now.

    def use(self) -> AbstractContextManager[Generation]:
        """The current generation, which stays open to the end of a ``with`` block."""
        return self._watched.use()

    @property
    def manifest(self) -> Manifest:
        """What the current generation knows of itself."""
        with self.use() as generation:
            return generation.manifest

    @property
    def dim(self) -> int:
        """Width of the vectors."""
        return self.manifest.image.encoder.dim

    def __len__(self) -> int:
        with self.use() as generation:
            return len(generation.store)

    def __repr__(self) -> str:
        return f"<index {self.name!r} in {self.settings.indexes}>"

    def find_all(
        self, queries: "Sequence[Sequence[Term]]", options: "SearchOptions"
    ) -> list[Hits]:
        """Search for some sums of terms; what :meth:`search` does with its words.

        Args:
            queries: of terms, as :func:`rsrag.retrieval.query.terms_of` makes them.
        """
        from rsrag.desk.imagery.finding.asked import asked_vector
        from rsrag.desk.imagery.finding.chances import chances_of, likely
        from rsrag.desk.imagery.finding.lanes_of_chips import found_by_lanes
        from rsrag.retrieval.wording.query_title import title_of

        with self.use() as generation:
            read, found = generation.reader(), []
            options = generation.asked(options)
            store = (
                generation.joined_store if options.uniform else generation.varied_store
            )
            for terms in queries:
                vector, learnt = asked_vector(generation, terms, self.settings)
                hits = found_by_lanes(
                    generation, store, terms, vector, options, self.settings
                )
                chances = chances_of(generation, terms, vector, hits, options.min_prob)
                chips = [
                    ChipHit.of(hit, read, chance)
                    for hit, chance in zip(hits, chances, strict=True)
                ]
                about = {"query": title_of(terms), "index": self.name}
                about["encoder"] = generation.manifest.image.encoder.id
                if learnt:
                    about["marks"] = learnt
                found.append(likely(about, chips, options))
            return found

    @told
    def search(
        self,
        query: str | None = None,
        *,
        image: "PictureLike | Many | None" = None,
        chip: "str | ChipHit | Many | None" = None,
        vector: "str | Path | Vectors | Many | None" = None,
        add: str | Sequence[str] = (),
        subtract: str | Sequence[str] = (),
        like: "str | ChipHit | Many | None" = None,
        unlike: "str | ChipHit | Many | None" = None,
        top_k: int = 10,
        min_score: float | None = None,
        dedupe: bool = False,
        uniform: bool = False,
        min_prob: float | None = None,
        lanes: str | Sequence[str] = "picture",
        where: Filter | None = None,
        **words: Unpack[FilterWords],
    ) -> Hits:
        """Find chips by text, pictures, chips and vectors, or by a sum of them.

        Args:
            query: what to look for, in words.
            image: pictures that hits should be like: paths, addresses, Pillow pictures,
                ``(height, width, 3)`` uint8 arrays, or hits.
            chip: chips that hits should be like: ids, or hits.
            vector: vectors of the index's encoder: ``(dim,)`` floats, ``.npy`` files.
            add: ``[WEIGHT:]TEXT`` or ``[WEIGHT:]@FILE`` to add to the query.
            subtract: the same, to take away.
            like: chips that were marked as right.
            unlike: chips that were marked as wrong.
            top_k: at most so many hits, 1 to 100,000.
            min_score: cosine similarity that a hit must reach, -1 to 1.
            dedupe: no two hits of the same ground.
            uniform: also chips that are one colour all over.
            min_prob: probability that a hit must have to show what was asked, 0 to 1;
                of words only, and of encoders that have a fit.
            lanes: fused: ``picture``; captions' ``words``, ``meaning``; or ``all``.
            where: conditions on the chips, instead of words for them.
            **words: ``filter`` (CQL2), ``bbox``, ``near``, ``datetime``, ``sensor`` and
                all else that :func:`rsrag.desk.filtering.filter_of` takes.

        Returns:
            Best first; ties by id. Fewer than ``top_k`` only if no more match.

        Raises:
            QueryError: nothing to look for, terms that cancel out, a chip that is not
                in the index, or words that cannot be read.
            ImageryError: a picture that cannot be read.
        """
        from rsrag.desk.imagery.finding.lanes_of_chips import lanes_of
        from rsrag.retrieval.query import marks, terms_of
        from rsrag.retrieval.store_search import SearchOptions

        found = where_of(where, words)
        options = SearchOptions(
            *(top_k, found, min_score, dedupe, uniform, min_prob),
            lanes=lanes_of(lanes),
        )
        terms = terms_of(query, image, chip, vector, add, subtract)
        terms += marks(like, unlike)
        return self.find_all([terms], options)[0]

    @overload
    def get(self, ids: str) -> ChipHit: ...

    @overload
    def get(self, ids: list[str] | tuple[str, ...]) -> Hits: ...

    @told
    def get(self, ids: str | list[str] | tuple[str, ...]) -> ChipHit | Hits:
        """Chips by their ids, in order; one id gives one chip. Their score is 0.

        Raises:
            StoreError: naming the ids that are not there.
        """
        wanted = [ids] if isinstance(ids, str) else list(ids)
        with self.use() as generation:
            payloads = generation.store.payloads(wanted)
            found = [Hit(i, 0.0, p) for i, p in zip(wanted, payloads, strict=True)]
            hits = self._hits("chips by id", found, generation.reader())
        return hits[0] if isinstance(ids, str) else hits

    @property
    def each(self) -> "Sequence[Self]":
        """Itself alone, as several indexes that are searched together have it."""
        return [self]

    def share_encoder(self, other: Self) -> None:
        """Embed queries with what another index of the same encoder has loaded."""
        self._encoders, self._loading = other._encoders, other._loading

    def close(self) -> None:
        """Close it as soon as nobody uses it; nothing more may be asked."""
        self._watched.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _hits(
        self, title: str, found: Sequence[Hit], read: "Callable[[ChipHit], Pixels]"
    ) -> Hits:
        return Hits(title, self.name, [ChipHit.of(hit, read) for hit in found])

    def _load(self, opened: OpenIndex) -> "Encoder":
        """The encoder of a generation; generations of one encoder share it."""
        name, checkpoint = self._wanted
        own = EncoderChoice.from_json(opened.manifest.image.encoder_source)
        choice = None
        if name is not None or checkpoint is not None:
            choice = EncoderChoice(
                name or own.name,
                checkpoint or (own.checkpoint if name is None else None),
                own.architecture if name is None else None,
                own.precision,
            )
        key = (opened.manifest.image.encoder, choice or own)
        with self._loading:
            if key not in self._encoders:
                self._encoders[key] = opened.load_encoder(choice)
            return self._encoders[key]
