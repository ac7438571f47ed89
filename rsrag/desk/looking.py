"""What ``caption`` and ``classify`` look with: an encoder, an index, the knowledge."""

from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from rsrag.config import Settings
from rsrag.desk.opening import Opening
from rsrag.errors import QueryError
from rsrag.factory import EncoderChoice, OpenIndex, open_index
from rsrag.interfaces import Encoder
from rsrag.types import Hit, Vectors

if TYPE_CHECKING:
    from rsrag.imagery.picture import OpenedPicture
    from rsrag.knowledge.catalogue.catalogue import Catalogue


class Looking(Opening):
    """Opens what is asked for, and closes it.

    Args:
        settings: folders, threads, the default encoder.
        index: imagery with captions or labels; ``None`` for none.
        encoder: instead of the index's or the default.
        checkpoint: its weights.
        neighbours: how many chips are heard.
    """

    def __init__(
        self,
        settings: Settings,
        index: str | None,
        encoder: str | None,
        checkpoint: Path | None,
        neighbours: int,
    ) -> None:
        super().__init__()
        self._settings = settings
        self._count = neighbours
        self._index: OpenIndex | None = None
        named = encoder is not None or checkpoint is not None
        choice = EncoderChoice(encoder or settings.encoder, checkpoint)
        if index is None:
            self.encoder: Encoder = choice.load(settings)
        else:
            self._index = open_index(index, settings)
            self._open.callback(self._index.close)
            self.encoder = self._index.load_encoder(choice if named else None)

    def picture(self, path: Path) -> "OpenedPicture":
        """Load a picture, with its place if it has one."""
        from rsrag.imagery.picture import open_picture

        return open_picture(path)

    def catalogue(self) -> "Catalogue | None":
        """The knowledge, if there is any."""
        return self._catalogue

    @cached_property
    def _catalogue(self) -> "Catalogue | None":
        from rsrag.desk.answering import has_knowledge
        from rsrag.knowledge.catalogue.catalogue import Catalogue

        if not has_knowledge(self._settings.knowledge):
            return None
        catalogue = Catalogue.open(self._settings.knowledge)
        self._open.callback(catalogue.close)
        return catalogue

    def nearest(self, vector: Vectors, exclude: frozenset[str]) -> Sequence[Hit]:
        """Chips of the index that are most like a picture, best first."""
        from rsrag.filters import Filter

        assert self._index is not None
        where = Filter(exclude=exclude) if exclude else None
        return self._index.store.search(vector, self._count, where)[0]

    def chips_of(self, path: Path) -> frozenset[str]:
        """Ids that the chips of a picture have in the index."""
        if self._index is None:
            return frozenset()
        from rsrag.imagery.picture import chip_ids

        return chip_ids(path, self._index.imagery_options())


def read_labels(listed: str | None, file: Path | None) -> list[str]:
    """Labels from ``A,B,C`` or from a file with one a line; empty if neither is given.

    Raises:
        QueryError: both, an unreadable file, or one without labels.
    """
    if listed is not None and file is not None:
        raise QueryError("Give --labels or --labels-file, not both.")
    if listed is not None:
        return [label.strip() for label in listed.split(",")]
    if file is None:
        return []
    try:
        lines = file.read_text(encoding="utf-8-sig").splitlines()
    except (OSError, ValueError) as exc:
        raise QueryError(
            f"{file} cannot be read as labels: {exc}",
            hint="a text file in UTF-8, one label a line",
        ) from exc
    labels = [line.strip() for line in lines if line.strip()]
    if not labels:
        raise QueryError(f"{file} holds no label.", hint="one label a line")
    return labels
