"""Instructions that stand in evidence: text that speaks to a model, not of a place.

What a passage says is data. It is cut by its structure: nothing is read past the mark
of a chat, a heading that gives orders, or the name of a role; sentences that command
their reader, speak to a model, or hold a link are left out of answers and prompts, and
stand in quotes in the evidence that is shown. Rules of this kind know what they know:
an instruction that is worded like prose passes for prose, and is quoted as such, with
its source. The record itself stays.
"""

import re
from collections.abc import Iterator
from itertools import groupby

from rsrag.rag.saying.sentences import sentences

_MARKUP = re.compile(
    r"""
    <\|[^|>]{0,40}\|> | </?s> | \[/?INST\] | <</?SYS>> | </?evidence>
    | </?\s*(?:system|assistant|user|instructions?|prompt|context|document|
         (?:\w+_)?(?:tasks?|rules?|orders?))\s*>
    | \#{1,6}\s*(?:new\s+|system\s+)?
      (?:instructions?|system|assistant|user|human|prompt|response|override|task|input|
         output|answer|important|attention|note\s+to)\b
    | (?:(?<=^)|(?<=[.!?:\n]\s)|(?<=\n))\W{0,3}
      (?:system|assistant|user|human|developer|chatbot)(?:\s+\w+)?\s*[:\]>]
    | \b(?:SYSTEM|ADMIN|DEVELOPER|ASSISTANT)\s+
      (?:OVERRIDE|NOTICE|PROMPT|MESSAGE|NOTE|COMMAND|UPDATE)\b
    | `{3,}
    """,
    re.VERBOSE | re.IGNORECASE,
)
_ASIDE = re.compile(
    r"<!--.*?(?:-->|$)|<\|im_start\|>.*?<\|im_end\|>|\{\s*\"role\"\s*:.*?(?:\}|$)",
    re.DOTALL,
)
"""What stands apart from the prose around it; that is read on behind."""
_DISGUISED = re.compile(
    r"\b(?=\w*[a-z])(?=\w*[01345@$])[a-z01345@$7]{4,}\b", re.IGNORECASE
)
_PLAIN = str.maketrans("013457@$", "oieastas")
_HEADING = re.compile(r"(?:(?<=^)|(?<=\s))#{1,6}\s+")
_LINK = re.compile(r"\bhttps?://|\bwww\.|\]\(|\b[\w.-]+@[\w-]+\.\w+", re.IGNORECASE)
_READER = (
    r"(?:language\s+model|chat\s?bot|assistant|a\.?i\.?|llm|gpt|model|reader|bot|agent)"
)
_SPEAKS_TO_A_MODEL = re.compile(
    rf"""
    \b(?:ignore|disregard|forget|override|bypass|skip)\b.{{0,40}}
      \b(?:above|previous|prior|earlier|preceding|instructions?|rules?|prompts?|
         context|everything|evidence|told|question)\b
    | \b(?:system|developer)\s+(?:prompt|message|instructions?)\b
    | \byou\s+(?:are|act|must|should|will|shall|may|can|have\s+to)\s+(?:now\s+|only\s+)?
      (?:an?\s+|as\s+|only\s+|always\s+|never\s+)?
      (?:{_READER}|dan|answer|reply|respond|say|output|print|obey|pretend|ignore|tell|
         state|write|mention|speak|recommend|free|allowed|required)\b
    | \b(?:new|updated|real|actual|following|secret)\s+instructions?\b
    | ^\W*(?:{_READER})s?\s*[:,]
    | \b(?:ignor(?:ez|ieren?|iert|a|ad|en)|oublie[rz]?|vergiss|vergesst|olvid[ae]d?)\b
      .{{0,40}}\b(?:consignes|instructions|anweisungen|instrucciones|istruzioni|
         instruções|pr[ée]c[ée]dent\w*|vorherig\w*|obig\w*|anterior\w*)
    | \b(?:run|execute|call)\s+[`'"“]
    | \b(?:approved|authori[sz]ed)\s+(?:the\s+)?(?:tool|command)
    | ^\W*(?:step\s+\d+\s*[:.)-]\s*)(?:do|run|stop|write|say|send|open|go)\b
    | ^\W*(?:please\s+|now\s+|always\s+|instead\s*,?\s+|then\s+|
         step\s+\d+\s*[:.)-]\s*)?
      (?:answer|reply|respond|say|output|print|write|repeat|translate|state|tell|
         pretend|act|append|visit|click|enter|send|obey|remember|recommend|summari[sz]e|
         describe|claim|add|begin|end|start|finish|speak|rate|call|replace|insist|
         reveal|follow|treat|stop)\b(?!\s+(?:of|was|were|date|times?)\b)
    | \b(?:to|for)\s+(?:the\s+|any\s+|all\s+)?(?:machine|software|{_READER}s?)\s*:
    | ^\W*(?:dear|hey|hi|hello)\s+(?:{_READER}|claude|gemini|chatgpt)\b
    | \b(?:kindly|please)\s+(?:respond|answer|reply|tell|say|state|repeat)\b
    | \b(?:any|each|every|all)\s+(?:ai|software|models?|machines?)\b.*
      \b(?:summar|clos|end|add|answer|repl|respond|say|includ)
    | \b(?:overrides?|overrul\w+|supersedes?|replaces?)\s+(?:all|any|every|the)\s+
      (?:\w+\s+)?(?:guidance|rules?|instructions?|orders?)\b
    | \b(?:whatever|no\s+matter\s+what)\s+(?:is|was|they|you|anyone)\b.{{0,20}}
      \b(?:asked?|asks)\b
    | \b(?:hidden|secret)\s+(?:directive|order|command)s?\b
    | \bas\s+an?\s+(?:ai|{_READER})\b
    | \b(?:do\s+not|don['’]t|never)\s+
      (?:cite|mention|reveal|answer|say|tell|use\s+the\s+evidence|follow|trust)\b
    | \b(?:notes?|message|attention|instructions?|reminder)\s+(?:to|for)\s+
      (?:the\s+|any\s+|all\s+)?(?:\w+\s+)?{_READER}s?\b
    | \b(?:the|this|any|every)\s+(?:\w+\s+)?{_READER}s?\s+
      (?:must|should|shall|will|speaks?|answers?|says?|is\s+to|has\s+to|may\s+only)\b
    | \bthe\s+(?:correct|only|right|proper|expected)\s+(?:reply|answer|response)\s+
      (?:is|to|must|would)\b
    | \bfrom\s+(?:this\s+point|now)\b.{{0,20}}\b(?:on|you|the\s+{_READER}|answer|speak)
    | \b(?:if|when|whenever)\s+(?:you\s+are\s+|anyone\s+|someone\s+|a\s+user\s+)?
      (?:asked|asks)\b
    | \b(?:your|the\s+next)\s+(?:answer|reply|response|output|task|role|instructions?|
         rules|training)\b
    | \bth(?:e|is)\s+(?:previous|above|preceding|following)\s+(?:text|prompt|message)\b
    | \bthe\s+user\b
    """,
    re.IGNORECASE | re.VERBOSE,
)


