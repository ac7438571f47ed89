"""The sentences of a text, each where it stands: under what label, and after what.

A question that stands by itself in a list of questions and answers, and the bold words
that a paragraph begins with, are labels: what follows is said of them.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from rsrag.rag.saying.instructions import data_sentences

_ASKS = re.compile(r"\?\W*$")
"""A question in a text answers none."""
_BOLD = re.compile(r"^(?:\*\*|__)(?P<said>[^*_]{1,200})(?:\*\*|__)\W*$")
_ASKED = re.compile(r"^\W*(?:q|question)\s*\d*\s*[:.)]\s*(?P<said>.+\?)\W*$", re.I)
_LABELLED = re.compile(r"^(?:\*\*|__)(?P<label>[^*_]{1,80})(?:\*\*|__)[:,.]?\s+(?=\S)")


@dataclass(frozen=True, slots=True)
class PlacedSentence:
    """A sentence.

    Attributes:
        text: of it.
        label: what it stands under, a question or a few words; or nothing.
        before: the sentence before it, in the same text and under the same label.
    """

    text: str
    label: str = ""
    before: str = ""

    def under(self, heading: str) -> str:
        """With what stands over it, as it is embedded."""
        return " ".join(
            filter(None, (heading and f"{heading}.", self.label, self.text))
        )


def placed_sentences(text: str) -> Iterator[PlacedSentence]:
    """Sentences of a text of evidence, without labels, questions and instructions."""
    label = before = ""
    for said in data_sentences(text):
        if alone := _BOLD.match(said) or _ASKED.match(said):
            label, before = alone["said"].strip(), ""
            continue
        if _ASKS.search(said):
            before = said
            continue
        if leads := _LABELLED.match(said):
            label, before = leads["label"].strip(), ""
        yield PlacedSentence(said, "" if leads else label, before)
        before = said
