"""Passages in pieces that an encoder reads to the end.

A CLIP reads 77 tokens and drops the rest without a word; MiniLM 256. Passages are
split at the ends of sentences, a sentence that is too long between words, a word
that is too long anywhere. Nothing is dropped.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from rsrag.interfaces import TextEncoder

Count = Callable[[Sequence[str]], list[int]]

_LEVELS = (
    re.compile(r"(?<=[.!?…])[\"'”’»)\]]*\s+|(?<=[。！？])(?=.)|\n+"),
    re.compile(r"\s+"),
    re.compile(r"(?<=.)(?=.)", re.DOTALL),
)
_MARKS = 2
_CONTEXT_SHARE = 4
"""What a piece is about may take one part in so many of what the encoder reads."""


@dataclass(frozen=True, slots=True)
class TextPiece:
    """A part of a text.

    Attributes:
        ordinal: from 0.
        text: its own words.
        embedded: what the encoder is given: the text, with what it is about before
            it if the text does not say so itself.
    """

    ordinal: int
    text: str
    embedded: str


def pieces_of(
    texts: Sequence[str], about: Sequence[str | None], encoder: TextEncoder
) -> list[list[TextPiece]]:
    """Split texts into pieces that fit an encoder.

    Args:
        texts: of passages, none of them blank.
        about: name of the landmark, or the title, of each, if it has one.
        encoder: whose ``max_tokens`` and tokens count.

    Returns:
        Pieces of each text, in order. Joined they hold every word of it.
    """
    limit = encoder.max_tokens
    names = [_prefix(name, limit, encoder) for name in about]
    whole = [_embedded(t, name) for t, (name, _) in zip(texts, names, strict=True)]
    counts = encoder.count_tokens(whole)
    found = []
    for text, (name, taken), joined, count in zip(
        texts, names, whole, counts, strict=True
    ):
        if count <= limit:
            found.append([TextPiece(0, text, joined)])
            continue
        parts = split_text(text, encoder.count_tokens, limit - taken)
        joined_parts = [_embedded(part, name) for part in parts]
        sizes = encoder.count_tokens(joined_parts)
        found.append(
            [
                TextPiece(i, part, both if size <= limit else part)
                for i, (part, both, size) in enumerate(
                    zip(parts, joined_parts, sizes, strict=True)
                )
            ]
        )
    return found


def split_text(text: str, count: Count, limit: int) -> list[str]:
    """Cut a text where it hurts least into parts of at most ``limit`` tokens.

    Args:
        text: not blank.
        count: tokens of texts, two marks each included.
        limit: more than two. A single character may exceed it.

    Returns:
        Parts without white space at their ends, none of them blank.
    """
    return list(_split(text, count, limit, 0))


def _split(text: str, count: Count, limit: int, level: int) -> Iterator[str]:
    text = text.strip()
    if not text:
        return
    if len(text) == 1 or count([text])[0] <= limit:
        yield text
        return
    units = _units(text, _LEVELS[level])
    if len(units) == 1:
        # At the last level a text of two characters has two units.
        yield from _split(text, count, limit, level + 1)
        return
    sizes = [max(n - _MARKS, 1) for n in count([unit.strip() or "." for unit in units])]
    for group in _groups(sizes, limit - _MARKS):
        part = "".join(units[group.start : group.stop]).strip()
        if not part:
            continue
        if len(group) == 1:
            yield from _split(part, count, limit, min(level + 1, len(_LEVELS) - 1))
        elif count([part])[0] <= limit:
            yield part
        else:
            # Tokens of the parts are not quite those of the whole: try it in halves.
            middle = (group.start + group.stop) // 2
            for half in (units[group.start : middle], units[middle : group.stop]):
                yield from _split("".join(half), count, limit, level)


def _units(text: str, ends: re.Pattern[str]) -> list[str]:
    units, start = [], 0
    for match in ends.finditer(text):
        units.append(text[start : match.end()])
        start = match.end()
    return [unit for unit in (*units, text[start:]) if unit]


def _groups(sizes: Sequence[int], budget: int) -> Iterator[range]:
    """Neighbours that fit together, as many as do; each at least one."""
    start, used = 0, 0
    for i, size in enumerate(sizes):
        if i > start and used + size > budget:
            yield range(start, i)
            start, used = i, 0
        used += size
    yield range(start, len(sizes))


def _prefix(
    name: str | None, limit: int, encoder: TextEncoder
) -> tuple[str | None, int]:
    """The name with the tokens it takes, unless it takes too many."""
    if not name or not name.strip():
        return None, 0
    taken = encoder.count_tokens([f"{name}:"])[0] - _MARKS
    return (name, taken) if taken * _CONTEXT_SHARE <= limit else (None, 0)


def _embedded(text: str, name: str | None) -> str:
    if name is None or name.casefold() in text.casefold():
        return text
    return f"{name}: {text}"
