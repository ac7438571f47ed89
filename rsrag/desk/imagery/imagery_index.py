"""An index of imagery for Python: searched, looked through, kept up to date."""

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Unpack

from rsrag.desk.argument_check import told
from rsrag.desk.filtering import FilterWords, where_of
from rsrag.desk.imagery.finding.compared_imagery import ComparedImagery
from rsrag.desk.imagery.finding.denser_imagery import DenserImagery
from rsrag.desk.imagery.hits import Hits
from rsrag.desk.imagery.over_time.index_over_time import IndexOverTime
from rsrag.filters import Filter
from rsrag.retrieval.chip_hit import ChipHit

if TYPE_CHECKING:
    import geopandas

    from rsrag.desk.imagery.facets import Facet
    from rsrag.desk.imagery.labelling import LabelledIndex
    from rsrag.indexing.checks.verify import VerifyReport
    from rsrag.indexing.exports.export_run import ExportReport
    from rsrag.indexing.format.build_report import BuildReport

SourceLike = str | Path
"""A folder, an archive, a picture, a STAC document, or an address of one."""
Sources = SourceLike | Iterable[SourceLike]


Progress = Callable[[str, int, int], None]


def silent(stage: str, done: int, total: int) -> None:
    """For work that nobody watches."""


def never() -> bool:
    """For work that nobody stops."""
    return False


def paths_of(given: Sources) -> list[Path]:
    """One source, or several, as paths; ``~`` is the home directory."""
    several = [given] if isinstance(given, str | Path) else given
    return [Path(one).expanduser() for one in several]


class Index(ComparedImagery, DenserImagery, IndexOverTime):
    """An index of imagery, as :func:`rsrag.open` gives it.

    It is a context manager. Threads may share it. When a build, an update or a rollback
    switches the index to another generation, calls that begin a second later see it,
    and those under way end with the one that they began with.
    """

    @told
    def browse(
        self,
        *,
        after: str | ChipHit | None = None,
        limit: int = 100,
        sort: str | None = None,
        offset: int = 0,
        where: Filter | None = None,
        **words: Unpack[FilterWords],
    ) -> Hits:
        """A page of the chips that pass the filters; their score is 0.

        Args:
            after: last chip of the page before, or its id; of pages by id.
            limit: chips of the page at most, at least 1.
            sort: column or property to sort by, ``-`` before it for the highest first,
                or ``distance`` from ``near``; what has no value comes last. By id if it
                is not given.
            offset: chips to pass over.
            where: conditions, instead of words for them.
            **words: as :meth:`search` takes them.

        Raises:
            QueryError: a column that is not there, or a page that cannot be.
        """
        from rsrag.desk.imagery.listing import page_of

        last = after.id if isinstance(after, ChipHit) else after
        with self.use() as generation:
            known = generation.where(where_of(where, words))
            found = page_of(generation, known, last, limit, sort, offset)
            return self._hits("all chips", found, generation.reader())

    @told
    def count(
        self, *, where: Filter | None = None, **words: Unpack[FilterWords]
    ) -> int:
        """How many chips pass the filters, which :meth:`search` takes, too."""
        with self.use() as generation:
            return generation.store.count(generation.where(where_of(where, words)))

    @told
    def facets(
        self, *, where: Filter | None = None, **words: Unpack[FilterWords]
    ) -> "list[Facet]":
        """What the chips that pass the filters hold: a :class:`Facet` a column."""
        from rsrag.desk.imagery.facets import facets_of

        with self.use() as generation:
            known = generation.where(where_of(where, words))
            return facets_of(generation.parts, known)[1]

    @told
    def to_geopandas(
        self, *, where: Filter | None = None, **words: Unpack[FilterWords]
    ) -> "geopandas.GeoDataFrame":
        """All chips that pass the filters, EPSG:4326, without their vectors."""
        from rsrag.indexing.exports.export_run import chip_tables
        from rsrag.rendering.hits.geoparquet import chips_frame

        with self.use() as generation:
            known = generation.where(where_of(where, words))
            return chips_frame(chip_tables(generation.parts, known, False))

    @told
    def classify(
        self,
        labels: Sequence[str] = (),
        *,
        transductive: bool = False,
        debias: bool = False,
        temperature: float | None = None,
        unsure: float = 0.5,
        top_k: int = 3,
        closed: bool = False,
        examples: Path | None = None,
    ) -> "LabelledIndex":
        """Label every chip: :func:`rsrag.desk.imagery.labelling.label_index`."""
        from rsrag.desk.imagery.labelling import label_index

        with self.use() as generation:
            return label_index(
                generation,
                labels,
                transductive=transductive,
                debiased=debias,
                temperature=temperature,
                unsure=unsure,
                top_k=top_k,
                closed=closed,
                examples=examples,
            )

    @told
    def update(
        self,
        sources: Sources = (),
        *,
        remove: Sources = (),
        dry_run: bool = False,
        retry_skipped: bool = False,
        strict: bool = False,
        batch_size: int = 64,
        progress: Progress = silent,
        stop: Callable[[], bool] = never,
    ) -> "BuildReport":
        """Bring the index up to date with its archives, reading only what is new.

        Args:
            sources: to add, and to remember; those of the index are looked at anyway.
            remove: to forget.
            dry_run: say what would change, and change nothing.
            retry_skipped: read again only what could not be read before.
            strict: fail at the first source that cannot be read.
            batch_size: pictures a forward pass.
            progress: told the stage, what is done, and what was left out.
            stop: asked now and then whether to stop and keep what is done.
        """
        from rsrag.desk.upkeep.updating import update_imagery

        report = update_imagery(
            self.settings,
            self.name,
            paths_of(sources),
            paths_of(remove),
            dry_run=dry_run,
            retry=retry_skipped,
            strict=strict,
            batch_size=batch_size,
            progress=progress,
            stop=stop,
        )
        self._watched.look_again()
        return report

    @told
    def verify(
        self, *, sources: bool = False, sample: int = 100, progress: Progress = silent
    ) -> "VerifyReport":
        """Read all of the index; ``findings`` of the report say what is wrong with it.

        Args:
            sources: hash the archives, too, and compare with what was indexed.
            sample: queries that compare the store with an exact search; 0 for none.
            progress: told the stage, what is done of it, and how much there is.
        """
        from rsrag.desk.upkeep.checking import verify_index

        return verify_index(
            self.settings, self.name, sources=sources, sample=sample, progress=progress
        )

    @told
    def export(
        self,
        out: str | Path,
        *,
        format: str | None = None,
        embeddings: bool = True,
        float16: bool = False,
        force: bool = False,
        where: Filter | None = None,
        **words: Unpack[FilterWords],
    ) -> "ExportReport":
        """Write the chips that pass the filters for other tools.

        Args:
            out: a ``.parquet`` file, or a folder.
            format: ``geoparquet``, ``stac``, ``qdrant`` or ``npy``; a ``.parquet`` file
                is GeoParquet without asking.
            embeddings: whether vectors go along.
            float16: vectors of half the size.
            force: replace what an export wrote there.
            where: conditions, instead of words for them.
            **words: as :meth:`search` takes them.
        """
        from rsrag.desk.upkeep.checking import export_imagery

        path = Path(out).expanduser()
        if format is None and path.suffix == ".parquet":
            format = "geoparquet"
        return export_imagery(
            self.settings,
            self.name,
            format or "",
            path,
            where_of(where, words),
            embeddings=embeddings,
            float16=float16,
            force=force,
        )
