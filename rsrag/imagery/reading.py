"""A scene as a stream of chips, whatever decodes it."""

import hashlib
import json
from collections.abc import Iterable, Iterator, Sequence
from typing import Protocol

from rsrag.errors import GeometryError, ImageryError
from rsrag.imagery.grid import Grid, Piece, pad
from rsrag.imagery.metadata.sidecar_metadata import SceneMetadata
from rsrag.imagery.pixels.contrast import Mask, contrast
from rsrag.imagery.places.georeference import Georeference
from rsrag.imagery.scaled_grid import ScaledGrid
from rsrag.types import BBox, Chip, ChipRecord, Pixels, Skip, Window

_ID_FORMAT = "rsrag-chip-1"


class PixelSource(Protocol):
    """Decodes windows of one picture into stretched RGB.

    Attributes:
        width: pixels.
        height: pixels.
        sequential: whether windows must be read in order, by one thread at a time.
        windowed: whether one window may be whole where another is damaged.
    """

    width: int
    height: int
    sequential: bool
    windowed: bool

    def read(self, windows: Sequence[Window]) -> Iterable[tuple[Pixels, Mask | None]]:
        """Pixels of each window, in order.

        Returns:
            For each ``(height, width, 3)`` uint8 RGB, black where there is no data,
            and ``(height, width)`` true where there is, or ``None`` for everywhere.

        Raises:
            ImageReadError: the pixels cannot be decoded.
        """
        ...

    def close(self) -> None:
        """Let go of files and memory."""
        ...


