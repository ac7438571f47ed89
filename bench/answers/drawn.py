"""Knowledge that is drawn: landmarks with a fact each, passages, and their vectors.

The texts are whole English words from MiniLM's own vocabulary by Zipf's law, no two
passages alike. Their vectors are not those of the texts: MiniLM embeds a few hundred of
them, and every passage gets one of these with noise of its own (cosine of about 0.8 to
where it came from), which lie as real ones do, in a narrow cone with many near
neighbours.
"""

import json
from collections.abc import Iterator, Sequence

import numpy as np
import pyarrow as pa

from rsrag.encoders.text_towers.minilm import TOKENIZER
from rsrag.knowledge.collection import Records
from rsrag.records import Fact, Landmark, Passage, fact_id, landmark_id, passage_id
from rsrag.types import Vectors
from rsrag.vectors import unit_rows

WORDS = 40
BATCH = 5_000
SOURCE, LICENCE = "bench", "CC0-1.0"
_SYLLABLES = ("ba", "de", "fi", "go", "hu", "ka", "le", "mi", "no", "pu")


def name_of(number: int) -> str:
    """A name that no other number has: a syllable a digit."""
    return "Lake " + "".join(_SYLLABLES[int(d)] for d in f"{number:06d}").capitalize()


def value_of(number: int) -> str:
    """The elevation that its fact gives."""
    return f"{number + 1} m"


def records(passages: int, landmarks: int, seed: int = 5) -> Records:
    """Landmarks with an elevation each, and passages about them in turn."""
    marks = [
        Landmark(landmark_id(SOURCE, str(i)), name_of(i), SOURCE, LICENCE)
        for i in range(landmarks)
    ]
    facts = [
        Fact(
            fact_id(mark.id, "elevation", None, value_of(i)),
            mark.id,
            "elevation",
            value_of(i),
            SOURCE,
            LICENCE,
        )
        for i, mark in enumerate(marks)
    ]
    texts = _texts(passages, np.random.default_rng(seed))
    about = [marks[i % landmarks].id for i in range(passages)]
    told = [
        Passage(
            passage_id(mark, "description", text),
            text,
            "description",
            SOURCE,
            LICENCE,
            mark,
        )
        for mark, text in zip(about, texts, strict=True)
    ]
    return Records(tuple(marks), tuple(facts), tuple(told))


def questions(known: Sequence[Passage], count: int, seed: int = 7) -> list[str]:
    """Eight words of a passage each, in another order."""
    rng = np.random.default_rng(seed)
    return [
        " ".join(rng.choice(known[i].text[:-1].split(), 8, replace=False))
        for i in rng.integers(0, len(known), count)
    ]


def vectors_of(
    passages: Sequence[Passage], base: Vectors
) -> Iterator[tuple[Vectors, pa.Table]]:
    """The same vectors in every call: those given, over and over, with noise."""
    rng = np.random.default_rng(6)
    for first in range(0, len(passages), BATCH):
        part = passages[first : first + BATCH]
        rows = base[np.arange(first, first + len(part)) % len(base)]
        noise = rng.standard_normal(rows.shape) * (0.75 / np.sqrt(rows.shape[1]))
        table = pa.table(
            {
                "id": [f"{p.id}{p.id}" for p in part],
                "kind": ["passage"] * len(part),
                "record_id": [p.id for p in part],
                "landmark_id": [p.landmark_id for p in part],
            }
        )
        yield unit_rows(rows + noise), table


def _texts(count: int, rng: np.random.Generator) -> list[str]:
    if not count:
        return []
    tokens = json.loads(TOKENIZER.verified().read_text())["model"]["vocab"]
    words = np.array([t for t in tokens if t.isascii() and t.isalpha() and len(t) > 1])
    weights = 1 / np.arange(1, len(words) + 1)
    drawn = rng.choice(words, (count, WORDS), p=weights / weights.sum())
    return [" ".join(row) + "." for row in drawn]
