"""GELU, its quick sister and the error function, in NumPy."""

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float32]

GELU_BLOCK = 65_536
"""Numbers that GELU works on at once: 256 kB, and a few copies of them."""


def erf(x: Array) -> Array:
    """The error function, within 1e-6 in float32.

    Formula 7.1.26 of Abramowitz and Stegun (1964), whose own error is 1.5e-7.
    ``scipy.special`` has a better one but takes longer to import than to use.
    """
    size = np.abs(x)
    t = 1.0 / (1.0 + 0.3275911 * size)
    poly = np.full_like(t, 1.061405429)
    for coefficient in (-1.453152027, 1.421413741, -0.284496736, 0.254829592):
        poly *= t
        poly += coefficient
    poly *= t
    poly *= np.exp(-(size * size))
    return np.copysign(1.0 - poly, x)


def gelu(x: Array) -> Array:
    """GELU with the true error function, as BERT has it."""
    y = np.empty(x.shape, x.dtype)
    values, results = x.reshape(-1), y.reshape(-1)
    # The dozen steps of a block find it in the cache of the processor, and not,
    # each of them anew, in memory.
    for start in range(0, len(values), GELU_BLOCK):
        part = values[start : start + GELU_BLOCK]
        result = results[start : start + GELU_BLOCK]
        np.add(erf(part * np.float32(0.7071067811865476)), 1.0, out=result)
        result *= part
        result *= np.float32(0.5)
    return y


def quick_gelu(x: Array) -> Array:
    """``x * sigmoid(1.702 x)``, as OpenAI trained CLIP."""
    # Past the end of exp the quotient is the zero that it should be.
    with np.errstate(over="ignore"):
        y: Array = np.exp(x * np.float32(-1.702))
    y += np.float32(1.0)
    np.divide(x, y, out=y)
    return y
