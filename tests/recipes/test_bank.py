"""The foreign pictures that ship are those of the weights that ship."""

import numpy as np

from recipes.mini.bank import bank_row
from rsrag.encoders.mini.mini import MiniEncoder


def test_the_bank_is_of_these_weights() -> None:
    bank = MiniEncoder().dense_bank
    assert bank is not None and bank.dtype == np.float32
    assert bank.shape[0] > 600 and bank.shape[1] == MiniEncoder().identity.dim
    lengths = np.linalg.norm(bank, axis=1)
    assert lengths.max() <= 1.001 and lengths.min() > 0.5


def test_a_row_is_made_as_a_field_is() -> None:
    picture = np.random.default_rng(0).integers(0, 256, (150, 150, 3)).astype(np.uint8)
    encoder = MiniEncoder()
    near, far = encoder.encode_dense_windows(picture, (96, 160), 32)
    row = bank_row(encoder, picture)
    assert np.allclose(row, (near.vectors[2, 2] + far.vectors[2, 2]) / 2)
