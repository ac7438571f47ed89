"""What is asked of an index about one place at several times."""

from pathlib import Path
from typing import TYPE_CHECKING

from rsrag.desk.argument_check import Progress, quiet, told
from rsrag.desk.imagery.open_imagery import OpenImagery
from rsrag.desk.imagery.over_time.change_options import ChangeOptions
from rsrag.factory import named_encoder
from rsrag.retrieval.chip_hit import ChipHit

if TYPE_CHECKING:
    from rsrag.analysis.change.outcome.changed import Changed
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
