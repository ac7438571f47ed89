"""Where in the chips of a search what was looked for lies."""

import dataclasses
from collections.abc import Mapping, Sequence
from contextlib import ExitStack, closing
from typing import TYPE_CHECKING, Any

from rsrag.desk.imagery.hits import Hits
from rsrag.errors import RsragError

if TYPE_CHECKING:
    from rsrag.desk.imagery.open_imagery import OpenImagery
    from rsrag.encoders.dense_port import DenseEncoder
    from rsrag.imagery.reading import SceneReading
    from rsrag.retrieval.query import Term
    from rsrag.types import Vectors, Window


def localized(index: "OpenImagery", terms: "Sequence[Term]", hits: Hits) -> Hits:
    """The same hits, each with where in its chip the query lies.

    Args:
        terms: of the query that found them.

    Returns:
        Hits whose ``found_at`` is what ``peak_mapping`` of ``analysis/heat_files.py``
        gives, in pixels of the scene, or ``{"unread": reason}``.
    """
    from rsrag.analysis.exact_windows import dense
    from rsrag.desk.imagery.finding.asked import asked_vector
    from rsrag.imagery.scenes import reopen_scene

    with index.use() as generation, ExitStack() as stack:
        vector, _ = asked_vector(generation, terms, index.settings)
        encoder = dense(generation.encoder)
        scenes: dict[str, SceneReading] = {}

        def found_at(source: str, window: "Window | None") -> Mapping[str, Any]:
            try:
                if source not in scenes:
                    scene = reopen_scene(source, generation.options)
                    scenes[source] = stack.enter_context(closing(scene))
                return _found_at(scenes[source], window, encoder, vector)
            except RsragError as exc:
                return {"unread": str(exc)}

        made = [
            dataclasses.replace(hit, found_at=found_at(hit.source, hit.window))
            for hit in hits
        ]
    return Hits(hits.title, hits.index_name, made, hits.nearest, hits.about)


def _found_at(
    scene: "SceneReading",
    window: "Window | None",
    encoder: "DenseEncoder",
    vector: "Vectors",
) -> Mapping[str, Any]:
    from rsrag.analysis.heat_files import peak_mapping
    from rsrag.analysis.localization import warmest
    from rsrag.imagery.scenes import reread
    from rsrag.types import Window

    window = window or Window(0, 0, scene.width, scene.height)
    peak = warmest(reread(scene, window), encoder, vector, window[:2])
    return peak_mapping(scene.place, peak)
