"""Search and question answering over satellite and aerial imagery, offline first.

``rsrag.build`` makes an index of archives and ``rsrag.open`` opens one; an ``Index`` is
searched, looked through, kept up to date and written out. ``Knowledge`` is asked, and
describes and labels pictures. What is named here is what programs may stand on; it is
loaded when it is first used.
"""

import importlib
import logging
from typing import TYPE_CHECKING, Any

from rsrag.errors import (
    BucketError,
    ChangeError,
    CheckpointError,
    ConfigError,
    DownloadError,
    EncoderError,
    GeneratorError,
    GeometryError,
    ImageReadError,
    ImageryError,
    IndexCorruptError,
    IndexingError,
    IndexLockedError,
    IndexMismatchError,
    IndexNotFoundError,
    KnowledgeError,
    LeftOutError,
    MissingExtraError,
    ModelNotFoundError,
    PluginError,
    QueryError,
    RsragError,
    SourceNotFoundError,
    StoreError,
    UnsafeArchiveError,
)

if TYPE_CHECKING:
    from rsrag.analysis.change.outcome.changed import Changed
    from rsrag.analysis.cover.cover_map import Segmented
    from rsrag.analysis.grounding.grounded import Grounded
    from rsrag.analysis.localization import Localized
    from rsrag.analysis.times.place_dates import Flips, Timeline
    from rsrag.answers import Answer, Citation, Classified, Evidence, LabelScore
    from rsrag.desk.asking.knowledge_base import Knowledge
    from rsrag.desk.asking.retrieval_choice import RetrievalChoice
    from rsrag.desk.entrance import Desk, build, open
    from rsrag.desk.imagery.facets import Facet
    from rsrag.desk.imagery.finding.similar import Similar, SimilarPair
    from rsrag.desk.imagery.finding.similar_places import SimilarPlaces, similar_places
    from rsrag.desk.imagery.hits import Hits
    from rsrag.desk.imagery.imagery_index import Index
    from rsrag.desk.imagery.over_time.change_options import ChangeOptions
    from rsrag.desk.imagery.over_time.changing import change
    from rsrag.desk.localizing import localize
    from rsrag.desk.phrase_grounding import ground
    from rsrag.desk.segmenting import segment
    from rsrag.filters import Filter
    from rsrag.interfaces import Encoder, Generator, Reranker, TextEncoder, VectorStore
    from rsrag.retrieval.chip_hit import ChipHit
    from rsrag.retrieval.marks.concept_file import Concept
    from rsrag.types import BBox

__version__ = "0.1.0"

_ROOMS = {
    "analysis.change.outcome.changed": ("Changed",),
    "analysis.grounding.grounded": ("Grounded",),
    "analysis.localization": ("Localized",),
    "analysis.times.place_dates": ("Flips", "Timeline"),
    "analysis.cover.cover_map": ("Segmented",),
    "answers": ("Answer", "Citation", "Classified", "Evidence", "LabelScore"),
    "desk.asking.knowledge_base": ("Knowledge",),
    "desk.asking.retrieval_choice": ("RetrievalChoice",),
    "desk.imagery.over_time.change_options": ("ChangeOptions",),
    "desk.imagery.over_time.changing": ("change",),
    "desk.entrance": ("Desk", "build", "open"),
    "desk.imagery.facets": ("Facet",),
    "desk.imagery.finding.similar": ("Similar", "SimilarPair"),
    "desk.imagery.finding.similar_places": ("SimilarPlaces", "similar_places"),
    "desk.phrase_grounding": ("ground",),
    "desk.imagery.hits": ("Hits",),
    "desk.imagery.imagery_index": ("Index",),
    "desk.localizing": ("localize",),
    "desk.segmenting": ("segment",),
    "filters": ("Filter",),
    "interfaces": ("Encoder", "Generator", "Reranker", "TextEncoder", "VectorStore"),
    "retrieval.chip_hit": ("ChipHit",),
    "retrieval.marks.concept_file": ("Concept",),
    "types": ("BBox",),
}
_ROOM_OF = {name: room for room, names in _ROOMS.items() for name in names}

__all__ = [
    "Answer",
    "BBox",
    "BucketError",
    "ChangeError",
    "ChangeOptions",
    "Changed",
    "CheckpointError",
    "ChipHit",
    "Citation",
    "Classified",
    "Concept",
    "ConfigError",
    "Desk",
    "DownloadError",
    "Encoder",
    "EncoderError",
    "Evidence",
    "Facet",
    "Filter",
    "Flips",
    "Generator",
    "GeneratorError",
    "GeometryError",
    "Grounded",
    "Hits",
    "ImageReadError",
    "ImageryError",
    "Index",
    "IndexCorruptError",
    "IndexLockedError",
    "IndexMismatchError",
    "IndexNotFoundError",
    "IndexingError",
    "Knowledge",
    "KnowledgeError",
    "LabelScore",
    "LeftOutError",
    "Localized",
    "MissingExtraError",
    "ModelNotFoundError",
    "PluginError",
    "QueryError",
    "Reranker",
    "RetrievalChoice",
    "RsragError",
    "Segmented",
    "Similar",
    "SimilarPair",
    "SimilarPlaces",
    "SourceNotFoundError",
    "StoreError",
    "TextEncoder",
    "Timeline",
    "UnsafeArchiveError",
    "VectorStore",
    "__version__",
    "build",
    "change",
    "ground",
    "localize",
    "open",
    "segment",
    "similar_places",
]

# Silent unless a program that uses rsrag, or --log-level, asks for records.
logging.getLogger(__name__).addHandler(logging.NullHandler())


def __getattr__(name: str) -> Any:
    if name not in _ROOM_OF:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(importlib.import_module(f"rsrag.{_ROOM_OF[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return __all__
