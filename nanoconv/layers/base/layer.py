"""The contract that every layer keeps.

A layer is made (`__init__`, Keras' arguments), learns its input's shape (`build`, which creates its
variables), and then answers two calls:

    y  = layer.forward(x, cache)      # cache=None: inference, nothing is kept
    dx = layer.backward(dy, cache)    # adds dkernel, dbias, ... to the cache

Your own layer is one class with these two methods; saving, summary, gradient check and training
come with it. Neither call writes into its argument.

Reference: https://keras.io/api/layers/base_layer/
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from nanoconv.core import naming, registry
from nanoconv.core.arrays import as_array, as_plain
from nanoconv.core.configuration import arguments_of
from nanoconv.core.graph import Node, Shape, SymbolicTensor, is_symbolic
from nanoconv.layers.base.cache import Cache
from nanoconv.layers.base.layer_arguments import SHAPE_ARGUMENTS, declared_shape, dtype_name
from nanoconv.layers.base.layer_weights import Weights


class Layer(Weights):
    """Base of all layers.

    Args:
        activity_regularizer: not supported, None.
        trainable: whether optimizers may change the parameters.
        dtype: the type it computes in; `config.floatx()` by default.
        autocast: accepted for Keras' sake; inputs are always cast to `dtype`.
        name: a unique name; made from the class's name by default.
        input_shape: shape of one input, without the batch size, for a model's first layer.

    Raises:
        ValueError, TypeError: for arguments that are not supported or not known.

    Example:
        >>> class Double(Layer):
        ...     def forward(self, x, cache=None):
        ...         return 2 * x
        ...
        ...     def backward(self, dy, cache):
        ...         return 2 * dy
        >>> Double()(np.array([1.0, 2.0])).tolist()
        [2.0, 4.0]

    Reference: https://keras.io/api/layers/base_layer/
    """

    #: An image's result does not depend on the rest of the batch, so that the model may run this
    #: layer on chunks of a few images inside its workers.
    per_image = False

    def __init__(
        self,
        *,
        activity_regularizer: Any = None,
        trainable: bool = True,
        dtype: Any = None,
        autocast: bool = True,
        name: str | None = None,
        **kwargs: Any,
    ) -> None:
        if activity_regularizer is not None:
            raise ValueError(
                f"activity_regularizer is {activity_regularizer!r}, but nanoconv regularizes "
                "parameters only; write kernel_regularizer= instead."
            )
        super().__init__(bool(trainable))
        if not isinstance(name, (str, type(None))):
            raise ValueError(f"name is {name!r}, but text is needed; write name='conv_1'.")
        self.name = name or naming.auto_name(type(self).__name__)
        self.dtype = dtype_name(dtype)
        self.autocast = autocast
        self.batch_input_shape = declared_shape(kwargs)
        unexpected = [k for k in kwargs if k not in SHAPE_ARGUMENTS]
        if unexpected:
            known = [*inspect.signature(type(self).__init__).parameters, "name", "dtype"]
            raise TypeError(
                f"{type(self).__name__} got an unknown argument: "
                + registry.unknown("arguments of this layer", unexpected[0], known)
            )
        self.built = False
        self.build_shape: Any = None
        self._nodes: list[Node] = []

    def __init_subclass__(cls, **options: Any) -> None:
        """Let `build` of any subclass note that the layer is built, whoever calls it."""
        super().__init_subclass__(**options)
        build = cls.build

        @functools.wraps(build)
        def noted(self: Layer, *shape: Any, **named: Any) -> None:
            build(self, *shape, **named)
            self.built = True

        if "build" in cls.__dict__:
            cls.build = noted  # type: ignore[method-assign]

    # ---- what a layer defines -------------------------------------------------------------------

    def build(self, input_shape: Any) -> None:
        """Create the variables for inputs of this shape (None for the batch size)."""

    def forward(self, x: Any, cache: Cache | None = None) -> np.ndarray:
        """Compute the output, and keep in the cache what backward needs.

        Args:
            x: the input (N, ...), or a list of inputs for merging layers.
            cache: where to keep things; None at inference.
        """
        hint = "; a class with call derives from Model" if hasattr(self, "call") else ""
        raise NotImplementedError(
            f"{type(self).__name__} needs a method forward(self, x, cache){hint}."
        )

    def backward(self, dy: np.ndarray, cache: Cache) -> Any:
        """Compute the gradient of the input, and add the parameters' gradients to the cache.

        Args:
            dy: gradient of the loss with respect to forward's output, of its shape.
            cache: the one that forward was given.
        """
        raise NotImplementedError(
            f"{type(self).__name__} needs a method backward(self, dy, cache)."
        )

    def compute_output_shape(self, input_shape: Any) -> Shape:
        """Return the output's shape; by default, try forward on one image of zeros."""
        shapes = input_shape if _is_list_of_shapes(input_shape) else [input_shape]
        zeros = [np.zeros([1, *shape[1:]], self.dtype) for shape in shapes]
        y = self.forward(zeros if shapes is input_shape else zeros[0], None)
        return (shapes[0][0], *y.shape[1:])

    # ---- calling --------------------------------------------------------------------------------

    def __call__(self, inputs: Any, training: bool | None = None) -> Any:
        """Run the layer on arrays, or write down the call on symbolic tensors.

        Args:
            inputs: an array (N, ...), a symbolic tensor, or a list of either.
            training: whether this is a training pass.

        Raises:
            ValueError: where the input's shape does not fit.
        """
        if is_symbolic(inputs):
            return self._call_symbolically(inputs, training)
        takes_list = isinstance(inputs, (list, tuple)) and self.accepts_list
        arrays = [as_plain(x) for x in inputs] if takes_list else [as_plain(inputs)]
        x = [a.astype(self.dtype, copy=False) for a in arrays]
        shapes = [a.shape for a in x]
        self.build_for(shapes if takes_list else shapes[0])
        self.check_input_shape(shapes if takes_list else shapes[0])
        seed, call = self.next_call() if training else (0, 0)
        cache = Cache(True, seed=seed, call=call) if training else None
        return as_array(self.forward(x if takes_list else x[0], cache))

    #: Whether one call takes a list of inputs (merging layers).
    accepts_list = False

    def _call_symbolically(self, inputs: Any, training: bool | None) -> SymbolicTensor:
        takes_list = isinstance(inputs, (list, tuple))
        tensors: Sequence[SymbolicTensor] = list(inputs) if takes_list else [inputs]
        shapes = [t.shape for t in tensors]
        shape = shapes if takes_list else shapes[0]
        self.build_for(shape)
        self.check_input_shape(shape)
        node = Node(self, tensors, takes_list, training)
        self._nodes.append(node)
        return node.add_output(self.compute_output_shape(shape), self.dtype)

    def build_for(self, input_shape: Any) -> None:
        """Build once; later calls only return."""
        if self.built:
            return
        if not _is_list_of_shapes(input_shape):
            input_shape = (None, *input_shape[1:])
        self.check_input_shape(input_shape)
        self.build(input_shape)
        self.built, self.build_shape = True, input_shape

    def check_input_shape(self, input_shape: Any) -> None:
        """Raise one clear sentence where this layer cannot take inputs of such a shape."""

    def next_call(self) -> tuple[int, int]:
        """Return (seed, number) of the next training call; random layers count their calls."""
        return self.seed_generator.next_call() if self.seed_generator else (0, 0)

    # ---- activation at the end of a layer -------------------------------------------------------

    def activate(
        self, activation: Callable[[np.ndarray], np.ndarray], z: np.ndarray, cache: Cache | None
    ) -> np.ndarray:
        """Return activation(z), keeping what its gradient needs."""
        y = activation(z)
        if cache is not None:
            needs_z = getattr(activation, "needs_input", True) or cache.keep_logits
            cache.z, cache.y = (z if needs_z else None), y
        return y

    def activation_backward(self, activation: Any, dy: np.ndarray, cache: Cache) -> np.ndarray:
        """Return the gradient before the activation, given the one behind it."""
        return dy if cache.from_logits else activation.backward(dy, cache.z, cache.y)

    # ---- configuration --------------------------------------------------------------------------

    def get_config(self) -> dict[str, Any]:
        """Return the arguments that make this layer again: those of `__init__`, by name."""
        config = arguments_of(self, ("name", "trainable", "dtype"), left_out=("autocast",))
        return config | ({"dtype": dtype_policy(self.dtype)} if "dtype" in config else {})

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> Any:
        """Make a layer from `get_config()`'s dictionary."""
        return cls(**config)

    def get_build_config(self) -> dict[str, Any] | None:
        """Return the shape that the layer was built for, or None where it is not built."""
        return None if self.build_shape is None else {"input_shape": self.build_shape}

    def build_from_config(self, config: dict[str, Any]) -> None:
        """Build the layer from `get_build_config()`'s dictionary."""
        shape = config.get("input_shape")
        if shape:
            several = isinstance(shape[0], (list, tuple))
            self.build_for([tuple(one) for one in shape] if several else tuple(shape))

    # ---- what Keras scripts ask of a layer ------------------------------------------------------

    @property
    def input(self) -> Any:
        """The symbolic input of the layer's first call."""
        node = self._first_node("input")
        return node.inputs if node.takes_list else node.inputs[0]

    @property
    def output(self) -> Any:
        """The symbolic output of the layer's first call."""
        outputs = self._first_node("output").outputs
        return outputs[0] if len(outputs) == 1 else outputs

    def _first_node(self, what: str) -> Node:
        if not self._nodes:
            raise AttributeError(
                f"{self.name} has no {what} yet, because it was never called; "
                "give the model an input shape with Input(shape=(28, 28, 1)) as its first layer."
            )
        return self._nodes[0]

    @property
    def compute_dtype(self) -> str:
        """The type this layer computes in."""
        return self.dtype

    def __repr__(self) -> str:
        return f"<{type(self).__name__} name={self.name}, built={self.built}>"


def dtype_policy(name: str) -> dict[str, Any]:
    """Return the dictionary that Keras writes for the type a layer computes in."""
    return {
        "module": "keras",
        "class_name": "DTypePolicy",
        "config": {"name": name},
        "registered_name": None,
    }


def _is_list_of_shapes(shape: Any) -> bool:
    return isinstance(shape, list) and bool(shape) and isinstance(shape[0], (list, tuple))
