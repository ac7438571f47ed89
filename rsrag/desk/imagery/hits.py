"""The hits of one search: a list that shows itself, and becomes other things."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, overload

from rsrag.retrieval.chip_hit import ChipHit

if TYPE_CHECKING:
    import geopandas


class Hits(Sequence[ChipHit]):
    """Chips, best first, as :meth:`rsrag.Index.search` finds them.

    A notebook shows them as a table with pictures, ``print`` as text.

    Attributes:
        title: what was searched for, in words.
        index_name: of the index.
        nearest: the likeliest chip, where none is likely enough; else ``None``.
        about: what they came from, for files of them: query, index, encoder, filter.
    """

    def __init__(
        self,
        title: str,
        index_name: str,
        hits: Sequence[ChipHit],
        nearest: ChipHit | None = None,
        about: Mapping[str, str] | None = None,
    ) -> None:
        self.title, self.index_name, self.nearest = title, index_name, nearest
        self.about = about or {"query": title, "index": index_name}
        self._hits = tuple(hits)

    def __len__(self) -> int:
        return len(self._hits)

    def __iter__(self) -> Iterator[ChipHit]:
        return iter(self._hits)

    @overload
    def __getitem__(self, at: int) -> ChipHit: ...

    @overload
    def __getitem__(self, at: slice) -> "Hits": ...

    def __getitem__(self, at: int | slice) -> "ChipHit | Hits":
        if isinstance(at, slice):
            return Hits(self.title, self.index_name, self._hits[at], None, self.about)
        return self._hits[at]

    def __repr__(self) -> str:
        hits = "1 hit" if len(self) == 1 else f"{len(self)} hits"
        return f"<{hits} of {self.title!r} in {self.index_name!r}>"

    def __str__(self) -> str:
        from rsrag.rendering.hits.hit_formats import hits_text

        return hits_text(self._hits, "table")

    def _repr_html_(self) -> str:
        from rsrag.rendering.hits.hit_html import hits_html

        return hits_html(self.title, self._hits)

    def to_geojson(self) -> dict[str, Any]:
        """A FeatureCollection (RFC 7946); a plain picture has a null geometry."""
        from rsrag.rendering.hits.hit_formats import hits_collection

        return hits_collection(self._hits, self.about)

    def to_geopandas(self) -> "geopandas.GeoDataFrame":
        """A row for each hit, best first, EPSG:4326, with ``rank`` and ``score``."""
        from rsrag.rendering.hits.geoparquet import hits_frame

        return hits_frame(self._hits)

    def to_map(self, path: str | Path, base: str | Path | None = None) -> int:
        """Write the footprints as one HTML file that needs no network.

        Args:
            path: the file; it is replaced.
            base: picture of the whole Earth, plate carrée, to lie under them;
                ``"none"`` for none, a small one that comes along by default.

        Returns:
            How many chips could not be read for their thumbnail.

        Raises:
            ConfigError: a file that cannot be written, or is no picture.
        """
        from rsrag.rendering.hits.html_map import map_ground, write_map

        ground = map_ground(None if base is None else str(base))
        return write_map(
            Path(path), [(self.title, self._hits)], ground=ground, about=self.about
        )

    def to_contact_sheet(self, path: str | Path) -> int:
        """Write the pictures as one sheet, PNG, JPEG or WebP.

        Returns:
            How many chips could not be read; they are grey, with the reason.

        Raises:
            ConfigError: another suffix, or a file that cannot be written.
        """
        from rsrag.rendering.hits.contact_sheet import write_contact_sheet

        section = (self.title, self._hits)
        return write_contact_sheet(Path(path), [section], about=self.about)
