"""What is left of an encoder's scores when pictures are turned, blurred or recoloured.

    python bench/bench_changes.py DATA [--heads FILE.safetensors …]

DATA holds valid-*.tar and valid.jsonl, a line a picture: {"file", "captions", "label"},
as RSICD's. Each picture goes through every change of ``CHANGES`` in turn; captions and
labels stay as they are, also those that a change makes wrong. Scored are mean recall
(hit rates, ties in a random order) and zero-shot accuracy, as ``rsrag classify`` asks.
"""

import argparse
import io
from collections.abc import Callable
from pathlib import Path

import numpy as np
from PIL import Image, ImageEnhance

from recipes.mini.pairs import read_pairs
from rsrag.encoders.mini.mini import HEADS, MiniEncoder
from rsrag.evaluation.data.labelled import read_labels
from rsrag.metrics.hit_rates import hit_rates
from rsrag.rag.looking.scene import label_vectors
from rsrag.types import Pixels

TINT = np.array([1.05, 1.0, 0.94])


def turned(picture: Image.Image) -> Image.Image:
    """By 90 degrees."""
    return picture.transpose(Image.Transpose.ROTATE_90)


def coarser(picture: Image.Image) -> Image.Image:
    """A third of the pixels each way, and back."""
    small = (picture.width // 3, picture.height // 3)
    return picture.resize(small, Image.Resampling.BOX).resize(
        picture.size, Image.Resampling.BICUBIC
    )


def middle(picture: Image.Image) -> Image.Image:
    """The middle 70 % each way."""
    across, down = round(picture.width * 0.15), round(picture.height * 0.15)
    return picture.crop((across, down, picture.width - across, picture.height - down))


def recoloured(picture: Image.Image) -> Image.Image:
    """Contrast times 0.75, saturation times 0.7; darker by a tenth, and warmer."""
    pale = ImageEnhance.Color(ImageEnhance.Contrast(picture).enhance(0.75)).enhance(0.7)
    pixels = np.asarray(pale, np.float32) * TINT * 0.9
    return Image.fromarray(np.clip(pixels, 0, 255).astype(np.uint8))


def recompressed(picture: Image.Image) -> Image.Image:
    """JPEG of quality 35."""
    file = io.BytesIO()
    picture.save(file, "JPEG", quality=35)
    return Image.open(file).convert("RGB")


CHANGES: dict[str, Callable[[Image.Image], Image.Image]] = {
    "as they are": lambda picture: picture,
    "turned by 90 degrees": turned,
    "three times coarser": coarser,
    "the middle 70 %": middle,
    "paler, warmer, darker": recoloured,
    "JPEG of quality 35": recompressed,
}


def main() -> None:
    """Print a line for each change and each file of heads."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("data", type=Path)
    parser.add_argument("--heads", type=Path, nargs="+", default=[HEADS])
    options = parser.parse_args()
    listed = options.data / "valid.jsonl"
    pairs = read_pairs(listed, sorted(options.data.glob("valid-*.tar")))
    label_of = read_labels(listed)
    labels = np.array([label_of[pair.file] for pair in pairs])
    names = np.unique(labels)
    owner = [i for i, pair in enumerate(pairs) for _ in pair.captions]
    captions = [text for pair in pairs for text in pair.captions]
    encoders = [MiniEncoder(path) for path in options.heads]
    texts = [encoder.encode_texts(captions) for encoder in encoders]
    asked = [label_vectors(names.tolist(), encoder) for encoder in encoders]
    print(f"{'':24}{'heads':>32}{'mR':>8}{'zero-shot':>12}")
    for name, change in CHANGES.items():
        changed = [_changed(pair.pixels(), change) for pair in pairs]
        for number, encoder in enumerate(encoders):
            images = encoder.encode_images(changed)
            recall = hit_rates(images, texts[number], owner).mean
            best = names[(images @ asked[number].T).argmax(axis=1)]
            right = np.mean(best == labels)
            heads = options.heads[number].name
            print(f"{name:24}{heads:>32}{recall:8.1f}{100 * right:12.1f}", flush=True)


def _changed(pixels: Pixels, change: Callable[[Image.Image], Image.Image]) -> Pixels:
    return np.asarray(change(Image.fromarray(pixels)))


if __name__ == "__main__":
    main()
