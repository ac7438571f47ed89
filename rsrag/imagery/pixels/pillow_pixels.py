"""Small 8-bit pictures (JPEG, PNG, WebP, GIF, BMP), decoded whole by Pillow."""

import threading
import warnings
from collections.abc import Iterable, Sequence
from functools import cache
from io import BytesIO
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from rsrag.errors import ImageReadError, MissingExtraError
from rsrag.imagery.imagery_options import ImageryOptions
from rsrag.imagery.pixels.bands import choose_bands
from rsrag.imagery.pixels.contrast import Mask
from rsrag.imagery.pixels.stretch import fix_stretch, needs_statistics, parse_stretch
from rsrag.imagery.places.camera import camera_notes, position_doubt
from rsrag.imagery.sources.items import SourceItem
from rsrag.packages import need
from rsrag.types import Pixels, Window

if TYPE_CHECKING:
    from PIL.Image import Image

_COLOURS = ("red", "green", "blue")
_ORIENTATION, _EXIF_IFD = 0x0112, 0x8769
_GPS_IFD = 0x8825
_TAGS = {
    0x0132: "EXIF_DATETIME",
    0x0110: "MODEL",
    0x9003: "DATETIMEORIGINAL",
    0x9011: "OFFSETTIMEORIGINAL",
}


@cache
def hush_pillow() -> None:
    """Pillow warns of damaged EXIF notes, on the error stream, and reads on."""
    warnings.filterwarnings("ignore", category=UserWarning, module=r"PIL\.")


