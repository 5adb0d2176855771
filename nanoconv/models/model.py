"""What every model is: layers, weights, a program that runs them, and Keras' training loop.

A model is also a layer: it can be called, nested in another model, saved and counted.

Reference: https://keras.io/api/models/model/
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar

import numpy as np

from nanoconv.core import registry
from nanoconv.core.arrays import as_array
from nanoconv.core.graph import Node, SymbolicTensor, is_symbolic, map_structure
from nanoconv.core.variable import Variable
from nanoconv.layers.base.cache import Cache
from nanoconv.layers.base.layer import Layer
from nanoconv.models.data import to_types
from nanoconv.models.input_checks import as_list, fit_inputs
from nanoconv.models.layer_outputs import activations
from nanoconv.models.model_files import Files
from nanoconv.models.program import Program
from nanoconv.models.subclass import Subclass, shapes_of
from nanoconv.models.training import Trainer


class Model(Subclass, Trainer, Files, Layer):
    """A network of layers between inputs and outputs.

    Write `Sequential([...])` for a chain of layers, `Model(inputs, outputs)` for any graph of
    symbolic tensors, or a class with layers as attributes and a method `call` (see `subclass`).

    Args:
        inputs: a symbolic tensor, or a list or dictionary of them.
        outputs: likewise.
        name: the model's name.

    Reference: https://keras.io/api/models/model/
    """

    #: `Functional`, the subclass that is made of a graph; it puts itself there.
    graph_class: ClassVar[Any]

    def __new__(cls, *args: Any, **kwargs: Any) -> Any:
        """Make a `Functional` where a `Model` is given inputs and outputs."""
        if cls is Model and (args or any(name.startswith("input") for name in kwargs)):
            return super().__new__(cls.graph_class)
        return super().__new__(cls)

    def __init__(
        self,
        inputs: Any = None,
        outputs: Any = None,
        *,
        trainable: bool = True,
        name: str | None = None,
        dtype: Any = None,
    ) -> None:
        super().__init__(trainable=trainable, name=name, dtype=dtype)
        self._program: Program | None = None
        self.init_trainer()
        if inputs is not None:  # a subclass that draws its graph itself
            self.draw(inputs, outputs)
            self.built = True

    # ---- running --------------------------------------------------------------------------------

    @property
    def program(self) -> Program:
        """The calls that lead from inputs to outputs."""
        if self._program is None:
            tensors = self.graph_tensors
            if tensors is None:
                raise ValueError(
                    f"{self.name} is not built, because no input shape is known; write "
                    "model.build((None, 28, 28, 1)), or put Input(shape=(28, 28, 1)) first."
                )
            self._program = Program(*tensors)
        return self._program

    def __call__(self, inputs: Any, training: bool | None = None) -> Any:
        """Run the model on arrays, or write down its call on symbolic tensors.

        Args:
            inputs: an array (N, ...), a symbolic tensor, or a list of either.
            training: whether this is a training pass.
        """
        if is_symbolic(inputs):
            return self._call_symbolically(inputs, training)
        ys, _ = self.program_for(inputs).forward(self.prepare_inputs(inputs), training)
        return self.pack([as_array(y) for y in ys])

    def _call_symbolically(self, inputs: Any, training: bool | None) -> Any:
        self.build_for(map_structure(lambda tensor: tensor.shape, inputs))
        takes_list = isinstance(inputs, (list, tuple, dict))
        tensors = as_list(inputs, self.input_names) if takes_list else [inputs]
        node = Node(self, tensors, takes_list, training)
        self._nodes.append(node)
        program = self.program
        shapes = program.shapes([t.shape for t in tensors])
        for number, tensor in zip(
            program.outputs, (self.graph_tensors or ([], []))[1], strict=True
        ):
            node.add_output(shapes[number], tensor.dtype)
        return self.pack(node.outputs)

    def forward(self, x: Any, cache: Cache | None = None) -> Any:
        """Compute the output; the cache keeps the tape of the whole walk."""
        xs = list(x) if isinstance(x, (list, tuple)) else [x]
        training = cache is not None and cache.training
        ys, tape = self.program.forward(xs, training, keep=cache is not None, need_dx=True)
        if cache is not None:
            cache.tape = tape
        return ys[0] if len(ys) == 1 else ys

    def backward(self, dy: Any, cache: Cache) -> Any:
        """Compute the gradient of the input, and add those of all parameters."""
        dys = list(dy) if isinstance(dy, (list, tuple)) else [dy]
        dxs, gradients = self.program.backward(dys, cache.tape)
        for variable, gradient in gradients.items():
            cache.add_gradient(variable, gradient)
        return dxs[0] if len(dxs) == 1 else dxs

    def compute_output_shape(self, input_shape: Any) -> Any:
        """Return the output's shape, or a list of shapes."""
        several = isinstance(input_shape, list) and isinstance(input_shape[0], (list, tuple))
        program = self.program
        shapes = program.shapes(input_shape if several else [tuple(input_shape)])
        found = [shapes[number] for number in program.outputs]
        return found[0] if len(found) == 1 else found

    # ---- weights --------------------------------------------------------------------------------

    def _each_layer(self, what: str) -> list[Variable]:
        """Return one list of all layers' variables, each variable once."""
        found = [v for layer in self.layers for v in getattr(layer, what)]
        return list(dict.fromkeys(found))

    @property
    def weights(self) -> list[Variable]:
        """All layers' weights, in order."""
        return self._each_layer("weights")

    @property
    def variables(self) -> list[Variable]:
        """All layers' variables, in order."""
        return self._each_layer("variables")

    @property
    def trainable_variables(self) -> list[Variable]:
        """The parameters that optimizers change."""
        return self._each_layer("trainable_variables") if self.trainable else []

    @property
    def trainable(self) -> bool:
        """Whether optimizers may change this model's parameters."""
        return self._trainable

    @trainable.setter
    def trainable(self, value: bool) -> None:
        self._trainable = bool(value)
        for layer in self.layers:
            layer.trainable = value

    def count_params(self) -> int:
        """Return the number of single numbers in all weights.

        Raises:
            ValueError: where the model is not built.
        """
        _ = self.program
        return super().count_params()

    # ---- looking inside -------------------------------------------------------------------------

    def get_layer(self, name: str | None = None, index: int | None = None) -> Layer:
        """Return a layer by its name or its place.

        Raises:
            ValueError: where there is no such layer, or neither is given.

        Reference: https://keras.io/api/models/model/#getlayer-method
        """
        if (name is None) == (index is None):
            raise ValueError("get_layer needs a name or an index; write get_layer('dense').")
        if index is not None:
            if index >= len(self.layers):
                raise ValueError(
                    f"{self.name} has {len(self.layers)} layers, so index={index} does not exist; "
                    f"write get_layer(index={len(self.layers) - 1}) for the last."
                )
            return self.layers[index]
        by_name = {layer.name: layer for layer in self.layers}
        if name not in by_name:
            raise ValueError(registry.unknown(f"layers of {self.name}", name, by_name))
        return by_name[name]

    def activations(self, x: Any) -> dict[str, np.ndarray]:
        """Return every layer's output for inputs (N, ...), by name: see `study.activations`."""
        return activations(self, x)

    @property
    def inputs(self) -> list[SymbolicTensor]:
        """The symbolic inputs."""
        _ = self.program
        return (self.graph_tensors or ([], []))[0]

    @property
    def outputs(self) -> list[SymbolicTensor]:
        """The symbolic outputs."""
        _ = self.program
        return (self.graph_tensors or ([], []))[1]

    @property
    def input(self) -> Any:
        """The symbolic input, or a list of them."""
        return self.inputs[0] if len(self.inputs) == 1 else self.inputs

    @property
    def output(self) -> Any:
        """The symbolic output, or a list or dictionary of them."""
        return self.pack(self.outputs)

    @property
    def input_shape(self) -> Any:
        """The input's shape, or a list of shapes."""
        shapes = [tensor.shape for tensor in self.inputs]
        return shapes[0] if len(shapes) == 1 else shapes

    @property
    def output_shape(self) -> Any:
        """The output's shape, or a list of shapes."""
        shapes = [tensor.shape for tensor in self.outputs]
        return shapes[0] if len(shapes) == 1 else shapes

    def summary(
        self,
        line_length: int | None = None,
        positions: list[float] | None = None,
        print_fn: Callable[[str], Any] | None = None,
        expand_nested: bool = False,
        show_trainable: bool = False,
        layer_range: list[str] | None = None,
    ) -> None:
        """Print the layers with their shapes and numbers of parameters.

        Args:
            line_length: characters in a line.
            positions: where columns end, relative or absolute.
            print_fn: called with the text instead of printing it.
            expand_nested: whether nested models show their layers.
            show_trainable: whether a column tells which layers are trained.
            layer_range: first and last layer name to show.

        Reference: https://keras.io/api/models/model/#summary-method
        """
        from nanoconv.models.summary import print_summary

        print_summary(
            self,
            line_length=line_length,
            positions=positions,
            print_fn=print_fn,
            expand_nested=expand_nested,
            show_trainable=show_trainable,
            layer_range=layer_range,
        )

    # ---- inputs ---------------------------------------------------------------------------------

    def program_for(self, inputs: Any) -> Program:
        """Return the program, building the model for these arrays where it is not built yet."""
        if self.graph_tensors is None:
            self.build_for(shapes_of(inputs))
        return self.program

    def build_for(self, input_shape: Any) -> None:
        """Build once; later calls only return."""
        if not self.built:
            self.build(input_shape)
            self.built, self.build_shape = True, input_shape

    def prepare_inputs(self, inputs: Any) -> list[np.ndarray]:
        """Return a list of arrays in the inputs' order, shapes checked, cast to the model's type.

        Raises:
            ValueError: where number or shapes do not fit.
        """
        arrays = fit_inputs(inputs, self.inputs, self.input_names)
        return to_types(arrays, self.program.dtypes)
