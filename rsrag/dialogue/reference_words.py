"""Words that point back, that edit a search, and that begin one."""

import re

from rsrag.rag.reading.words import word_table

NUMBERS = {word: n for n, word in enumerate(word_table("ordinals"), start=1)}
ORDINALS = "|".join([*NUMBERS, "last"])
HIT = re.compile(
    rf"(?<!\w)(?:the\s+(?P<word>{ORDINALS})(?:\s+(?P<noun>hit|one|result|image|chip))?"
    r"(?:\s+of\s+(?:them|these|those))?"
    r"|(?:hit|result|number)\s+(?P<digit>\d{1,3})|#(?P<hash>\d{1,3}))"
    r"(?=\s*(?:[?.!,']|$)|\s+(?:is|was|has|have|does|do|and|in|show|shows|hit)\b)",
    re.IGNORECASE,
)
FIND = re.compile(
    r"(?:please\s+)?(?:can\s+you\s+)?(?:find|search(?:\s+for)?|look\s+for|show)"
    r"(?:\s+me)?\s+(?!(?:what|where|which|who|how|when)\b)"
    r"(?:(?:pictures?|images?|chips?|scenes?)\s+(?:of|with)\s+)?(?P<words>.+)"
    r"|(?:pictures?|images?|chips?|scenes?)\s+(?:of|with)\s+(?P<of>.+)",
    re.IGNORECASE,
)
MORE = re.compile(
    r"(?:show\s+(?:me\s+)?|find\s+(?:me\s+)?)?(?:more|others?|similar(?:\s+ones)?)"
    r"\s+(?:ones\s+)?(?:like|to|as)\s+(?P<what>.+)",
    re.IGNORECASE,
)
EDIT = r"(?:(?:and|but|now|the\s+same|again|please)[\s,]+)*"
WHEN = r"\d{4}(?:-\d\d(?:-\d\d)?)?"
EDITS = {
    "datetime": re.compile(
        rf"{EDIT}(?:only\s+)?(?:in|from|of)\s+(?P<v>{WHEN})", re.IGNORECASE
    ),
    "since": re.compile(rf"{EDIT}(?:only\s+)?since\s+(?P<v>{WHEN})", re.IGNORECASE),
    "before": re.compile(
        rf"{EDIT}(?:only\s+)?(?:before|until)\s+(?P<v>{WHEN})", re.IGNORECASE
    ),
    "max_cloud": re.compile(
        rf"{EDIT}(?:only\s+)?with\s+(?:less\s+than|at\s+most|under)\s+"
        r"(?P<v>\d+(?:\.\d+)?)\s*(?:%|percent)(?:\s+(?:of\s+)?clouds?)?",
        re.IGNORECASE,
    ),
    "without": re.compile(rf"{EDIT}without\s+(?P<v>[^?.!]+)", re.IGNORECASE),
}
BACK = re.compile(
    r"(?:(?:and|now|ok|okay|let\s+us|let's|please)[\s,]+)*(?:go\s+|come\s+)?back\s+to\s+"
    r"(?:the\s+|my\s+)?(?P<what>[^?.!,]+?)(?P<rest>[,.:;]\s*\S.*)?[?.!\s]*",
    re.IGNORECASE,
)
PICTURE = re.compile(
    r"\b(?:picture\s+(?P<digit>\d{1,3})"
    rf"|(?P<which>this|that|the(?:\s+(?P<word>{ORDINALS}))?|my)\s+(?:picture|photo))\b",
    re.IGNORECASE,
)
BOTH = re.compile(r"\bboth\s+(?:pictures|photos|of\s+them)\b", re.IGNORECASE)
POINTS = re.compile(
    r"\b(?:it|its|there|here|(?:this|that)(?:\s+(?:one|place|hit|chip|scene|area))?)\b",
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
LEAD = re.compile(r"(?:and|what\s+about|how\s+about|show(?:\s+me)?|open)\s+", re.I)
