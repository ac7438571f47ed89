"""Words that point back to hits and pictures, and what stands around a request."""

import re

from rsrag.rag.reading.words import word_table

NUMBERS = {word: n for n, word in enumerate(word_table("ordinals"), start=1)}
COUNTS = {
    word: n
    for n, word in enumerate(
        ("one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"),
        start=1,
    )
}
ORDINALS = "|".join([*NUMBERS, r"\d{1,3}(?:st|nd|rd|th)", "last"])
NOUN = (
    r"(?:(?:hit|one|result|image|chip|scene|tile)s?|(?:picture|photo|pic)s?(?=\s+(?:that\s+)?"
    r"(?:you\s+(?:found|showed|listed)|(?:in|of|from)\s+the\s+(?:list|results|search))))"
)
AROUND = r"(?:pls|please|then|again|exactly|thanks|thank\s+you|for\s+me|as\s+well|too)"
HIT = re.compile(
    r"(?<![\w#.])(?:(?P<the>(?:the|that|this|your)\s+)?(?:very\s+)?"
    rf"(?:(?P<back>{ORDINALS})\s+(?:to\s+last|from\s+the\s+end)|last\s+but\s+(?P<but>one"
    rf"|two)|(?P<word>{ORDINALS}|top|bottom))(?:\s+(?P<noun>{NOUN}))?"
    r"(?P<of>\s+of\s+(?:them|these|those|the\s+hits))?\b"
    r"|the\s+one\s+at\s+the\s+(?P<end>top|bottom)"
    rf"|(?:hit|result|number)\s+(?P<digit>\d{{1,3}}|{'|'.join(COUNTS)})\b"
    r"|(?:no|nr)\.?\s*(?P<no>\d{1,3})\b|\#\s*(?P<hash>\d{1,3})\b)",
    re.IGNORECASE,
)
GOES_ON = re.compile(
    rf"\s*(?:[?.!,']|$|{AROUND}\b)"
    r"|\s+(?:is|was|lie|lies|has|have|does|do|and|in|show|shows|hit)\b",
    re.IGNORECASE,
)
"""What follows *the second* where no noun does."""
WAYS = "north|south|east|west"
FURTHEST = re.compile(
    rf"\b(?:the\s+)?(?:one\s+)?(?:(?P<a>{WAYS})(?:ern)?most"
    rf"|most\s+(?P<b>{WAYS})(?:ern|erly)"
    rf"|(?:furthest|farthest|most)\s+(?:to\s+the\s+)?(?P<c>{WAYS}))"
    rf"(?:\s+(?P<noun>{NOUN}))?(?:\s+of\s+(?:them|these|those|the\s+hits))?\b",
    re.IGNORECASE,
)
NEXT = re.compile(
    rf"(?:the\s+)?(?:(?P<on>next|following)|previous|preceding)(?:\s+{NOUN})?"
    r"|the\s+one\s+(?:(?P<after>after)|before)(?:\s+(?:it|that|this)(?:\s+one)?)?",
    re.IGNORECASE,
)
SHOWN = r"(?:picture|pic|photo|photograph|image)"  # of a picture that came with a turn
PICTURE = re.compile(
    rf"\b(?:(?:picture|image|photo)\s+(?P<digit>\d{{1,3}})"
    rf"|(?P<which>this|that|the(?:\s+(?P<word>{ORDINALS}|other))?|my)\s+{SHOWN})\b",
    re.IGNORECASE,
)
OTHER = re.compile(r"\bthe\s+other\s+one\b", re.IGNORECASE)
BOTH = re.compile(
    r"\bboth\s+(?:pictures|photos|images|pics|of\s+them)\b", re.IGNORECASE
)
POINTS = re.compile(
    r"\b(?:it|its|there|here|(?:this|that)(?:\s+(?:one|place|hit|chip|scene|area))?)"
    r"(?:['’]s)?(?!\w)",
    re.IGNORECASE,
)
AND_THIS = re.compile(
    r"(?:and|what\s+about|how\s+about|and\s+what\s+about)\s+"
    r"(?:this|that|it|this\s+(?:one|picture)|that\s+(?:one|picture))\s*[?.!]*",
    re.IGNORECASE,
)
WHERE = re.compile(
    r"\b(?:near\w*|close\w*|around|where|far|next\s+to|country|region|place)\b",
    re.IGNORECASE,
)
LEAD = re.compile(
    r"(?:(?:and|ok|okay|k|hmm+|well|so|now|then|please|pls|can\s+you|could\s+you|let\s+me|"
    r"lemme|just|what\s+about|how\s+about|show(?:\s+me)?|see|open|take|go\s+to|look\s+at|"
    r"give\s+me|zoom\s+in\s+on|tell\s+me(?:\s+more)?\s+about|"
    r"which(?:\s+one)?\s+(?:is|lies|of\s+them\s+is))\b[\s,]*)+",
    re.IGNORECASE,
)
"""What may stand before a hit that is only to be shown."""
_POLITE = re.compile(
    r"^(?:(?:ok|okay|k|hmm+|well|please|pls|hey|oh)\b[\s,]*)+"
    rf"|(?:[\s,]*\b{AROUND})+(?=[\s?.!]*$)",
    re.IGNORECASE,
)


def without_manners(text: str) -> str:
    """An utterance without *ok*, *please*, *again* around it."""
    return _POLITE.sub("", text.strip()).strip() or text.strip()
