"""A graph of layers as plain data, in Keras' format, and back.

Each layer is written once, with its `inbound_nodes`: one for each call, whose arguments name the
tensors by `[layer, number of that layer's call, number of its output]`.

Reference: https://keras.io/api/models/model_saving_apis/model_config_serialization/
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from nanoconv.core.graph import Node, SymbolicTensor, nodes_between
from nanoconv.layers.base.layer import Layer
from nanoconv.layers.base.layer_serialization import deserialize, serialize
from nanoconv.layers.core.input_layer import InputLayer
from nanoconv.models.model_graph import Graph

_TENSOR = "__keras_tensor__"


# ---- writing ------------------------------------------------------------------------------------


class GraphWriter:
    """Names the tensors of one graph.

    Args:
        graph: of a model.
    """

    def __init__(self, graph: Graph) -> None:
        self._inside = {id(node) for node in nodes_between(graph.inputs, graph.outputs)}
        self._starts = {
            id(tensor): layer for tensor, layer in zip(graph.inputs, graph.starts, strict=True)
        }

    def layer(self, layer: Layer) -> dict[str, Any]:
        """Return a layer's configuration with all its calls inside the graph."""
        config = serialize(layer)  # changed in place: it may get a number when it is met again
        config["name"] = layer.name
        config["inbound_nodes"] = [
            self._call(node) for node in layer._nodes if id(node) in self._inside
        ]
        return config

    def place(self, tensor: SymbolicTensor, outside: bool = False) -> list[Any]:
        """Return `[layer, call, output]` for a tensor.

        Args:
            tensor: an input, or made inside the graph.
            outside: whether the place is listed as an input or output of the whole graph, where
                Keras counts a model's calls from 1.
        """
        start = self._starts.get(id(tensor))
        if start is not None:
            return [start.name, 0, 0]
        node = tensor.node
        assert node is not None
        calls = [one for one in node.layer._nodes if id(one) in self._inside]
        first = 1 if outside and is_functional(node.layer) else 0
        return [node.layer.name, first + calls.index(node), tensor.index]

    def _call(self, node: Node) -> dict[str, Any]:
        tensors = [self._tensor(tensor) for tensor in node.inputs]
        kwargs = {} if node.training is None else {"training": node.training}
        return {"args": [tensors] if node.takes_list else tensors, "kwargs": kwargs}

    def _tensor(self, tensor: SymbolicTensor) -> dict[str, Any]:
        config = {
            "shape": list(tensor.shape),
            "dtype": tensor.dtype,
            "keras_history": self.place(tensor),
        }
        return {"class_name": _TENSOR, "config": config}


def is_functional(layer: Layer) -> bool:
    """Tell whether a layer is a model made of a graph."""
    return isinstance(layer, getattr(layer, "graph_class", ()))


# ---- reading ------------------------------------------------------------------------------------


class _NotYet(Exception):
    """A call needs a tensor that another call has still to make."""


class GraphReader:
    """Makes the layers of a configuration and calls them as it says.

    Args:
        config: with `layers`, `input_layers` and `output_layers`.
        make: returns the layer that a configuration within `layers` stands for.

    Attributes:
        inputs, outputs: symbolic tensors, in lists or dictionaries as they were.

    Raises:
        ValueError: where the configuration is not of that form, or its calls form a circle.
    """

    def __init__(
        self, config: dict[str, Any], make: Callable[[dict[str, Any]], Layer] = deserialize
    ) -> None:
        self._layers: dict[str, Layer] = {}
        self._calls: dict[str, list[Node]] = {}  # those of this graph; other graphs may share
        todo: list[tuple[str, list[Any]]] = []  # what each layer is still to be called with
        for one in config["layers"]:
            layer = make(one)
            name = one.get("name", layer.name)
            if name in self._layers:
                raise ValueError(f"two layers are named {name!r}; give each its own name.")
            self._layers[name] = layer
            self._calls[name] = layer._nodes[:1] if isinstance(layer, InputLayer) else []
            todo.append((name, list(one.get("inbound_nodes") or [])))
        self._make_all(todo)
        self.inputs, self.outputs = (
            self._outside(config[key]) for key in ("input_layers", "output_layers")
        )

    def _make_all(self, todo: list[tuple[str, list[Any]]]) -> None:
        """Make calls until none is left."""
        while todo:
            tried = [(name, self._make_some(name, calls)) for name, calls in todo]
            left = [(name, calls) for name, calls in tried if calls]
            if sum(len(calls) for _, calls in left) == sum(len(calls) for _, calls in todo) > 0:
                names = ", ".join(repr(name) for name, _ in left)
                raise ValueError(
                    f"the calls of {names} wait for each other, so that no input leads to them; "
                    "save the model again."
                )
            todo = left

    def _make_some(self, name: str, calls: list[Any]) -> list[Any]:
        """Call a layer as often as its inputs are there; return the calls that are left."""
        for i, call in enumerate(calls):
            try:
                self._make(name, call)
            except _NotYet:
                return calls[i:]
        return []

    def _make(self, name: str, call: Any) -> None:
        """Call a layer once.

        Raises:
            ValueError: where its arguments are not one tensor, or a list or dictionary of them.
        """
        written = call if isinstance(call, dict) else {}
        args, kwargs = written.get("args"), written.get("kwargs") or {}
        options = {key: value for key, value in kwargs.items() if value is not None}
        training = options.pop("training", None)
        if not isinstance(args, list) or len(args) != 1 or options or training not in (None, 0, 1):
            raise ValueError(
                f"layer {name!r} is called with {args!r} and {kwargs!r}, but nanoconv's layers "
                "take one tensor or one list of tensors, and training=; save a model without "
                "other arguments."
            )
        layer = self._layers[name]
        layer(self._inside(args[0], name), training=None if training is None else bool(training))
        self._calls[name].append(layer._nodes[-1])

    def _inside(self, value: Any, name: str) -> Any:
        """Return the tensors that a layer is called with."""
        if isinstance(value, dict) and value.get("class_name") == _TENSOR:
            return self._tensor(value["config"]["keras_history"])
        if isinstance(value, dict):
            return {key: self._inside(one, name) for key, one in value.items()}
        if isinstance(value, list):
            return [self._inside(one, name) for one in value]
        raise ValueError(
            f"layer {name!r} is called with {value!r}, but only tensors are taken; save a model "
            "without other arguments."
        )

    def _outside(self, value: Any) -> Any:
        """Return the tensors that the model lists as its inputs or outputs."""
        if isinstance(value, dict):
            return {key: self._outside(one) for key, one in value.items()}
        if isinstance(value, list) and len(value) == 3 and isinstance(value[0], str):
            try:
                return self._tensor(value, outside=True)
            except _NotYet:
                raise ValueError(f"there is no tensor {value!r}; save the model again.") from None
        return [self._outside(one) for one in value]

    def _tensor(self, place: Any, outside: bool = False) -> SymbolicTensor:
        """Return the tensor at `[layer, call, output]`; see `GraphWriter.place`.

        Raises:
            _NotYet: where that call was not made yet.
            ValueError: where there is no such layer or output.
        """
        name, call, output = place
        if name not in self._layers:
            raise ValueError(f"there is no layer {name!r} in the model; save the model again.")
        call -= 1 if outside and is_functional(self._layers[name]) else 0
        calls = self._calls[name]
        if call >= len(calls):
            raise _NotYet
        if call < 0 or not 0 <= output < len(calls[call].outputs):
            raise ValueError(f"there is no tensor {place!r}; save the model again.")
        return calls[call].outputs[output]
