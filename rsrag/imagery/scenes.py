"""Opening scenes: by content, placed on the Earth, ready to be read in chips."""

from contextlib import closing
from dataclasses import replace
from functools import lru_cache
from pathlib import Path

from rsrag.errors import ImageReadError, SourceNotFoundError
from rsrag.imagery.archives.archive_names import escape
from rsrag.imagery.grid import Piece
from rsrag.imagery.imagery_options import ImageryOptions
from rsrag.imagery.metadata.scene_metadata import gather_metadata
from rsrag.imagery.metadata.sidecar_metadata import (
    MetadataTable,
    SceneMetadata,
    read_metadata,
)
from rsrag.imagery.pixels.decoding import open_pixels, recognise
from rsrag.imagery.pixels.pillow_pixels import PillowPixels
from rsrag.imagery.pixels.raster_dataset import Dataset
from rsrag.imagery.pixels.raster_pixels import NO_DATA, RasterPixels
from rsrag.imagery.places.camera import camera_place
from rsrag.imagery.places.georeference import ground_sampling_m
from rsrag.imagery.places.own_place import OwnPlace, own_place
from rsrag.imagery.places.placing import ITEM_PLACE, find_place
from rsrag.imagery.reading import SceneReading
from rsrag.imagery.scaled_grid import first_pieces, plan_grids, thinned_source
from rsrag.imagery.sources.items import SourceItem, inner_part
from rsrag.imagery.sources.selection import check_scene, check_told, selects
from rsrag.imagery.sources.source_lookup import find_item
from rsrag.types import Pixels, Skip, Window

__all__ = [
    "MetadataTable",
    "Piece",
    "SceneReading",
    "item_pixels",
    "load_picture",
    "open_scene",
    "read_chip",
]

PICTURE_SIDE = 2048
"""Longest side to which :func:`load_picture` thins a large raster out."""


def open_scene(
    item: SourceItem,
    options: ImageryOptions,
    metadata: MetadataTable | None = None,
    sha256: str | None = None,
) -> SceneReading:
    """Open, hash and place one picture, fix its stretch and lay its grid.

    Args:
        item: from :func:`rsrag.imagery.sources.sources.iter_sources`.
        metadata: sidecar for all scenes, from
            :func:`rsrag.imagery.metadata.sidecar_metadata.read_metadata`.
        sha256: of its bytes, if the caller has read them.

    Returns:
        The scene; the caller closes it.

    Raises:
        ImageReadError: no picture, a damaged one, or one that cannot be placed.
        LeftOutError: the options ask for another time or place, or for less cloud.
    """
    chosen = selects(options)
    if chosen:
        check_told(item.source, item.told, _row(item, metadata), options)
    return _open(item, options, metadata, choose=chosen, sha256=sha256)


def read_chip(source: str, window: Window, options: ImageryOptions) -> Pixels:
    """Read a chip again, as it was when the index was built.

    Returns:
        ``(height, width, 3)`` uint8 RGB, the same bytes that were embedded.

    Raises:
        SourceNotFoundError: the file, the archive or the member is gone.
        ImageReadError: it is not what it was, or cannot be decoded.
    """
    with closing(reopen_scene(source, options)) as scene:
        return reread(scene, window)


def reopen_scene(source: str, options: ImageryOptions) -> SceneReading:
    """Open a scene of an index again, to read several of its chips.

    Raises:
        SourceNotFoundError: the file, the archive or the member is gone.
        ImageReadError: it cannot be decoded.
    """
    # Bounds or a GSD from the sidecar decide how the scene was cut.
    metadata = None
    if options.metadata is not None and options.metadata.is_file():
        metadata = _sidecar(options.metadata, options.metadata.stat().st_mtime_ns)
    item = find_item(source, options)
    return _open(item, options, metadata, choose=False, sha256="")


@lru_cache(maxsize=2)
def _sidecar(path: Path, mtime_ns: int) -> MetadataTable:
    return read_metadata(path)


def reread(scene: SceneReading, window: Window) -> Pixels:
    """Read one chip of a scene that was opened again; see :func:`read_chip`."""
    x, y, width, height = window
    if x + width > scene.width or y + height > scene.height or min(x, y) < 0:
        raise ImageReadError(
            f"{scene.source} is {scene.width} x {scene.height} pixels now, and has no "
            f"window {tuple(window)}.",
            hint="the file changed: build the index again",
        )
    return scene.read_pixels(window)


