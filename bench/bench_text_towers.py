"""The text towers in NumPy beside the same ones on ONNX Runtime, in turns.

    python bench/bench_text_towers.py [--rounds 5]

MiniLM with its weights, and CLIP's ViT-B/32 with random ones. Cold: a fresh process
that imports, loads and embeds one text. Warm: one text, and 256 sentences, on one
processor each. Printed are seconds of processor, medians of the rounds. torch writes
the graphs for ONNX Runtime; what it takes is not counted.
"""

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

os.environ["OPENBLAS_NUM_THREADS"] = "1"  # read when NumPy is imported

TEXT = "an airport with many parked planes"
SENTENCES = [f"{TEXT}, {number} of them beside a road" for number in range(256)]
TOWERS = ("MiniLM", "CLIP ViT-B/32")
WAYS = ("NumPy", "ONNX Runtime")
ARCHITECTURE = "ViT-B-32-quickgelu"


def embedder(tower: str, way: str, folder: Path) -> Callable[[list[str]], Any]:
    """What embeds texts; only what it needs is imported."""
    import numpy as np

    if tower == "MiniLM":
        from rsrag.encoders.text_towers.minilm import TOKENIZER, MiniLM, _tokenizer

        if way == "NumPy":
            return MiniLM().encode
        pieces, run = _tokenizer(TOKENIZER.verified()), session(folder / "minilm.onnx")

        def bert(texts: list[str]) -> Any:
            ids = [encoding.ids for encoding in pieces.encode_batch(texts)]
            rows = np.zeros((len(ids), max(map(len, ids))), np.int64)
            for row, some in zip(rows, ids, strict=True):
                row[: len(some)] = some
            return run({"ids": rows, "mask": (rows > 0).astype(np.int64)})

        return bert
    from rsrag.encoders.text_towers.clip_text import text_shape
    from rsrag.encoders.text_towers.clip_tokenizer import ClipTokenizer, read_merges
    from rsrag.encoders.text_towers.exported_towers import MERGES, open_tower

    shape = text_shape(ARCHITECTURE)
    assert shape is not None
    tokenizer = ClipTokenizer(read_merges(folder / MERGES), shape.context)
    if way == "NumPy":
        return open_tower(folder, shape).encode
    run = session(folder / "clip.onnx")

    def clip(texts: list[str]) -> Any:
        rows = np.zeros((len(texts), 77), np.int64)
        for row, text in zip(rows, texts, strict=True):
            tokens = tokenizer.tokens(text)
            row[: len(tokens)] = tokens
        return run({"ids": rows})

    return clip


def session(path: Path) -> Callable[[dict[str, Any]], Any]:
    """A graph on one processor."""
    import onnxruntime as ort

    options = ort.SessionOptions()
    options.intra_op_num_threads = 1
    made = ort.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
    return lambda inputs: made.run(None, inputs)[0]


def write_graphs(folder: Path) -> None:
    """Both towers as ONNX, and CLIP's as rsrag exports it."""
    import open_clip
    import torch
    from safetensors.torch import save_file
    from torch import Tensor, nn
    from transformers import AutoModel

    from rsrag.encoders.clip.checkpoint import write_part
    from rsrag.encoders.text_towers.clip_text import text_shape, text_tensors
    from rsrag.encoders.text_towers.clip_tokenizer import open_clip_merges
    from rsrag.encoders.text_towers.exported_towers import MERGES, TOWER
    from rsrag.encoders.text_towers.minilm import WEIGHTS

    bert = (
        AutoModel.from_pretrained(
            WEIGHTS.verified().parent, attn_implementation="eager"
        )
        .requires_grad_(False)
        .eval()
    )
    clip = open_clip.create_model(ARCHITECTURE).requires_grad_(False).eval()

    class Bert(nn.Module):
        def forward(self, ids: Tensor, mask: Tensor) -> Tensor:
            x = bert(input_ids=ids, attention_mask=mask).last_hidden_state
            real = mask[..., None].float()
            return nn.functional.normalize((x * real).sum(1) / real.sum(1))

    class Clip(nn.Module):
        def forward(self, ids: Tensor) -> Tensor:
            rows: Tensor = clip.encode_text(ids)
            return rows

    ids = torch.ones(2, 77, dtype=torch.long)
    for name, module, inputs in (
        ("minilm.onnx", Bert(), {"ids": ids, "mask": ids}),
        ("clip.onnx", Clip(), {"ids": ids}),
    ):
        torch.onnx.export(
            module,
            tuple(inputs.values()),
            str(folder / name),
            input_names=list(inputs),
            dynamic_axes={key: {0: "n", 1: "l"} for key in inputs},
            dynamo=False,
        )
    shape = text_shape(ARCHITECTURE)
    assert shape is not None
    save_file(dict(clip.state_dict()), folder / "whole.safetensors")
    write_part(
        folder / TOWER, folder / "whole.safetensors", text_tensors(shape), "fp32"
    )
    (folder / MERGES).write_text("\n".join(open_clip_merges()))


def cold(tower: str, way: str, folder: Path) -> float:
    """Processor seconds of a fresh process, from its start to the first vector."""
    words = [sys.executable, __file__, "--child", tower, way, str(folder)]
    done = subprocess.run(words, capture_output=True, text=True, check=True)
    return float(done.stdout)


def main() -> None:
    """Compare and print."""
    if sys.argv[1:2] == ["--child"]:
        tower, way, folder = sys.argv[2:5]
        embedder(tower, way, Path(folder))([TEXT])
        print(sum(os.times()[:2]))
        return
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    rounds = parser.parse_args().rounds
    print("| tower | | cold, s | one text, ms | 256 sentences, s | least cosine |")
    print("|---|---|---:|---:|---:|---:|")
    with tempfile.TemporaryDirectory() as scratch:
        write_graphs(Path(scratch))
        for tower in TOWERS:
            compare(tower, Path(scratch), rounds)


def compare(tower: str, folder: Path, rounds: int) -> None:
    """Two rows of the table."""
    from rsrag.vectors import unit_rows

    calls = {way: embedder(tower, way, folder) for way in WAYS}
    rows = {way: unit_rows(call(SENTENCES)) for way, call in calls.items()}
    least = (rows["NumPy"] * rows["ONNX Runtime"]).sum(axis=1).min()
    taken: dict[str, list[tuple[float, float, float]]] = {way: [] for way in WAYS}
    for _ in range(rounds):
        for way, call in calls.items():
            began = time.process_time()
            for _ in range(20):
                call([TEXT])
            one = time.process_time()
            call(SENTENCES)
            many = time.process_time() - one
            times = (cold(tower, way, folder), (one - began) * 50, many)
            taken[way].append(times)
    for way in WAYS:
        first, one, many = map(statistics.median, zip(*taken[way], strict=True))
        print(
            f"| {tower} | {way} | {first:.2f} | {one:.1f} | {many:.2f} | {least:.6f} |"
        )


if __name__ == "__main__":
    main()
