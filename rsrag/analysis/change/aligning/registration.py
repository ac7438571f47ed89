"""How far one picture lies beside another, to a tenth of a pixel.

Phase correlation (Kuglin and Hines, 1975) of complex gradients, block by block; the
peak is refined by a small Fourier transform (Guizar-Sicairos et al., 2008).
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from rsrag.types import Pixels

BLOCK_PX = 512
"""Side of the blocks that are laid beside each other."""
CLEAR_PEAK, FAR_PEAK = 10.0, 15.0
"""Deviations of its surroundings from which a peak is no accident (of pictures of two
places they were 9 at most), and from which pictures are held to lie far apart."""
_WHITE, _RIM = 0.7, 8
"""Power of the spectrum that is divided by, and the part of a side that fades."""
_FREQUENCIES = 0.2
"""Spread of the frequencies that count, cycles a pixel: finer ones are noise."""
_STEPS = 10


@dataclass(frozen=True, slots=True)
class Shift:
    """Where a picture lies beside another.

    Attributes:
        dx_px: to the right.
        dy_px: down.
        peak: of the correlation, in deviations of its surroundings.
        near: that of the best place within the reach that was asked for.
    """

    dx_px: float
    dy_px: float
    peak: float
    near: float


def shift_of(before: Pixels, after: Pixels, reach_px: float) -> Shift | None:
    """By how much ``after`` lies beside ``before``.

    Args:
        before: ``(height, width, 3)`` uint8 RGB, no side below 16 pixels.
        after: of the same size.
        reach_px: how far is near.

    Returns:
        ``None`` where one of them is of one colour.
    """
    spectra = []
    for picture in (before, after):
        grey = picture.mean(axis=2, dtype=np.float32)
        down, across = np.gradient(grey)
        window = np.outer(*(_fading(side) for side in grey.shape))
        # Twice the size, so that nothing comes round the other side.
        size = [2 * side for side in grey.shape]
        found = np.fft.fft2((across + 1j * down) * window, size)
        if not np.abs(found).max() > 0:
            return None
        spectra.append(found)
    cross = spectra[1] * np.conj(spectra[0])
    strength = np.abs(cross)
    cross /= np.maximum(strength, 1e-6 * strength.max()) ** _WHITE
    fy, fx = (np.asarray(np.fft.fftfreq(side), np.float64) for side in cross.shape)
    cross *= np.exp(-(fy[:, None] ** 2 + fx[None] ** 2) / (2 * _FREQUENCIES**2))
    surface = np.fft.ifft2(cross).real
    spread = float(surface.std())
    sy, sx = (np.fft.fftfreq(side, 1 / side) for side in cross.shape)
    inside = np.hypot(sy[:, None], sx[None]) <= reach_px + 0.5
    row, column = np.unravel_index(surface.argmax(), surface.shape)
    y, x = _refined(cross, fy, fx, float(sy[row]), float(sx[column]))
    near = float(surface[inside].max()) / spread
    return Shift(x, y, float(surface[row, column]) / spread, near)


def _fading(side: int) -> NDArray[np.float64]:
    """Weights along a side: one, and towards either end nothing."""
    at = np.minimum(np.arange(side), np.arange(side)[::-1]) + 0.5
    part = np.minimum(at / max(1, side // _RIM), 1)
    return np.asarray(0.5 - 0.5 * np.cos(np.pi * part))


def _refined(
    cross: NDArray[np.complex128],
    fy: NDArray[np.float64],
    fx: NDArray[np.float64],
    y: float,
    x: float,
) -> tuple[float, float]:
    """The peak between pixels, within one of where it is highest among them."""
    fine = np.arange(-_STEPS, _STEPS + 1) / _STEPS
    ys, xs = y + fine, x + fine
    rows = np.exp(2j * np.pi * ys[:, None] * fy[None])
    columns = np.exp(2j * np.pi * fx[:, None] * xs[None])
    values = (rows @ cross @ columns).real
    row, column = np.unravel_index(values.argmax(), values.shape)
    return float(ys[row]), float(xs[column])


@dataclass(frozen=True, slots=True)
class Agreement:
    """What the blocks of a pair say together.

    Attributes:
        dx_px: median over the blocks with a clear peak; 0 where there is none.
        dy_px: likewise.
        peak: median of theirs; of all blocks where none is clear.
        clear: blocks with a clear peak.
        blocks: that could be compared.
        far: whether their peaks lie beyond the reach, and stand out there far more
            than within it.
    """

    dx_px: float
    dy_px: float
    peak: float
    clear: int
    blocks: int
    far: bool


def agree(pairs: Sequence[tuple[Pixels, Pixels]], reach_px: float) -> Agreement:
    """The shift that most blocks of a pair show.

    Args:
        pairs: of blocks of one size each, before and after.
        reach_px: how far a shift may go.
    """
    found = [shift_of(*pair, reach_px) for pair in pairs]
    told = [one for one in found if one is not None]
    clear = [one for one in told if one.peak >= CLEAR_PEAK]
    if not clear:
        peak = float(np.median([one.peak for one in told])) if told else 0.0
        return Agreement(0.0, 0.0, peak, 0, len(told), far=False)
    middle = np.median([(one.dx_px, one.dy_px, one.peak) for one in clear], axis=0)
    dx, dy, peak = (float(value) for value in middle)
    beyond = [
        one
        for one in clear
        if np.hypot(one.dx_px, one.dy_px) > reach_px
        and one.peak > 2 * one.near
        and one.peak >= FAR_PEAK
    ]
    far = float(np.hypot(dx, dy)) > reach_px and 2 * len(beyond) > len(told)
    if not far and np.hypot(dx, dy) > reach_px:
        return Agreement(0.0, 0.0, peak, 0, len(told), far=False)
    return Agreement(dx, dy, peak, len(clear), len(told), far)
