"""What a phrase was found to mean, as a table and as JSON."""

from typing import Any

from rsrag.analysis.grounding.ground_files import box_mappings
from rsrag.analysis.grounding.grounded import Grounded
from rsrag.analysis.grounding.thing_phrases import Phrase
from rsrag.rendering.text_table import printable, text_table


def grounded_mapping(found: Grounded) -> dict[str, Any]:
    """What was found as plain JSON values; every key is always there."""
    phrase = found.phrase
    return {
        "source": found.source,
        "query": phrase.text,
        **_said(phrase),
        "relation": phrase.relation,
        "to": None if phrase.other is None else _said(phrase.other),
        "words": [list(one) for one in phrase.words],
        "encoder": found.identity.id,
        "head": found.head,
        "notes": list(found.notes),
        "found": not found.nothing,
        "nothing": found.nothing or None,
        "boxes": box_mappings(found),
    }


def _said(phrase: Phrase) -> dict[str, Any]:
    return {
        "phrase": phrase.noun,
        "objects": list(phrase.objects),
        "colours": list(phrase.colours),
        "position": " ".join(phrase.position) or None,
        "size": phrase.size,
        "order": list(phrase.order) if phrase.order else None,
    }


def grounded_text(found: Grounded) -> str:
    """A table of the boxes with their reasons, under the scene and the phrase."""
    rows = []
    for box in box_mappings(found):
        sides = [f"{side:.0f}" for side in box["bbox_px"]]
        rows.append((str(box["rank"]), f"{box['score']:.3f}", *sides))
        if box["bbox"] is not None:
            sides = [f"{side:.5f}" for side in box["bbox"]]
            rows.append(("", "", sides[0], sides[3], sides[2], sides[1]))
    head = ("RANK", "SCORE", "LEFT", "TOP", "RIGHT", "BOTTOM")
    title = f"{printable(found.phrase.text)} in {printable(found.source)}"
    why = "".join(
        f"{box['rank']}: {printable('; '.join(box['why']))}\n"
        for box in box_mappings(found)
    )
    way = "its object head" if found.head == "objects" else "words"
    table = text_table(head, rows, right=head)
    return f"{title}\n{table}{why}Looked for with {found.identity.id}, by {way}.\n"
