"""Writes the dense vectors of foreign pictures that ship with ``mini``.

``python -m recipes.mini.bank rsrag/encoders/mini/mini_bank.safetensors TAR...`` takes
every n-th picture of some archives and keeps the vector of its middle, made as dense
fields are. ``rsrag localize`` asks how many of them are less like a query than the best
place of a scene. They are those of one set of weights: write them again after training.
"""

import sys
import tarfile
from io import BytesIO
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from rsrag.encoders.mini.mini import MiniEncoder
from rsrag.types import Pixels

PICTURES = 660


def bank_row(encoder: MiniEncoder, picture: Pixels) -> NDArray[np.float32]:
    """``(dim,)``: the mean, over the usual windows, of the vectors in the middle."""
    fields = encoder.encode_dense_windows(
        picture, encoder.dense_windows_px, encoder.dense_stride_px
    )
    middle = [
        one.vectors[tuple(s // 2 for s in one.vectors.shape[:2])] for one in fields
    ]
    return np.asarray(np.mean(middle, axis=0), np.float32)


def main() -> None:
    """Write the file named first, from the archives named after it."""
    from safetensors.numpy import save_file

    path, *archives = map(Path, sys.argv[1:])
    encoder = MiniEncoder()
    rows = []
    for archive in archives:
        with tarfile.open(archive) as tar:
            members = [one for one in tar if one.isfile()]
            step = max(1, len(members) * len(archives) // PICTURES)
            for member in members[::step]:
                stream = tar.extractfile(member)
                assert stream is not None
                picture = Image.open(BytesIO(stream.read())).convert("RGB")
                rows.append(bank_row(encoder, np.asarray(picture)))
    save_file(
        {"bank": np.stack(rows).astype(np.float16)},
        path,
        metadata={"weights_sha256": encoder.dense_identity.weights_sha256},
    )
    sys.stdout.write(f"{len(rows)} pictures: {path}\n")


if __name__ == "__main__":
    main()
