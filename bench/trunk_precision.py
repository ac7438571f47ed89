"""mini's picture tower in float32, float16 and int8: speed, size, and what it costs.

    python -m bench.trunk_precision RSICD [--count 600] [--rounds 5]

RSICD holds ``valid-*.tar``, ``valid.jsonl``, and ``train-000.tar``, from which the
ranges of int8 are read. All ways run in turns, two passes side by side as in use.
Printed are pictures a second from prepared pixels to vectors, the processor time beside
float32's, the cosine to its vectors, mR and the accuracy of RSICD's 30 labels, and the
size of the network's three files. float16 is stored so and computed in what ONNX
Runtime has for it: on a processor without float16 it puts casts round every step. int8
is static, weights with a range a channel.
"""

import argparse
import statistics
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import onnxruntime as ort
from numpy.typing import NDArray
from onnx import numpy_helper
from onnxruntime.quantization import (
    CalibrationDataReader,
    CalibrationMethod,
    QuantFormat,
    QuantType,
    quantize_static,
)
from onnxruntime.transformers.float16 import convert_float_to_float16

from bench.bench_trunk import pictures
from recipes.mini.pairs import read_pairs
from rsrag.encoders.mini.mini import MiniEncoder
from rsrag.encoders.mini.mini_heads import MiniWeights
from rsrag.encoders.mini.mini_trunk import PARTS, Trunk
from rsrag.evaluation.zeroshot import class_vectors
from rsrag.metrics.hit_rates import hit_rates

CALIBRATION = 128
"""Pictures that int8's ranges are read from."""


def filled_parts(heads: MiniWeights) -> list[onnx.ModelProto]:
    """The three graphs with the tail's weights inside."""
    models = []
    for part in PARTS:
        model = onnx.load(part.path, load_external_data=False)
        for tensor in model.graph.initializer:
            if tensor.name.startswith("tail."):
                _, number, which = tensor.name.split(".")
                value = heads.tail[int(number)][which == "bias"].astype(np.float32)
                tensor.CopyFrom(numpy_helper.from_array(value, tensor.name))
        models.append(model)
    return models


class _Batches(CalibrationDataReader):  # type: ignore[misc]
    def __init__(self, name: str, rows: Sequence[NDArray[Any]]) -> None:
        self._left = iter([{name: row} for row in rows])

    def get_next(self) -> dict[str, NDArray[Any]] | None:
        return next(self._left, None)


def quantised(
    models: Sequence[onnx.ModelProto], pixels: NDArray[np.uint8], folder: Path
) -> list[Path]:
    """The graphs in int8; each part's ranges are read from what reaches it."""
    rows: list[NDArray[Any]] = list(pixels[:, None])
    made = []
    for part, model in zip(PARTS, models, strict=True):
        source, target = (folder / f"{part.path.stem}.{n}" for n in ("fp32", "int8"))
        onnx.save(model, source)
        quantize_static(
            source,
            target,
            _Batches(part.source, rows),
            quant_format=QuantFormat.QDQ,
            op_types_to_quantize=["Conv", "Clip", "Add"],
            per_channel=True,
            activation_type=QuantType.QUInt8,
            weight_type=QuantType.QInt8,
            calibrate_method=CalibrationMethod.MinMax,
        )
        made.append(target)
        session = ort.InferenceSession(str(source))
        rows = [session.run([part.maps[-1]], {part.source: row})[0] for row in rows]
    return made


def halved(models: Sequence[onnx.ModelProto], folder: Path) -> list[Path]:
    """The graphs in float16; what goes in and comes out stays as it is."""
    made = []
    for part, model in zip(PARTS, models, strict=True):
        half = convert_float_to_float16(
            model, keep_io_types=True, op_block_list=["Cast", "GlobalAveragePool"]
        )
        made.append(folder / f"{part.path.stem}.fp16")
        onnx.save(half, made[-1])
    return made


def trunk_of(heads: MiniWeights, paths: Sequence[Path]) -> Trunk:
    """A trunk that runs other files than the package's, as it runs those."""
    trunk = Trunk(heads.tail)
    options = ort.SessionOptions()
    options.intra_op_num_threads = 1
    options.enable_mem_pattern = False
    trunk._sessions = [
        ort.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
        for path in paths
    ]
    return trunk


def main(arguments: Sequence[str] | None = None) -> None:
    """Compare and print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("rsicd", type=Path)
    parser.add_argument("--count", type=int, default=600)
    parser.add_argument("--rounds", type=int, default=5)
    given = parser.parse_args(arguments)
    encoder = MiniEncoder()
    heads = encoder._heads
    seen = list(pictures([given.rsicd / "train-000.tar"]))
    chosen = np.linspace(0, len(seen) - 1, CALIBRATION).astype(int)
    known = np.stack([encoder.prepare_image(seen[i]) for i in chosen])
    pairs = read_pairs(
        given.rsicd / "valid.jsonl", sorted(given.rsicd.glob("valid-*.tar"))
    )
    batch = np.stack([encoder.prepare_image(pair.pixels()) for pair in pairs])
    owner = [i for i, pair in enumerate(pairs) for _ in pair.captions]
    said = encoder.encode_texts([text for pair in pairs for text in pair.captions])
    classes = sorted({str(pair.label) for pair in pairs})
    truth = np.array([classes.index(str(pair.label)) for pair in pairs])
    names = class_vectors(classes, encoder, "readable")
    with tempfile.TemporaryDirectory() as scratch:
        models = filled_parts(heads)
        plain = [Path(scratch) / f"{part.path.stem}.plain" for part in PARTS]
        for path, model in zip(plain, models, strict=True):
            onnx.save(model, path)
        files = {
            "float32": plain,
            "float16": halved(filled_parts(heads), Path(scratch)),
            "int8": quantised(models, known, Path(scratch)),
        }
        ways: dict[str, Callable[[NDArray[np.uint8]], NDArray[np.float32]]] = {
            name: trunk_of(heads, paths).features for name, paths in files.items()
        }
        sizes = {n: sum(p.stat().st_size for p in ps) for n, ps in files.items()}
        timed = batch[np.linspace(0, len(batch) - 1, given.count).astype(int)]
        seconds: dict[str, list[tuple[float, float]]] = {name: [] for name in ways}
        for _ in range(given.rounds):
            for name, way in ways.items():
                clock, used = time.perf_counter(), time.process_time()
                heads.image(way(timed))
                spent = time.perf_counter() - clock, time.process_time() - used
                seconds[name].append(spent)
        wanted = heads.image(ways["float32"](batch))
        print("| | pictures/s | speed | cosine, least and mean | mR | 30 labels | MB |")
        print("|---|---:|---:|---:|---:|---:|---:|")
        for name, way in ways.items():
            vectors = heads.image(way(batch))
            cosines = (vectors * wanted).sum(axis=1)
            median = statistics.median(clock for clock, _ in seconds[name])
            # Of processor time, which other work on the machine hardly touches.
            times = statistics.median(
                b[1] / a[1]
                for a, b in zip(seconds[name], seconds["float32"], strict=True)
            )
            right = 100 * float(((vectors @ names.T).argmax(axis=1) == truth).mean())
            print(
                f"| {name} | {len(timed) / median:.0f} | x {times:.2f} "
                f"| {cosines.min():.4f}, {cosines.mean():.4f} "
                f"| {hit_rates(vectors, said, owner).mean:.2f} | {right:.2f} "
                f"| {sizes[name] / 1e6:.1f} |"
            )


if __name__ == "__main__":
    main()
