"""Instructions about a picture, answered by experts for what it shows."""

from typing import TYPE_CHECKING, Any

from rsrag.answers import Answer

if TYPE_CHECKING:
    from rsrag.desk.asking.knowledge_base import Knowledge
    from rsrag.desk.imagery.finding.pictures import PictureLike
    from rsrag.dialogue.router.instruction_router import Instruction


def routed(text: str, text_encoder: str) -> "Instruction":
    """What an instruction asks for, by rules or by what it is like."""
    from rsrag.desk.asking.meaning import sentence_vectors
    from rsrag.dialogue.router.instruction_router import route

    return route(text, sentence_vectors(text_encoder))


def look_closely(
    knowledge: "Knowledge", text: str, image: "PictureLike", index: str | None = None
) -> Answer | None:
    """Answer by what experts find in a picture.

    Returns:
        ``None`` for an instruction that is none of theirs: it names nothing that they
        tell apart, or asks for what is known of the place.

    Raises:
        ImageryError: the picture cannot be read.
    """
    from rsrag.dialogue.experts.expert_findings import BY_THINGS, DESCRIBE, covers_named

    asked = routed(text, knowledge.settings.text_encoder)
    if asked.kind == "caption" and DESCRIBE.search(text):
        return knowledge.caption(image, index=index)
    wanted = asked.kind == "detailed" and asked.by != "nothing"
    wanted = wanted or (asked.kind in BY_THINGS and bool(covers_named(text)))
    return by_experts(knowledge, asked, image, index) if wanted else None


def by_experts(
    knowledge: "Knowledge",
    asked: "Instruction",
    image: "PictureLike",
    index: str | None = None,
) -> Answer:
    """Let the experts look at a picture, whatever is asked.

    Raises:
        ImageryError: the picture cannot be read.
    """
    from rsrag.desk.imagery.finding.pictures import picture_of
    from rsrag.dialogue.experts.ground_seen import ground_of
    from rsrag.dialogue.experts.merging_findings import LookedAt, answer_instruction

    picture = picture_of(image)
    scores = knowledge.classify(image, index=index, by_place=False).scores
    encoder: Any = knowledge.desk.encoder
    head = getattr(encoder, "cover_head", None)
    ground = None
    if head is not None:
        ground = ground_of(picture.pixels, encoder, head, scores)
    return answer_instruction(asked, LookedAt(str(picture.path), scores, ground))
