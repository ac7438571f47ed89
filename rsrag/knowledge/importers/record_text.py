"""Text for records: names made clean, words made variables, prose cut in pieces."""

import re
import unicodedata
from collections.abc import Iterator
from functools import lru_cache

from rsrag.knowledge.record_schema import MAX_NAME
from rsrag.knowledge.units import split_column
from rsrag.knowledge.variables import source_variables, variables

PIECE_WORDS = 150
"""A piece of text has at most about so many words."""

_NOT_WORD = re.compile(r"[\W_]+")
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff]")
_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z][a-z])")
_POINT = re.compile(
    r"^[ \t]*(?:[-*•+]|\d{1,2}[.)])[ \t]+"
    r"(?P<said>\S.*(?:\n(?![ \t]*(?:[-*•+]|\d{1,2}[.)])[ \t]).+)*)$",
    re.MULTILINE,
)
_FIELD = re.compile(
    r"^[ \t]*(?P<said>(?P<bold>\*\*|__)[^*_\n]{1,60}(?::(?P=bold)|(?P=bold):)[ \t]+"
    r"\S.*)$",
    re.MULTILINE,
)
"""A line of its own such as ``**Owner:** the harbour trust``."""
_TABLE = re.compile(
    r"^[ \t]*\|(?P<head>.+)\|[ \t]*\n[ \t]*\|[ \t:|-]+\|[ \t]*\n"
    r"(?P<rows>(?:[ \t]*\|.+\|[ \t]*(?:\n|\Z))+)",
    re.MULTILINE,
)
_SENTENCE_END = re.compile(
    r"(?<=[.!?。！？])[\"'”’»)\]]*\s+(?=[\"'“‘«(\[]*(?:[^\Wa-z_]|§))"
)
_STOPS = ".!?:;,…。！？"
_ABBREVIATION = re.compile(
    r"(?:\b(?:St|Mt|Dr|Mr|Mrs|Ms|No|Nos|Fr|Gen|Col|Lt|Sgt|Rev|Hon|Jr|Sr|vs|ca|cf|approx|"
    r"Prof|Bros|Inc|Ltd|Co|Ft|Ave|Blvd|Jan|Feb|Mar|Apr|Jun|Jul|Aug|Sept?|Oct|Nov|Dec)"
    r"|\b[A-Z]|§\s*\d+)\.$"
)


def clean_name(text: str) -> str:
    """A name on one line, without characters that are not seen, at most 500 long."""
    if len(text) <= MAX_NAME and text.isascii() and text.isprintable():
        return " ".join(text.split())
    kept = "".join(
        " " if c.isspace() else c
        for c in text[: 4 * MAX_NAME]
        if c.isspace() or unicodedata.category(c) not in ("Cc", "Cf", "Cs")
    )
    return " ".join(unicodedata.normalize("NFC", kept).split())


def clean_text(text: str) -> str:
    """A text as it is, without NUL and other codes that no text needs."""
    return _CONTROL.sub("", text).strip()


@lru_cache(maxsize=4096)
def variable_name(text: str) -> str:
    """Snake case: ``Construction_Period``, ``maxDepth``, ``Höhe (m)`` → ``hohe_m``."""
    words = _NOT_WORD.sub("_", _CAMEL.sub("_", text[:MAX_NAME]))
    plain = unicodedata.normalize("NFKD", words.lower())
    return "".join(c for c in plain if not unicodedata.combining(c)).strip("_")


@lru_cache(maxsize=1)
def _columns() -> dict[str, str]:
    return {word: one.name for one in variables().values() for word in one.columns}


def column_variable(column: str, measured: bool) -> str:
    """The variable that a column of a table in any language holds, with its unit.

    ``hoehe_m`` is ``height_m``. A word that some source gives a meaning of its own
    (RSWK's *area* is a region) is translated only where the value is a number.

    Args:
        column: snake case, without accents.
        measured: whether the value is a number.
    """
    word, _ = split_column(column)
    name = _columns().get(word)
    if name is None or (word in source_variables() and not measured):
        return column
    return name + column.removeprefix(word)


def pieces(text: str, words: int = PIECE_WORDS) -> Iterator[str]:
    """Cut prose into pieces at the ends of paragraphs, then of sentences.

    A piece has at most so many words, unless one stands without spaces; together, in
    order, they hold every word of the text. Empty lines part paragraphs.
    """
    piece: list[str] = []
    count = 0
    for unit in _units(text, words):
        size = len(unit.split())
        if piece and count + size > words:
            yield "".join(piece)
            piece, count = [], 0
        if piece:
            # What ends like no sentence is not read on into the next paragraph.
            piece.append(" " if _ends(piece[-1]) else "\n")
        piece.append(unit)
        count += size
    if piece:
        yield "".join(piece)


def _units(text: str, words: int) -> Iterator[str]:
    """Paragraphs that are short enough, else sentences, else runs of words.

    Each point of a list is a sentence, and each line that begins with its name in bold.
    """
    for paragraph in re.split(r"\n\s*\n", text):
        told = _POINT.sub(_as_sentence, _TABLE.sub(_as_rows, paragraph))
        flat = _FIELD.sub(_as_sentence, told).split()
        if not flat:
            continue
        if len(flat) <= words:
            yield " ".join(flat)
            continue
        for sentence in sentences(" ".join(flat)):
            tokens = sentence.split()
            for start in range(0, len(tokens), words):
                yield " ".join(tokens[start : start + words])


def _as_rows(table: re.Match[str]) -> str:
    """Each row as a sentence that says its heads: *Ticket: Adults; Way: 21.00*."""
    heads = [head.strip() for head in table["head"].split("|")]
    told = []
    for row in table["rows"].strip().splitlines():
        cells = [cell.strip() for cell in row.strip().strip("|").split("|")]
        pairs = zip(heads, cells, strict=False)
        said = "; ".join(f"{h}: {c}" if h else c for h, c in pairs if c)
        told.append(said if said[-1:] in _STOPS else f"{said}.")
    return "\n".join(told) + "\n"


def _as_sentence(point: re.Match[str]) -> str:
    said = point["said"].rstrip()
    return said if said[-1] in _STOPS else f"{said}."


def _ends(said: str) -> bool:
    """Whether a line ends as a sentence does, or as markup."""
    return said[-1] in _STOPS or said[-1] in "\"'”’)*_|`"


def sentences(text: str) -> list[str]:
    """Sentences of a text on one line; ``St. Mary`` and ``J. Smith`` end none."""
    found: list[str] = []
    start = 0
    for match in _SENTENCE_END.finditer(text):
        if _ABBREVIATION.search(text[start : match.end()].rstrip()):
            continue
        found.append(text[start : match.end()].strip())
        start = match.end()
    found.append(text[start:].strip())
    return [sentence for sentence in found if sentence]
