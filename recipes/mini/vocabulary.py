"""What the labels of pictures say in words, and what they leave open.

``concepts.txt`` has concepts with their words; ``labels.txt`` says which of them a
label is sure of, and which nobody knows of: the picture of a school may or may not show
a playing field. What is neither is not there.
"""

from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from rsrag.errors import ConfigError

Bools = NDArray[np.bool_]

FRAMES = (
    "{}",
    "{}.",
    "a satellite picture of {}",
    "a satellite photo of {}.",
    "an aerial picture of {}",
    "an aerial photograph showing {}",
    "{} seen from above",
    "an overhead view of {}",
    "a remote sensing image of {}",
    "this is {}",
    "there is {} in this picture",
    "the scene shows {}",
    "{} from the air",
    "a high resolution image of {}",
)
SENTENCES = 18
"""Of each word, drawn once."""

SPREAD = frozenset(
    (
        "agricultural",
        "bare land",
        "chaparral",
        "commercial",
        "dense residential",
        "desert",
        "farmland",
        "forest",
        "harbor",
        "industrial",
        "meadow",
        "medium residential",
        "mobile home park",
        "mountain",
        "parking",
        "parking lot",
        "port",
    )
)
"""Labels that any part of a picture deserves as much as the whole."""
WIDE = frozenset(
    (
        "agricultural",
        "bare land",
        "beach",
        "chaparral",
        "desert",
        "farmland",
        "forest",
        "meadow",
        "mountain",
        "pond",
        "river",
    )
)
"""Labels of what is seen from very far, too."""


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """Words, and for which labels they are true.

    Attributes:
        words: of all concepts.
        labels: in alphabetical order.
        sure: ``(labels, words)``, where the word is true of every such picture.
        absent: ``(labels, words)``, where it is true of none.
        alike: ``(labels, labels)``, where what one is sure of first may be true of the
            other.
        wide: ``(labels,)``, what is seen from very far, too.
    """

    words: tuple[str, ...]
    labels: tuple[str, ...]
    sure: Bools
    absent: Bools
    alike: Bools
    wide: Bools

    def rows(self, labels: tuple[str, ...]) -> NDArray[np.intp]:
        """Row of each label, ``(n,)``; -1 for none and for one that is not known."""
        number = {label: i for i, label in enumerate(self.labels)}
        return np.array([number.get(label, -1) for label in labels], dtype=np.intp)

    def sentences(self, seed: int) -> list[list[str]]:
        """Of each word ``SENTENCES``, in frames and forms that chance chose."""
        rng = np.random.default_rng((seed, len(self.words)))
        made = []
        for word in self.words:
            forms = _forms(word)
            every = [(frame, form) for frame in FRAMES for form in forms]
            chosen = rng.choice(len(every), SENTENCES, replace=len(every) < SENTENCES)
            made.append([every[i][0].format(every[i][1]) for i in chosen])
        return made


@cache
def vocabulary() -> Vocabulary:
    """Read both files.

    Raises:
        ConfigError: a label names a concept that is not there.
    """
    words: dict[str, list[str]] = {}
    wider: dict[str, list[str]] = {}
    for name, rest in _lines("concepts.txt"):
        own, _, above = rest.partition(":")
        words[name], wider[name] = _listed(own), _listed(above)
    labels = dict(_lines("labels.txt"))
    every = tuple(word for own in words.values() for word in own)
    sure = np.zeros((len(labels), len(every)), dtype=bool)
    maybe = sure.copy()
    start = dict(zip(words, np.cumsum([0, *map(len, words.values())]), strict=False))
    first = sure.copy()
    for row, (label, rest) in enumerate(sorted(labels.items())):
        certain, _, open_ = rest.partition("|")
        for table, names in (
            (first, certain.split(",")[0]),
            (sure, certain),
            (maybe, open_),
        ):
            left = _listed(names)
            while left:
                name = left.pop()
                if name not in words:
                    raise ConfigError(f"{label!r} names no concept: {name!r}.")
                table[row, start[name] : start[name] + len(words[name])] = True
                left += wider[name] if table is not first else []
    heads, known = first.astype(int), (sure | maybe).astype(int)
    alike = (heads @ known.T + known @ heads.T) > 0
    rows = tuple(sorted(labels))
    wide = np.array([label in WIDE for label in rows])
    return Vocabulary(every, rows, sure, ~(sure | maybe), alike, wide)


def _lines(name: str) -> list[tuple[str, str]]:
    text = Path(__file__).with_name(name).read_text("utf-8")
    lines = [one for one in text.splitlines() if not one.startswith("#")]
    return [(head.strip(), rest) for head, _, rest in (x.partition("=") for x in lines)]


def _listed(text: str) -> list[str]:
    return [one.strip() for one in text.split(",") if one.strip()]


def _forms(word: str) -> list[str]:
    """The word as one may meet it: alone, with an article, and in the plural."""
    bare = word.lstrip("~+")
    if word.startswith("~"):
        return [bare, bare, f"some {bare}", f"the {bare}"]
    if word.startswith("+"):
        return [bare, bare, f"the {bare}"]
    article = "an" if bare[0] in "aeiou" and not bare.startswith("univ") else "a"
    many = _plural(bare)
    singular = [bare, bare, f"{article} {bare}", f"{article} {bare}", f"the {bare}"]
    return [*singular, many, f"many {many}", f"several {many}"]


def _plural(word: str) -> str:
    first, _, rest = word.partition(" ")
    if rest.startswith(("of ", "with ", "over ", "across ", "among ", "by ")):
        return f"{_plural(first)} {rest}"
    if word.endswith("y") and word[-2] not in "aeiou":
        return word[:-1] + "ies"
    return word + ("es" if word.endswith(("s", "x", "ch", "sh")) else "s")
