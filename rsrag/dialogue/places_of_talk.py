"""*That lake*, *the second bridge*: places that were spoken of, by what they are."""

import dataclasses
import re
from collections.abc import Callable, Sequence
from functools import cache

from rsrag.dialogue.readings import AskBack
from rsrag.dialogue.reference_words import NUMBERS, ORDINALS
from rsrag.dialogue.state import DialogueState, Focus

_OF_KIND = re.compile(
    rf"\b(?:that|this|the)\s+(?:(?P<nth>{ORDINALS})\s+)?(?P<noun>[^\W\d_]{{3,}})\b",
    re.IGNORECASE,
)
_THEM = re.compile(r"\b(?:them|they|their|both|the\s+two)\b", re.IGNORECASE)
Kinds = Callable[[Sequence[str]], Sequence[str]]


def with_names(text: str, state: DialogueState, kinds: Kinds) -> str | AskBack | None:
    """A question with the name of a place for *that lake*.

    The places that were spoken of last and hold one of that kind are meant.

    Returns:
        ``None`` where no place of such a kind was spoken of; a question back where
        there are several.
    """
    spoken = _spoken(state)
    kind_of = cache(lambda ids: {one.lower() for one in kinds(ids)})
    for match in _OF_KIND.finditer(text):
        noun = match["noun"].lower()
        for marks in spoken:
            names = [
                name
                for name, ids in marks
                if noun in re.findall(r"\w+", name.lower()) or noun in kind_of(ids)
            ]
            if not names:
                continue
            chosen = _chosen(match, names)
            if isinstance(chosen, AskBack):
                return chosen
            return text[: match.start()] + chosen + text[match.end() :]
    return None


def _spoken(state: DialogueState) -> list[tuple[tuple[str, tuple[str, ...]], ...]]:
    """Names and ids of the places that each turn told of, newest first, each once."""
    focuses = (state.focus, *(turn.focus for turn in reversed(state.turns)))
    told = (
        tuple((one["name"], tuple(one["ids"])) for one in focus.context["landmarks"])
        for focus in focuses
        if focus.kind == "landmarks"
    )
    return list(dict.fromkeys(told))


def spoken_together(text: str, state: DialogueState) -> Focus:
    """What is spoken of; for *which of them* the two places that were asked of last."""
    focus = state.focus
    if focus.kind != "landmarks" or len(focus.names) != 1 or not _THEM.search(text):
        return focus
    for turn in reversed(state.turns):
        before = turn.focus
        if before.kind != "landmarks" or len(before.names) != 1:
            break
        if before.names != focus.names:
            both = [*before.context["landmarks"], *focus.context["landmarks"]]
            context = {**focus.context, "landmarks": both}
            return dataclasses.replace(focus, context=context)
    return focus


def _chosen(match: re.Match[str], names: Sequence[str]) -> str | AskBack:
    said, nth = match.group(), (match["nth"] or "").lower()
    if not nth:
        return names[0] if len(names) == 1 else AskBack(_which(said, names))
    number = len(names) if nth == "last" else NUMBERS.get(nth) or int(nth[:-2])
    return names[number - 1] if number <= len(names) else AskBack(_which(said, names))


def _which(said: str, names: Sequence[str]) -> str:
    more = f" or {len(names) - 5} more" if len(names) > 5 else ""
    return f"which is meant by {said!r}: {' or '.join(names[:5])}{more}"
