"""Rasters through GDAL: opened safely, from a path, from bytes, or in an archive."""

import re
import threading
import uuid
import warnings
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from typing import Any

from rsrag.errors import ImageReadError
from rsrag.imagery.archives.archive_names import WHOLE_NAME_SUFFIXES
from rsrag.imagery.archives.members import IN_MEMORY_LIMIT
from rsrag.imagery.pixels.band_layers import OpenLayer, describe
from rsrag.imagery.pixels.file_formats import sniff
from rsrag.imagery.sources.items import SourceItem
from rsrag.imagery.sources.remote import network_settings

CACHE_BYTES = 256 * 2**20
"""GDAL's own cache of decoded blocks; its default is a twentieth of the memory."""

_DRIVERS = {
    "TIFF": "GTiff",
    "JP2": "JP2OpenJPEG",
    "JPEG": "JPEG",
    "PNG": "PNG",
    "WEBP": "WEBP",
    "GIF": "GIF",
    "BMP": "BMP",
    "NITF": "NITF",
    "HFA": "HFA",
    "ENVI": "ENVI",
    "NETCDF": "netCDF",
    "HDF5": "HDF5",
    "VRT": "VRT",
}
_ENVIRONMENT = {
    "GDAL_CACHEMAX": CACHE_BYTES,
    # A folder of 100,000 pictures must not be listed for each of them.
    "GDAL_DISABLE_READDIR_ON_OPEN": "TRUE",
    # Nothing that a file names may make it reach for a network.
    "CPL_VSIL_CURL_ALLOWED_EXTENSIONS": "{none}",
}

_TWELVE_BITS = (
    "JPEG of 12 bits takes another GDAL: gdal_translate -co COMPRESS=DEFLATE IN OUT.tif"
)

_opening = threading.Lock()


@contextmanager
def gdal(settings: Mapping[str, Any] | None = None) -> Iterator[None]:
    """GDAL's settings for opening and reading, and its errors as ours.

    Args:
        settings: over the usual ones.

    Raises:
        ImageReadError: whatever GDAL could not read.
    """
    import rasterio
    from rasterio.errors import CRSError, RasterioError, RasterioIOError

    try:
        with rasterio.Env(**{**_ENVIRONMENT, **(settings or {})}):
            yield
    except (RasterioIOError, RasterioError, CRSError) as exc:
        cause = exc.__cause__ or exc
        hint = (
            _TWELVE_BITS if re.search(r"precision 12|12[- ]bit", str(cause)) else None
        )
        raise ImageReadError(f"GDAL cannot read it: {cause}", hint=hint) from exc


