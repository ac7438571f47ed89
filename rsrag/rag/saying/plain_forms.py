"""The same said in one form: what does not change the meaning of a sentence.

A sentence and its evidence are both brought into plain forms before they are compared:
*before the valley was flooded the village was moved* becomes *the village was moved
before the valley was flooded*, *over 200* *more than 200*. What evidence implies, such
as *Paraguay owns it* of *it belongs to Paraguay*, is put beside it. Each rule keeps who
does what, every number, denial and limit.
"""

import re

from rsrag.rag.reading.words import word_table

_NUMBERS = "|".join(word for word in word_table("numbers") if word not in ("a", "an"))
_N = rf"(?=\d|(?:{_NUMBERS})\b)"
_SUBJECT = r"(?:it|he|she|they)"
_SAME_FORMS: tuple[tuple[str, str], ...] = (
    # The clause that gives a condition, a reason or a time goes behind the other.
    (
        r"^(?P<m>if|because|when|while|although|before|after) (?P<a>[^,;]*?\w[^,;]*?), "
        r"(?P<b>(?!(?:in|on|at|since|until|by|from) )[^,;]+?)(?P<t>,? in \d{4})?\.?$",
        r"\g<b>\g<t> \g<m> \g<a>.",
    ),
    (
        r"^(?P<m>before|after) (?P<a>the \w+ (?:was|were|had been) \w+(?:ed|en|wn|lt)) "
        r"(?P<b>the [^,;]+?),?(?P<t> in \d{4})?\.?$",
        r"\g<b>\g<t> \g<m> \g<a>.",
    ),
    (
        rf"^having (?P<v>\w+ed) (?P<a>[^,;]+), (?P<s>{_SUBJECT}) (?P<b>[^,;]+)$",
        r"\g<s> \g<v> \g<a> and \g<b>",
    ),
    (r"\blost (?:their|his|her|its) (?:lives|life)\b", "died"),
    (r"\bcame into being\b", "began"),
    (r"\band then (?=an? )", ", then "),
    (r"\b(of|in|on|to|from|for) that (?=\w)", r"\1 the "),
    (r"\bover " + _N, "more than "),
    (r"\bin excess of " + _N, "more than "),
    (r"\bunder " + _N + r"(?!\d+ (?:metres|m|feet)\b)", "less than "),
    (r"\b(?:around|approximately|roughly|circa|some) " + _N, "about "),
    (r"\bduring (?=its|the) (?:its|the) construction\b", "while it was built"),
    (r"\bstarting (?:from|in) (?=\d)", "from "),
)
_TURNED: tuple[tuple[re.Pattern[str], str], ...] = tuple(
    (re.compile(pattern), form)
    for pattern, form in (
        (r"^(?P<x>[^,;]+?) belongs to (?P<y>[^,;.]+)", r"\g<y> owns \g<x>."),
        (r"^(?P<x>[^,;]+?) belonged to (?P<y>[^,;.]+)", r"\g<y> owned \g<x>."),
        (
            r"^(?P<x>[^,;]+?) supplies (?P<o>[^,;]+?) to (?P<y>[A-Z][\w-]*)",
            r"\g<y> gets \g<o> from \g<x>.",
        ),
        (
            r"^(?P<x>[^,;]+?) sold (?P<o>[^,;]+?) to (?P<y>[A-Z][\w-]*)",
            r"\g<y> bought \g<o> from \g<x>.",
        ),
    )
)
"""What one does seen from the other side; the rest of the sentence is left out."""
_IMPLIED: tuple[tuple[str, str], ...] = (
    (r"\b(?:was|were) turned into\b", "became"),
    # *Only two of the seven*: two of them, all the same.
    (r"\bonly " + _N, ""),
)
_WHEN_FIRST = re.compile(
    r"^(?P<when>(?:in|on|since|from|until|by) (?:the )?(?:\d{1,2} )?(?:(?:January|"
    r"February|March|April|May|June|July|August|September|October|November|December) )?"
    r"(?:\d{4})(?: (?:and|to) \d{4})?),? (?P<rest>.+)$",
    re.IGNORECASE,
)
_JOINED = re.compile(r",? and (?=(?:an?|the) )|; |, but (?=(?:an?|the) )")


def plain(sentence: str) -> str:
    """A sentence in its plain form."""
    for pattern, form in _SAME_FORMS:
        sentence = re.sub(pattern, form, sentence, flags=re.IGNORECASE)
    return sentence


def implied(evidence: str) -> list[str]:
    """Sentences that hold if one holds; it is in its plain form."""
    found = []
    for pattern, form in _IMPLIED:
        other = re.sub(pattern, form, evidence, flags=re.IGNORECASE)
        if other != evidence:
            found.append(other)
    for turned, form in _TURNED:
        if match := turned.match(evidence):
            found.append(match.expand(form))
    if match := _WHEN_FIRST.match(evidence):
        parts = _JOINED.split(match["rest"].rstrip("."))
        found += [f"{part} {match['when'].lower()}." for part in parts[1:]]
    return found
