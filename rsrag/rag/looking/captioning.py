"""Captions from what is there: kind of scene, captions of like pictures, the place."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from rsrag.answers import Answer, Evidence
from rsrag.errors import GeneratorError
from rsrag.interfaces import Generator
from rsrag.knowledge.catalogue.catalogue import Catalogue
from rsrag.rag.answering.places import Whereabouts, neighbours, place_evidence
from rsrag.rag.looking.looks import UNSURE, Looks
from rsrag.rag.looking.words_held_up import agreed_caption
from rsrag.rag.saying.draft import Draft, Told, with_told
from rsrag.rag.saying.grounding import unsupported
from rsrag.rag.saying.prompt import build_prompt, load_template
from rsrag.rag.saying.sentences import content_words
from rsrag.rag.saying.wording import first_sentence
from rsrag.types import Hit, Pixels, Vectors

MAX_TOKENS = 60
_PLACES = 2


@dataclass(frozen=True, slots=True)
class CaptionRequest:
    """A picture to describe, ``(height, width, 3)`` uint8 RGB; ``name`` is its file's.

    ``footprint`` is lon/lat WKB; ``exclude`` ids of landmarks and chips that must not
    be evidence; ``budget`` tokens of the prompt at most; ``objects`` are those that are
    surely seen in it.
    """

    name: str
    image: Pixels
    footprint: bytes | None = None
    exclude: frozenset[str] = frozenset()
    budget: int = 1000
    objects: tuple[Evidence, ...] = ()


@dataclass(frozen=True, slots=True)
class CaptionTools:
    """What captions may be made with.

    Attributes:
        looks: what the encoder makes of pictures.
        neighbours: nearest captioned chips of a picture's vector, best first.
        catalogue: the knowledge of places.
        generator: words the caption; ``None`` takes the plain one.
    """

    looks: Looks
    neighbours: Callable[[Vectors, frozenset[str]], Sequence[Hit]] | None = None
    catalogue: Catalogue | None = None
    generator: Generator | None = None


def caption(request: CaptionRequest, tools: CaptionTools) -> Answer:
    """Describe a picture in one to three sentences, each with its evidence.

    Raises:
        EncoderError: the picture cannot be embedded.
        GeneratorError: the language model failed.
    """
    started = time.perf_counter()
    draft = Draft("caption")
    vector = tools.looks.encoder.encode_images([request.image])
    seen = time.perf_counter()
    doubts = tools.looks.doubts(vector)
    objects = () if doubts else request.objects
    said = _consensus(draft, request, tools, vector)
    scene = tools.looks.scene(request.name, vector, request.footprint)
    if scene.score >= UNSURE and (said is None or scene.score > 0.5):
        draft.say(scene.text, scene)
        draft.certainty = round(scene.score, 3)
    if draft.lines:
        said_already = " ".join(sentence for sentence, _ in draft.lines)
        for piece in tools.looks.attributes(request.name, vector, request.footprint):
            if not set(content_words(piece.text)) <= set(content_words(said_already)):
                draft.quote(piece)
    if not draft.lines and objects:
        draft.certainty = round(min(one.score for one in objects), 3)
    for piece in objects:
        draft.quote(piece)
    _where(draft, request, tools)
    if not draft.lines:
        draft.refusal = " ".join(doubts) or (
            "the picture is like no scene, caption or place that is known"
        )
        draft.nearest = [scene]
    else:
        draft.notes += doubts
    draft.value = " ".join(sentence for sentence, _ in draft.lines) or None
    told = None
    found = time.perf_counter()
    if tools.generator is not None and draft.lines:
        told = _word(draft, request, tools.generator)
    done = time.perf_counter()
    return replace(
        with_told(draft.answer(request.name), told, tools.generator),
        seconds={
            "look": round(seen - started, 4),
            "retrieve": round(found - seen, 4),
            "generate": round(done - found, 4),
            "total": round(done - started, 4),
        },
    )


def _consensus(
    draft: Draft, request: CaptionRequest, tools: CaptionTools, vector: Vectors
) -> str | None:
    """The caption that the nearest captioned pictures agree on, if there are any."""
    if tools.neighbours is None:
        return None
    near = tools.neighbours(vector, request.exclude)
    found = agreed_caption(near, tools.looks.floor(vector))
    if found is None:
        return None
    piece, note = found
    draft.certainty = round(max(0.0, min(1.0, piece.score)), 3)
    draft.say(piece.text, piece)
    draft.notes.append(note)
    return piece.text


def _where(draft: Draft, request: CaptionRequest, tools: CaptionTools) -> None:
    place = Whereabouts.of(None, None, request.footprint)
    if place is None or tools.catalogue is None:
        return
    around = neighbours(place, tools.catalogue, 0.0, request.exclude)
    for one in [one for one in around if one.distance_m == 0][:_PLACES]:
        draft.quote(place_evidence(place, one))


def _word(draft: Draft, request: CaptionRequest, generator: Generator) -> Told:
    """Ask the model for one sentence; it stands if the evidence holds it up."""
    evidence = [piece for _, pieces in draft.lines for piece in pieces]
    prompt = build_prompt(
        load_template("caption"),
        {},
        evidence,
        generator,
        max_tokens=MAX_TOKENS,
        budget=request.budget,
        images=(request.image,) if generator.sees else (),
    )
    shown = any(message.images for message in prompt.messages)
    try:
        said = generator.generate(prompt.messages, max_tokens=MAX_TOKENS)
    except GeneratorError:
        if not shown or generator.sees:
            raise
        # It has found out by this very picture that it takes none.
        draft.notes.append(f"{generator.name} takes no pictures: it was given words")
        return _word(draft, request, generator)
    words, broke_off = first_sentence(said)
    joined = Evidence(
        "chip",
        request.name,
        "; ".join(piece.text.rstrip(".") for piece in prompt.evidence) + ".",
        request.name,
        landmark=" ".join(piece.landmark or "" for piece in prompt.evidence),
    )
    reason = (unsupported(words, joined) if words else "it says nothing") or broke_off
    if reason is not None:
        return Told(prompt.text, ((words, reason),) if words else (), False)
    draft.lines = [(words, tuple(prompt.evidence))]
    draft.value = words
    return Told(prompt.text, (), True)