class Dataset:
    """A raster that several threads may read: each borrows a handle of its own.

    Args:
        item: path, bytes, or a place in an archive.
        format: by content. Only that driver is tried, so that a file cannot make
            GDAL open others.

    Raises:
        ImageReadError: GDAL cannot open it.
    """

    def __init__(self, item: SourceItem, format: str) -> None:
        self._driver = "VRT" if item.layers or item.mosaic else _DRIVERS[format]
        self._lock = threading.Lock()
        self._idle: list[Any] = []
        self._memory: list[Any] = []
        self._layers: list[Dataset] = []
        self._settings = _reach(item)
        try:
            self.target = self._overlay(item) if item.layers else self._locate(item)
            if item.inner:
                with self.borrow() as raster:
                    parts = parts_of(raster)
                inner = parts.get(item.inner)
                if inner is None:
                    there = ", ".join(parts)[:500] or "none"
                    raise ImageReadError(
                        f"It has no part {item.inner!r}.", hint=f"its parts are {there}"
                    )
                self.rest()
                self.target = inner
                if self._driver == "HDF5":  # Parts have a driver of their own.
                    self._driver = "HDF5Image"
            with self.borrow():
                pass
        except BaseException:
            self.close()
            raise

    def _overlay(self, item: SourceItem) -> str:
        """Describe one raster of several files, each looked at first."""
        with ExitStack() as stack:
            layers = []
            for part in item.layers:
                header = sniff(part.item.head())
                if header is None:
                    raise ImageReadError(f"{part.item.source} is no picture.")
                layer = Dataset(part.item, header.format)
                self._layers.append(layer)
                raster = stack.enter_context(layer.borrow())
                layers.append(OpenLayer(layer.target, raster, part.band, part.info))
            description = describe(layers)
        for layer in self._layers:
            layer.rest()
        return self._hold(description)

    def _locate(self, item: SourceItem) -> str:
        if item.mosaic is not None:
            return self._hold(item.mosaic.description)
        if item.remote is not None:
            target = item.remote.gdal_path
        elif item.gdal_path is not None:
            target = item.gdal_path
        elif item.path is not None:
            target = str(item.path)
        else:
            return self._hold(item.data or b"", item.companions)
        try:
            target.encode("utf-8")
        except UnicodeEncodeError as exc:
            # GDAL takes names in UTF-8 only.
            if item.path is None or item.size > IN_MEMORY_LIMIT:
                raise ImageReadError(
                    f"{item.source}: its name is not UTF-8, and it is too large to "
                    "be read without it.",
                    hint="rename it",
                ) from exc
            try:
                return self._hold(item.path.read_bytes())
            except OSError as error:
                raise ImageReadError(f"{item.source}: {error}") from error
        return target

    def _hold(self, data: bytes, beside: Mapping[str, bytes] | None = None) -> str:
        """Give GDAL bytes as a file, with those that it looks for beside it."""
        from rasterio.io import MemoryFile

        folder, name = uuid.uuid4().hex, "picture"
        self._memory.append(MemoryFile(data, dirname=folder, filename=name))
        for suffix in (*WHOLE_NAME_SUFFIXES, ".hdr"):
            if small := (beside or {}).get(suffix):
                other = name + suffix
                self._memory.append(MemoryFile(small, dirname=folder, filename=other))
        return str(self._memory[0].name)

    @contextmanager
    def borrow(self) -> Iterator[Any]:
        """A rasterio dataset for this thread alone, until the block ends."""
        with gdal(self._settings):
            with self._lock:
                handle = self._idle.pop() if self._idle else None
            if handle is None:
                handle = self._open()
            try:
                yield handle
            finally:
                with self._lock:
                    self._idle.append(handle)

    def keep(self, size: int) -> None:
        """Let GDAL's cache hold no more than some bytes while this is read."""
        less = {"GDAL_CACHEMAX": min(CACHE_BYTES, size)}
        self._settings = {**self._settings, **less}

    def _open(self) -> Any:
        import rasterio
        from rasterio.errors import NotGeoreferencedWarning

        # Filters of warnings belong to the process, so one thread at a time.
        with _opening, warnings.catch_warnings():
            warnings.simplefilter("ignore", NotGeoreferencedWarning)
            return rasterio.open(self.target, driver=self._driver)

    def rest(self) -> None:
        """Close all handles that are not lent; others can still be borrowed."""
        with self._lock:
            handles, self._idle = self._idle, []
        for handle in handles:
            handle.close()

    def close(self) -> None:
        """Close all handles that are not lent, and let go of memory."""
        self.rest()
        for layer in self._layers:
            layer.close()
        while self._memory:
            self._memory.pop().close()


def parts_of(raster: Any) -> dict[str, str]:
    """Variables or pages of a file: how GDAL finds each, by its name.

    Names are those of variables (``wind``, ``group/wind``), or numbers of pages.
    """
    from rasterio._err import CPLE_BaseError

    found = {}
    targets = raster.subdatasets
    with suppress(CPLE_BaseError):
        # What is wrong with a further page, GDAL leaves to the next who asks anything.
        _ = raster.colorinterp
    for target in targets:
        page = re.match(r"GTIFF_DIR:(\d+):", target)
        name = page[1] if page else target.rpartition(":")[2].strip("/")
        found[name] = target
    return found


def _reach(item: SourceItem) -> dict[str, Any]:
    """What of the network GDAL may reach: what the user named, nothing else."""
    files = [item, *(layer.item for layer in item.layers)]
    remote = [file.remote for file in files if file.remote is not None]
    return network_settings(remote) if remote else {}
