"""What an adapter is learnt from: pictures with captions or classes, as read."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import numpy as np
from numpy.typing import NDArray

from rsrag.config import Settings
from rsrag.encoders.adapters.adapter_file import SUFFIX
from rsrag.errors import ConfigError, QueryError
from rsrag.interfaces import Encoder
from rsrag.types import EncoderIdentity, Pixels

if TYPE_CHECKING:
    from rsrag.encoders.adapters.learners import Learner
    from rsrag.encoders.adapters.training_pairs import TrainingPairs

Progress = Callable[[str, int, int], None]


@dataclass(frozen=True, slots=True)
class Lesson:
    """What an adapter is learnt from, and how.

    Attributes:
        images: folders and archives.
        captions: file of captions, as ``rsrag eval retrieval`` reads it.
        split: of that file.
        labels: file of classes by file name; without either file, folders are classes.
        out: file to write.
        epochs: passes over the pictures, at most.
        patience: epochs without gain, after which it stops.
        batch_size: pictures a step.
        learning_rate: at its peak; ``None`` takes the encoder's.
        rank: of the changes.
        held_out: share of the pictures that is held aside.
        seed: of everything.
    """

    images: Sequence[Path]
    out: Path
    captions: Path | None = None
    split: str | None = None
    labels: Path | None = None
    epochs: int = 30
    patience: int = 5
    batch_size: int = 64
    learning_rate: float | None = None
    rank: int = 8
    held_out: float = 0.2
    seed: int = 0

    def __post_init__(self) -> None:
        """Refuse what cannot be.

        Raises:
            ConfigError: options that do not go together, or values that cannot be.
        """
        if self.captions is not None and self.labels is not None:
            raise ConfigError(
                "An adapter is learnt from captions or from classes, not both at once.",
                hint="--captions FILE or --labels FILE",
            )
        if self.split is not None and self.captions is None:
            raise ConfigError(
                "--split is of a file of captions.", hint="--captions FILE"
            )
        if not self.out.name.endswith(SUFFIX) or self.out.name == SUFFIX:
            raise ConfigError(
                f"The adapter cannot be written to {self.out}: its name must end with "
                f"{SUFFIX}, by which --encoder knows it.",
                hint=f"--out {self.out.with_suffix(SUFFIX)}",
            )
        if not 0.05 <= self.held_out <= 0.5:
            raise ConfigError(
                f"held_out is {self.held_out}: it takes 0.05 to 0.5 of the pictures."
            )
        if self.learning_rate is not None and not self.learning_rate > 0:
            raise ConfigError(
                f"learning_rate is {self.learning_rate}: it must be more than 0."
            )

    @property
    def state(self) -> Path:
        """Where it is kept how far the learning is."""
        return self.out.with_name(f"{self.out.name}.partial")


class _Reader:
    """Stands where an encoder reads pictures; gives what a learner keeps of them."""

    def __init__(self, encoder: Encoder, learner: "Learner") -> None:
        self.identity: EncoderIdentity = encoder.identity
        self.prepare_image: Callable[[Pixels], NDArray[np.uint8]] = (
            encoder.prepare_image
        )
        self.encode_prepared = learner.picture_rows


def lesson_pairs(
    settings: Settings,
    encoder: Encoder,
    learner: "Learner",
    lesson: Lesson,
    progress: Progress,
) -> "tuple[TrainingPairs, dict[str, Any]]":
    """The pairs as a learner keeps them, and what does not go together.

    Raises:
        QueryError: too few pictures, all of them of one kind, no caption, or examples
            that contradict each other.
        SourceNotFoundError: no picture, or none with a caption or class.
    """
    from rsrag.encoders.adapters.training_pairs import TrainingPairs
    from rsrag.evaluation.data.caption_files import read_captions
    from rsrag.evaluation.data.labelled import label_pictures, read_labels
    from rsrag.evaluation.retrieval_run import match_pictures
    from rsrag.rag.looking.scene import label_texts

    reader = cast(Encoder, _Reader(encoder, learner))

    def told(done: int, total: int) -> None:
        progress("reading", done, total)

    if lesson.captions is None:
        found = label_pictures(
            lesson.images,
            reader,
            labels=None if lesson.labels is None else read_labels(lesson.labels),
            threads=settings.threads,
            progress=told,
        )
        said = label_texts(found.classes)
        ways = len(said[0])
        rows = learner.text_rows(list(chain.from_iterable(said)))
        texts = [[label * ways + way for way in range(ways)] for label in found.labels]
        kinds = [number // ways for number in range(len(rows))]
        pairs = TrainingPairs(found.vectors, texts, kinds, rows, found.classes)
        return pairs, {
            "labels_without_image": len(found.without_image),
            "images_without_label": len(found.without_label),
            "broken_images": [one.source for one in found.broken],
        }
    file = read_captions(lesson.captions, lesson.split, usual="train")
    captioned = [one for one in file.pictures if one.captions]
    if not captioned:
        raise QueryError(
            f"{lesson.captions} names {len(file.pictures):,} pictures and says nothing "
            "of them: there is no caption to learn from.",
            hint="captions, or --labels FILE of classes",
        )
    matched = match_pictures(
        lesson.images,
        captioned,
        reader,
        elsewhere=file.elsewhere,
        threads=settings.threads,
        progress=told,
    )
    numbers: dict[str, int] = {}
    texts = [
        [numbers.setdefault(text, len(numbers)) for text in one.captions]
        for one in matched.pictures
    ]
    spoken: dict[str, int] = {}
    kinds = [
        spoken.setdefault(" ".join(text.casefold().split()).rstrip(" ."), len(spoken))
        for text in numbers
    ]
    rows = learner.text_rows(list(numbers))
    return TrainingPairs(matched.vectors, texts, kinds, rows), {
        "captions_without_image": len(matched.without_image),
        "images_without_caption": len(matched.without_caption),
        "broken_images": [one.source for one in matched.broken],
    }
