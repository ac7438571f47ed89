"""``/localize``, ``/segment``, ``/ground`` and ``/change``: what lies in a picture."""

import dataclasses
import functools
from collections.abc import Callable, Sequence
from typing import Any

from starlette.responses import Response
from starlette.routing import Route

from rsrag.serve.chat.sent_pictures import sent_picture
from rsrag.serve.endpoints import Asked, endpoint, json_response
from rsrag.serve.failures import HttpFailure
from rsrag.serve.guard.body_values import (
    fields,
    flag_of,
    number_of,
    numbers_of,
    one_of,
    text_of,
    texts_of,
    whole_of,
)
from rsrag.serve.guard.discretion import discreet_values
from rsrag.serve.guard.request_limits import Gate
from rsrag.serve.pictures.asked_scene import asked_scene
from rsrag.serve.service import Service

_MOST = 100
_CLASSES = 64
Given = dict[str, Any]
SceneWork = Callable[[Service, Any], Given]


def scene_routes(service: Service, gate: Gate) -> list[Route]:
    """All of them."""
    return [
        endpoint(
            service,
            name,
            f"/{name}",
            functools.partial(_answer, made),
            methods=("POST",),
            scope="ask",
            gate=gate,
        )
        for name, made in SCENE_WORK.items()
    ]


def _answer(made: SceneWork, service: Service, asked: Asked) -> Response:
    return json_response(made(service, asked.body))


def _localize(service: Service, body: Any) -> Given:
    from rsrag.analysis.heat_files import peak_mappings
    from rsrag.desk.localizing import LocalizeOptions, localize_over
    from rsrag.rendering.places_found import localized_mapping

    given = fields(
        body,
        image=_as_it_is,
        bbox=numbers_of(4),
        query=text_of,
        like=lambda value: sent_picture(service, value),
        window=text_of,
        threshold=number_of(0, 1),
        top_k=whole_of(_MOST),
    )
    if ("query" in given) == ("like" in given):
        raise HttpFailure(400, "Say what to look for: query, or like, a picture of it.")
    options = LocalizeOptions(**_some(given, "window", "threshold", "top_k"))
    with asked_scene(service, given) as scene:
        found = localize_over(
            scene,
            service.desk.encoder,
            given.get("query"),
            given.get("like"),
            options,
        )
    rows = [] if found.nothing else peak_mappings(found)
    return _told(localized_mapping(found), rows)


def _segment(service: Service, body: Any) -> Given:
    from rsrag.analysis.cover.cover_areas import AreaSize, area_mappings
    from rsrag.desk.segmenting import SegmentOptions, asked_of, segment_over
    from rsrag.rendering.covers_found import segmented_mapping

    given = fields(
        body,
        image=_as_it_is,
        bbox=numbers_of(4),
        classes=_class_names,
        preset=text_of,
        thing=text_of,
        head=text_of,
        margin=number_of(0, 1),
        closed=flag_of,
        refine=flag_of,
        window=text_of,
        min_area=text_of,
    )
    words = [given.get(name) for name in ("classes", "preset", "thing")]
    if words == [None] * 3:
        words[1] = "landcover"
    asked = asked_of(*words)
    smallest = AreaSize.parse(given["min_area"]) if "min_area" in given else None
    usual = dataclasses.asdict(SegmentOptions())
    options = SegmentOptions.of(**usual | _some(given, *usual))
    with asked_scene(service, given) as scene:
        found = segment_over(scene, service.desk.encoder, asked, options)
    rows = [] if found.nothing else area_mappings(found, smallest)
    return _told(segmented_mapping(found) | {"areas": _flat(rows)}, rows)


def _ground(service: Service, body: Any) -> Given:
    from rsrag.analysis.grounding.ground_files import box_mappings
    from rsrag.desk.phrase_grounding import ground_over
    from rsrag.rendering.grounded_text import grounded_mapping

    given = fields(
        body,
        image=_as_it_is,
        bbox=numbers_of(4),
        phrase=text_of,
        top_k=whole_of(_MOST),
    )
    if "phrase" not in given:
        raise HttpFailure(400, "There is no phrase.", "the largest plane at the top")
    with asked_scene(service, given) as scene:
        found = ground_over(
            scene, service.desk.encoder, given["phrase"], given.get("top_k", 1)
        )
    return _told(grounded_mapping(found), box_mappings(found))


def _change(service: Service, body: Any) -> Given:
    from rsrag.analysis.change.outcome.change_files import component_mappings
    from rsrag.desk.imagery.over_time.change_options import ChangeOptions
    from rsrag.desk.imagery.over_time.changing import (
        answers_over,
        change_over,
        sentences_of,
    )
    from rsrag.rendering.changes_found import changed_mapping

    given = fields(
        body,
        before=_as_it_is,
        after=_as_it_is,
        bbox=numbers_of(4),
        head=text_of,
        register=text_of,
        normalise=text_of,
        clouds=one_of("auto", "none"),
        threshold=number_of(0, 1),
        min_area=text_of,
        classes=_class_names,
        questions=texts_of(16),
    )
    names = [one.name for one in dataclasses.fields(ChangeOptions)]
    chosen = _some(given, *names)
    if "classes" in chosen:
        chosen["classes"] = ",".join(chosen["classes"])
    options = ChangeOptions(**chosen)
    with (
        asked_scene(service, given, "before") as before,
        asked_scene(service, given, "after") as after,
    ):
        found = change_over(before, after, service.desk.encoder, options)
    answers = [
        {"question": question, "answer": answer.text, "value": answer.value}
        for question, answer in answers_over(found.sheet, given.get("questions", ()))
    ]
    mapping = changed_mapping(found) | {"sentences": list(sentences_of(found.sheet))}
    return _told(mapping | {"answers": answers}, component_mappings(found))


SCENE_WORK: dict[str, SceneWork] = {
    "localize": _localize,
    "segment": _segment,
    "ground": _ground,
    "change": _change,
}
"""What is asked of pictures, by name: from the body of a request to its answer."""


def _told(mapping: Given, rows: Sequence[Given]) -> Given:
    """An answer with what of it has a place on the Earth as GeoJSON beside it."""
    from rsrag.analysis.area_files import area_collection

    placed = [row for row in rows if row["geometry"] is not None]
    told: Given = discreet_values({**mapping, "geojson": area_collection(placed)})
    return told


def _flat(rows: Sequence[Given]) -> list[Given]:
    return [{k: v for k, v in row.items() if k != "geometry"} for row in rows]


def _some(given: Given, *names: str) -> Given:
    return {name: given[name] for name in names if name in given}


def _as_it_is(value: Any) -> Any:
    """A picture, which is read when it is its turn."""
    return value


def _class_names(value: Any) -> list[str]:
    """Names of classes, which are never names of files."""
    names = texts_of(_CLASSES)(value)
    if any(mark in name for name in names for mark in "/\\."):
        raise ValueError
    return names
