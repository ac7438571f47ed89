"""METEOR as nltk reckons it (Banerjee and Lavie, ACL workshop 2005).

The Java program that COCO's tables were made with matches paraphrases too and has
other weights: the two differ by points. Synonyms come from WordNet, whose data nltk
does not bring along.
"""

from collections.abc import Sequence
from statistics import fmean
from typing import Any, NamedTuple

from rsrag.errors import ConfigError
from rsrag.metrics.bleu import check_pairs
from rsrag.metrics.ngrams import Tokens
from rsrag.packages import need

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
