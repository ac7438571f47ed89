"""The loss that pictures and captions are trained against each other with.

The first is CLIP's (Radford et al. 2021), symmetric over the batch, with one change:
RSICD repeats captions, so a pair whose caption is the same as one's own, or whose
picture is, is not one's negative and leaves the sum. The second sets pictures against
the words of a vocabulary, of which a label makes some true and some false.
"""

import torch
import torch.nn.functional as F
from torch import Tensor


def contrastive_loss(
    images: Tensor,
    texts: Tensor,
    scale: Tensor,
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


def label_loss(
    images: Tensor, words: Tensor, scale: Tensor, sure: Tensor, absent: Tensor
) -> Tensor:
    """Each true word against the false ones, and each picture it is true of likewise.

    What is neither true nor false of a picture is in no sum.

    Args:
        images: ``(n, dim)`` unit rows.
        words: ``(words, dim)`` unit rows.
        scale: one over the temperature.
        sure: ``(n, words)`` bool, where the word is true of the picture.
        absent: likewise, where it is false.
    """
    logits = scale * images @ words.T
    against = logits.masked_fill(~absent, -1e4)
    parts = []
    for axis in (1, 0):
        loss = F.softplus(torch.logsumexp(against, axis, keepdim=True) - logits)
        counts = sure.sum(axis)
        means = (loss * sure).sum(axis) / counts.clamp(min=1)
        parts.append(means.sum() / (counts > 0).sum().clamp(min=1))
    return (parts[0] + parts[1]) / 2
