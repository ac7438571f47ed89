"""The two halves that are trained against each other."""

import copy
from typing import NamedTuple

import torch
from torch import Tensor, nn

from recipes.mini.tail import TrainableTail
from recipes.mini.trainable_head import TrainableHead
from rsrag.encoders.mini.mini_trunk import FRONT


class ImageTower(nn.Module):
    """What of the picture half is trained.

    Args:
        head: from a row of the trunk's features.
        tail: makes the last part of that row anew; ``None`` takes the row as it is.
    """

    def __init__(self, head: TrainableHead, tail: TrainableTail | None = None) -> None:
        """Hold both."""
        super().__init__()
        self.head, self.tail = head, tail

    def forward(self, features: Tensor, maps: Tensor | None = None) -> Tensor:
        """Pictures to unit vectors.

        Args:
            features: ``(n, features)`` of the frozen trunk.
            maps: ``(n, places, channels)`` before the tail; needed where there is one.

        Returns:
            ``(n, dim)`` float32.
        """
        if self.tail is not None:
            assert maps is not None
            front = features[:, :FRONT]
            features = torch.cat([front, self.tail(maps)], dim=1)
        out: Tensor = self.head(features)
        return out


class Towers(NamedTuple):
    """Both halves.

    Attributes:
        image: from pictures.
        text: from texts.
    """

    image: ImageTower
    text: TrainableHead

    def kept(self) -> "Towers":
        """A copy in evaluation mode."""
        return Towers(copy.deepcopy(self.image).eval(), copy.deepcopy(self.text).eval())

    def with_tail(self, tail: TrainableTail) -> "Towers":
        """The same weights, to be trained further where they lie, and a tail's."""
        return Towers(ImageTower(self.image.head, tail).train(), self.text.train())

    def weights(self) -> list[nn.Parameter]:
        """What is learned, in a fixed order."""
        return [*self.image.parameters(), *self.text.parameters()]
