"""Which two pictures are compared, and how they are opened."""

from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from rsrag.imagery.imagery_options import ImageryOptions
from rsrag.imagery.sources.urls import whereabouts
from rsrag.types import Window

if TYPE_CHECKING:
    from rsrag.analysis.change.outcome.changed import Changed
    from rsrag.imagery.reading import SceneReading
    from rsrag.types import Pixels


@dataclass(frozen=True, slots=True)
class PairSource:
    """One of two pictures.

    Attributes:
        source: path, ``ARCHIVE!/MEMBER``, or the address of a GeoTIFF.
        window: of it; ``None`` for all.
        imagery: how it is read.
        name: that a part of it is called by.
    """

    source: str
    window: Window | None = None
    imagery: ImageryOptions = field(default_factory=ImageryOptions)
    name: str = ""

    def open(self) -> "SceneReading":
        """The picture; the caller closes it.

        Raises:
            ImageryError: it is not there, or cannot be read.
        """
        from rsrag.imagery.scene_parts import part_of
        from rsrag.imagery.scenes import reopen_scene

        scene = reopen_scene(whereabouts(self.source), self.imagery)
        if self.window is None:
            return scene
        return part_of(scene, self.window, self.name or self.source)


@dataclass(frozen=True, slots=True)
class Pair:
    """The earlier picture and the later one."""

    before: PairSource
    after: PairSource

    @classmethod
    def named(cls, before: str, after: str, *, swap: bool = False) -> "Pair":
        """Two pictures by their paths; ``swap`` turns them round."""
        return cls(PairSource(before), PairSource(after)).turned(swap)

    def turned(self, swap: bool) -> "Pair":
        """The same, or the other way round."""
        return Pair(self.after, self.before) if swap else self

    @contextmanager
    def opened(self) -> "Iterator[tuple[SceneReading, SceneReading]]":
        """Both pictures, open to the end of a ``with`` block."""
        with ExitStack() as stack:
            first = stack.enter_context(closing(self.before.open()))
            yield first, stack.enter_context(closing(self.after.open()))


def pictures_of(
    pair: Pair, found: "Changed", longest: int = 1024
) -> "tuple[Pixels, Pixels]":
    """The common ground in both pictures, thinned out to at most so many pixels.

    The later one lies on the pixels of the earlier one.
    """
    import numpy as np

    from rsrag.analysis.change.aligning.common_grid import common_grid
    from rsrag.analysis.change.aligning.laid_over import LaidOver

    left, top, width, height = found.window
    times = max(1, -(-max(width, height) // longest))
    tall = max(times, 256 - 256 % times)
    parts: tuple[list[Pixels], list[Pixels]] = ([], [])
    with pair.opened() as (before, after):
        common = common_grid(before, after)
        over = LaidOver(after, common.lattice, common.finer)
        before.expect(-(-height // tall))
        for row in range(0, height, tall):
            window = Window(left, top + row, width, min(tall, height - row))
            parts[0].append(before.read_with_mask(window)[0][::times, ::times])
            parts[1].append(over.read_with_mask(window)[0][::times, ::times])
    return np.concatenate(parts[0]), np.concatenate(parts[1])
