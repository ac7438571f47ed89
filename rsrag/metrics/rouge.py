"""ROUGE-L in the two ways that papers print it (Lin, ACL workshop 2004)."""

import re
from collections.abc import Callable, Sequence

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
