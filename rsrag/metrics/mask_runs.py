"""Masks as COCO keeps them: lengths of runs, column by column, as a short string."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

Mask = NDArray[np.bool_]
_BITS, _MORE, _SIGN, _FIRST = 5, 0x20, 0x10, 48


def encode_mask(mask: Mask) -> dict[str, Any]:
    """``size`` (height, width) and ``counts`` of a mask ``(height, width)``.

    Runs of 0 and 1 take turns, the first of 0; ``counts`` is the compressed string.
    """
    flat = np.concatenate([[False], mask.T.ravel(), [False]])
    ends = np.flatnonzero(flat[1:] != flat[:-1])
    edges = np.concatenate([[0], ends[ends < mask.size], [mask.size]])
    counts = np.diff(edges).tolist()
    return {"size": list(mask.shape), "counts": "".join(_letters(counts))}


def decode_mask(held: Mapping[str, Any]) -> Mask:
    """The mask ``(height, width)`` of ``size`` and ``counts``, a string or a list.

    Raises:
        ValueError: no such mapping, or runs that are not the mask's pixels.
    """
    try:
        height, width = (int(side) for side in held["size"])
        counts = held["counts"]
        if isinstance(counts, bytes):
            counts = counts.decode("ascii")
        runs = _numbers(counts) if isinstance(counts, str) else [int(n) for n in counts]
    except (KeyError, TypeError, IndexError, UnicodeDecodeError) as exc:
        raise ValueError(f"no mask of size and counts: {exc}") from exc
    if min(height, width, *runs) < 0 or sum(runs) != height * width:
        raise ValueError(
            f"runs of {sum(runs)} pixels are no mask of {height} x {width} pixels"
        )
    values = np.arange(len(runs)) % 2 == 1
    return np.repeat(values, runs).reshape(width, height).T


def _letters(counts: Sequence[int]) -> Iterator[str]:
    for place, count in enumerate(counts):
        left = count - counts[place - 2] if place > 2 else count
        while True:
            part, left = left & 0x1F, left >> _BITS
            more = left != (-1 if part & _SIGN else 0)
            yield chr(part + _FIRST + more * _MORE)
            if not more:
                break


def _numbers(letters: str) -> list[int]:
    counts: list[int] = []
    value = shift = 0
    for letter in letters:
        part = ord(letter) - _FIRST
        if not 0 <= part < 2 * _MORE:
            raise ValueError(f"{letter!r} is no letter of a mask's counts")
        value |= (part & 0x1F) << shift
        shift += _BITS
        if part & _MORE:
            continue
        if part & _SIGN:
            value -= 1 << shift
        counts.append(value + counts[-2] if len(counts) > 2 else value)
        value = shift = 0
    if shift:
        raise ValueError("the mask's counts end within a number")
    return counts


def box_of(mask: Mask) -> list[int]:
    """Left, top, right and bottom of a mask's pixels; the last two lie outside.

    Raises:
        ValueError: the mask is empty.
    """
    rows, columns = (np.flatnonzero(mask.any(axis=axis)) for axis in (1, 0))
    if not len(rows):
        raise ValueError("an empty mask has no box")
    ends = columns[0], rows[0], columns[-1] + 1, rows[-1] + 1
    return [int(end) for end in ends]
