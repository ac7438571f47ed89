"""Stretch of measured values to 8-bit grey: one law for a whole scene.

A stretch is fixed before the first chip is cut, never measured on a chip: a dark
chip beside a bright one must stay darker.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from rsrag.errors import ConfigError

_HINT = (
    "auto, none, percentile[:LOW,HIGH], range:LOW,HIGH, db[:LOW,HIGH] or "
    "reflectance[:SCALE[,OFFSET]]"
)
REFLECTANCE_GAIN = 2.5
"""Brightens surface reflectance so that 0.4 is white, as Sentinel-2 previews do."""


@dataclass(frozen=True, slots=True)
class StretchSpec:
    """A stretch as it was asked for.

    Attributes:
        first: low percentile, low value, or scale.
        second: high percentile, high value, or offset.
        given: whether the numbers were typed; else a product's own may be taken.
    """

    kind: Literal["auto", "none", "percentile", "range", "reflectance", "db"]
    first: float = 0.0
    second: float = 0.0
    given: bool = False


def parse_stretch(text: str) -> StretchSpec:
    """Read an option value such as ``percentile:2,98``.

    ``reflectance`` takes what a product or catalogue says of its bands, else
    Sentinel-2 level 2A counts: ``SCALE`` 1e-4 and ``OFFSET`` 0. Files of processing
    baseline 04.00 and later, taken out of their products, carry counts raised by
    1000: ``reflectance:1e-4,-0.1``.

    ``db`` turns amplitudes of a radar into decibels first (20 log10); without numbers
    their 2nd and 98th percentiles are black and white. ``auto`` means it for
    Sentinel-1 products.

    Raises:
        ConfigError: no such law, or numbers that cannot be.
    """
    kind, _, rest = text.strip().lower().partition(":")
    try:
        numbers = [float(part) for part in rest.split(",")] if rest else []
    except ValueError as exc:
        raise ConfigError(f"Stretch {text!r}: {exc}.", hint=_HINT) from exc
    if not all(math.isfinite(number) for number in numbers):
        raise ConfigError(f"Stretch {text!r} holds NaN or infinity.", hint=_HINT)
    if kind in ("auto", "none") and not rest:
        return StretchSpec("auto" if kind == "auto" else "none", 2.0, 98.0)
    if kind == "percentile" and len(numbers) in (0, 2):
        low, high = numbers or (2.0, 98.0)
        if not 0 <= low < high <= 100:
            raise ConfigError(f"Stretch {text!r}: 0 <= LOW < HIGH <= 100.", hint=_HINT)
        return StretchSpec("percentile", low, high)
    if kind == "db" and not numbers:
        return StretchSpec("db", 2.0, 98.0)
    if kind in ("range", "db") and len(numbers) == 2:
        if numbers[0] >= numbers[1]:
            raise ConfigError(f"Stretch {text!r}: LOW is not below HIGH.", hint=_HINT)
        named: Literal["range", "db"] = "db" if kind == "db" else "range"
        return StretchSpec(named, numbers[0], numbers[1], True)
    if kind == "reflectance" and len(numbers) <= 2:
        scale, offset = (*numbers, *(1e-4, 0.0)[len(numbers) :])
        if scale <= 0:
            raise ConfigError(f"Stretch {text!r}: SCALE must be positive.", hint=_HINT)
        return StretchSpec("reflectance", scale, offset, bool(numbers))
    raise ConfigError(f"{text!r} is not a stretch.", hint=_HINT)


def needs_statistics(spec: StretchSpec, dtype: np.dtype[np.generic]) -> bool:
    """Whether the law has to be measured on the scene first."""
    if spec.kind == "db":
        return not spec.given
    return spec.kind == "percentile" or (spec.kind == "auto" and dtype != np.uint8)


@dataclass(frozen=True, slots=True)
class Stretch:
    """A law fixed for one scene: value to grey, band by band.

    Attributes:
        low: value that becomes 0, one for each band.
        high: value that becomes 255, one for each band.
        decibels: whether both are decibels, of values that are amplitudes.
    """

    low: tuple[float, ...]
    high: tuple[float, ...]
    decibels: bool = False

    @property
    def identity(self) -> bool:
        """Whether 8-bit values pass as they are."""
        plain = set(self.low) <= {0.0} and set(self.high) <= {255.0}
        return plain and not self.decibels

    def apply(self, values: NDArray[np.generic]) -> NDArray[np.uint8]:
        """Stretch an array.

        Args:
            values: ``(bands, height, width)``, any real dtype; NaN becomes 0.

        Returns:
            ``(bands, height, width)`` uint8, rounded to the nearest.
        """
        if values.dtype == np.uint8 and self.identity:
            return values.view(np.uint8)
        result = np.empty(values.shape, np.uint8)
        for band, (low, high) in enumerate(zip(self.low, self.high, strict=True)):
            if values.dtype in (np.uint8, np.uint16):
                table = self._grey(np.arange(256**values.dtype.itemsize), low, high)
                result[band] = table[values[band]]
            else:
                result[band] = self._grey(values[band], low, high)
        return result

    def _grey(self, values: NDArray[Any], low: float, high: float) -> NDArray[np.uint8]:
        return _grey(decibels(values) if self.decibels else values, low, high)


def decibels(amplitudes: NDArray[Any]) -> NDArray[np.float64]:
    """20 log10; nothing at all is minus infinity, and so is what is below it."""
    with np.errstate(divide="ignore", invalid="ignore"):
        positive = np.maximum(amplitudes.astype(np.float64), 0)
        return np.asarray(20 * np.log10(positive), np.float64)


def _grey(values: NDArray[Any], low: float, high: float) -> NDArray[np.uint8]:
    wide = values.dtype.itemsize > 2
    x: NDArray[Any] = values.astype(np.float64 if wide else np.float32)
    if high > low:
        x = (x - low) * (255.0 / (high - low))
    else:  # A scene of one value: that value is mid-grey, what lies beyond is not.
        x = np.where(x < low, 0.0, np.where(x > high, 255.0, 128.0))
    whole = np.clip(np.nan_to_num(np.rint(x)), 0, 255)
    return np.asarray(whole, dtype=np.uint8)


def fix_stretch(
    spec: StretchSpec,
    bands: int,
    sample: NDArray[np.generic] | None,
    valid: NDArray[np.bool_] | None = None,
    units: Sequence[tuple[float, float] | None] = (),
) -> Stretch:
    """Turn a wish into a law for one scene.

    Args:
        bands: how many bands a chip takes, 1 or 3.
        sample: ``(bands, n, m)`` of the whole scene, thinned out; only looked at
            where :func:`needs_statistics` says so, else ``None``.
        valid: which of ``sample`` are data, same shape; ``None``: all.
        units: scale and offset of each band, as its product says.
    """
    radar = spec.kind == "db"
    if spec.kind == "range" or (radar and spec.given):
        return Stretch((spec.first,) * bands, (spec.second,) * bands, radar)
    if spec.kind == "reflectance":
        laws = [(spec.first, spec.second)] * bands
        if not spec.given and len(units) == bands:
            laws = [unit or law for unit, law in zip(units, laws, strict=True)]
        return Stretch(
            tuple(-offset / scale for scale, offset in laws),
            tuple((1 / REFLECTANCE_GAIN - offset) / scale for scale, offset in laws),
        )
    if sample is None or spec.kind == "none":
        return Stretch((0.0,) * bands, (255.0,) * bands)
    lows, highs = [], []
    for band in range(bands):
        data = sample[band] if valid is None else sample[band][valid[band]]
        data = decibels(data) if radar else data
        data = data[np.isfinite(data)] if data.dtype.kind == "f" else data.ravel()
        low, high = 0.0, 255.0
        if data.size:
            low, high = np.percentile(
                data.astype(np.float64), [spec.first, spec.second]
            )
        lows.append(float(low))
        highs.append(float(high))
    return Stretch(tuple(lows), tuple(highs), radar)
