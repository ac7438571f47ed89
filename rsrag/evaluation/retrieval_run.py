"""Retrieval between pictures and captions: hit rates both ways."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rsrag.errors import ConfigError, SourceNotFoundError
from rsrag.evaluation.data.caption_files import Captioned
from rsrag.evaluation.data.vector_files import Progress, embed_pictures
from rsrag.imagery.archives.archive_names import unescape
from rsrag.imagery.sources.items import SourceItem
from rsrag.interfaces import Encoder
from rsrag.metrics.hit_rates import (
    RANKS,
    Chances,
    Duplicates,
    HitRates,
    duplicates,
    hit_chances,
    rates_of,
)
from rsrag.types import Skip, Vectors


@dataclass(frozen=True, slots=True)
class Matched:
    """Pictures and captions that belong together: row i of the ``(n, dim)`` unit rows.

    Attributes:
        without_image: of the file of captions, found in no source.
        without_caption: sources that it does not name, or whose captions are blank.
        repeated: sources that bear the name of a picture that was found before.
        broken: sources that cannot be read.
    """

    pictures: tuple[Captioned, ...]
    vectors: Vectors
    without_image: tuple[str, ...]
    without_caption: tuple[str, ...]
    repeated: tuple[str, ...]
    broken: tuple[Skip, ...]

    @property
    def owner(self) -> list[int]:
        """For each caption the row of its picture."""
        return [i for i, one in enumerate(self.pictures) for _ in one.captions]

    @property
    def texts(self) -> list[str]:
        """All captions, in the order of ``owner``."""
        return [text for one in self.pictures for text in one.captions]


@dataclass(frozen=True, slots=True)
class Retrieval:
    """Figures of one encoder: rates both ways, and chances of a hit per query.

    ``lenient`` are rates where a copy of an own caption under another picture counts.
    """

    rates: HitRates
    duplicates: Duplicates
    t2i: Chances
    i2t: Chances
    lenient: HitRates


class Names:
    """Finds the record of a picture by its file name, wherever the picture lies.

    Records with one base name are told apart by the folders that stand before it.
    """

    def __init__(self, pictures: Sequence[Captioned]) -> None:
        self._by_name: dict[str, list[int]] = defaultdict(list)
        self._files = [one.file.replace("\\", "/").lstrip("./") for one in pictures]
        for number, file in enumerate(self._files):
            self._by_name[file.rpartition("/")[2]].append(number)

    def find(self, source: str) -> int | None:
        """Number of the record of a path or ``ARCHIVE!/MEMBER``, or ``None``."""
        path = unescape(source)
        numbers = self._by_name.get(path.rpartition("/")[2], [])
        if len(numbers) == 1:
            return numbers[0]
        fitting = [n for n in numbers if f"/{path}".endswith(f"/{self._files[n]}")]
        return max(fitting, key=lambda n: len(self._files[n])) if fitting else None


def match_pictures(
    paths: Sequence[Path | str],
    pictures: Sequence[Captioned],
    encoder: Encoder,
    *,
    elsewhere: Sequence[Captioned] = (),
    threads: int = 2,
    progress: Progress | None = None,
) -> Matched:
    """Embed the pictures that have captions, and tell what does not go together.

    ``pictures`` are the records of the split that is scored: what they do not name is
    not decoded. Pictures of ``elsewhere``, other splits, are no surprise.

    Raises:
        SourceNotFoundError: a path that is not there, or not one picture with a
            caption.
    """
    names, others = Names(pictures), Names(elsewhere)
    strangers: list[str] = []
    repeated: list[str] = []
    number_of: dict[str, int] = {}
    seen: set[int] = set()

    def choose(item: SourceItem) -> bool:
        number = names.find(item.source)
        if number is None or not pictures[number].captions:
            if number is not None:
                seen.add(number)
            if others.find(item.source) is None:
                strangers.append(item.source)
            return False
        if number in seen:
            repeated.append(item.source)
            return False
        seen.add(number)
        number_of[item.source] = number
        return True

    found = embed_pictures(paths, encoder, choose, len(pictures), threads, progress)
    if not found.sources:
        raise SourceNotFoundError(
            f"None of the {len(pictures):,} pictures with captions, such as "
            f"{pictures[0].file}, can be read from {', '.join(map(str, paths))}.",
            hint="--images takes folders and archives, several if need be",
        )
    # In the order of the file, so that figures do not depend on the archive's.
    numbers = np.array([number_of[source] for source in found.sources], np.intp)
    order = np.argsort(numbers, kind="stable")
    rows: NDArray[np.intp] = numbers[order]
    return Matched(
        tuple(pictures[number] for number in rows),
        np.ascontiguousarray(found.vectors[order]),
        tuple(one.file for n, one in enumerate(pictures) if n not in seen),
        tuple(strangers),
        tuple(repeated),
        found.broken,
    )


def score_retrieval(matched: Matched, encoder: Encoder) -> Retrieval:
    """Hit rates of every caption against every picture.

    Raises:
        ConfigError: no caption at all.
    """
    texts, owner = matched.texts, matched.owner
    if not texts:
        raise ConfigError("There is no caption to score.")
    distinct = {text: number for number, text in enumerate(dict.fromkeys(texts))}
    vectors = encoder.encode_texts(list(distinct))
    sentence = [distinct[text] for text in texts]
    args = (matched.vectors, vectors, owner, sentence)
    t2i, i2t = hit_chances(*args)
    _, with_copies = hit_chances(*args, copies_count=True)
    return Retrieval(
        rates_of(t2i, i2t),
        duplicates(texts, owner),
        t2i,
        i2t,
        rates_of(t2i, with_copies),
    )


def rates_mapping(rates: HitRates) -> dict[str, Any]:
    """``i2t`` and ``t2i`` with ``R@1``, ``R@5``, ``R@10``, and ``mR``; in percent."""
    pairs = (("i2t", rates.i2t), ("t2i", rates.t2i))
    figures: dict[str, Any] = {
        name: {f"R@{k}": round(v, 4) for k, v in zip(RANKS, values, strict=True)}
        for name, values in pairs
    }
    return {**figures, "mR": round(rates.mean, 4)}


def retrieval_mapping(matched: Matched, result: Retrieval) -> dict[str, Any]:
    """The figures of a report, and all that was left out."""
    twins = result.duplicates
    return {
        **rates_mapping(result.rates),
        "images": len(matched.pictures),
        "captions": twins.captions,
        "duplicates": {
            "distinct_captions": twins.distinct,
            "repeated_captions": twins.captions - twins.distinct,
            "captions_of_several_images": twins.shared,
            "ceiling": rates_mapping(twins.ceiling),
            "when_copies_count": rates_mapping(result.lenient),
        },
        "left_out": {
            "captions_without_image": list(matched.without_image),
            "images_without_caption": list(matched.without_caption),
            "images_of_a_name_seen_before": list(matched.repeated),
            "broken_images": [
                {"source": one.source, "reason": one.reason} for one in matched.broken
            ],
            "blank_captions": sum(one.blank for one in matched.pictures),
        },
        "complete": not (matched.without_image or matched.broken),
    }
