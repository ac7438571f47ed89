"""Writes the tail of ``mini``'s trunk in whole numbers, for windows of scenes.

``python -m recipes.mini.quick_trunk --pictures TAR... --scenes DIR... --out
rsrag/encoders/mini`` prints the sha256 of the files that it wrote, which stand in
``mini_quick.py`` and ``mini_quick_head.py`` there. How far each map reaches is taken
from mosaics of the pictures and from some scenes. The files that ship were made, and
are made again to the byte, with RSICD's ``train-000.tar`` and the folders of pictures
of Korea, the drone, the Massachusetts roads, SIMD, ``A`` of MSBCD, and the NAIP series.
It has to be run again for new weights, and ``recipes.mini.dense_text`` after it.

Weights of convolutions over all channels have 7 bits: two products of 8 bits overflow
the sums of processors without VNNI.
"""

import argparse
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper
from onnxruntime.quantization import (
    CalibrationDataReader,
    QuantFormat,
    QuantType,
    quantize_static,
)

from recipes.mini.dense_text import KINDS, SIDES, TILES, mosaic, pictures_of
from rsrag.durable import file_sha256
from rsrag.encoders.mini.mini import HEADS
from rsrag.encoders.mini.mini_heads import load_heads
from rsrag.encoders.mini.mini_quick import QUICK
from rsrag.encoders.mini.mini_quick_head import PRODUCT, ZERO
from rsrag.encoders.mini.mini_trunk import FEATURES, PARTS, Trunk
from rsrag.encoders.text_towers import minilm
from rsrag.imagery.scenes import load_picture
from rsrag.types import Pixels

EVERY, A_SCENE, SIDE = 40, 3, 384
"""Every n-th picture, pictures of a folder of scenes, and pixels of a side of them."""


class _Maps(CalibrationDataReader):  # type: ignore[misc]
    """Maps that a part of the network is given, one after the other."""

    def __init__(self, name: str, maps: Sequence[NDArray[np.float32]]) -> None:
        self._left = iter([{name: one} for one in maps])

    def get_next(self) -> Any:
        return next(self._left, None)


def samples(archives: Sequence[Path], folders: Sequence[Path]) -> Iterator[Pixels]:
    """Mosaics at each size of their tiles, and corners of scenes."""
    rng = np.random.default_rng(1)
    pictures = list(pictures_of(archives, EVERY))
    many = TILES * TILES
    for number in range(len(pictures) // many):
        some = pictures[number * many : (number + 1) * many]
        yield mosaic(some, SIDES[number % len(SIDES)], rng)[0]
    for folder in folders:
        files = [one for one in sorted(folder.iterdir()) if one.suffix in KINDS]
        for path in files[:: max(1, len(files) // A_SCENE)][:A_SCENE]:
            yield load_picture(path)


def plain_model(tail: Any) -> onnx.ModelProto:
    """The tail as it stands, its weights inside, giving its map alone."""
    part = PARTS[2]
    model = onnx.load(str(part.path), load_external_data=False)
    graph = model.graph
    weights = {
        f"tail.{at}.{name}": np.asarray(tensor, np.float32)
        for at, convolution in enumerate(tail)
        for name, tensor in zip(("weight", "bias"), convolution, strict=True)
    }
    for held in graph.initializer:
        if held.name in weights:
            held.CopyFrom(numpy_helper.from_array(weights[held.name], held.name))
    outputs = [one for one in graph.output if one.name in part.maps]
    nodes, needed = [], set(part.maps)
    for node in reversed(graph.node):
        if needed & set(node.output):
            nodes.append(node)
            needed |= set(node.input)
    for held, kept in ((graph.output, outputs), (graph.node, nodes[::-1])):
        kept = [type(one).FromString(one.SerializeToString()) for one in kept]
        del held[:]
        held.extend(kept)
    return model


def narrow(model: onnx.ModelProto) -> dict[str, list[dict[str, Any]]]:
    """Weights of the convolutions over all channels, with 7 bits."""
    shapes = {one.name: list(one.dims) for one in model.graph.initializer}
    bits = {"quant_type": QuantType.QInt8, "symmetric": True, "reduce_range": True}
    return {
        node.input[1]: [{"axis": 0, **bits}]
        for node in model.graph.node
        if node.op_type == "Conv" and shapes[node.input[1]][1] > 1
    }


def product() -> onnx.ModelProto:
    """The product that :data:`PRODUCT` names."""
    kinds = TensorProto.UINT8, TensorProto.INT8, TensorProto.INT32
    named = zip(
        ("features", "weights", "sums"),
        kinds,
        (("n", "k"), ("k", "m"), ("n", "m")),
        strict=True,
    )
    *given, sums = (helper.make_tensor_value_info(*one) for one in named)
    node = helper.make_node("MatMulInteger", ["features", "weights", "zero"], ["sums"])
    zero = helper.make_tensor("zero", TensorProto.UINT8, [], [ZERO])
    graph = helper.make_graph([node], "product", given, [sums], [zero])
    opsets = [helper.make_opsetid("", 17)]
    return helper.make_model(graph, opset_imports=opsets, ir_version=8)


def main() -> None:
    """Gather maps, round, and write the files."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pictures", type=Path, nargs="+", required=True)
    parser.add_argument("--scenes", type=Path, nargs="*", default=[])
    parser.add_argument("--out", type=Path, required=True)
    given = parser.parse_args()
    tail = load_heads(HEADS, FEATURES, minilm.DIM).tail
    trunk = Trunk(tail)
    seen = [
        trunk.run(picture[None, :SIDE, :SIDE], [QUICK.source])[0]
        for picture in samples(given.pictures, given.scenes)
    ]
    with tempfile.TemporaryDirectory() as folder:
        model, plain = plain_model(tail), Path(folder) / "tail.onnx"
        onnx.save(model, str(plain))
        path = given.out / QUICK.path.name
        quantize_static(
            plain,
            path,
            _Maps(QUICK.source, seen),
            quant_format=QuantFormat.QDQ,
            per_channel=True,
            activation_type=QuantType.QUInt8,
            weight_type=QuantType.QInt8,
            op_types_to_quantize=["Conv", "Clip", "Add"],
            extra_options={
                "WeightSymmetric": True,
                "TensorQuantOverrides": narrow(model),
            },
        )
        sys.stdout.write(f"{file_sha256(path)}  {path}\n")
    path = given.out / PRODUCT.path.name
    onnx.save(product(), str(path))
    sys.stdout.write(f"{file_sha256(path)}  {path}\n")


if __name__ == "__main__":
    main()
