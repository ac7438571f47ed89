"""GeoRSCLIP's published layouts with random weights: do all ways give one vector?

    python -m bench.published_layout [--model georsclip-vit-b-32] [--count 8]

No published weights are to be had where rsrag is tested. A file of random weights in
their layout (a plain ``state_dict`` of open_clip's architecture, which is how
``RS5M_ViT-B-32.pt`` is published) goes through all that the weights would go through:
it is loaded by the model's name, its text tower is exported to NumPy, both towers to
ONNX, an index is built by it and searched. Printed is how far any number of a vector is
from open_clip's own.
"""

import argparse
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime as ort
import open_clip
import torch
from numpy.typing import NDArray
from PIL import Image

import rsrag
from rsrag.encoders.clip.clip_model import filled, tokenizer_of
from rsrag.encoders.clip.onnx_towers import PICTURE, TEXT, export_onnx
from rsrag.encoders.clip.openclip import OpenClipEncoder
from rsrag.encoders.encoder_registry import load_encoder
from rsrag.encoders.models.model_cards import CARDS
from rsrag.encoders.text_towers.text_side import PROBES


def main(arguments: Sequence[str] | None = None) -> None:
    """Compare and print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--model", default="georsclip-vit-b-32")
    parser.add_argument("--count", type=int, default=8)
    given = parser.parse_args(arguments)
    architecture = CARDS[given.model].architecture
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        checkpoint = folder / "random.pt"
        torch.manual_seed(0)
        torch.save(open_clip.create_model(architecture).state_dict(), checkpoint)
        size = checkpoint.stat().st_size / 1e6
        print(f"{given.model}: {architecture}, random, {size:.0f} MB")
        compare(given.model, checkpoint, folder, given.count)


def compare(name: str, checkpoint: Path, folder: Path, count: int) -> None:
    """Print a row a way, and whether an index finds its own pictures."""
    rng = np.random.default_rng(0)
    pictures = [
        rng.integers(0, 256, (rng.integers(200, 400), 256, 3), np.uint8)
        for _ in range(count)
    ]
    for number, picture in enumerate(pictures):
        Image.fromarray(picture).save(folder / f"{number}.png")
    encoder = load_encoder(name, checkpoint=checkpoint, precision="fp32")
    assert isinstance(encoder, OpenClipEncoder)
    prepared = np.stack([encoder.prepare_image(picture) for picture in pictures])
    model: Any = filled(encoder.architecture, checkpoint, 0).float()
    texts = list(PROBES)
    ids = tokenizer_of(encoder.architecture)(texts)
    with torch.no_grad():
        levels = (torch.tensor(v).view(1, 3, 1, 1) for v in _levels(encoder))
        mean, std = levels
        planes = (torch.from_numpy(prepared).permute(0, 3, 1, 2) / 255 - mean) / std
        images = torch.nn.functional.normalize(model.encode_image(planes)).numpy()
        said = torch.nn.functional.normalize(model.encode_text(ids)).numpy()
    began = time.perf_counter()
    towers = folder / "towers"
    export_onnx(encoder, towers)
    exported = time.perf_counter() - began
    first = encoder.encode_texts(texts)  # by the model; leaves the tower behind
    again = load_encoder(name, checkpoint=checkpoint, precision="fp32")
    found = {
        "pictures, rsrag": encoder.encode_prepared(prepared) - images,
        "pictures, ONNX": _run(towers / PICTURE, "pixels", prepared) - images,
        "texts, rsrag by the model": first - said,
        "texts, rsrag in NumPy": again.encode_texts(texts) - said,
        "texts, ONNX": _run(towers / TEXT, "ids", ids.numpy()) - said,
    }
    print("| | most that a number is off |\n|---|---:|")
    for way, gaps in found.items():
        print(f"| {way} | {np.abs(gaps).max():.1e} |")
    print(f"both ONNX towers written and compared in {exported:.0f} s")
    rsrag.build(
        folder,
        name="random",
        encoder=name,
        checkpoint=checkpoint,
        precision="fp32",
        indexes=folder / "indexes",
    )
    index = rsrag.open("random", indexes=folder / "indexes")
    own = sum(
        Path(index.search(image=folder / f"{number}.png", top_k=1)[0].source).stem
        == str(number)
        for number in range(count)
    )
    print(f"an index of {count} pictures finds {own} of them by themselves")


def _levels(encoder: OpenClipEncoder) -> tuple[Sequence[float], Sequence[float]]:
    return encoder.transform.mean, encoder.transform.std


def _run(path: Path, source: str, rows: NDArray[Any]) -> NDArray[Any]:
    session = ort.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    found: NDArray[Any] = session.run(None, {source: rows})[0]
    return found


if __name__ == "__main__":
    main()
