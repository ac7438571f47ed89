"""Options for reading imagery, and their form in a manifest."""

import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any, Literal

from rsrag.errors import ConfigError
from rsrag.imagery.metadata.moments import INTERVALS, parse_interval
from rsrag.imagery.pixels.stretch import parse_stretch

_SIZE = re.compile(r"\s*([0-9]*\.?[0-9]+(?:e[+-]?[0-9]+)?)\s*(px|m|km)?\s*", re.I)
_SIZE_HINT = "write 256, 256px, 1280m or 1.28km"


@dataclass(frozen=True, slots=True)
class Size:
    """A length along the side of a chip.

    Attributes:
        value: positive; a whole number if ``unit`` is ``px``.
        unit: pixels of the scene, or metres on the ground.
    """

    value: float
    unit: Literal["px", "m"] = "px"

    def __post_init__(self) -> None:
        if self.unit not in ("px", "m"):
            raise ConfigError(f"Unit {self.unit!r} is not px or m.", hint=_SIZE_HINT)
        if not (math.isfinite(self.value) and self.value > 0):
            raise ConfigError(
                f"Size {self.value!r} is not a positive number.", hint=_SIZE_HINT
            )
        if self.unit == "px" and self.value != int(self.value):
            raise ConfigError(f"{self.value} px is not a whole number of pixels.")

    @classmethod
    def parse(cls, text: str) -> "Size":
        """Read ``256``, ``256px``, ``1280m`` or ``1.28km``.

        Raises:
            ConfigError: anything else, zero, or a fraction of a pixel.
        """
        match = _SIZE.fullmatch(text)
        if match is None:
            raise ConfigError(f"{text!r} is not a size.", hint=_SIZE_HINT)
        value, unit = float(match[1]), (match[2] or "px").lower()
        if unit == "km":
            return cls(value * 1000, "m")
        return cls(value, "m" if unit == "m" else "px")

    def __str__(self) -> str:
        return f"{self.value:.15g}{self.unit}"


@dataclass(frozen=True, slots=True)
class ImageryOptions:
    """How scenes become chips. Equal options give equal chips.

    Attributes:
        chip_size: side of a chip; ``None``: a scene whose longer side is at most
            1024 px is one chip, a larger one is tiled at 512 px.
        stride: from one chip to the next; ``None``: the chip size, no overlap.
            A larger one samples the scene sparsely.
        scales: several sizes of chips, side by side in one index, the larger ones
            read at as many pixels as the smallest; instead of ``chip_size``.
        overview: of the scales only the largest at first; the others where an index is
            made denser.
        bands: names or 1-based numbers, three (red, green, blue) or one (grey);
            ``None``: by colour interpretation and band names, else the first
            three, else the first.
        stretch: ``auto`` (uint8 as it is, else percentiles), ``none``,
            ``percentile[:LOW,HIGH]``, ``range:LOW,HIGH``, ``db[:LOW,HIGH]`` or
            ``reflectance[:SCALE[,OFFSET]]``; always one law for the whole scene.
        nodata: value to take for missing, instead of the file's own.
        bounds: west, south, east, north in units of ``crs``, for pictures that
            carry no georeference of their own.
        crs: reference system of ``bounds``, of world files and of rasters that
            name none; ``None``: EPSG:4326 for ``bounds``.
        max_nodata: chips with a larger share of pixels without data (padding
            included) are left out.
        metadata: sidecar CSV, JSON or JSONL for all scenes.
        max_pixels: pictures with more pixels than this are refused.
        datetime: scenes of another time are left out; one time or ``A/B``, either
            end ``..`` for open, a date for its whole day.
        bbox: scenes that share no point with this lon/lat box are left out.
        max_cloud: scenes with more cloud than this, in percent, are left out.
        strict_metadata: scenes that do not tell what ``datetime``, ``bbox`` or
            ``max_cloud`` ask for are left out too; else they are kept.
        asset: key or role of the asset of STAC items to take.
        remote: whether assets on servers may be fetched.
        exclude: patterns of names (``*_mask.tif``) or of paths below a source
            (``*/old/*``): files, folders and archives that are left out.
    """

    chip_size: Size | None = None
    stride: Size | None = None
    bands: tuple[str, ...] | None = None
    stretch: str = "auto"
    nodata: float | None = None
    bounds: tuple[float, float, float, float] | None = None
    crs: str | None = None
    max_nodata: float = 0.99
    metadata: Path | None = None
    max_pixels: int = 40_000_000_000
    datetime: str | None = None
    bbox: tuple[float, float, float, float] | None = None
    max_cloud: float | None = None
    strict_metadata: bool = False
    asset: str | None = None
    remote: bool = False
    exclude: tuple[str, ...] | None = None
    scales: tuple[Size, ...] | None = None
    overview: bool = False

    def __post_init__(self) -> None:
        """Refuse combinations that cannot be read.

        Raises:
            ConfigError: naming the option and its value.
        """
        parse_stretch(self.stretch)
        if self.scales is not None:
            _check_scales(self.scales, self.chip_size, self.stride)
        elif self.overview:
            raise ConfigError(
                "A budget is for an index of several chip sizes: the largest come "
                "first, the smaller ones as far as it goes.",
                hint="--scales 512,1024,2048 --budget 20m",
            )
        if self.bands is not None and len(self.bands) not in (1, 3):
            raise ConfigError(
                f"{len(self.bands)} bands given ({','.join(self.bands)}); a chip has "
                "three or one.",
                hint="e.g. --bands B04,B03,B02 or --bands 1",
            )
        if not 0 <= self.max_nodata <= 1:
            raise ConfigError(f"max_nodata is {self.max_nodata}, not a share 0 to 1.")
        if any(not pattern for pattern in self.exclude or ()):
            raise ConfigError("exclude is an empty pattern: it fits nothing.")
        if self.max_pixels < 1:
            raise ConfigError(f"max_pixels is {self.max_pixels}; it must be positive.")
        if self.nodata is not None and math.isinf(self.nodata):
            raise ConfigError("nodata is infinite; give a number or nan.")
        if self.crs is not None:
            from rsrag.imagery.places.georeference import read_crs

            read_crs(self.crs)
        if self.bounds is not None:
            _check_bounds(tuple(self.bounds), self.crs)
        if self.bbox is not None:
            _check_bounds(tuple(self.bbox), None)
        if self.datetime is not None:
            try:
                parse_interval(self.datetime)
            except ValueError as exc:
                raise ConfigError(f"datetime: {exc}.", hint=INTERVALS) from exc
        if self.max_cloud is not None and not 0 <= self.max_cloud <= 100:
            raise ConfigError(f"max_cloud is {self.max_cloud}, not a percentage.")

    def to_json(self) -> dict[str, Any]:
        """Plain values for a manifest; :meth:`from_json` reads them."""
        values = {f.name: getattr(self, f.name) for f in fields(self)}
        for name, value in values.items():
            if isinstance(value, Size | Path):
                values[name] = str(value)
            elif isinstance(value, tuple):
                sizes = (str(one) if isinstance(one, Size) else one for one in value)
                values[name] = list(sizes)
        if self.scales is None:
            del values["scales"]  # Older indexes do not have it.
        if not self.overview:
            del values["overview"]
        if self.nodata is not None and math.isnan(self.nodata):
            values["nodata"] = "nan"
        return values

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> "ImageryOptions":
        """Options from what :meth:`to_json` wrote; names left out have defaults.

        Raises:
            ConfigError: a name that is no option, or a value that cannot be.
        """
        known = {f.name for f in fields(cls)}
        if unknown := sorted(set(values) - known):
            raise ConfigError(f"Unknown imagery options: {', '.join(unknown)}.")
        given = dict(values)
        try:
            for name, read in _READ.items():
                if given.get(name) is not None:
                    given[name] = read(given[name])
            return cls(**given)
        except (TypeError, ValueError) as exc:
            raise ConfigError(f"Imagery options cannot be read: {exc}") from exc


