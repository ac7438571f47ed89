"""Instructions that stand in evidence: text that speaks to a model, not of a place.

What a passage says is data. A sentence in it that tells its reader to ignore the
rules, play a part or print something is left out of the evidence before a model
sees it, so an answer is the same with and without it. The record itself stays.
"""

import re

from rsrag.rag.saying.sentences import sentences

_SPEAKS_TO_A_MODEL = re.compile(
    r"""
    \b(?:ignore|disregard|forget|override|bypass)\b.{0,40}
      \b(?:above|previous|prior|earlier|preceding|instructions?|rules?|prompts?|
         context|everything|evidence)\b
    | \b(?:system|developer)\s+(?:prompt|message|instructions?)\b
    | \byou\s+(?:are|act|must|should|will)\s+(?:now\s+)?
      (?:an?\s+|as\s+|only\s+|always\s+)?
      (?:ai|assistant|language\s+model|chatbot|dan|answer|reply|respond|say|output|print|
         obey|pretend|ignore)\b
    | \b(?:new|updated|real|actual)\s+instructions?\b
    | ^\W*(?:assistant|system|user)\s*:
    | ^\W*(?:please\s+)?(?:answer|reply|respond|say|output|print|write|repeat)\b.{0,30}
      (?:\b(?:with|only|exactly|instead|that|the\s+(?:word|following|phrase))\b|["“:])
    | \bas\s+an?\s+(?:ai|language\s+model)\b
    | \b(?:do\s+not|don['’]t|never)\s+
      (?:cite|mention|reveal|answer|use\s+the\s+evidence)\b
    """,
    re.IGNORECASE | re.VERBOSE,
)
_MARKUP = re.compile(r"<\|[^|>]{0,40}\|>|</?s>|\[/?INST\]|<</?SYS>>|</?evidence>", re.I)


def as_data(text: str) -> str:
    """A text of evidence without instructions, on one line.

    Nothing is read past the first mark of a chat (``<|im_start|>``, ``[INST]``): no
    source of knowledge has them for a reason of its own.
    """
    plain = _MARKUP.split(text, maxsplit=1)[0]
    kept = [part for part in sentences(plain) if not speaks_to_a_model(part)]
    return " ".join(" ".join(kept).split())


def speaks_to_a_model(sentence: str) -> bool:
    """Whether a sentence is an instruction to whoever reads it as a prompt."""
    return bool(_SPEAKS_TO_A_MODEL.search(sentence))
