"""Turns of phrase that mean the same as a plainer one, which the rules read.

*Carries the name of* is *named after*, *number 5 in the list of longest rivers* the
*5th longest river*. Each keeps names, numbers, denials and what is asked for.
"""

import re
from datetime import date

from rsrag.rag.reading.words import word_table

_ONES = {word: n for word, n in word_table("numbers").items() if 0 < n <= 20}
_N = rf"(?P<n>\d{{1,2}}|{'|'.join(_ONES)})"
_MADE = (
    r"(?:opened|open|built|finished|completed|inaugurated|unveiled|constructed|"
    r"founded|put\s+up|erected|there|standing|around|up)"
)
_WANT = (
    r"(?:want|need|wish|plan|hope|intend|(?:would|'d)\s+(?:like|love)|am\s+(?:planning|"
    r"going|hoping)|'m\s+(?:planning|going|hoping))\s+to\s+"
)
_TABLE: tuple[tuple[str, str], ...] = (
    (r"^\W*(?:wen|whn|wehn)\b", "when"),
    (r"^\W*(?:wat|wot|waht|whta)\b", "what"),
    # Named after.
    (
        r"\b(?:bear(?:s|ing)?|carr(?:y|ies|ying)|got|took|takes?)\s+"
        r"(?:the|its|their)\s+names?\s+(?:of|from|after)\b",
        "named after",
    ),
    (
        r"\b(?:named|called)\s+(?:in\s+(?:the\s+)?(?:honou?r|memory)\s+of|"
        r"to\s+(?:honou?r|commemorate))\b",
        "named after",
    ),
    (r"\bcalled\s+after\b", "named after"),
    # In use before a year.
    (
        r"\b(?:already\s+)?(?:in\s+(?:use|operation|service|business|existence)|"
        r"operating|operational|open\s+to\s+(?:traffic|the\s+public))\s+(?:already\s+)?"
        r"(?=(?:before|by|prior\s+to)\s+(?:the\s+(?:year\s+)?)?\d)",
        "opened ",
    ),
    (
        r"\b(?P<done>built|constructed|completed|finished|opened)\s+by\s+"
        r"(?=(?:the\s+year\s+)?(?:1\d{3}|20\d\d)\b)",
        r"\g<done> until ",
    ),
    # Last erupted in, half a mile, from where to where, put in order by.
    (
        r"\b(?:(?:that|which|who|have|has|had)\s+)*last\s+erupted\s+"
        r"(?=(?:in|after|before|between|during|since)\b)",
        "whose last eruption was ",
    ),
    (r"\bhalf\s+an?\s+(?=(?:kilomet|met(?:er|re)|mile|hectare|degree)\w*\b)", "0.5 "),
    (
        r"\bwhere\s+do(?:es)?\s+(?P<x>[^?,]+?)\s+(?:start|begin|rise|spring)\s+and\s+"
        r"(?:where\s+does\s+it\s+)?(?:end|finish|stop)\b",
        r"what is the source of \g<x> and what is the mouth of \g<x>",
    ),
    (
        r"^(?!.*\b(?:top|bottom|sort|sorted|order|ordered|rank|ranked|most|least|[a-z]+est)\b)"
        r"(?P<k>\w.*?)\s+by\s+(?:their\s+|(?:the\s+)?number\s+of\s+)?(?P<what>(?:floors|runways|locks|height|length|size|area|"
        r"depth|age|capacity|elevation|population|volume|width))\W*$",
        r"\g<k> sorted by \g<what>",
    ),
    # More than so much, and what holds it.
    (
        r"\b(?:tops?|topping|clears?|clearing)\s+"
        r"(?=\d[\d,.]*\s*(?:m|km|ft|met(?:re|er)s?|kilomet(?:re|er)s?|feet|miles?|hectares?)\b)",
        "over ",
    ),
    (
        r"\b(?:can\s+)?(?:seats?|seating)\s+(?P<more>(?:more|fewer|less)\s+than|over|above|"
        r"under|at\s+(?:least|most)|up\s+to)\s+(?P<n>\d[\d,.]*(?![\d,.])(?:\s+(?:thousand|million))?|"
        r"[a-z]+\s+thousand)(?!\s+(?:people|spectators|fans|seats))",
        r"with \g<more> \g<n> seats",
    ),
    # On this side of a line.
    (r"\b(?:below|under|beneath)\s+(?=the\s+equator\b)", "south of "),
    (r"\b(?:above|over)\s+(?=the\s+equator\b)", "north of "),
    (
        r"\b(?:within|inside|above|beyond)\s+the\s+arctic\s+circle",
        "north of the arctic circle",
    ),
    (
        r"\b(?:within|inside|below|beyond)\s+the\s+antarctic\s+circle",
        "south of the antarctic circle",
    ),
    (r"\b(?P<w>which|what)\s+other\s+(?=[a-z]+s\b)", r"\g<w> "),
    (r"\bhow\s+many\s+per\s*cent\s+of\b", "what percentage of"),
    (r"\bha(?:s|ve)\s+(?:its|their)\s+mouths?\s+(?:in|on|at)\b", "flows into"),
    (
        r"^(?P<all>\W*(?:every|all|each|any)\b.*?)\s+but\s+(?=(?:for\s+)?(?:the\s+)?[A-Z])",
        r"\g<all> except ",
    ),
    # Before our era, and what a reservoir does.
    (r"\bbefore\s+(?:jesus\s+)?christ\b(?=\W*$)", "before 1 AD"),
    (r"\bhold(?P<s>s?|ing)\s+back\b", r"hold\g<s>"),
    (r"(?<=\d)(?P<u>\s+[a-z]+(?:\s+[a-z0-9]+)?)\s+of\s+water\b", r"\g<u>"),
    # What is only said along with it.
    (
        r"\b[a-z]+(?:\s+[a-z]+)?s,?\s+(?:and|or)\s+(?:any\s+|all\s+)?other\s+"
        r"(?=[a-z]+s\b)",
        "",
    ),
    (r"\bsome\s?time\s+(?=(?:from|between|in|during|before|after)\b)", ""),
    (
        r",?\s*(?:(?:from\s+)?(?:start|beginning)\s+to\s+(?:finish|end)|all\s+in\s+all)\b",
        "",
    ),
    (r"\bby\s+(?:what|which)\s+(?:margin|amount)\b", "by how much"),
    (r",?\s*\bi\s+mean\W*$", ""),
    (
        rf"^\W*i(?:'d)?\s+{_WANT}(?:go\s+(?:to|up)\s+|[a-z]+\s+(?:in\s+|on\s+|at\s+)?)"
        r"(?=(?:the|one\s+of\s+the)\s+[a-z]+est\b)",
        "which is ",
    ),
    (
        r"(?<=[.!])\s*(?:so\s+)?(?:which|what)\s+(?:one|is\s+it|is\s+that|"
        r"would\s+that\s+be)\b[^.?!]*\?\s*$",
        "",
    ),
    (
        r"^\W*(?:put|place|bring)\s+"
        r"(?=.*\bin(?:to)?\s+(?:the\s+(?:right|correct)\s+)?order\b)",
        "order ",
    ),
    # The next of those that were just told.
    (
        r"^[^.?!]+?\bis\s+the\s+(?P<degree>(?:most\s+)?[a-z]+(?:est|ous|ed)?)\s+(?P<kind>[^.?!,;]+)"
        r"[.,;]\s*(?:and\s+|but\s+)?(?:what|which|who)(?:\s+one)?(?:'s|\s+is|\s+comes?|\s+ranks?)"
        r"\s+(?:the\s+)?(?P<nth>second|third|fourth|fifth|next)\b[^?]*\?*$",
        r"what is the \g<nth> \g<degree> \g<kind>?",
    ),
    # How many of one go into another.
    (
        r"\bhow\s+many\s+(?P<a>[A-Z][\w'’-]*(?:\s+[A-Z][\w'’-]*)*?)e?s\s+(?:would|could|can|do|will)\s+"
        r"(?:fit|go)\s+(?:in(?:to|side)?)\s+(?P<b>[^?]+)",
        r"how many times larger is \g<b> than \g<a>",
    ),
    (
        r"\bhow\s+many\s+times\s+(?:would|could|can|do|does|will)\s+(?P<a>[^?]+?)\s+"
        r"(?:fit|go)\s+(?:in(?:to|side)?)\s+(?P<b>[^?]+)",
        r"how many times larger is \g<b> than \g<a>",
    ),
    # Was one there when the other was made.
    (
        rf"^\W*(?P<be>was|were)\s+(?P<a>[^?,]+?)\s+(?:already\s+)?{_MADE}\s+(?:already\s+)?"
        rf"(?:when|at\s+the\s+time)\s+(?P<b>[^?,]+?)\s+(?:was|were)\s+{_MADE}",
        r"\g<be> \g<a> opened before \g<b>",
    ),
    # Time gone by.
    (
        r"\bhow\s+(?:many\s+years|long|much\s+time)\s+(?:ha(?:s|ve)\s+)?(?:it\s+|there\s+)?"
        r"(?:been|gone\s+by|passed|elapsed|is\s+it|was\s+it)?\s*(?=since\b)",
        "how long ago ",
    ),
    (
        r"\bhow\s+(?:many\s+years|long)\s+(?:ago|back)\b(?:\s+since\b)?",
        "when, years ago,",
    ),
    (
        r"^\W*(?:standing|sitting|being|starting|staying)?\s*(?:by|at|from|in|on|near)\s+"
        r"(?P<x>the\s+[^,?]+|[^,?]+),\s+(?P<rest>wh[^?]*?\bwithin\s+[\d.,]+\s*[a-z]+)\s*\?*$",
        r"\g<rest> of \g<x>?",
    ),
)
_PATTERNS = tuple(
    (re.compile(pattern, re.IGNORECASE), form) for pattern, form in _TABLE
)
_IN_LIST = re.compile(
    rf"\b(?:no\.?|number|nr\.?|place|#)\s*{_N}\s+(?:in|on|of|among|from)\s+(?:the|your|a|all)\s+"
    r"(?:(?:list|ranking|top\s+list|league)\s+(?:of|for)\s+(?:the\s+)?)?(?=(?:[a-z]+\s+)?[a-z]+est\b|most\b)",
    re.IGNORECASE,
)
_NUMBERED = re.compile(
    rf"\b(?:no\.?|number|nr\.?|#)\s*{_N}\s+(?=[a-z]+est\b|most\b)", re.IGNORECASE
)


