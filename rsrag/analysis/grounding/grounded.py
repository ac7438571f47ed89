"""The thing in a scene that a phrase means, with boxes, scores and reasons."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

from rsrag.analysis.grounding.object_boxes import ObjectBox, objects_in
from rsrag.analysis.grounding.object_sizes import FEWEST_PX, too_small
from rsrag.analysis.grounding.phrase_fit import Candidate, ranked
from rsrag.analysis.grounding.thing_phrases import Phrase, take_apart
from rsrag.analysis.grounding.warm_places import warm_places
from rsrag.analysis.scene_colours import nothing_to_see
from rsrag.encoders.dense_port import DenseEncoder
from rsrag.imagery.places.georeference import Georeference
from rsrag.imagery.reading import SceneReading
from rsrag.metrics.box_overlap import Corners, overlap
from rsrag.types import EncoderIdentity, Pixels, Window

if TYPE_CHECKING:
    from rsrag.encoders.dense_port import ObjectEncoder

Progress = Callable[[int, int], None]
Seen = dict[str, tuple[list[Candidate], str]]
"""Candidates of a scene for a thing alone, and why it is not there."""

SURE = 0.3
"""Chance of the likeliest object below which none is said to be there."""
KEPT = 300
"""Candidates that are compared."""
SAME = 0.5
"""Boxes that share more of their union are one answer."""


@dataclass(frozen=True, slots=True)
class Grounded:
    """What a phrase was found to mean.

    Attributes:
        source: of the scene.
        phrase: taken apart.
        boxes: best first; guesses where ``nothing`` says why none is the thing.
        nothing: why the thing is not found; empty where it is.
        head: objects, or text: what the candidates come from.
        notes: what a reader should know: words that play no part, and the like.
        identity: of the encoder's dense fields.
        size: width and height of the scene, pixels.
        place: of the scene, if it has one.
        gsd_m: metres a pixel, if known.
    """

    source: str
    phrase: Phrase
    boxes: tuple[Candidate, ...]
    nothing: str
    head: str
    notes: tuple[str, ...]
    identity: EncoderIdentity
    size: tuple[int, int]
    place: Georeference | None
    gsd_m: float | None


def ground(
    scene: SceneReading,
    encoder: DenseEncoder,
    text: str,
    *,
    top_k: int = 1,
    seen: Seen | None = None,
    progress: Progress = lambda done, total: None,
) -> Grounded:
    """Find the thing in a scene that a phrase means.

    Args:
        text: "the largest plane at the top right".
        top_k: most boxes to give.
        seen: what was found in this scene for earlier phrases; it is added to.

    Raises:
        QueryError: the phrase names no thing.
        ImageReadError: the scene has no data, or cannot be decoded.
    """
    phrase = take_apart(text)
    size, gsd_m = (scene.width, scene.height), scene.metadata.gsd_m
    notes = [f"{word!r} was not understood" for word in phrase.unused]
    seen = {} if seen is None else seen
    found: list[Candidate] = []
    head = "objects" if _sees(encoder, phrase) else "text"
    nothing = too_small(phrase.objects, gsd_m)
    if min(size) < FEWEST_PX:
        nothing = f"nothing can be told apart in {size[0]} x {size[1]} pixels"
    if not nothing and not seen:
        nothing = nothing_to_see(scene)
    if not nothing:
        found, nothing = _candidates(scene, encoder, phrase, seen, progress)
        others: list[Candidate] = []
        if phrase.other is not None and found:
            others, missing = _candidates(scene, encoder, phrase.other, seen, progress)
            if missing:
                notes.append(f"no {phrase.other.noun} was found: {missing}")
            others = ranked(others, phrase.other, size)
        found = ranked(found, phrase, size, others, _reader(scene))
    return Grounded(
        scene.source,
        phrase,
        tuple(_apart(found, top_k)),
        nothing,
        head,
        tuple(notes),
        encoder.dense_identity,
        size,
        scene.place,
        gsd_m,
    )


def _sees(encoder: DenseEncoder, phrase: Phrase) -> bool:
    classes = getattr(encoder, "object_classes", ())
    return bool(phrase.objects) and all(one in classes for one in phrase.objects)


def _candidates(
    scene: SceneReading,
    encoder: DenseEncoder,
    phrase: Phrase,
    seen: Seen,
    progress: Progress,
) -> tuple[list[Candidate], str]:
    """Candidates for the thing alone, and why it is not there, if it is not."""
    key = " or ".join(phrase.objects) if _sees(encoder, phrase) else phrase.noun
    if key not in seen:
        seen[key] = _looked_for(scene, encoder, phrase, progress)
    return seen[key]


def _looked_for(
    scene: SceneReading, encoder: DenseEncoder, phrase: Phrase, progress: Progress
) -> tuple[list[Candidate], str]:
    if _sees(encoder, phrase):
        looking = cast("ObjectEncoder", encoder)
        objects = objects_in(scene, looking, phrase.objects, progress)[:KEPT]
        best = objects[0].chance if objects else 0.0
        nothing = "" if best >= SURE else _unlikely(phrase, objects)
        return [_of_object(one) for one in objects], nothing
    return warm_places(scene, encoder, phrase.noun, progress)


def _unlikely(phrase: Phrase, objects: list[ObjectBox]) -> str:
    name = " or ".join(phrase.objects)
    if not objects:
        return f"no {name} is seen"
    return f"the likeliest {name} has a chance of {objects[0].chance:.2f} only"


def _of_object(one: ObjectBox) -> Candidate:
    return Candidate(one.box, one.chance, (f"{one.kind}: chance {one.chance:.2f}",))


def _apart(found: list[Candidate], top_k: int) -> list[Candidate]:
    kept: list[Candidate] = []
    for one in found:
        if len(kept) == top_k:
            break
        if all(overlap(one.box, other.box) <= SAME for other in kept):
            kept.append(one)
    return kept


def _reader(scene: SceneReading) -> Callable[[Corners], Pixels]:
    """What reads the pixels of a box."""

    def read(box: Corners) -> Pixels:
        left, top, right, bottom = (int(side) for side in box)
        window = Window(left, top, max(1, right - left), max(1, bottom - top))
        return scene.read_with_mask(window)[0]

    return read
