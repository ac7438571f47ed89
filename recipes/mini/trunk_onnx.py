"""Writes the picture trunk of ``mini`` as ONNX.

``python -m recipes.mini.trunk_onnx rsrag/encoders/mini`` prints the sha256 of the three
files that it wrote, which stand in ``rsrag/encoders/mini/mini_trunk.py``. The same
checkpoint gives the same bytes. Weights of the blocks that training may change are
named and not written: ``mini`` takes them from the file of its heads.
"""

import sys
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

from recipes.mini.convolution import Convolution
from recipes.mini.lite0 import TAIL_FROM, Block, imagenet
from rsrag.durable import file_sha256
from rsrag.encoders.mini.mini_onnx import Part
from rsrag.encoders.mini.mini_trunk import MAPS, PARTS

PIXEL_MEAN, PIXEL_SCALE = 127.0, 128.0
"""The network was trained on ``(pixel - 127) / 128``."""
POOLED = {2: "block2", 4: "block4", 10: "block10"}
"""Blocks whose maps are pooled; all lie before the tail."""
WIDTHS = dict(zip(MAPS, (24, 40, 112, 1280), strict=True))


class _Graph:
    """Nodes and weights in the order in which they are added."""

    def __init__(self) -> None:
        self.nodes: list[onnx.NodeProto] = []
        self.weights: list[onnx.TensorProto] = []

    def node(self, kind: str, *inputs: str, name: str = "", **attributes: Any) -> str:
        name = name or f"{kind}.{len(self.nodes)}"
        self.nodes.append(helper.make_node(kind, inputs, [name], **attributes))
        return name

    def constant(self, name: str, value: NDArray[np.float32] | float) -> str:
        array = np.asarray(value, dtype=np.float32)
        self.weights.append(numpy_helper.from_array(array, name))
        return name

    def given_later(self, name: str, shape: tuple[int, ...]) -> str:
        weight = TensorProto(name=name, dims=shape, data_type=TensorProto.FLOAT)
        weight.data_location = TensorProto.EXTERNAL
        weight.external_data.add(key="location", value="the file of the heads")
        self.weights.append(weight)
        return name

    def convolution(self, x: str, step: Convolution, name: str, later: bool) -> str:
        tensors = []
        for part, tensor in (("weight", step.weight), ("bias", step.bias)):
            array, called = tensor.numpy(), f"{name}.{part}"
            tensors.append(
                self.given_later(called, array.shape)
                if later
                else self.constant(called, array)
            )
        kernel = step.weight.shape[-1]
        # SAME puts the odd row at the bottom and right: this is what TensorFlow does.
        padding: dict[str, Any] = {"auto_pad": "SAME_UPPER"}
        if step.stride == 1:
            padding = {"pads": [kernel // 2] * 4}
        x = self.node(
            "Conv",
            x,
            *tensors,
            kernel_shape=[kernel] * 2,
            strides=[step.stride] * 2,
            group=step.groups,
            **padding,
        )
        return self.node("Clip", x, "zero", "six") if step.bounded else x

    def block(self, x: str, block: Block, names: list[str], later: bool) -> str:
        entry = x
        for step, name in zip(block.steps, names, strict=True):
            x = self.convolution(x, step, name, later)
        return self.node("Add", x, entry) if block.residual else x

    def mean_and_deviation(self, x: str) -> list[str]:
        mean = self.node("GlobalAveragePool", x)
        off = self.node("Sub", x, mean)
        variance = self.node("GlobalAveragePool", self.node("Mul", off, off))
        return [mean, self.node("Sqrt", variance)]


def trunk_models(stem: Convolution, blocks: list[Block]) -> list[onnx.ModelProto]:
    """The graphs of the trunk's parts, each from where the one before it ends.

    Args:
        stem: the first convolution.
        blocks: what follows; the last is the head.

    Returns:
        For each of ``PARTS`` a graph that gives its maps and its ``pooled`` numbers:
        see :mod:`rsrag.encoders.mini.mini_trunk`.
    """
    models = []
    ends = [number for number, name in POOLED.items() if name in ("block2", "block10")]
    start, trained = 0, 0
    for part, end in zip(PARTS, (*(end + 1 for end in ends), len(blocks)), strict=True):
        graph = _Graph()
        for name, value in (("zero", 0.0), ("six", 6.0)):
            graph.constant(name, value)
        x, pooled = part.source, []
        if start == 0:
            x = graph.node("Cast", x, to=TensorProto.FLOAT)
            x = graph.node("Transpose", x, perm=[0, 3, 1, 2])
            x = graph.node("Sub", x, graph.constant("pixel_mean", PIXEL_MEAN))
            x = graph.node("Div", x, graph.constant("pixel_scale", PIXEL_SCALE))
            pooled = graph.mean_and_deviation(x)
            x = graph.convolution(x, stem, "stem", later=False)
        for number in range(start, end):
            names = [f"block{number}.{i}" for i in range(len(blocks[number].steps))]
            if number >= TAIL_FROM:
                names = [f"tail.{trained + i}" for i in range(len(names))]
                trained += len(names)
            x = graph.block(x, blocks[number], names, later=number >= TAIL_FROM)
            if number in POOLED:
                graph.node("Identity", x, name=POOLED[number])
                pooled += graph.mean_and_deviation(x)
        if end == len(blocks):
            graph.node("Identity", x, name=MAPS[-1])
            pooled.append(graph.node("GlobalAveragePool", x))
        rows = graph.node("Concat", *pooled, axis=1)
        graph.node("Flatten", rows, name="pooled", axis=1)
        models.append(_model(graph, part))
        start = end
    return models


def _model(graph: _Graph, part: Part) -> onnx.ModelProto:
    """A part's graph with what goes in and comes out; heights and widths are free."""

    def map_of(name: str) -> onnx.ValueInfoProto:
        sides = f"{name}_height", f"{name}_width"
        return helper.make_tensor_value_info(
            name, TensorProto.FLOAT, ("n", WIDTHS[name], *sides)
        )

    source = map_of(part.source) if part.source in WIDTHS else None
    pixels = ("n", "height", "width", 3)
    pooled = helper.make_tensor_value_info("pooled", TensorProto.FLOAT, ("n", None))
    inside = helper.make_graph(
        graph.nodes,
        part.path.stem,
        [
            source
            or helper.make_tensor_value_info(part.source, TensorProto.UINT8, pixels)
        ],
        [pooled, *map(map_of, part.maps)],
        graph.weights,
    )
    return helper.make_model(
        inside, opset_imports=[helper.make_opsetid("", 17)], ir_version=8
    )


def main() -> None:
    """Write the files into the folder named on the command line."""
    folder = Path(sys.argv[1])
    for part, model in zip(PARTS, trunk_models(*imagenet()), strict=True):
        path = folder / part.path.name
        path.write_bytes(model.SerializeToString(deterministic=True))
        sys.stdout.write(f"{file_sha256(path)}  {path}\n")


if __name__ == "__main__":
    main()
