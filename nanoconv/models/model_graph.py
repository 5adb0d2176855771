"""The graph of one model: its inputs and outputs as the user gave them, and its layers in order.

The order matters beyond the summary: `get_weights()` and weights files follow it.

Reference: https://keras.io/guides/functional_api/
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import Any

from nanoconv.core.graph import Node, SymbolicTensor, flatten, map_structure, nodes_between
from nanoconv.layers.base.layer import Layer
from nanoconv.layers.core.input_layer import InputLayer
from nanoconv.models.program import Program


class Graph:
    """What lies between symbolic inputs and symbolic outputs.

    Args:
        input: a symbolic tensor, or a list or dictionary of them.
        output: likewise.

    Raises:
        ValueError: where something else came.
    """

    def __init__(self, input: Any, output: Any) -> None:
        self.input, self.output = input, output
        self.inputs = _tensors(input, "inputs")
        self.outputs = _tensors(output, "outputs")
        self.input_names = _names(input)  # by which a dictionary of inputs tells them apart
        self.label_names = _names(output)  # by which losses, labels and metrics tell them apart

    @cached_property
    def program(self) -> Program:
        """The calls that lead from the inputs to the outputs."""
        return Program(self.inputs, self.outputs)

    @cached_property
    def starts(self) -> list[Layer]:
        """The input layer of each input; a new one where the model begins in another's middle."""
        return [_input_layer(tensor) for tensor in self.inputs]

    @cached_property
    def layers(self) -> list[Layer]:
        """Each layer once, those farthest from the outputs first, as Keras lists them.

        Raises:
            ValueError: where the inputs do not lead to the outputs, or two layers have one name.
        """
        start_of = {id(t): layer for t, layer in zip(self.inputs, self.starts, strict=True)}
        depths = _depths(nodes_between(self.inputs, self.outputs), start_of)
        visits = _visits(self.outputs, start_of)
        layers = sorted(depths, key=lambda layer: (-depths[layer], visits[layer]))
        layers += [layer for layer in self.starts if layer not in depths]  # that nothing uses
        names: set[str] = set()
        for layer in layers:
            if layer.name in names:
                raise ValueError(
                    f"two layers are named {layer.name!r}, and names must be unique in a model; "
                    f"write name='{layer.name}_2' for one of them."
                )
            names.add(layer.name)
        return layers

    def pack(self, ys: list[Any]) -> Any:
        """Return the outputs in the structure in which they were given."""
        if len(ys) == 1 and not isinstance(self.output, dict):
            return ys[0]
        left = iter(ys)
        return map_structure(lambda _: next(left), self.output)


def _input_layer(tensor: SymbolicTensor) -> Layer:
    if tensor.node is not None and isinstance(tensor.node.layer, InputLayer):
        return tensor.node.layer
    return InputLayer(batch_shape=tensor.shape, dtype=tensor.dtype, name=f"{tensor.name}_input")


def _tensors(value: Any, what: str) -> list[SymbolicTensor]:
    """Return a list of symbolic tensors.

    Raises:
        ValueError: where something else came.
    """
    items = flatten(value)
    for item in items:
        if not isinstance(item, SymbolicTensor):
            raise ValueError(
                f"Model got {what}={item!r}, but symbolic tensors are needed; "
                "write x = Input(shape=(28, 28, 1)) and Model(inputs=x, outputs=Dense(10)(x))."
            )
    return items


def _names(structure: Any) -> list[str]:
    """Return a name for each tensor: its key in a dictionary of tensors, else its layer's."""
    if isinstance(structure, dict) and not any(
        isinstance(value, (dict, list, tuple)) for value in structure.values()
    ):
        return sorted(structure)
    return [tensor.name for tensor in flatten(structure)]


def _depths(nodes: Sequence[Node], start_of: dict[int, Layer]) -> dict[Layer, int]:
    """Return how many calls lie at most between each layer and the outputs.

    A layer that is called twice has the larger depth of its calls.
    """
    layers: dict[Layer, int] = {}
    calls: dict[int, int] = {}
    for node in reversed(nodes):  # whoever uses a node comes before it
        depth = max(calls.get(id(node), 0), layers.get(node.layer, 0))
        layers[node.layer] = depth
        for tensor in node.inputs:
            start = start_of.get(id(tensor))
            if start is not None:
                layers[start] = max(layers.get(start, 0), depth + 1)
            else:
                calls[id(tensor.node)] = max(calls.get(id(tensor.node), 0), depth + 1)
    return layers


def _visits(outputs: Sequence[SymbolicTensor], start_of: dict[int, Layer]) -> dict[Layer, int]:
    """Number the layers in the order in which they are met from the outputs back to the inputs."""
    visits: dict[Layer, int] = {}
    seen: set[int] = set()
    todo = list(reversed(outputs))
    while todo:
        tensor = todo.pop()
        start = start_of.get(id(tensor))
        if start is not None:
            visits.setdefault(start, len(visits))
        elif tensor.node is not None and id(tensor.node) not in seen:
            seen.add(id(tensor.node))
            visits.setdefault(tensor.node.layer, len(visits))
            todo += reversed(tensor.node.inputs)
    return visits
