"""The embedded face recogniser as a module of torch: the same numbers, with gradients.

The ONNX file is read and its few operations are run as torch has them.

Import this only where torch is needed anyway.
"""

from collections.abc import Callable, Mapping
from typing import Any

import torch
from torch.nn import functional

from ... import weights
from ...errors import ConfigError
from ...extras import need

NAME = "face_embed_dlib128_u8"

Attributes = Mapping[str, Any]


class FaceEmbedder(torch.nn.Module):  # type: ignore[misc]  # torch has no types here
    """Embeds face chips (n, 3, 150, 150) in [0, 255] as (n, 128); frozen, float32.

    Raises:
        ConfigError: The network has an operation that is not known here.
    """

    def __init__(self) -> None:
        import onnx
        from onnx import numpy_helper

        super().__init__()
        graph = onnx.load_model_from_string(weights.network(NAME)).graph
        known = {one.name: torch.from_numpy(numpy_helper.to_array(one).copy()) for one in graph.initializer}
        self._input, self._output = graph.input[0].name, graph.output[0].name
        self._steps: list[tuple[str, list[str], str, Attributes]] = []
        for node in graph.node:
            if node.op_type not in OPERATIONS:
                raise ConfigError(f"The face embedder has an unknown operation: {node.op_type}.")
            named = {one.name: onnx.helper.get_attribute_value(one) for one in node.attribute}
            inputs = list(node.input)
            if all(name in known for name in inputs):  # of constants: weights are stored in 8 bits
                known[node.output[0]] = OPERATIONS[node.op_type]([known[name] for name in inputs], named)
            else:
                self._steps.append((node.op_type, inputs, node.output[0], named))
        needed = {name for _, inputs, _, _ in self._steps for name in inputs}
        self._constants = [name for name in known if name in needed]
        for name in self._constants:
            self.register_buffer(name, known[name])

    def forward(self, chips: Any) -> Any:
        """Return embeddings (n, 128)."""
        values = {name: getattr(self, name) for name in self._constants}
        values[self._input] = chips
        with torch.autocast(chips.device.type, enabled=False):
            for operation, inputs, output, named in self._steps:
                values[output] = OPERATIONS[operation]([values[name] for name in inputs], named)
        return values[self._output]


def load_embedder() -> FaceEmbedder:
    """Return the embedder.

    Raises:
        MissingExtraError: onnx is missing.
        ConfigError: Its weights are damaged.
    """
    need("train", "The identity term", "onnx")
    return FaceEmbedder()


def _conv(inputs: list[Any], named: Attributes) -> Any:
    top, left, bottom, right = named["pads"]
    padded = functional.pad(inputs[0], (left, right, top, bottom))
    return functional.conv2d(padded, inputs[1], inputs[2], stride=tuple(named["strides"]))


def _pad(inputs: list[Any], named: Attributes) -> Any:
    edges = inputs[1].tolist()  # the starts of all axes, then their ends
    count = len(edges) // 2
    pairs = [edge for axis in reversed(range(count)) for edge in (edges[axis], edges[axis + count])]
    return functional.pad(inputs[0], pairs)


def _max_pool(inputs: list[Any], named: Attributes) -> Any:
    return functional.max_pool2d(inputs[0], tuple(named["kernel_shape"]), tuple(named["strides"]))


def _mean_pool(inputs: list[Any], named: Attributes) -> Any:
    return functional.avg_pool2d(inputs[0], tuple(named["kernel_shape"]), tuple(named["strides"]))


OPERATIONS: Mapping[str, Callable[[list[Any], Attributes], Any]] = {
    "Add": lambda inputs, _: inputs[0] + inputs[1],
    "AveragePool": _mean_pool,
    "Cast": lambda inputs, _: inputs[0].float(),
    "Conv": _conv,
    "Flatten": lambda inputs, _: inputs[0].flatten(1),
    "GlobalAveragePool": lambda inputs, _: inputs[0].mean(dim=(2, 3), keepdim=True),
    "MatMul": lambda inputs, _: inputs[0] @ inputs[1],
    "MaxPool": _max_pool,
    "Mul": lambda inputs, _: inputs[0] * inputs[1],
    "Pad": _pad,
    "Relu": lambda inputs, _: inputs[0].relu(),
    "Sub": lambda inputs, _: inputs[0] - inputs[1],
}
