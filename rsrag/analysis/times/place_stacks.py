"""Which chips show one ground: stacks of them, the earliest first."""

import numpy as np
from numpy.typing import NDArray

Boxes = NDArray[np.float64]
Numbers = NDArray[np.int64]

SHARED = 0.3
"""Part of all ground of two chips that both show, from which they show one ground:
chips of two grids that lie a quarter of a side apart both ways have 0.39 of it."""


def shared_ground(boxes: Boxes, box: NDArray[np.float64]) -> Boxes:
    """Part of all ground of each box and another that both hold, 0 to 1.

    Args:
        boxes: ``(n, 4)`` west, south, east, north, degrees; ``west > east`` crosses
            the antimeridian.
        box: ``(4,)`` of the other, or ``(n, 4)``.
    """
    one, other = _unwrapped(boxes), _unwrapped(np.broadcast_to(box, boxes.shape))
    # The same ground may be told once as 181 and once as -179 degrees.
    turn = 360 * np.rint((one[:, 0] - other[:, 0]) / 360)
    other = other + np.stack([turn, 0 * turn, turn, 0 * turn], axis=1)
    wide = np.minimum(one[:, 2], other[:, 2]) - np.maximum(one[:, 0], other[:, 0])
    tall = np.minimum(one[:, 3], other[:, 3]) - np.maximum(one[:, 1], other[:, 1])
    both = np.maximum(wide, 0) * np.maximum(tall, 0)
    areas = [(b[:, 2] - b[:, 0]) * (b[:, 3] - b[:, 1]) for b in (one, other)]
    whole = areas[0] + areas[1] - both
    share = np.divide(both, whole, out=np.zeros(len(both)), where=whole > 0)
    return np.asarray(share)


def holding(boxes: Boxes, lon: float, lat: float) -> Numbers:
    """Numbers of the boxes that hold a point."""
    one = _unwrapped(boxes)
    inside = (one[:, 1] <= lat) & (lat <= one[:, 3])
    across = np.zeros(len(one), bool)
    for turn in (-360.0, 0.0, 360.0):
        across |= (one[:, 0] <= lon + turn) & (lon + turn <= one[:, 2])
    return np.flatnonzero(inside & across)


def stack_at(
    boxes: Boxes, moments: Numbers, scenes: Numbers, lon: float, lat: float
) -> tuple[Numbers, int]:
    """The stack of a point: of each scene the chip whose ground is most that of all.

    Chips of another scale show other ground; the scale with most scenes is taken.

    Args:
        boxes: ``(n, 4)``.
        moments: ``(n,)``, when each was taken.
        scenes: ``(n,)``, number of the scene of each.

    Returns:
        Numbers of chips, the earliest first, and how many that hold the point show
        other ground.
    """
    there = holding(boxes, lon, lat)
    best: Numbers = np.zeros(0, np.int64)
    for anchor in there:
        stack = _of_anchor(anchor, there, boxes, moments, scenes)
        if (len(stack), _centred(boxes, stack, lon, lat)) > (
            len(best),
            _centred(boxes, best, lon, lat),
        ):
            best = stack
    return best, len(there) - len(best)


def stacks(boxes: Boxes, moments: Numbers, scenes: Numbers) -> list[Numbers]:
    """All stacks of at least two times; no chip is in two of them.

    Each begins with the earliest chip that is in none before, and takes of every other
    scene the one that shares most ground with it.

    Args:
        boxes: ``(n, 4)``, none of it nan.
        moments: ``(n,)``.
        scenes: ``(n,)``.
    """
    import shapely

    if not len(boxes):
        return []
    plain = _unwrapped(boxes)
    tree = shapely.STRtree(shapely.box(*plain.T))
    ones, others = tree.query(shapely.box(*plain.T), predicate="intersects")
    near = scenes[ones] != scenes[others]
    ones, others = ones[near], others[near]
    shares = shared_ground(boxes[others], boxes[ones])
    kept = shares >= SHARED
    ones, others, shares = ones[kept], others[kept], shares[kept]
    order = np.lexsort((others, -shares, ones))
    ones, others = ones[order], others[order]
    first = np.searchsorted(ones, np.arange(len(boxes) + 1))
    taken = np.zeros(len(boxes), bool)
    made = []
    for anchor in np.lexsort((np.arange(len(boxes)), moments)):
        if taken[anchor]:
            continue
        members, seen = [int(anchor)], {int(scenes[anchor])}
        for other in others[first[anchor] : first[anchor + 1]].tolist():
            if not taken[other] and int(scenes[other]) not in seen:
                members.append(other)
                seen.add(int(scenes[other]))
        stack = np.array(members)
        if len(np.unique(moments[stack])) > 1:
            taken[stack] = True
            made.append(stack[np.argsort(moments[stack], kind="stable")])
    return made


def _of_anchor(
    anchor: np.int64,
    there: Numbers,
    boxes: Boxes,
    moments: Numbers,
    scenes: Numbers,
) -> Numbers:
    shares = shared_ground(boxes[there], boxes[anchor])
    found: dict[int, int] = {}
    for number in np.argsort(-shares, kind="stable"):
        if shares[number] >= SHARED:
            found.setdefault(int(scenes[there[number]]), int(there[number]))
    stack = np.array(list(found.values()))
    return stack[np.lexsort((stack, moments[stack]))]


def _centred(boxes: Boxes, stack: Numbers, lon: float, lat: float) -> float:
    """How near the point lies to the middle of its chips: 0 is in it."""
    if not len(stack):
        return -np.inf
    west, south, east, north = _unwrapped(boxes[stack]).T
    away = (lon - (west + east) / 2 + 180) % 360 - 180
    x, y = away / (east - west), (lat - (south + north) / 2) / (north - south)
    return -round(float(np.hypot(x, y).mean()), 9)


def _unwrapped(boxes: Boxes) -> Boxes:
    made = np.array(boxes, np.float64).reshape(-1, 4)
    made[:, 2] += 360 * (made[:, 2] < made[:, 0])
    return made
