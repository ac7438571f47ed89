"""Short answers: equal, contained, or how many words they share.

Normalisation and F1 are SQuAD's (Rajpurkar et al., EMNLP 2016). That normalisation
drops every ASCII punctuation mark, so ``-0.19``, ``0.19`` and ``019`` are one to it.
Here a match must therefore also agree in its numbers, sign and point included.
"""

import re
import string
from collections import Counter

_ARTICLES = re.compile(r"\b(a|an|the)\b")
_PUNCTUATION = str.maketrans("", "", string.punctuation)
_NUMBER = re.compile(
    r"(?<![\w.])[-\u2212]?\d+(?:,\d{3})*(?:\.\d+)?(?![\d])|\d+(?:\.\d+)?"
)


def normalise(text: str) -> str:
    """Lower case, without ASCII punctuation and articles, single blanks."""
    bare = text.lower().translate(_PUNCTUATION)
    return " ".join(_ARTICLES.sub(" ", bare).split())


def numbers_in(text: str) -> list[float]:
    """Numbers in order; commas between thousands are read over.

    A minus counts as a sign only where no letter or digit stands before it, so
    ``1783-1789`` holds two positive numbers.
    """
    found = (match.group().replace(",", "") for match in _NUMBER.finditer(text))
    return [float(number.replace("\u2212", "-")) for number in found]


def squad_exact_match(prediction: str, answer: str) -> bool:
    """Equal after SQuAD's normalisation, whatever the numbers' points and signs."""
    return normalise(prediction) == normalise(answer)


def exact_match(prediction: str, answer: str) -> bool:
    """Equal after SQuAD's normalisation, and equal in every number."""
    return squad_exact_match(prediction, answer) and (
        numbers_in(prediction) == numbers_in(answer)
    )


def contains(prediction: str, answer: str) -> bool:
    """Whether the answer's words stand in the prediction, in a row.

    The numbers of the answer must be in the prediction too, sign and point included. A
    blank answer is contained in nothing.
    """
    words, wanted = normalise(prediction).split(), normalise(answer).split()
    if not wanted:
        return False
    size = len(wanted)
    if not any(words[i : i + size] == wanted for i in range(len(words) - size + 1)):
        return False
    return not Counter(numbers_in(answer)) - Counter(numbers_in(prediction))


def token_f1(prediction: str, answer: str) -> float:
    """SQuAD's F1 over words: 0 to 1; two blank texts agree."""
    words, wanted = normalise(prediction).split(), normalise(answer).split()
    if not words or not wanted:
        return float(words == wanted)
    shared = (Counter(words) & Counter(wanted)).total()
    return 2 * shared / (len(words) + len(wanted))
