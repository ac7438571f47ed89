"""The loss that sets pictures against the words of a vocabulary.

A label makes some of them true and some false; the rest is in no sum. The loss of
pictures and captions is :func:`rsrag.encoders.adapters.pair_loss.contrastive_loss`.
"""

import torch
import torch.nn.functional as F
from torch import Tensor


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