class PillowPixels:
    """One picture, read again for every piece unless several pieces share it.

    The first frame of an animation; CMYK, palette, 1-bit and grey pictures become
    RGB; alpha 0 is no data. A picture that its EXIF data says is turned or
    mirrored is set upright, and windows count in the upright picture, unless it
    is georeferenced: transforms speak of the pixels as they are stored.

    Args:
        item: path or bytes.

    Raises:
        ImageReadError: no such picture in there.

    Attributes:
        width: pixels.
        height: pixels.
        sequential: never.
        windowed: no: it is decoded whole.
        chosen: the bands and the rule that chose them, in words.
        tags: time and camera from EXIF, by name.
        camera: of :func:`~rsrag.imagery.places.camera.camera_notes`.
        position_doubt: why the camera's position places nothing, if one was written.
    """

    sequential = False
    windowed = False

    def __init__(self, item: SourceItem, format: str, options: ImageryOptions) -> None:
        self._item = item
        self._format = format
        self._options = options
        self._lock = threading.Lock()
        self._whole: tuple[Pixels, Mask | None] | None = None
        self._windows_left = 0
        self.tags: dict[str, str] = {}
        self.camera: dict[str, float] = {}
        self.position_doubt: str | None = None
        self._orientation = 1
        chosen = choose_bands(_COLOURS, _COLOURS, options.bands)
        self._bands, self.chosen = chosen.numbers, chosen.words
        with self._open() as image:
            self.width, self.height = image.size
            # To ask a PNG for notes that it did not begin with would decode it whole.
            if "exif" in image.info or "Raw profile type exif" in image.info:
                self._read_exif(image)

    def _open(self) -> "Image":
        from PIL import Image, UnidentifiedImageError

        hush_pillow()
        self._check_decoder()
        where = BytesIO(self._item.data) if self._item.data is not None else None
        try:
            return Image.open(where or str(self._item.path), formats=(self._format,))
        except (OSError, ValueError, SyntaxError, UnidentifiedImageError) as exc:
            raise ImageReadError(self._problem(exc)) from exc

    def _check_decoder(self) -> None:
        """Register the decoder of HEIC, and look for that of AVIF."""
        if self._format == "HEIF":
            try:
                need("pillow_heif", "A HEIC picture")
            except MissingExtraError as exc:  # It costs this picture, not the build.
                raise ImageReadError(str(exc), hint=exc.hint) from exc
            from pillow_heif import register_heif_opener

            register_heif_opener()
        if self._format == "AVIF":
            from PIL import features

            if not features.check("avif"):
                raise ImageReadError(
                    "This Pillow decodes no AVIF.", hint="pip install -U pillow"
                )

    def _problem(self, exc: Exception) -> str:
        return f"{self._item.source} is no readable {self._format}: {exc}"

    def _read_exif(self, image: "Image") -> None:
        try:
            exif = image.getexif()
            found = {**exif, **exif.get_ifd(_EXIF_IFD)} if exif else {}
            gps = exif.get_ifd(_GPS_IFD)
        except (OSError, ValueError, SyntaxError, KeyError, TypeError, IndexError):
            return  # Damaged notes about a picture do not make it unreadable.
        for number, name in _TAGS.items():
            if isinstance(value := found.get(number), str):
                self.tags[name] = value.strip("\0 ")
        xmp = image.info.get("xmp", b"")
        words = xmp.decode("utf-8", "replace") if isinstance(xmp, bytes) else str(xmp)
        self.camera = camera_notes(found, gps, words)
        self.position_doubt = position_doubt(gps)
        orientation = found.get(_ORIENTATION, 1)
        self._orientation = orientation if orientation in range(1, 9) else 1

    def set_upright(self) -> None:
        """Turn the picture as its EXIF data says, before anything is read."""
        if self._orientation >= 5:
            self.width, self.height = self.height, self.width

    def keep_as_stored(self) -> None:
        """Ignore the EXIF orientation, before anything is read."""
        self._orientation = 1

    def expect(self, windows: int) -> None:
        """Say how many windows will be read, so that one decoding serves them all."""
        self._windows_left = windows

    def read(self, windows: Sequence[Window]) -> Iterable[tuple[Pixels, Mask | None]]:
        """See :class:`rsrag.imagery.reading.PixelSource`."""
        pixels, valid = self._decoded(len(windows))
        for x, y, width, height in windows:
            rows, columns = slice(y, y + height), slice(x, x + width)
            part = np.ascontiguousarray(pixels[rows, columns])
            yield part, None if valid is None else valid[rows, columns]

    def _decoded(self, windows: int) -> tuple[Pixels, Mask | None]:
        with self._lock:
            whole = self._whole or self._decode()
            self._windows_left -= windows
            self._whole = whole if self._windows_left > 0 else None
            return whole

    def _decode(self) -> tuple[Pixels, Mask | None]:
        from PIL import Image

        with self._open() as image:
            try:
                alpha = image.has_transparency_data
                image.load()
                if self._orientation != 1:
                    from PIL import ImageOps

                    image = ImageOps.exif_transpose(image)
                if alpha:
                    stored = np.asarray(image.convert("RGBA"))
                else:
                    stored = np.asarray(image.convert("RGB"))
            except (
                *(OSError, ValueError, SyntaxError, IndexError, EOFError),
                *(Image.DecompressionBombError, MemoryError),
            ) as exc:
                raise ImageReadError(self._problem(exc)) from exc
        return self._finish(stored)

    def _finish(self, stored: NDArray[np.uint8]) -> tuple[Pixels, Mask | None]:
        """Bands, nodata and stretch of the whole picture."""
        valid: Mask | None = None
        if stored.shape[2] == 4:
            valid = stored[:, :, 3] > 0
            stored = stored[:, :, :3]
        options = self._options
        if options.bands is not None:
            stored = stored[:, :, [number - 1 for number in self._bands]]
        if options.nodata is not None:
            data = (stored != options.nodata).any(axis=2)
            valid = data if valid is None else valid & data
        if valid is not None and valid.all():
            valid = None
        spec = parse_stretch(options.stretch)
        if spec.kind not in ("auto", "none"):
            planes = stored.transpose(2, 0, 1)
            sample = sample_valid = None
            if needs_statistics(spec, stored.dtype):
                step = max(1, max(stored.shape) // 1024)
                sample = planes[:, ::step, ::step]
                if valid is not None:
                    thin = valid[::step, ::step]
                    sample_valid = np.broadcast_to(thin, sample.shape)
            law = fix_stretch(spec, len(planes), sample, sample_valid)
            stored = law.apply(planes).transpose(1, 2, 0)
        if valid is not None:
            stored = np.where(valid[:, :, None], stored, np.uint8(0))
        if stored.shape[2] == 1:
            stored = np.repeat(stored, 3, axis=2)
        return stored, valid

    def close(self) -> None:
        """See :class:`rsrag.imagery.reading.PixelSource`."""
        with self._lock:
            self._whole = None