class SceneReading:
    """A scene opened, hashed, placed and measured; its pixels come piece by piece.

    Args:
        source: absolute path, or ``ARCHIVE!/MEMBER``.
        source_sha256: hex digest of its bytes.
        pieces: that are read unless others are asked for; by default the grid's.
        place: its georeference, if any.
        metadata: time, GSD as it was measured, sensor and properties.
        max_nodata: chips with a larger share without data are left out.
        placed_by: what says where it lies.
        bands: which of them are its colours, and why.
        notices: what the user should know of the scene although it is indexed.

    Attributes:
        width: pixels.
        height: pixels.
        sequential: whether pieces must be read in order by one thread; if not,
            :meth:`read` may run in several at once.
        pieces: groups of at most 32 windows, in row-major order.
        notices: reported once, with what the first piece gives.
    """

    def __init__(
        self,
        *,
        source: str,
        source_sha256: str,
        pixels: PixelSource,
        grid: Grid | ScaledGrid,
        pieces: Sequence[Piece] | None = None,
        place: Georeference | None,
        metadata: SceneMetadata,
        max_nodata: float,
        notices: Sequence[Skip] = (),
        placed_by: str | None = None,
        bands: str | None = None,
    ) -> None:
        self.source = source
        self.source_sha256 = source_sha256
        self.width, self.height = pixels.width, pixels.height
        self.sequential = pixels.sequential
        self.grid, self.pieces = grid, grid if pieces is None else pieces
        self.place = place
        self.metadata = metadata
        self.notices = tuple(notices)
        self.placed_by, self.bands = placed_by, bands
        self._pixels, self._max_nodata = pixels, max_nodata

    @property
    def crs(self) -> str | None:
        """The scene's own reference system, or ``None`` for a plain picture."""
        return (self.place.stated_crs or self.place.crs) if self.place else None

    def read(self, piece: Piece) -> list[Chip | Skip]:
        """Decode the chips of a piece.

        What cannot be decoded comes back as a :class:`~rsrag.types.Skip` of kind
        ``ImageReadError``, one for all such windows of the piece: the others may
        be whole. A chip with too little data is a ``Skip`` of kind ``nodata``,
        one beyond the Earth's edge of kind ``GeometryError``. The first piece
        begins with the scene's notices (``notice:no-crs``).
        """
        results: list[Chip | Skip] = [*self.notices] if piece.number == 0 else []
        left = list(piece.windows)
        try:
            for pixels, valid in self._pixels.read(piece.windows):
                results.append(self._chip(left.pop(0), pixels, valid))
        except ImageryError as exc:
            results += self._read_singly(left, exc)
        return results

    def _read_singly(
        self, windows: Sequence[Window], error: ImageryError
    ) -> list[Chip | Skip]:
        """Save what can be saved of windows that could not be read together."""
        results: list[Chip | Skip] = []
        lost: list[Window] = []
        for window in windows:
            try:
                if not self._pixels.windowed:
                    raise error
                for pixels, valid in self._pixels.read([window]):
                    results.append(self._chip(window, pixels, valid))
            except ImageryError as exc:
                error = exc
                lost.append(window)
        if lost:
            reason = str(error)
            if len(self.pieces) > 1 or len(lost) > 1:
                reason += f" (windows {tuple(lost[0])} to {tuple(lost[-1])})"
            kind = type(error).__name__
            results.append(Skip(self.source, reason, kind, count=len(lost)))
        return results

    def _chip(self, window: Window, pixels: Pixels, valid: Mask | None) -> Chip | Skip:
        padded = pad(pixels, self.grid.of(window))
        area = padded.shape[0] * padded.shape[1]
        seen = pixels.shape[0] * pixels.shape[1]
        data = seen if valid is None else int(valid.sum())
        share = 1.0 - data / area
        if share > self._max_nodata:
            reason = f"window {tuple(window)} is {share:.1%} without data"
            return Skip(self.source, reason, "nodata")
        try:
            footprint, bbox = self.footprint(window)
        except GeometryError as exc:
            return Skip(self.source, str(exc), type(exc).__name__)
        record = ChipRecord(
            id=self.chip_id(window),
            source=self.source,
            source_sha256=self.source_sha256,
            window=window,
            footprint=footprint,
            bbox=bbox,
            crs=self.crs,
            datetime=self.metadata.datetime,
            gsd_m=self.metadata.gsd_m,
            sensor=self.metadata.sensor,
            nodata_share=share,
            properties=self.metadata.properties,
            placed_by=self.placed_by,
            dated_by=self.metadata.dated_by,
            bands=self.bands,
            contrast=contrast(pixels, valid),
        )
        return Chip(record, padded)

    def chip_id(self, window: Window) -> str:
        """The id of the chip of a window."""
        scale = self.grid.scale(window)
        return chip_id(self.source_sha256, self.place, window, scale)

    def footprint(self, window: Window) -> tuple[bytes | None, BBox | None]:
        """Outline of a window in lon/lat WKB, and its bounds."""
        if self.place is None:
            return None, None
        from shapely import to_wkb

        from rsrag.geo import geometry_bbox
        from rsrag.imagery.places.footprint import outline

        polygon = outline(self.place, window)
        return to_wkb(polygon, byte_order=1), geometry_bbox(polygon)

    def read_pixels(self, window: Window) -> Pixels:
        """Pixels of one window, padded as a chip of this scene is.

        Raises:
            ImageReadError: they cannot be decoded.
        """
        for pixels, _ in self._pixels.read([window]):
            return pad(pixels, self.grid.of(window))
        raise AssertionError("a pixel source gives a picture for every window")

    def expect(self, reads: int) -> None:
        """Say how often pixels will be read: one decoding may serve all of them."""
        if hasattr(self._pixels, "expect"):
            self._pixels.expect(reads)

    def read_with_mask(self, window: Window) -> tuple[Pixels, Mask | None]:
        """Pixels of one window as they are, and where there is data.

        Raises:
            ImageReadError: they cannot be decoded.
        """
        return next(iter(self._pixels.read([window])))

    def chips(self) -> Iterator[Chip | Skip]:
        """All pieces, one after another, in this thread."""
        for piece in self.pieces:
            yield from self.read(piece)

    def close(self) -> None:
        """Let go of files and memory; reading is over."""
        self._pixels.close()


def chip_id(
    sha256: str, place: Georeference | None, window: Window, scale: float = 1
) -> str:
    """32 hex digits that are the same for the same chip on any machine.

    Args:
        sha256: of the source's bytes.
        place: where the scene lies: the same picture elsewhere is another chip.
        window: clipped to the scene.
        scale: pixels of the scene to one of the chip.
    """
    where: list[str] | None = None
    if place is not None:
        # The name of a system inside the file may change with the library's
        # version; the file's bytes are in the id already.
        crs = "file" if place.from_file else place.crs
        where = [crs, *(f"{value:.12g}" for value in place.transform)]
        if place.stated_crs is not None:
            # Fitted to what the file says; the last digits vary between machines.
            where = [crs, "points"]
    key = json.dumps([_ID_FORMAT, sha256, where, list(window), scale])
    return hashlib.sha256(key.encode()).hexdigest()[:32]
