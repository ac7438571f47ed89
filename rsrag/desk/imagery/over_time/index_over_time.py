"""What is asked of an index about one place at several times."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Unpack

from rsrag.desk.argument_check import Progress, quiet, told
from rsrag.desk.filter_values import point_of
from rsrag.desk.filtering import FilterWords, where_of
from rsrag.desk.imagery.open_imagery import OpenImagery
from rsrag.desk.imagery.over_time.change_options import ChangeOptions
from rsrag.factory import named_encoder
from rsrag.filters import Filter
from rsrag.retrieval.chip_hit import ChipHit

if TYPE_CHECKING:
    from rsrag.analysis.change.outcome.changed import Changed
    from rsrag.analysis.times.place_dates import Flips, Timeline
    from rsrag.desk.imagery.over_time.pairs import Pair


class IndexOverTime(OpenImagery):
    """An index whose chips may show one place at several times."""

    def pair(self, before: str | ChipHit, after: str | ChipHit) -> "Pair":
        """Two chips as they are compared.

        Raises:
            StoreError: naming the ids that are not there.
            QueryError: one chip twice.
        """
        from rsrag.desk.imagery.over_time.pair_choice import chip_pair

        ids = [one if isinstance(one, str) else one.id for one in (before, after)]
        with self.use() as generation:
            return chip_pair(list(self.get(ids)), generation.options)

    @told
    def change(
        self,
        before: str | ChipHit,
        after: str | ChipHit,
        options: ChangeOptions | None = None,
        *,
        encoder: str | None = None,
        checkpoint: str | Path | None = None,
        progress: Progress = quiet,
    ) -> "Changed":
        """Say what changed between two chips; see :func:`rsrag.change`.

        Args:
            before: the earlier one, or its id.
            after: the later one.
            options: how they are compared.
            encoder: to look with, ``mini`` by default: vectors are not looked at.
            checkpoint: its weights.
            progress: told how many cells of how many are done.

        Raises:
            StoreError: naming the ids that are not there.
            ChangeError: they share no ground, or the encoder tells nothing of cells.
        """
        from rsrag.desk.imagery.over_time.changing import change_in

        options = options or ChangeOptions()
        pair = self.pair(before, after).turned(options.swap)
        return change_in(pair, named_encoder(encoder, checkpoint), options, progress)

    @told
    def timeline(
        self,
        at: tuple[float, float] | str,
        words: Sequence[str] = (),
        *,
        where: Filter | None = None,
        **conditions: Unpack[FilterWords],
    ) -> "Timeline":
        """One place at all its times, and how like some words it is at each.

        Args:
            at: longitude and latitude, degrees.
            words: to compare each date with.
            where: conditions on the chips, instead of words for them.
            **conditions: as :meth:`search` takes them.

        Raises:
            QueryError: no chip with a time shows it.
        """
        from rsrag.desk.imagery.over_time.timelines import timeline_in

        asked = where_of(where, conditions)
        point, several = (
            point_of(at, "at"),
            [words] if isinstance(words, str) else words,
        )
        with self.use() as generation:
            return timeline_in(generation, self.settings, point, several, asked)

    @told
    def flips(
        self,
        words: str,
        *,
        since: str | None = None,
        until: str | None = None,
        top_k: int = 10,
        where: Filter | None = None,
        **conditions: Unpack[FilterWords],
    ) -> "Flips":
        """Places whose chips turn towards some words and stay there, clearest first.

        Args:
            words: ``new buildings`` come, ``lost forest`` goes; a thing alone comes.
            since: a year, a day: earliest time at which the turn was first seen.
            until: later dates are not looked at.
            top_k: places at most.
            where: conditions on the chips, instead of words for them.
            **conditions: as :meth:`search` takes them.

        Raises:
            QueryError: words that name nothing or that nothing shows, times that
                cannot be, or no place that is shown at two times.
        """
        from rsrag.desk.imagery.over_time.flips import flips_in

        asked = where_of(where, conditions)
        with self.use() as generation:
            return flips_in(
                generation, self.settings, words, asked, since, until, top_k
            )
