"""The variable that a question asks for, by the meaning of its words.

For a question whose words name none: the sentence, with *it* in place of the landmark,
is compared with what can be said of each variable that the landmark has, and with its
values. Rules read first; this is for what they leave.
"""

import math
import re
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from rsrag.interfaces import TextEncoder
from rsrag.knowledge.variables import label_of, variables
from rsrag.rag.linking.phrase_vectors import PhraseVectors
from rsrag.rag.linking.value_fits import contrary, misfit

_NAMES, _VALUES = 0.6, 0.4
"""Weights of the cosine to a variable's phrases and of that to *label: value*."""
_CONTRARY = 0.3
"""Off a maximum's score where an average is asked for, and the other way round."""
_LOOKED_AT = 5
"""Variables whose values are read: those whose names fit best."""
_LONGEST = 200
"""Letters of a value that are read."""
_OFFSET, _SCORE, _GAP, _MARGIN = -0.5, 4.0, -45.0, 3.7
"""Of the logistic curve from score, gap and margin to how often the link is right;
fitted by ``python -m bench.linking WORDINGS --fit``."""
_OTHER, _LITTLE = 0.05, 0.45
"""Gap above which, and score below which, nothing held is what is asked for."""
_FAR = 0.2
"""Gap above which no value is read: whatever it says, no link is sure."""
SURE = 0.6
"""Below this, no variable is taken."""


@dataclass(frozen=True, slots=True)
class Link:
    """A variable that a question may ask for.

    Attributes:
        score: how well it fits, about 0 to 1.
        margin: by how much better than the next.
        gap: by how much better the phrases of a variable fit that is not held.
        rival: that variable, if there is one.
    """

    variable: str
    score: float
    margin: float
    gap: float
    rival: str | None = None

    @property
    def confidence(self) -> float:
        """How often a link like this is the right one, 0 to 1."""
        odds = _OFFSET + _SCORE * self.score + _GAP * self.gap + _MARGIN * self.margin
        return 1 / (1 + math.exp(-odds))

    @property
    def unheld(self) -> bool:
        """Whether what is asked for is likely a variable that the landmark lacks."""
        return self.gap > _OTHER and self.score < _LITTLE

    @property
    def sure(self) -> bool:
        """Whether to go by it."""
        return self.confidence >= SURE


class VariableLinker:
    """Links questions to variables by sentence vectors. Threads may share it.

    Args:
        load: makes the text encoder, when it is first needed.
    """

    def __init__(self, load: Callable[[], TextEncoder]) -> None:
        self._load = load

    @cached_property
    def _encoder(self) -> TextEncoder:
        return self._load()

    @cached_property
    def _phrases(self) -> PhraseVectors:
        return PhraseVectors(self._encoder)

    def link(
        self,
        question: str,
        facts: Sequence[tuple[str, str]],
        *,
        timed: bool = False,
        among: Collection[str] = (),
    ) -> Link | None:
        """The variable that fits best, of those that a landmark has.

        Args:
            question: with *it* for the landmark, as :func:`about_it` makes it.
            facts: variables and values that are held of the landmark.
            timed: it names a month or a year, so that what is measured month by month
                may be meant.
            among: variables that other landmarks have: what fits one of them better is
                not this one's neighbour.

        Returns:
            ``None`` if nothing is held.
        """
        held = [
            (name, value)
            for name, value in facts
            if timed or name not in variables() or not variables()[name].monthly
        ]
        if not held or not question.strip():
            return None
        (asked,) = self._encoder.encode_texts([question])
        names = {
            name: float((self._phrases.of(name) @ asked).max())
            for name in dict.fromkeys(name for name, _ in held)
        }
        rivals = self._phrases.best_of_all(asked, monthly=timed, among=among)
        rival = max(rivals, key=lambda name: rivals[name], default=None)
        nearest = max(names, key=lambda name: names[name])
        if rival is not None and rivals[rival] - names[nearest] > _FAR:
            gap = rivals[rival] - names[nearest]
            return Link(nearest, _NAMES * names[nearest], 0.0, gap, rival)
        scores = self._with_values(question, asked, held, names)
        first, *others = sorted(scores, key=lambda name: -scores[name])
        margin = scores[first] - (scores[others[0]] if others else 0.0)
        gap = 0.0
        if rival is not None and rival not in names:
            gap = max(0.0, rivals[rival] - names[first])
        return Link(first, scores[first], margin, gap, rival if gap > 0 else None)

    def _with_values(
        self,
        question: str,
        asked: NDArray[np.float32],
        held: Sequence[tuple[str, str]],
        names: dict[str, float],
    ) -> dict[str, float]:
        """The score of the likeliest variables, their values considered."""
        likely = sorted(names, key=lambda name: -names[name])[:_LOOKED_AT]
        pairs = [(name, value) for name, value in held if name in likely]
        texts = [f"{label_of(name)}: {value[:_LONGEST]}" for name, value in pairs]
        cosines = (self._encoder.encode_texts(texts) @ asked).tolist()
        scores: dict[str, float] = {}
        for (name, value), cosine in zip(pairs, cosines, strict=True):
            score = _NAMES * names[name] + _VALUES * cosine - misfit(question, value)
            score -= _CONTRARY * contrary(question, label_of(name))
            scores[name] = max(scores.get(name, -1.0), score)
        return scores


def about_it(text: str, surfaces: Sequence[str]) -> str:
    """A question with *it* in place of the landmarks that it names.

    ``Who designed the Eiffel Tower's lifts?`` is ``Who designed its lifts?``.
    """
    for surface in surfaces:
        name = re.escape(surface)
        text = re.sub(rf"(?:\bthe\s+)?{name}['’]s\b", "its", text, flags=re.I)
        text = re.sub(rf"(?:\bthe\s+)?{name}", "it", text, flags=re.I)
    return " ".join(text.split())
