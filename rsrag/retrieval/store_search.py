"""Search a store: filter, cut by score, and keep hits that do not overlap."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from rsrag.errors import QueryError
from rsrag.filters import Filter
from rsrag.geo import boxes_intersect
from rsrag.interfaces import VectorStore
from rsrag.retrieval.chip_hit import ChipHit
from rsrag.types import Hit, Vectors, Window

MAX_TOP_K = 100_000
_LARGER = 1.2
"""Sides of chips of different sizes differ by so much at least."""


@dataclass(frozen=True, slots=True)
class SearchOptions:
    """How many hits, and which.

    Attributes:
        top_k: at most so many.
        min_score: cosine similarity that a hit must reach, or ``None``.
        dedupe: no two hits may cover the same ground, or, for pictures without
            a place, the same pixels of one source. The better one stays.
        across: of chips of several sizes, none that shares ground with a better one
            of another size.
        lanes: ways of looking: ``picture``, and those of captions.
        uniform: also chips that are one colour all over.
        min_prob: probability that a hit must have to show what was asked, or ``None``.
    """

    top_k: int = 10
    where: Filter | None = None
    min_score: float | None = None
    dedupe: bool = False
    uniform: bool = False
    min_prob: float | None = None
    across: bool = False
    lanes: tuple[str, ...] = ("picture",)

    def __post_init__(self) -> None:
        top_k, least = self.top_k, self.min_score
        if not (isinstance(top_k, int) and 1 <= top_k <= MAX_TOP_K):
            raise QueryError(f"top_k is {top_k!r}; it must be 1 to {MAX_TOP_K}.")
        if least is not None and not (
            isinstance(least, int | float) and -1 <= least <= 1
        ):
            raise QueryError(f"min_score is {least!r}; a cosine is between -1 and 1.")
        sure = self.min_prob
        if sure is not None and not (isinstance(sure, int | float) and 0 <= sure <= 1):
            raise QueryError(f"min_prob is {sure!r}; a probability is 0 to 1.")


def search_store(
    store: VectorStore, vector: Vectors, options: SearchOptions
) -> list[Hit]:
    """The best hits of one query, a ``(1, dim)`` float32 unit row; best first.

    Fewer than ``top_k`` come only if there are no more that match.
    """
    if not (options.dedupe or options.across):
        hits = store.search(vector, options.top_k, options.where)[0]
        return _above(hits, options.min_score)
    wanted = options.top_k * 4
    while True:
        found = store.search(vector, wanted, options.where)[0]
        hits = _above(found, options.min_score)
        covers = overlap if options.dedupe else nested
        kept = without_overlap(hits, options.top_k, covers)
        exhausted = len(found) < wanted or len(hits) < len(found)
        if len(kept) == options.top_k or exhausted:
            return kept
        wanted *= 4


def _above(hits: list[Hit], min_score: float | None) -> list[Hit]:
    if min_score is None:
        return hits
    return [hit for hit in hits if hit.score >= min_score]


def without_overlap(
    hits: Sequence[Hit],
    top_k: int,
    covers: Callable[[ChipHit, ChipHit], bool] | None = None,
) -> list[Hit]:
    """Of hits, best first, the ``top_k`` that overlap no better one.

    Greedy non-maximum suppression; sharing an edge is not an overlap.

    Args:
        covers: whether two hits overlap; :func:`overlap` by default.
    """
    covers = covers or overlap
    kept: list[ChipHit] = []
    for hit in map(ChipHit.of, hits):
        if not any(covers(hit, better) for better in kept):
            kept.append(hit)
            if len(kept) == top_k:
                break
    return list(kept)


def overlap(a: ChipHit, b: ChipHit) -> bool:
    """Whether two chips share ground, or pixels where there is no ground."""
    if a.bbox and b.bbox and not boxes_intersect(a.bbox, b.bbox):
        return False
    ground_a, ground_b = a.footprint, b.footprint
    if ground_a is None or ground_b is None:
        return a.source == b.source and _windows_overlap(a.window, b.window)
    smaller = min(ground_a.area, ground_b.area)
    # Neighbours meet in a line, and rounding may give that line some width.
    return bool(ground_a.intersection(ground_b).area > 1e-6 * smaller)


def nested(a: ChipHit, b: ChipHit) -> bool:
    """Whether two chips of one scene and of different sizes share most of one."""
    one, other = a.window, b.window
    if a.source != b.source or one is None or other is None:
        return False
    small, large = sorted(
        (one, other), key=lambda window: max(window.width, window.height)
    )
    if max(large.width, large.height) < _LARGER * max(small.width, small.height):
        return False
    return 2 * _shared_pixels(small, large) >= small.width * small.height


def _windows_overlap(a: Window | None, b: Window | None) -> bool:
    return a is not None and b is not None and _shared_pixels(a, b) > 0


def _shared_pixels(a: Window, b: Window) -> int:
    """Pixels of a scene that lie in both windows."""
    across = min(a.col_off + a.width, b.col_off + b.width) - max(a.col_off, b.col_off)
    down = min(a.row_off + a.height, b.row_off + b.height) - max(a.row_off, b.row_off)
    return max(across, 0) * max(down, 0)
