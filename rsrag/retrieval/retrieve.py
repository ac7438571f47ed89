"""Retrieval: lanes side by side, fused and reranked."""

import logging
import time
from collections.abc import Sequence
from concurrent.futures import Executor, ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from typing import Literal

from rsrag.answers import Evidence
from rsrag.errors import QueryError
from rsrag.interfaces import Reranker
from rsrag.retrieval.admission import Admission
from rsrag.retrieval.fusion import RRF_K, Places, alpha_blend, lane_places, rrf
from rsrag.retrieval.knowledge_query import KnowledgeQuery
from rsrag.retrieval.lanes import LANES, Search
from rsrag.retrieval.likelihood_reranker import blend
from rsrag.retrieval.spaces import Idle, LaneHit, LaneResult, QueryVectors, Sources
from rsrag.retrieval.wording.evidence import evidence_of

_log = logging.getLogger(__name__)

Fusion = Literal["rrf", "alpha"]


@dataclass(frozen=True, slots=True)
class RetrieveOptions:
    """How to retrieve.

    Attributes:
        candidates: how many each lane brings, and how many are reranked.
        lanes: names of those to run; ``None`` for all.
        fusion: ``rrf``, or ``alpha``: RS-RAG's blend of the lanes ``image`` and
            ``text``, in which no other lane takes part.
        k: of RRF.
        weights: of lanes in RRF, 1 for those not named.
        alpha: the image's weight in ``alpha``.
        rerank_weight: how much the reranker decides: 1 is alone, below that its
            scores are blended with those of fusion, each spread over 0..1.
    """

    top_k: int = 10
    candidates: int = 50
    lanes: tuple[str, ...] | None = None
    fusion: Fusion = "rrf"
    k: float = RRF_K
    weights: dict[str, float] = field(default_factory=dict)
    alpha: float = 0.7
    rerank_weight: float = 1.0

    def __post_init__(self) -> None:
        if not 1 <= self.top_k <= self.candidates:
            raise QueryError(
                f"top_k is {self.top_k} of {self.candidates} candidates; it must be at "
                "least 1 and at most that."
            )
        if not 0 <= self.rerank_weight <= 1:
            raise QueryError(f"The reranker's weight is {self.rerank_weight}; 0 to 1.")
        for name in (*(self.lanes or ()), *self.weights):
            if name not in LANES:
                raise QueryError(
                    f"There is no lane {name!r}.", hint=f"one of {', '.join(LANES)}"
                )


@dataclass(frozen=True, slots=True)
class Retrieved:
    """What was found, and how.

    Attributes:
        evidence: best first. ``scores`` holds ``LANE`` (its raw score), ``LANE#``
            (its rank there), ``LANE~`` (the rank of its landmark there, where that
            counted for it), ``rrf`` or ``alpha``, and ``rerank``.
        lanes: every lane, those that did not run with their reason.
        reranker: its name, ``None`` if nothing was reranked.
        not_reranked: why not.
        seconds: by stage: ``lanes``, ``fusion``, ``rerank``, ``total``.
    """

    evidence: tuple[Evidence, ...]
    lanes: tuple[LaneResult, ...]
    fusion: Fusion
    reranker: str | None
    not_reranked: str | None
    seconds: dict[str, float]

    def lane(self, name: str) -> LaneResult:
        """One lane's result; ``QueryError`` if it was not asked to run."""
        if name not in (known := {result.lane: result for result in self.lanes}):
            raise QueryError(f"The lane {name!r} was not asked to run.")
        return known[name]


def lane_threads() -> Executor:
    """Threads for the lanes of any number of queries; shut them down at the end."""
    return ThreadPoolExecutor(len(LANES), thread_name_prefix="lane")


