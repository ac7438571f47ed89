"""Vectors of the sentences of passages, in one file beside a collection's records.

Made when records are imported, and only for texts that are new. Each sentence is
embedded with its heading before it, or the landmark that it is about; a row is kept as
int8, which moves a cosine by some thousandths.
"""

import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from rsrag.durable import staged
from rsrag.errors import KnowledgeError
from rsrag.rag.saying.placed_sentences import placed_sentences
from rsrag.records import Landmark, Passage

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from rsrag.types import Vectors

FILE = "sentences.npz"
MOST = 20_000
"""Sentences that are embedded at one import at most."""
_BATCH = 256
_SCALE = 127.0
_READING = 2
"""Which way a text is cut into what is embedded; another makes all vectors anew."""
_ENDS: tuple[Literal["left"], Literal["right"]] = ("left", "right")


class SentenceRows:
    """The vectors of a collection's sentences.

    Attributes:
        passages: id of the passage of each row.
        keys: of its title, its text and the model.
        rows: ``(n, dim)`` int8.
    """

    def __init__(
        self,
        passages: "NDArray[np.str_]",
        keys: "NDArray[np.str_]",
        rows: "NDArray[np.int8]",
    ) -> None:
        self.passages, self.keys, self.rows = passages, keys, rows

    @classmethod
    def read(cls, folder: Path) -> "SentenceRows | None":
        """Those beside a collection; ``None`` where there are none, or damaged ones."""
        import zipfile

        import numpy as np

        try:
            with np.load(folder / FILE, allow_pickle=False) as file:
                found = cls(file["passages"], file["keys"], file["rows"])
        except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile):
            return None
        one_length = len(found.passages) == len(found.keys) == len(found.rows)
        return found if one_length and found.rows.ndim == 2 else None

    def write(self, folder: Path) -> None:
        """Write the file in one step.

        Raises:
            KnowledgeError: the folder cannot be written.
        """
        import numpy as np

        try:
            with staged(folder / FILE, shared=True) as draft, draft.open("wb") as file:
                np.savez(file, passages=self.passages, keys=self.keys, rows=self.rows)
        except OSError as exc:
            raise KnowledgeError(f"{folder / FILE} cannot be written: {exc}.") from exc

    def of(self, passage: str) -> range:
        """Which rows are a passage's; they stand in the order of ids."""
        start, end = (int(self.passages.searchsorted(passage, side)) for side in _ENDS)
        return range(start, end)

    def nearest(self, vector: "Vectors") -> Iterator[tuple[str, float]]:
        """Each passage once, by its nearest sentence, nearest first.

        Args:
            vector: ``(dim,)`` float32 unit row.
        """
        import numpy as np

        cosines = (self.rows @ vector.astype(np.float32)) / _SCALE
        seen: set[str] = set()
        for place in np.argsort(-cosines, kind="stable"):
            passage = str(self.passages[place])
            if passage not in seen:
                seen.add(passage)
                yield passage, float(cosines[place])


def embedded(
    passages: Iterable[Passage],
    old: SentenceRows | None,
    model: str,
    encode: "Callable[[Sequence[str]], Vectors]",
    most: int = MOST,
    names: Mapping[str, str] | None = None,
) -> tuple[SentenceRows, int]:
    """Rows for passages; those of texts that did not change are taken over.

    Args:
        model: what tells vectors of one model from those of another.
        encode: gives ``(n, dim)`` float32 unit rows.
        names: of landmarks, by id.

    Returns:
        The rows, and how many passages have none, as there are too many.
    """
    import numpy as np

    known: Mapping[str, NDArray[np.int8]] = {}
    if old is not None and len(old.keys):
        edges = [0, *(np.flatnonzero(old.keys[1:] != old.keys[:-1]) + 1)]
        parts = zip(edges, [*edges[1:], len(old.keys)], strict=True)
        known = {str(old.keys[a]): old.rows[a:b] for a, b in parts}
    ids: list[str] = []
    keys: list[str] = []
    rows: list[NDArray[np.int8]] = []
    new: list[tuple[int, str]] = []
    left = 0
    for passage in sorted(passages, key=lambda one: one.id):
        heading = passage.title or (names or {}).get(passage.landmark_id or "", "")
        key = key_of(heading, passage.text, model)
        texts = [] if key in known else in_place(heading, passage.text)
        if len(new) + len(texts) > most:
            left += 1
            continue
        part = known.get(key)
        count = len(texts) if part is None else len(part)
        new += [(len(rows), text) for text in texts]
        rows.append(np.empty((0, 0), np.int8) if part is None else part)
        ids += [passage.id] * count
        keys += [key] * count
    for start in range(0, len(new), _BATCH):
        some = new[start : start + _BATCH]
        made = np.rint(encode([text for _, text in some]) * _SCALE).astype(np.int8)
        for (place, _), row in zip(some, made, strict=True):
            before = rows[place] if rows[place].size else row[:0].reshape(0, len(row))
            rows[place] = np.vstack([before, row[None]])
    full = [part for part in rows if part.size]
    stacked = np.vstack(full) if full else np.empty((0, 0), np.int8)
    return SentenceRows(np.array(ids, "U"), np.array(keys, "U"), stacked), left


def in_place(heading: str, text: str) -> list[str]:
    """The sentences of a text, each under its heading, as they are embedded."""
    return [sentence.under(heading) for sentence in placed_sentences(text)]


def key_of(heading: str, text: str, model: str) -> str:
    """What tells a text and a model from others."""
    told = f"{_READING}\0{model}\0{heading}\0{text}"
    return hashlib.blake2b(told.encode(), digest_size=8).hexdigest()


class SentenceSearch:
    """The sentences of all collections of a catalogue, to look in by vector."""

    def __init__(self, collections: Iterable[Path]) -> None:
        found = (SentenceRows.read(folder) for folder in collections)
        self._rows = [one for one in found if one is not None and len(one.rows)]

    def nearest(self, vector: "Vectors", limit: int) -> list[str]:
        """Ids of the passages with the sentences nearest to a vector, best first.

        Some may be gone from the records since.
        """
        best = [
            one for rows in self._rows for one in islice(rows.nearest(vector), limit)
        ]
        return [passage for passage, _ in sorted(best, key=lambda one: -one[1])[:limit]]

    def of(self, passage: str, heading: str, text: str) -> "Vectors | None":
        """``(n, dim)`` float32 unit rows of a passage's sentences, in their order.

        ``None`` where they are not kept, or are those of another text or heading.
        """
        import numpy as np

        for rows in self._rows:
            found = rows.of(passage)
            if len(found) and rows.keys[found.start] == key_of(heading, text, _model()):
                part = rows.rows[found.start : found.stop].astype(np.float32)
                return part / np.float32(_SCALE)
        return None


def _model() -> str:
    from rsrag.encoders.text_towers.minilm import WEIGHTS

    return WEIGHTS.sha256


def embed_passages(
    folder: Path, passages: Iterable[Passage], landmarks: Iterable[Landmark]
) -> int:
    """Bring the vectors beside a collection up to date.

    Returns:
        How many passages have none, as there are too many.
    """
    from rsrag.encoders.text_towers.minilm_memory import shared_minilm

    old = SentenceRows.read(folder)
    made, left = embedded(
        passages,
        old,
        _model(),
        lambda texts: shared_minilm().encode(texts),
        names={one.id: one.name for one in landmarks},
    )
    if old is None or list(made.keys) != list(old.keys):
        made.write(folder)
    return left
