"""A model that is a chain: each layer feeds the next.

Reference: https://keras.io/api/models/sequential/
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from nanoconv.core import registry
from nanoconv.core.graph import Shape, SymbolicTensor
from nanoconv.core.registry import register
from nanoconv.layers.base.layer import Layer, dtype_policy
from nanoconv.layers.base.layer_serialization import deserialize, serialize
from nanoconv.layers.core.input_layer import InputLayer
from nanoconv.models.model import Model
from nanoconv.models.model_graph import Graph


@register("")
class Sequential(Model):
    """A chain of layers.

    Args:
        layers: the layers in order; the first may be `Input(shape=...)`, or carry `input_shape=`.
            Without a shape the model is built when it sees its first data.
        trainable: whether optimizers may change the parameters.
        name: the model's name.

    Raises:
        TypeError: where something is not a layer.
        ValueError: where a layer cannot follow the one before it.

    Example:
        >>> from nanoconv import Sequential, Input
        >>> from nanoconv.layers import Dense
        >>> model = Sequential([Input(shape=(4,)), Dense(3, activation="relu"), Dense(2)])
        >>> model.count_params()
        23

    Reference: https://keras.io/api/models/sequential/
    """

    lists_layers = True

    def __init__(
        self, layers: Iterable[Any] | None = None, trainable: bool = True, name: str | None = None
    ) -> None:
        super().__init__(name=name)
        self._input_layer: InputLayer | None = None
        self._listed_layers: list[Layer] = []
        self._tensors: list[SymbolicTensor] = []  # the input, then each layer's output
        for layer in _as_list(layers):
            self.add(layer)
        if not trainable:
            self.trainable = False

    def add(self, layer: Any, rebuild: bool = True) -> None:
        """Append a layer.

        Args:
            layer: a layer, or `Input(shape=...)` as the very first.
            rebuild: accepted for Keras' sake; the chain is always extended at once.

        Raises:
            TypeError: where it is not a layer.
            ValueError: where it cannot follow, or its name is taken; the model stays as it was.
        """
        if isinstance(layer, SymbolicTensor) and layer.node is not None:
            layer = layer.node.layer
        if not isinstance(layer, Layer):
            raise TypeError(
                f"{self.name}.add got {layer!r}, but a layer is needed; "
                "write model.add(Dense(10, activation='softmax'))."
            )
        if isinstance(layer, InputLayer):
            self._start(layer)
            return
        if any(layer.name == other.name for other in self._listed_layers):
            raise ValueError(
                f"{self.name} already has a layer named {layer.name!r}, and names must be unique; "
                f"write name='{layer.name}_2' for one of them."
            )
        if not self._tensors and not self._listed_layers:
            shape = layer.batch_input_shape or _first_shape(layer)
            if shape is not None:
                self._start(InputLayer(batch_shape=shape, dtype=layer.dtype))
        if self._tensors:
            self._tensors.append(layer(self._tensors[-1]))
            self._draw()
        self._listed_layers.append(layer)

    def _start(self, layer: InputLayer) -> None:
        """Begin the chain with an input layer, and call the layers that are there already."""
        if self._tensors or self._listed_layers:
            first = self._listed_layers[0] if self._listed_layers else self._input_layer
            raise ValueError(
                f"{self.name} already begins with {first!r}; "
                "put Input(shape=...) first, and only once."
            )
        self._input_layer, self._tensors = layer, [layer.output]
        self._graph = Graph(layer.output, layer.output)

    def _draw(self) -> None:
        """Take the chain as it is now for the model's graph."""
        self._graph, self.built = Graph(self._tensors[0], self._tensors[-1]), True

    def pop(self, rebuild: bool = True) -> Layer:
        """Remove and return the last layer.

        Raises:
            ValueError: where there is none.
        """
        if not self._listed_layers:
            raise ValueError(f"{self.name} has no layer to pop; write model.add(...) first.")
        if self._tensors:
            self._tensors.pop()
            self._draw()
        return self._listed_layers.pop()

    def build(self, input_shape: Any = None) -> None:
        """Create the variables of all layers.

        Args:
            input_shape: of a batch, such as `(None, 28, 28, 1)`.

        Raises:
            ValueError: where no shape is given or known, or a layer cannot take it.
        """
        if self._tensors:
            return
        if input_shape is None:
            raise ValueError(
                f"{self.name}.build needs a shape; write model.build((None, 28, 28, 1))."
            )
        if not self._listed_layers:
            raise ValueError(f"{self.name} has no layers; write model.add(Dense(10)) first.")
        start = InputLayer(batch_shape=(None, *input_shape[1:]), dtype=self._listed_layers[0].dtype)
        tensors = [start.output]
        for layer in self._listed_layers:
            tensors.append(layer(tensors[-1]))
        self._input_layer, self._tensors, self.build_shape = start, tensors, start.output.shape
        self._draw()

    def compute_output_shape(self, input_shape: Any) -> Any:
        """Return the output's shape for inputs of this shape."""
        for layer in self._listed_layers:
            input_shape = layer.compute_output_shape(input_shape)
        return input_shape

    @property
    def input_layer(self) -> InputLayer | None:
        """The layer that the chain begins with, which `layers` leaves out."""
        return self._input_layer

    def get_config(self) -> dict[str, Any]:
        """Return the layers' configurations."""
        start: list[Layer] = [self._input_layer] if self._input_layer else []
        layers = start + self._listed_layers
        shape: Shape | None = self._tensors[0].shape if self._tensors else None
        return {
            "name": self.name,
            "trainable": self.trainable,
            "dtype": dtype_policy(self.dtype),
            "layers": [serialize(layer) for layer in layers],
            "build_input_shape": shape,
        }

    @classmethod
    def from_config(cls, config: dict[str, Any], custom_objects: Any = None) -> Sequential:
        """Make a model from `get_config()`'s dictionary.

        Args:
            config: the dictionary; files of Keras are read the same way.
            custom_objects: the user's own classes by name.
        """
        with registry.custom_object_scope(custom_objects):
            layers = [deserialize(layer) for layer in config["layers"]]
        model = cls(layers, trainable=config.get("trainable", True), name=config.get("name"))
        shape = config.get("build_input_shape")
        if shape and not model._tensors and layers:
            model.build(tuple(shape))
        return model


def _as_list(layers: Any) -> list[Any]:
    if layers is None:
        return []
    return list(layers) if isinstance(layers, Iterable) else [layers]


def _first_shape(layer: Layer) -> Shape | None:
    """Return the input shape of a nested model that begins the chain, or None."""
    graph = getattr(layer, "_graph", None)
    return None if graph is None else graph.inputs[0].shape
