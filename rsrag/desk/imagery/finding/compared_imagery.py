"""What an index of imagery can be asked besides a search: twins, and what marks say."""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Unpack

from rsrag.desk.argument_check import told
from rsrag.desk.filtering import FilterWords, where_of
from rsrag.desk.imagery.open_imagery import OpenImagery
from rsrag.filters import Filter

if TYPE_CHECKING:
    from rsrag.desk.imagery.finding.similar import Similar
    from rsrag.retrieval.chip_hit import ChipHit
    from rsrag.retrieval.marks.concept_file import Concept


def unwatched(stage: str, done: int, total: int) -> None:
    """For a comparison that nobody watches."""


class ComparedImagery(OpenImagery):
    """An open index whose chips are compared, and marked."""

    @told
    def similar(
        self,
        *,
        min_score: float = 0.95,
        limit: int = 1_000,
        where: Filter | None = None,
        progress: Callable[[str, int, int], None] = unwatched,
        **words: Unpack[FilterWords],
    ) -> "Similar":
        """Near-duplicates: all chips are compared, the closest pairs looked at.

        Args:
            min_score: cosine similarity that a pair must have, at least 0.5.
            limit: pairs to look at, at most; the closest are taken.
            where: conditions on the chips, instead of words for them.
            progress: told the stage, the chips compared, and how many there are.
            **words: as :meth:`search` takes them.

        Returns:
            ``pairs``, the closest first, each with its ``kind`` (``exact``,
            ``recompressed``, ``resized``, ``shifted``, ``alike``, ``unread``).

        Raises:
            QueryError: a ``min_score`` below 0.5, or words that cannot be read.
        """
        from rsrag.desk.imagery.finding.similar import similar_chips

        known = where_of(where, words)
        with self.use() as generation:
            return similar_chips(
                generation,
                known,
                min_score,
                limit,
                lambda done, total: progress("comparing", done, total),
            )

    @told
    def train_concept(
        self,
        name: str,
        like: "Sequence[str | ChipHit]",
        unlike: "Sequence[str | ChipHit]" = (),
        *,
        words: str = "",
        force: bool = False,
    ) -> "Concept":
        """Learn what chips that were marked have in common, and keep it by a name.

        It is searched as ``add="concept:NAME"``, in any index of the same encoder.

        Args:
            name: small letters, digits, ``-`` and ``_``.
            like: chips that show it, by id or as hits; best five or more.
            unlike: chips that do not.
            words: what it is, counted beside the chips.
            force: replace the concept of that name.

        Raises:
            QueryError: no chip is marked as right, one is marked as both or is not in
                the index, or the concept is there already.
        """
        from rsrag.desk.imagery.finding.concept_training import train_concept
        from rsrag.retrieval.chip_hit import ChipHit

        ids = [
            [one.id if isinstance(one, ChipHit) else one for one in marked]
            for marked in (like, unlike)
        ]
        return train_concept(self, name, *ids, words=words, force=force)

    @told
    def concepts(self) -> "list[Concept]":
        """The concepts that were kept and fit this index's encoder, by name."""
        from rsrag.desk.imagery.finding.concepts import kept_concepts

        encoder = self.manifest.image.encoder
        return [one for one in kept_concepts(self.settings) if one.encoder == encoder]

    def centres(self, most: int = 20_000) -> list[tuple[float, float]]:
        """Longitude and latitude of the middle of its chips; evenly thinned out."""
        from rsrag.desk.imagery.columns_there import centres_in

        with self.use() as generation:
            return centres_in(generation.parts, most)
