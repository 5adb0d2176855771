"""A model that is a graph: any inputs, any outputs, forks and joins.

Reference: https://keras.io/guides/functional_api/
"""

from __future__ import annotations

from typing import Any

from nanoconv.core import registry
from nanoconv.core.graph import SymbolicTensor, flatten, map_structure, nodes_between
from nanoconv.core.registry import register
from nanoconv.layers.base.layer import Layer
from nanoconv.layers.core.input_layer import InputLayer
from nanoconv.models.functional_config import GraphReader, GraphWriter
from nanoconv.models.layer_order import layers_in_order
from nanoconv.models.model import Model


@register("")
class Functional(Model):
    """The layers between symbolic inputs and symbolic outputs.

    Args:
        inputs: a symbolic tensor, or a list or dictionary of them.
        outputs: likewise.
        name: the model's name.

    Raises:
        ValueError: where the inputs do not lead to the outputs.

    Example:
        >>> from nanoconv import Input, Model
        >>> from nanoconv.layers import Dense
        >>> x = Input(shape=(4,))
        >>> model = Model(inputs=x, outputs=Dense(2)(x))
        >>> model.output_shape
        (None, 2)

    Reference: https://keras.io/guides/functional_api/
    """

    lists_layers = True
    keras_module = "keras.src.models.functional"  # the only name by which Keras finds it

    def __init__(
        self, inputs: Any, outputs: Any, name: str | None = None, trainable: bool = True
    ) -> None:
        super().__init__(name=name)
        self._tensors = (_tensors(inputs, "inputs"), _tensors(outputs, "outputs"))
        self._structure = (inputs, outputs)
        self._starts = [_input_layer(tensor) for tensor in self._tensors[0]]
        self._layers = layers_in_order(self._tensors[0], self._starts, self._tensors[1])
        self.built = True
        if not trainable:
            self.trainable = False

    @property
    def layers(self) -> list[Layer]:
        """The layers from the inputs to the outputs, in Keras' order."""
        return list(self._layers)

    @property
    def graph_tensors(self) -> tuple[list[SymbolicTensor], list[SymbolicTensor]]:
        """The symbolic inputs and outputs."""
        return self._tensors

    @property
    def input(self) -> Any:
        """The symbolic inputs, as they were given: one, or a list or dictionary of them."""
        return self._structure[0]

    @property
    def output(self) -> Any:
        """The symbolic outputs, as they were given."""
        return self._structure[1]

    @property
    def input_names(self) -> list[str]:
        """By what data are told apart: the keys of a dictionary, or the input layers' names."""
        return _names(self._structure[0])

    @property
    def label_names(self) -> list[str]:
        """By what losses and labels are told apart: keys, or the output layers' names."""
        return _names(self._structure[1])

    def pack(self, ys: list[Any]) -> Any:
        """Return the outputs in the structure in which they were given."""
        if len(ys) == 1 and not isinstance(self._structure[1], dict):
            return ys[0]
        left = iter(ys)
        return map_structure(lambda _: next(left), self._structure[1])

    def get_config(self) -> dict[str, Any]:
        """Return layers, calls, inputs and outputs as plain data, in Keras' format."""
        inputs, outputs = self._tensors
        write = GraphWriter(nodes_between(inputs, outputs), inputs, self._starts)
        return {
            "name": self.name,
            "trainable": self.trainable,
            "layers": [write.layer(layer) for layer in self._layers],
            "input_layers": map_structure(lambda x: write.place(x, True), self._structure[0]),
            "output_layers": map_structure(lambda y: write.place(y, True), self._structure[1]),
        }

    @classmethod
    def from_config(cls, config: dict[str, Any], custom_objects: Any = None) -> Functional:
        """Make a model from `get_config()`'s dictionary.

        Args:
            config: the dictionary; files of Keras are read the same way.
            custom_objects: the user's own classes by name.

        Raises:
            ValueError: where something in it is not known, or is not of that form.
        """
        with registry.custom_object_scope(custom_objects):
            graph = GraphReader(config)
        trainable = config.get("trainable") is not False
        return cls(graph.inputs, graph.outputs, config.get("name"), trainable)


Model.graph_class = Functional


def _input_layer(tensor: SymbolicTensor) -> Layer:
    """Return the input layer of a tensor; a new one where a model begins in another's middle."""
    if tensor.node is not None and isinstance(tensor.node.layer, InputLayer):
        return tensor.node.layer
    return InputLayer(batch_shape=tensor.shape, dtype=tensor.dtype, name=f"{tensor.name}_input")


def _names(structure: Any) -> list[str]:
    """Return a name for each tensor: its key in a dictionary of tensors, else its layer's."""
    if isinstance(structure, dict) and not any(
        isinstance(value, (dict, list, tuple)) for value in structure.values()
    ):
        return sorted(structure)
    return [tensor.name for tensor in flatten(structure)]


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