_YEARS = (
    rf"(?:(?P<n>\d{{1,3}}|{'|'.join(word_table('numbers'))})\s+(?P<unit>years?|decades?|"
    r"centur(?:y|ies))|an?\s+(?P<one>decade|century))"
)
_OLDER = re.compile(
    rf"\b(?:(?P<old>older|younger|newer)\s+than\s+{_YEARS}(?:\s+old)?\b)", re.IGNORECASE
)
_AGED = re.compile(
    rf"\b(?P<how>more\s+than|over|at\s+least|less\s+than|under)\s+{_YEARS}\s+old\b",
    re.IGNORECASE,
)
_LATELY = re.compile(
    rf"(?<=\w\s)(?:in|during|within|over)\s+the\s+(?:last|past)\s+{_YEARS}\b",
    re.IGNORECASE,
)
_OF_MANY = re.compile(
    r"^\W*(?:which|what|how\s+many|list|name|show|are|is\s+there|any)\b", re.IGNORECASE
)


def _dated(text: str) -> str:
    """A text whose times counted back from now are years: *older than 100 years*."""

    def year(match: re.Match[str]) -> int:
        said = (match["n"] or "1").lower()
        number = int(said) if said.isdigit() else word_table("numbers")[said]
        unit = (match["unit"] or match["one"]).lower()
        size = 10 if unit.startswith("dec") else 100 if unit.startswith("cen") else 1
        return date.today().year - number * size

    def aged(match: re.Match[str]) -> str:
        less = match["how"].lower().startswith(("less", "under"))
        return f"{'newer' if less else 'older'} than {year(match)}"

    text = _AGED.sub(aged, text)
    text = _OLDER.sub(lambda m: f"{m['old'].lower()} than {year(m)}", text)
    if _OF_MANY.match(text):
        text = _LATELY.sub(lambda m: f"since {year(m)}", text)
    return text


def reworded(text: str) -> str:
    """A text whose turns of phrase are the plain ones."""
    for pattern, form in _PATTERNS:
        text = pattern.sub(form, text)
    text = _dated(text)

    def nth(match: re.Match[str]) -> str:
        said = match["n"].lower()
        number = int(said) if said.isdigit() else _ONES[said]
        return f"{_ordinal(number)} "

    return _NUMBERED.sub(nth, _IN_LIST.sub(nth, text))


def _ordinal(number: int) -> str:
    endings = {1: "st", 2: "nd", 3: "rd"} if not 10 < number % 100 < 20 else {}
    return f"{number}{endings.get(number % 10, 'th')}"
