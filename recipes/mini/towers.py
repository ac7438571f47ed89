"""The two halves that are trained against each other."""

import copy
from typing import NamedTuple

import torch
from torch import Tensor, nn

from recipes.mini.gate import Gate
from recipes.mini.tail import TrainableTail
from recipes.mini.trainable_head import TrainableHead
from rsrag.encoders.mini.mini_trunk import FRONT


class ImageTower(nn.Module):
    """What of the picture half is trained.

    Args:
        head: from a row of the trunk's features.
        far: the same for pictures that are seen from very far; ``None`` has none.
        tail: makes the last part of that row anew; ``None`` takes the row as it is.
    """

    def __init__(
        self,
        head: TrainableHead,
        far: TrainableHead | None = None,
        tail: TrainableTail | None = None,
    ) -> None:
        """Hold them."""
        super().__init__()
        self.head, self.far, self.tail = head, far, tail

    def forward(
        self, features: Tensor, maps: Tensor | None = None, far: Tensor | None = None
    ) -> Tensor:
        """Pictures to unit vectors.

        Args:
            features: ``(n, features)`` of the frozen trunk.
            maps: ``(n, places, channels)`` before the tail; needed where there is one.
            far: ``(n,)`` bool, which pictures are seen from very far; none if not
                given.

        Returns:
            ``(n, dim)`` float32.
        """
        if self.tail is not None:
            assert maps is not None
            front = features[:, :FRONT]
            features = torch.cat([front, self.tail(maps)], dim=1)
        if far is None or self.far is None:
            near: Tensor = self.head(features)
            return near
        out = features.new_empty(len(features), self.head.outer.out_features)
        out[~far], out[far] = self.head(features[~far]), self.far(features[far])
        return out


class Towers(NamedTuple):
    """Both halves.

    Attributes:
        image: from pictures.
        text: from texts.
        gate: tells far pictures; ``None`` where there is one head.
    """

    image: ImageTower
    text: TrainableHead
    gate: Gate | None = None

    def kept(self) -> "Towers":
        """A copy in evaluation mode."""
        image, text = copy.deepcopy(self.image).eval(), copy.deepcopy(self.text).eval()
        return Towers(image, text, self.gate)

    def with_tail(self, tail: TrainableTail) -> "Towers":
        """The same weights, to be trained further where they lie, and a tail's."""
        image = ImageTower(self.image.head, self.image.far, tail)
        return Towers(image.train(), self.text.train(), self.gate)

    def weights(self) -> list[nn.Parameter]:
        """What is learned, in a fixed order."""
        return [*self.image.parameters(), *self.text.parameters()]