_READ: dict[str, Callable[[Any], Any]] = {
    **dict.fromkeys(("chip_size", "stride"), Size.parse),
    **dict.fromkeys(("bands", "bounds", "bbox", "exclude"), tuple),
    "scales": lambda given: tuple(map(Size.parse, given)),
    "metadata": Path,
    "nodata": float,
}
"""Options whose values in JSON are of another type."""


def _check_scales(
    scales: tuple[Size, ...], chip_size: Size | None, stride: Size | None
) -> None:
    """Two sizes or more, of one unit, each once, and no other size beside them."""
    text = ",".join(map(str, scales))
    if chip_size is not None or stride is not None:
        raise ConfigError(
            f"--scales {text} says the sizes of chips; --chip-size and --stride do not "
            "go with it."
        )
    if len(set(scales)) != len(scales) or len(scales) < 2:
        raise ConfigError(
            f"--scales {text}: at least two sizes, each once.",
            hint="--scales 512,1024,2048",
        )
    if len({one.unit for one in scales}) > 1:
        raise ConfigError(f"--scales {text} mixes pixels and metres; take one of them.")


def _check_bounds(bounds: tuple[float, ...], crs: str | None) -> None:
    """Four finite numbers the right way up, inside the Earth if in degrees."""
    text = " ".join(f"{value:g}" for value in bounds)
    order = "order is W S E N: west south east north, in units of --crs"
    if len(bounds) != 4 or not all(math.isfinite(value) for value in bounds):
        raise ConfigError(f"Bounds {text} are not four finite numbers.", hint=order)
    west, south, east, north = bounds
    if south >= north:
        raise ConfigError(f"Bounds {text}: south is not below north.", hint=order)
    degrees = crs is None or crs.upper() in ("EPSG:4326", "OGC:CRS84")
    if west == east or (west > east and not degrees):
        raise ConfigError(f"Bounds {text}: west is not left of east.", hint=order)
    if degrees and not (south >= -90 and north <= 90):
        raise ConfigError(f"Bounds {text}: latitude is beyond ±90.", hint=order)
    if degrees and not (-180 <= west <= 360 and -180 <= east <= 360):
        raise ConfigError(f"Bounds {text}: longitude is beyond ±180.", hint=order)
