"""ROUGE, METEOR and SQuAD's scores: a text beside those that are right.

METEOR is nltk's (Banerjee and Lavie, ACL workshop 2005). The Java program that COCO's
tables were made with matches paraphrases too and has other weights: the two differ by
points. Synonyms come from WordNet, whose data nltk does not bring along.

For short answers, normalisation and F1 are SQuAD's (Rajpurkar et al., EMNLP 2016). That
normalisation drops every ASCII punctuation mark, so ``-0.19``, ``0.19`` and ``019`` are
one to it. Here a match must therefore also agree in its numbers, sign and point
included.
"""

import re
import string
from collections import Counter
from collections.abc import Callable, Sequence
from statistics import fmean
from typing import Any, NamedTuple

from rsrag.errors import ConfigError
from rsrag.metrics.bleu import check_pairs
from rsrag.metrics.ngrams import Tokens
from rsrag.packages import need

Stem = Callable[[str], str]

COCO_BETA = 1.2
_NOT_WORD = re.compile(r"[^a-z0-9]+")


def lcs_length(a: Tokens, b: Tokens) -> int:
    """Length of the longest common subsequence.

    Bit-parallel: a row of the table is one integer (Hyyrö, "Bit-parallel LCS-length
    computation revisited", AWOCA 2004), so answers of hundreds of words cost nothing.
    """
    masks: dict[str, int] = {}
    for place, token in enumerate(a):
        masks[token] = masks.get(token, 0) | 1 << place
    full = (1 << len(a)) - 1
    row = full
    for token in b:
        match = row & masks.get(token, 0)
        row = ((row + match) | (row - match)) & full
    return len(a) - row.bit_count()


def rouge_l_coco(prediction: Tokens, references: Sequence[Tokens]) -> float:
    """COCO's ROUGE-L of one sentence: F with the best precision and the best recall.

    The two may come from different references, of which there is at least one; recall
    weighs ``beta`` times as much. 0 to 1; 0 for an empty sentence.
    """
    common = [(lcs_length(prediction, tokens), len(tokens)) for tokens in references]
    precision = max(shared for shared, _ in common) / max(1, len(prediction))
    recall = max(shared / max(1, length) for shared, length in common)
    if not precision or not recall:
        return 0.0
    return (1 + COCO_BETA**2) * precision * recall / (recall + COCO_BETA**2 * precision)


def rouge_tokens(text: str, stem: Stem | None = None) -> list[str]:
    """Runs of ASCII letters and digits, lower case; all else parts them.

    ``stem`` is applied to words of more than three letters.
    """
    tokens = [token for token in _NOT_WORD.split(text.lower()) if token]
    if stem is None:
        return tokens
    stemmed = [stem(token) if len(token) > 3 else token for token in tokens]
    return [token for token in stemmed if token]


def rouge_l_f1(prediction: str, reference: str, stem: Stem | None = None) -> float:
    """F1 of ROUGE-L, 0 to 1, as the package ``rouge-score`` reckons it.

    With :func:`porter_stem` it is the figure that RS-RAG prints (``use_stemmer=True``);
    ``None`` leaves words as they are, and the figure must then be named unstemmed.
    """
    guess, target = rouge_tokens(prediction, stem), rouge_tokens(reference, stem)
    if not guess or not target:
        return 0.0
    return 2 * lcs_length(target, guess) / (len(guess) + len(target))


def porter_stem() -> Stem:
    """The Porter stemmer that ``rouge-score`` uses: nltk's, with its extensions.

    Raises:
        MissingExtraError: nltk is not installed.
    """
    need("nltk", "ROUGE-L with stemmed words")
    from nltk.stem.porter import PorterStemmer

    stem: Stem = PorterStemmer().stem
    return stem


FEATURE = "METEOR"
_DATA_HINT = (
    "python -m nltk.downloader wordnet; offline, copy corpora/wordnet.zip into a "
    "folder that NLTK_DATA names"
)


class Meteor(NamedTuple):
    """Mean over the samples, 0 to 1, as ``meteor`` or ``meteor_without_synonyms``."""

    name: str
    score: float


class NoSynonyms:
    """A WordNet in which no word has a synonym."""

    def synsets(self, word: str) -> list[Any]:
        """None."""
        return []


def wordnet() -> Any:
    """The WordNet of nltk, its data loaded.

    Raises:
        MissingExtraError: nltk is not installed.
        ConfigError: the data is not on this machine.
    """
    need("nltk", FEATURE)
    from nltk.corpus import wordnet as corpus

    try:
        corpus.ensure_loaded()
    except LookupError as exc:
        raise ConfigError(
            "METEOR matches synonyms by WordNet, whose data is not on this machine.",
            hint=_DATA_HINT,
        ) from exc
    return corpus


def meteor(
    predictions: Sequence[Tokens],
    references: Sequence[Sequence[Tokens]],
    *,
    synonyms: bool = True,
) -> Meteor:
    """Mean METEOR of sentences: words alike as they stand, by stem, by synonym.

    The best reference counts; a figure without WordNet's synonyms has another name.

    Raises:
        MissingExtraError: nltk is not installed.
        ConfigError: WordNet's data is wanted and not here.
        ValueError: no sample, unequal lengths, or a sample without references.
    """
    check_pairs(predictions, references)
    need("nltk", FEATURE)
    from nltk.translate.meteor_score import meteor_score

    words = wordnet() if synonyms else NoSynonyms()
    scores = [
        # With an empty sentence nltk divides by zero in some versions.
        float(meteor_score([list(t) for t in targets], list(tokens), wordnet=words))
        if tokens
        else 0.0
        for tokens, targets in zip(predictions, references, strict=True)
    ]
    return Meteor("meteor" if synonyms else "meteor_without_synonyms", fmean(scores))


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
