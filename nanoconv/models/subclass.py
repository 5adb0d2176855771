"""Models as classes: layers are attributes, and `call` says how they are connected.

    class Digits(Model):
        def __init__(self):
            super().__init__()
            self.convolution = Conv2D(8, 3, activation="relu")
            self.flatten = Flatten()
            self.scores = Dense(10, activation="softmax")

        def call(self, x):
            return self.scores(self.flatten(self.convolution(x)))

`call` runs once, on symbolic tensors, when the first data (or `build`) tell the input's shape. What
it connects is a graph like any other; its gradients come from the layers' own. That is why it may
compose layers and add, multiply or scale their outputs, but do nothing else.

Reference: https://keras.io/guides/making_new_layers_and_models_via_subclassing/
"""

from __future__ import annotations

import inspect
from typing import Any, ClassVar

from nanoconv.core.graph import SymbolicTensor, map_structure
from nanoconv.layers.base.layer import Layer
from nanoconv.layers.core.input_layer import Input


class Following:
    """The `training` that `call` gets: to be passed on to layers, and followed by them.

    It is no truth value, because the graph of a model is the same in training and at inference.
    """

    def __bool__(self) -> bool:
        raise TypeError(
            "call asks whether training is true, but it is traced once, for both; write "
            "x = self.dropout(x, training=training) without the if: at inference it does nothing."
        )


class Subclass:
    """The half of a model that is made of attributes and a method `call`."""

    name: str
    graph_class: ClassVar[Any]
    _graph: Any = None  # of that class

    def call(self, inputs: Any, training: Any = None) -> Any:
        """Return the outputs for symbolic inputs, by calling layers.

        Args:
            inputs: a symbolic tensor, or a list or dictionary of them.
            training: to be passed on to layers; may be left out.
        """
        raise NotImplementedError(
            f"{type(self).__name__} says nowhere how its layers are connected; write "
            "def call(self, x): return self.dense(x), or Model(inputs, outputs)."
        )

    @property
    def layers(self) -> list[Layer]:
        """The layers among the attributes, in the order in which they were set."""
        found: dict[Layer, None] = {}

        def look(value: Any) -> None:
            if isinstance(value, Layer):
                found[value] = None
            elif isinstance(value, (list, tuple)):
                for item in value:
                    look(item)
            elif isinstance(value, dict):
                look(list(value.values()))

        for name, value in vars(self).items():
            if name != "_graph":
                look(value)
        if not found and self._graph is not None:
            return self._graph.layers
        return list(found)

    @property
    def graph_tensors(self) -> tuple[list[SymbolicTensor], list[SymbolicTensor]] | None:
        """The symbolic inputs and outputs, or None while the model is not built."""
        return None if self._graph is None else self._graph.graph_tensors

    @property
    def input_names(self) -> list[str]:
        """By what the inputs are told apart."""
        return self._traced().input_names

    @property
    def label_names(self) -> list[str]:
        """By what losses and labels are told apart."""
        return self._traced().label_names

    def pack(self, ys: list[Any]) -> Any:
        """Return the outputs in the structure that `call` returned."""
        return self._traced().pack(ys)

    def _traced(self) -> Any:
        if self._graph is None:
            raise ValueError(
                f"{self.name} is not built, because no input shape is known; "
                "write model.build((None, 28, 28, 1))."
            )
        return self._graph

    def build(self, input_shape: Any = None) -> None:
        """Trace `call`, which creates the variables of all layers.

        Args:
            input_shape: of a batch, such as `(None, 28, 28, 1)`; a list or dictionary of shapes for
                several inputs.

        Raises:
            ValueError: where no shape is given, or `call` returns anything but layers' outputs.
            TypeError: where `call` does more than connect layers.
        """
        if self._graph is not None:
            return
        if input_shape is None:
            raise ValueError(
                f"{self.name}.build needs a shape; write model.build((None, 28, 28, 1))."
            )
        self.trace(_inputs_of(input_shape))

    def trace(self, inputs: Any) -> None:
        """Run `call` once on symbolic inputs, and keep the graph that it wrote down.

        Args:
            inputs: a symbolic tensor, or a list or dictionary of them.
        """
        following = Following()
        takes = inspect.signature(self.call).parameters
        options = {"training": following} if "training" in takes else {}
        try:
            outputs = self.call(inputs, **options)
        except TypeError as error:
            raise TypeError(f"{type(self).__name__}.call cannot be traced: {error}") from error
        for layer in self.draw(inputs, outputs).layers:
            for node in layer._nodes:
                if node.training is following:
                    node.training = None

    def draw(self, inputs: Any, outputs: Any) -> Any:
        """Keep the graph between symbolic inputs and outputs; return it."""
        self._graph = self.graph_class(inputs, outputs, name=self.name)
        return self._graph


def _inputs_of(shapes: Any) -> Any:
    """Return a symbolic input for each shape in a structure of shapes."""
    if isinstance(shapes, dict):
        return {key: _inputs_of(shape) for key, shape in shapes.items()}
    if isinstance(shapes, (list, tuple)) and isinstance(shapes[0], (list, tuple, dict)):
        return [_inputs_of(shape) for shape in shapes]
    return Input(batch_shape=(None, *shapes[1:]))


def shapes_of(inputs: Any) -> Any:
    """Return the shapes of arrays in the structure of the arrays, without their batch sizes."""
    return map_structure(lambda x: (None, *getattr(x, "shape", (0,))[1:]), inputs)