def load_picture(path: Path) -> Pixels:
    """Load one picture of the user's, in any format that scenes may have.

    Returns:
        ``(height, width, 3)`` uint8 RGB; a large raster is thinned out.

    Raises:
        SourceNotFoundError: no such file.
        ImageReadError: no picture, or a damaged one.
    """
    if not path.is_file() and inner_part(path) is None:
        raise SourceNotFoundError(f"{path} is not a file.", hint="check the path")
    return item_pixels(find_item(escape(path.absolute().as_posix())))


def item_pixels(item: SourceItem) -> Pixels:
    """Decode one picture whole, without placing it.

    Returns:
        ``(height, width, 3)`` uint8 RGB; a large raster is thinned out.

    Raises:
        ImageReadError: no picture, or a damaged one.
    """
    with closing(open_pixels(item, ImageryOptions())) as pixels:
        if isinstance(pixels, RasterPixels):
            try:
                return pixels.preview(PICTURE_SIDE)
            except ImageReadError as exc:
                raise ImageReadError(f"{item.source}: {exc}", hint=exc.hint) from exc
        pixels.set_upright()
        whole = Window(0, 0, pixels.width, pixels.height)
        picture, valid = next(iter(pixels.read([whole])))
        if valid is not None and not valid.any():
            raise ImageReadError(f"{item.source}: {NO_DATA}")
        return picture


def _open(
    item: SourceItem,
    options: ImageryOptions,
    metadata: MetadataTable | None,
    *,
    choose: bool,
    sha256: str | None,
) -> SceneReading:
    item = item.fetched()
    pixels = open_pixels(item, options)
    try:
        size = pixels.width, pixels.height
        plan = pixels.plan if isinstance(pixels, RasterPixels) else None
        tags = plan.tags if plan else getattr(pixels, "tags", {})
        known, notices = gather_metadata(item, _row(item, metadata), tags)
        own = plan.own if plan else _beside(item)
        place, placed_by, notice = find_place(item, options, known, own, size)
        if place is not None and own.transform is not None and plan is None:
            placed_by = ".aux.xml beside it"
        notices += notice
        notices += [Skip(item.source, d, "notice:catalogue") for d in item.told.doubts]
        if plan:
            notices += [Skip(item.source, n, "notice:bands") for n in plan.notices]
        sized = place is not None
        if isinstance(pixels, PillowPixels):
            if place is None:
                pixels.set_upright()
                size = pixels.width, pixels.height
                if camera := camera_place(pixels.camera, *size):
                    place, sized, placed_by = camera
                elif doubt := pixels.position_doubt:
                    notices.append(Skip(item.source, doubt, "notice:no-place"))
            else:
                pixels.keep_as_stored()
        if choose:
            check_scene(item.source, known, place, size, item.told, options)
        gsd_m = known.gsd_m
        if any(one.kind == ITEM_PLACE for one in notices):
            gsd_m = None  # The item's is that of the whole scene, not of its thumbnail.
        measured = ground_sampling_m(place, *size) if place and sized else gsd_m
        grid = plan_grids(*size, options, measured)
        if isinstance(pixels, PillowPixels):
            pixels.expect(grid.total)
        return SceneReading(
            source=item.source,
            source_sha256=item.sha256() if sha256 is None else sha256,
            pixels=thinned_source(pixels, grid),
            grid=grid,
            pieces=first_pieces(grid, options),
            place=place,
            metadata=replace(known, gsd_m=gsd_m or measured),
            max_nodata=options.max_nodata,
            notices=notices,
            placed_by=placed_by,
            bands=_bands(item, pixels),
        )
    except BaseException:
        pixels.close()
        raise


def _bands(item: SourceItem, pixels: PillowPixels | RasterPixels) -> str:
    """Which bands are red, green and blue, or which files, and why."""
    if item.layers:
        names = (layer.info.name or layer.item.name for layer in item.layers)
        return f"{','.join(names)} (files of the product)"
    return pixels.plan.chosen if isinstance(pixels, RasterPixels) else pixels.chosen


def _beside(item: SourceItem) -> OwnPlace:
    """The place that GDAL's ``.aux.xml`` gives a picture that Pillow decodes."""
    header = recognise(item) if ".aux.xml" in item.companions else None
    if header is None:
        return OwnPlace()
    dataset = Dataset(item, header.format)
    try:
        with dataset.borrow() as raster:
            return own_place(raster)
    finally:
        dataset.close()


def _row(item: SourceItem, metadata: MetadataTable | None) -> SceneMetadata | None:
    """What the sidecar says of a scene, by its source or by one of its files."""
    if metadata is None:
        return None
    files = [escape(layer.item.source) for layer in item.layers]
    if item.path is not None:
        files.append(escape(item.path.as_posix()))
    rows = (metadata.get(source) for source in (item.source, *files))
    return next((row for row in rows if row is not None), None)
