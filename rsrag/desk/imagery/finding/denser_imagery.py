"""Making an index denser that was begun with an overview, where one looks."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Unpack

from rsrag.desk.argument_check import told
from rsrag.desk.filtering import FilterWords, where_of
from rsrag.desk.imagery.open_imagery import OpenImagery
from rsrag.errors import QueryError
from rsrag.filters import Filter

if TYPE_CHECKING:
    from collections.abc import Iterable

    from rsrag.indexing.format.build_report import BuildReport
    from rsrag.retrieval.chip_hit import ChipHit


def unwatched(stage: str, done: int, total: int) -> None:
    """For work that nobody watches."""


def unstopped() -> bool:
    """For work that nobody stops."""
    return False


class DenserImagery(OpenImagery):
    """An open index that may hold an overview alone of much of its ground."""

    @told
    def densify(
        self,
        query: "str | Iterable[ChipHit] | None" = None,
        *,
        top_k: int = 20,
        budget: str | float | None = None,
        batch_size: int = 64,
        progress: Callable[[str, int, int], None] = unwatched,
        stop: Callable[[], bool] = unstopped,
        where: Filter | None = None,
        **words: Unpack[FilterWords],
    ) -> "BuildReport":
        """Embed the smaller chips where the index has the largest alone.

        Args:
            query: only on the ground of its best hits; or of these hits.
            top_k: hits of the query.
            budget: time after which nothing more is begun: ``"20m"``, or seconds.
            batch_size: pictures a forward pass.
            progress: told the stage, what is done, and what was left out.
            stop: asked now and then whether to stop and keep what is done.
            where: only on the ground of chips that pass, instead of words for it.
            **words: as :meth:`search` takes them.

        Returns:
            The report; ``dense`` says what there is at each chip size.

        Raises:
            ConfigError: a budget that is no time.
            QueryError: no chip is found, or passes.
            IndexMismatchError: the index was not begun with a budget.
        """
        from rsrag.desk.upkeep.densifying import densify, seconds_of

        if budget is not None:
            seconds_of(budget)
        known = where_of(where, words)
        spots: Iterable[ChipHit] | None = None
        if isinstance(query, str):
            spots = self.search(query, top_k=top_k, where=known)
        elif query is not None:
            spots = query
        elif known:
            with self.use() as generation:
                reached = generation.store.browse(
                    generation.where(known), None, max(1, len(generation.store))
                )
                spots = self._hits("all chips", reached, generation.reader())
        if (known or isinstance(query, str)) and not spots:
            raise QueryError(
                f"No chip of {self.name!r} is found so: there is no ground to make "
                "dense.",
                hint=f"rsrag list {self.name} shows the chips that pass filters",
            )
        report = densify(
            self.settings,
            self.name,
            spots,
            budget,
            batch_size=batch_size,
            progress=progress,
            stop=stop,
        )
        self._watched.look_again()
        return report