MARKED = "text that speaks to its reader"
"""What is said of a passage that is quoted and not followed."""


def with_orders_quoted(text: str, *, links: bool = True) -> str:
    """A text in which what speaks to a model stands in quotes and is named as that.

    A text without such is given back letter for letter.

    Args:
        links: a sentence with a link counts, too.
    """
    speaking: set[bool | None] = {True, None} if links else {True}
    parts = [(part, order in speaking) for part, order in _parts(text)]
    if not any(speaks for _, speaks in parts):
        return text
    told = []
    for speaks, group in groupby(parts, key=lambda one: one[1]):
        said = " ".join(part for part, _ in group)
        told.append(f"[{MARKED}: “{said}”]" if speaks else said)
    return " ".join(told)


def _parts(text: str) -> Iterator[tuple[str, bool | None]]:
    """Sentences on one line, with ``True`` for an order, ``None`` for a link."""
    last = 0
    for aside in [*_ASIDE.finditer(text), None]:
        piece = text[last : aside.start() if aside else len(text)]
        markup = _MARKUP.search(piece)
        plain = piece[: markup.start()] if markup else piece
        for part in sentences(_HEADING.sub("\n", plain)):
            order = None if _LINK.search(part) else False
            yield " ".join(part.split()), _commands(part) or order
        if markup:
            yield " ".join(text[last + markup.start() :].split()), True
            return
        if aside is not None:
            yield " ".join(aside.group().split()), True
            last = aside.end()


def _commands(sentence: str) -> bool:
    undone = _DISGUISED.sub(lambda m: m.group().translate(_PLAIN), sentence)
    return any(_SPEAKS_TO_A_MODEL.search(one) for one in {sentence, undone})


def as_data(text: str) -> str:
    """A text of evidence without instructions, on one line."""
    return " ".join(data_sentences(text))


def data_sentences(text: str) -> list[str]:
    """The sentences of a text of evidence, without instructions, each on one line.

    A heading ends a sentence: none is read on across one.
    """
    return [part for part, order in _parts(text) if order is False]
