"""What ``rsrag search`` calls once its words are read."""

import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from rsrag.config import Settings
from rsrag.errors import QueryError, StoreError
from rsrag.factory import EncoderChoice, OpenIndex, open_index
from rsrag.retrieval.chip_hit import ChipHit
from rsrag.retrieval.query import Term, parse_term, query_vector
from rsrag.retrieval.store_search import SearchOptions, search_store
from rsrag.types import Pixels, Vectors

if TYPE_CHECKING:
    from rsrag.imagery.imagery_options import ImageryOptions


@dataclass(frozen=True, slots=True)
class EncoderWish:
    """An encoder named on the command line; none of it means the index's own."""

    name: str | None
    checkpoint: Path | None

    def choice(self, opened: OpenIndex) -> EncoderChoice | None:
        """What to load, or ``None`` for what the manifest names."""
        if self.name is None and self.checkpoint is None:
            return None
        own = EncoderChoice.from_json(opened.manifest.image.encoder_source)
        return EncoderChoice(
            self.name or own.name,
            self.checkpoint or (own.checkpoint if self.name is None else None),
            own.architecture if self.name is None else None,
            own.precision,
        )


@dataclass(frozen=True, slots=True)
class Found:
    """Hits of one or more queries, and what is needed to show them.

    Attributes:
        sections: each query in words, and its hits, best first.
        chips: number of chips of the index.
        imagery: how its pictures are read.
        index: its name.
    """

    sections: list[tuple[str, list[ChipHit]]]
    chips: int
    imagery: "ImageryOptions"
    index: str

    def empty(self, options: SearchOptions) -> Iterator[str]:
        """Why there is nothing, so that empty is never a riddle."""
        why = "the filters" if options.where else ""
        if options.min_score is not None:
            why = f"{why} and --min-score".removeprefix(" and ")
        for title, hits in self.sections:
            if not hits:
                yield (
                    f"{title}: no chip of the {self.chips:,} in {self.index!r} passes "
                    f"{why}."
                )


def read_queries(query: str | None, file: Path | None) -> list[Term]:
    """The first term of each query: one that was typed, or the lines of a file.

    Raises:
        QueryError: both, or a file that cannot be read or has no query in it.
    """
    if file is None:
        return [] if query is None else [parse_term(query)]
    if query is not None:
        raise QueryError("Give one query, or --queries FILE, not both.")
    try:
        text = sys.stdin.read() if str(file) == "-" else file.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as exc:
        raise QueryError(f"--queries {file} cannot be read: {exc}") from exc
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    if not lines:
        raise QueryError(f"--queries {file} holds no query.", hint="one query a line")
    return [parse_term(line) for line in lines]


def run_search(
    settings: Settings,
    name: str | None,
    queries: Sequence[Sequence[Term]],
    options: SearchOptions,
    wish: EncoderWish,
) -> Found:
    """Open the index, embed each query, search."""
    opened = open_index(name, settings)
    try:
        encoder = opened.load_encoder(wish.choice(opened))
        sections = []
        for terms in queries:
            vector = query_vector(terms, encoder, load_picture, fetcher(opened))
            hits = search_store(opened.store, vector, options)
            sections.append((title_of(terms), [ChipHit.of(hit) for hit in hits]))
        return Found(
            sections, len(opened.store), opened.imagery_options(), opened.manifest.name
        )
    finally:
        opened.store.close()


def fetcher(opened: OpenIndex) -> Callable[[Sequence[str]], Vectors]:
    """What fetches stored vectors by id; imported chips go by their old ids, too."""
    if opened.manifest.imagery.imported is None:
        return opened.store.fetch
    from rsrag.indexing.imports.foreign_ids import foreign_id

    def fetch(ids: Sequence[str]) -> Vectors:
        try:
            return opened.store.fetch([foreign_id(id_) for id_ in ids])
        except StoreError as exc:
            names = ", ".join(map(repr, ids))
            raise StoreError(f"Not all in the store: {names}.") from exc

    return fetch


def load_picture(path: Path) -> Pixels:
    """Read a query picture; the imagery room is loaded only for one."""
    from rsrag.imagery.scenes import load_picture as load

    return load(path)


def title_of(terms: Sequence[Term]) -> str:
    """The query as a person would write it."""
    words: list[str] = []
    for term in terms:
        is_file = term.kind in ("image", "vector")
        name = Path(term.value).name if is_file else term.value
        weight = f"{abs(term.weight):g} × " if abs(term.weight) != 1 else ""
        sign = "− " if term.weight < 0 else "+ " if words else ""
        words.append(f"{sign}{weight}{name}")
    return " ".join(words)
