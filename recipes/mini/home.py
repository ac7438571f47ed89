"""Measures what ``mini`` knows, and how sure it may be of that.

``python -m recipes.mini.home --known TAR... --held TAR... --labels FILE --plain
SOURCE...`` writes the package's file for the package's weights: centres of the pictures
that these were trained on (chips of the Blue Marble among them), their nearness to
held-out ones of their own source, the temperature that fits those, and the plane beyond
which a picture is odd: few of the held-out ones are, and few of the plain sources'. It
is what ``rsrag models calibrate`` does, but for the sets, which it draws from one.
"""

import argparse
import sys
from functools import partial
from pathlib import Path

import numpy as np

from recipes.mini.chips import chip_view, choose_chips
from recipes.mini.earth import Earth
from rsrag.config import available_processors
from rsrag.encoders.mini.mini import HEADS, MiniEncoder
from rsrag.evaluation.data.labelled import label_pictures, read_labels
from rsrag.evaluation.data.vector_files import embed_pictures
from rsrag.evaluation.zeroshot import class_vectors
from rsrag.rag.looking.calibration import fit_temperature
from rsrag.rag.looking.home import home_path, make_home, save_home
from rsrag.rag.looking.oddities import drawn_vectors
from rsrag.types import Vectors

STEP = 256


def main() -> None:
    """Embed, fit and write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--known", type=Path, nargs="+", required=True)
    parser.add_argument("--held", type=Path, nargs="+", required=True)
    parser.add_argument("--labels", type=Path, required=True)
    parser.add_argument("--plain", type=Path, nargs="+", default=[])
    parser.add_argument("--chips", type=int, default=4000)
    parser.add_argument("--heads", type=Path, default=HEADS)
    parser.add_argument("--out", type=Path)
    given = parser.parse_args()
    encoder, threads = MiniEncoder(given.heads), available_processors()

    def vectors_of(paths: list[Path]) -> Vectors:
        found = embed_pictures(paths, encoder, lambda _: True, 0, threads, None)
        return found.vectors

    parts = [vectors_of(given.known)]
    earth = Earth()
    chips = choose_chips(earth, given.chips, seed=0) if given.chips else []
    views = [partial(chip_view, earth, c, (0, i)) for i, c in enumerate(chips)]
    for start in range(0, len(views), STEP):
        some = [view() for view in views[start : start + STEP]]
        parts.append(encoder.encode_images(some))
    labels = read_labels(given.labels)
    held = label_pictures(given.held, encoder, labels=labels, threads=threads)
    texts = class_vectors(held.classes, encoder, "classify")
    temperature = fit_temperature(held.vectors @ texts.T, held.labels)
    home = make_home(
        np.concatenate(parts),
        held.vectors,
        temperature,
        drawn_vectors(encoder),
        [vectors_of([path]) for path in given.plain],
    )
    path = given.out or home_path(encoder.identity, shipped=True)
    save_home(home, path)
    sys.stderr.write(
        f"{path}: nearness {home.median:.4f}, temperature {temperature:.4f}\n"
    )


if __name__ == "__main__":
    main()