class Retriever:
    """Runs queries against sources. Close it at the end.

    Args:
        sources: to look in; they are the caller's to close.
        reranker: rereads the best candidates, if there is one and there are words.
        pool: threads for the lanes, the caller's to close; its own by default.
    """

    def __init__(
        self,
        sources: Sources,
        reranker: Reranker | None = None,
        pool: Executor | None = None,
    ) -> None:
        self._sources = sources
        self._reranker = reranker
        self._own = pool is None
        self._pool = pool or lane_threads()

    def retrieve(
        self,
        query: KnowledgeQuery,
        options: RetrieveOptions | None = None,
        vectors: QueryVectors | None = None,
    ) -> Retrieved:
        """Evidence for a query.

        Args:
            vectors: of this query, where the caller has a use for them, too.

        Raises:
            QueryError: ``alpha`` without a picture and words to blend.
            RsragError: whatever a lane ran into; a lane is never left out for it.
        """
        options = options or RetrieveOptions()
        started = time.perf_counter()
        admission = Admission(query, self._sources.catalogue)
        vectors = vectors or QueryVectors(query)
        search = Search(query, self._sources, vectors, admission, options.candidates)
        names = LANES if options.lanes is None else options.lanes
        running = [self._pool.submit(_timed, name, search) for name in names]
        lanes = tuple(future.result() for future in running)
        lanes_done = time.perf_counter()
        places = lane_places(lanes)
        fused = _fuse(lanes, places, options)[: options.candidates]
        evidence = self._in_words(fused, places, options.fusion)
        fusion_done = time.perf_counter()
        evidence, not_reranked = self._rerank(query, evidence, options)
        done = time.perf_counter()
        seconds = {
            "lanes": lanes_done - started,
            "fusion": fusion_done - lanes_done,
            "rerank": done - fusion_done,
            "total": done - started,
        }
        _log.info(
            "retrieved %d of %d candidates: %s",
            *(len(evidence[: options.top_k]), len(fused)),
            ", ".join(f"{stage} {taken:.3f} s" for stage, taken in seconds.items()),
        )
        return Retrieved(
            tuple(evidence[: options.top_k]),
            lanes,
            options.fusion,
            None if self._reranker is None or not_reranked else self._reranker.name,
            not_reranked,
            seconds,
        )

    def _in_words(
        self, fused: Sequence[tuple[LaneHit, float]], places: Places, fusion: Fusion
    ) -> list[Evidence]:
        ids = sorted({f.landmark_id for f, _ in fused if f.landmark_id is not None})
        marks = {mark.id: mark for mark in self._sources.catalogue.landmarks(ids)}
        return [
            replace(
                evidence_of(found, marks),
                scores={**places.told(found), fusion: score},
                score=score,
            )
            for found, score in fused
        ]

    def _rerank(
        self, query: KnowledgeQuery, evidence: list[Evidence], options: RetrieveOptions
    ) -> tuple[list[Evidence], str | None]:
        if self._reranker is None:
            return evidence, "no reranker is given"
        if query.text is None:
            return evidence, "there are no words to read the evidence with"
        if not evidence:
            return evidence, "there is nothing to rerank"
        said = self._reranker.rerank(query.text, [piece.text for piece in evidence])
        fused = [piece.score for piece in evidence]
        final = said
        if options.rerank_weight < 1:
            final = blend(fused, said, 1 - options.rerank_weight)
        reread = [
            replace(piece, scores={**piece.scores, "rerank": score}, score=order)
            for piece, score, order in zip(evidence, said, final, strict=True)
        ]
        # Sorting is stable: what the reranker cannot tell apart stays as fused.
        return sorted(reread, key=lambda piece: -piece.score), None

    def close(self) -> None:
        """Let its own threads go."""
        if self._own:
            self._pool.shutdown()


def _timed(name: str, search: Search) -> LaneResult:
    started = time.perf_counter()
    found = LANES[name](search)
    seconds = time.perf_counter() - started
    if isinstance(found, Idle):
        _log.debug("lane %s did not run: %s", name, found.reason)
        return LaneResult(name, idle=found.reason, seconds=seconds)
    _log.debug("lane %s: %d found in %.3f s", name, len(found), seconds)
    return LaneResult(name, tuple(found), seconds=seconds)


def _fuse(
    lanes: Sequence[LaneResult], places: Places, options: RetrieveOptions
) -> list[tuple[LaneHit, float]]:
    """Everything that lanes found, best first."""
    by_key = {found.key: found for lane in lanes for found in lane.found}
    if options.fusion == "alpha":
        if not places.own.keys() & {"image", "text"}:
            raise QueryError(
                "alpha blends the lanes image and text, and neither ran.",
                hint="fusion rrf takes every lane",
            )
        image, text = (places.scores(by_key, name) for name in ("image", "text"))
        order = alpha_blend(image, text, options.alpha)
    else:
        asked = {lane.lane for lane in lanes}
        weights = {name: w for name, w in options.weights.items() if name in asked}
        order = rrf(places.ranks(by_key), options.k, weights)
    return [(by_key[key], score) for key, score in order]
