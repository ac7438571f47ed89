"""Several indexes of one encoder, searched in one ranking."""

import dataclasses
from collections.abc import Sequence
from contextlib import AbstractContextManager, ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Self

from rsrag.config import Settings
from rsrag.desk.imagery.generation import Generation
from rsrag.desk.imagery.hits import Hits
from rsrag.desk.imagery.imagery_index import Index
from rsrag.errors import QueryError
from rsrag.retrieval.chip_hit import ChipHit

if TYPE_CHECKING:
    from rsrag.retrieval.query import Term
    from rsrag.retrieval.store_search import SearchOptions


class Indexes:
    """Open indexes that are searched together.

    Args:
        names: of at least two, none twice.
        settings, encoder, checkpoint: as :class:`rsrag.Index` takes them.

    Raises:
        IndexMismatchError: their vectors are of different encoders.
        QueryError: a name that stands twice.
    """

    def __init__(
        self,
        names: Sequence[str],
        settings: Settings,
        encoder: str | None = None,
        checkpoint: Path | None = None,
    ) -> None:
        from rsrag.indexing.imports.merge import check_alike

        if len(set(names)) < len(names):
            raise QueryError(f"An index stands twice in {', '.join(names)}.")
        self.name = ", ".join(names)
        with ExitStack() as stack:
            self.each = [
                stack.enter_context(Index(name, settings, encoder, checkpoint))
                for name in names
            ]
            check_alike([one.manifest for one in self.each])
            self._close = stack.pop_all()
        for other in self.each[1:]:
            other.share_encoder(self.each[0])

    def __len__(self) -> int:
        return sum(map(len, self.each))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._close.close()

    def use(self) -> AbstractContextManager[Generation]:
        """The first of them."""
        return self.each[0].use()

    def find_all(
        self, queries: "Sequence[Sequence[Term]]", options: "SearchOptions"
    ) -> list[Hits]:
        """As :meth:`rsrag.Index.find_all`; each hit has its index in its payload.

        A chip that several indexes have is found once, in the first.
        """
        if options.lanes != ("picture",):
            raise QueryError(
                "Captions are searched in one index at a time.",
                hint=f"--index {self.each[0].name}",
            )
        found = [one.find_all(queries, options) for one in self.each]
        return [self._joined(hits, options) for hits in zip(*found, strict=True)]

    def _joined(self, found: Sequence[Hits], options: "SearchOptions") -> Hits:
        from rsrag.retrieval.store_search import overlap

        chips: dict[str, ChipHit] = {}
        for hits in found:
            for hit in hits:
                payload = {**hit.payload, "index": hits.index_name}
                chips.setdefault(hit.id, dataclasses.replace(hit, payload=payload))
        kept: list[ChipHit] = []
        for chip in sorted(chips.values(), key=lambda chip: (-chip.score, chip.id)):
            covered = options.dedupe and any(overlap(chip, other) for other in kept)
            if len(kept) < options.top_k and not covered:
                kept.append(chip)
        near = [hits.nearest for hits in found if hits.nearest is not None]
        nearest = max(near, key=lambda chip: chip.probability or 0.0, default=None)
        about = {**found[0].about, "index": self.name}
        title = found[0].title
        return Hits(title, self.name, kept, None if kept else nearest, about)

    def centres(self) -> list[tuple[float, float]]:
        """Of all chips of all of them, as :meth:`rsrag.Index.centres`."""
        return [centre for one in self.each for centre in one.centres()]


def opened(
    names: str | None,
    settings: Settings,
    encoder: str | None = None,
    checkpoint: Path | None = None,
) -> Index | Indexes:
    """One index, or several with commas between their names."""
    parts = [part.strip() for part in (names or "").split(",")]
    if len(parts) < 2:
        return Index(names, settings, encoder, checkpoint)
    if not all(parts):
        raise QueryError(f"A name is missing in {names!r}.", hint="--index coast,town")
    return Indexes(parts, settings, encoder, checkpoint)
