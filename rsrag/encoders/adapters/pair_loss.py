"""The loss by which pictures and texts are trained against each other.

CLIP's (Radford et al. 2021), symmetric over the batch, with one change: captions
repeat, so a pair whose caption is the same as one's own, or whose picture is, is not
one's negative and leaves the sum.
"""

import torch
import torch.nn.functional as F
from torch import Tensor


def contrastive_loss(
    images: Tensor,
    texts: Tensor,
    scale: Tensor | float,
    group: Tensor,
    caption: Tensor,
    apart: Tensor | None = None,
) -> Tensor:
    """Symmetric cross entropy over a batch, without false negatives.

    Args:
        images: ``(n, dim)`` unit rows.
        texts: ``(n, dim)`` unit rows, row i describes image i.
        scale: one over the temperature.
        group: ``(n,)`` of pictures; rows that share one are no negatives.
        caption: ``(n,)`` which caption; likewise.
        apart: ``(n, n)`` bool, further pairs that are no negatives.
    """
    logits = scale * images @ texts.T
    same = (group[:, None] == group) | (caption[:, None] == caption)
    if apart is not None:
        same |= apart
    same.fill_diagonal_(False)
    logits = logits.masked_fill(same, -1e4)
    target = torch.arange(len(logits), device=logits.device)
    return (F.cross_entropy(logits, target) + F.cross_entropy(logits.T, target)) / 2
