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
import warnings
from collections.abc import Sequence
from typing import Any

import numpy as np

from nanoconv import activations, config, constraints, initializers, kernels, regularizers
from nanoconv.core import allocation, naming, registry
from nanoconv.core.arrays import as_array, as_plain
from nanoconv.core.configuration import Remembering, arguments_of
from nanoconv.core.graph import Node, Shape, SymbolicTensor, is_symbolic
from nanoconv.core.variable import Variable
from nanoconv.layers.base.cache import Cache
from nanoconv.layers.base.tensor_calls import (
    added_losses,
    backward_by_call,
    forward_by_call,
    on_tape,
    penalties,
    record,
    sublayers,
)
from nanoconv.mixed_precision import without_half_precision
from nanoconv.random import SeedGenerator

SHAPE_ARGUMENTS = ("input_shape", "batch_input_shape", "batch_shape", "input_dim", "batch_size")


class Layer(Remembering):
    """Base of all layers.

    Args:
        activity_regularizer: a penalty on the outputs, divided by the number of samples, that joins
            the model's loss, or None.
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

    #: An image's result does not depend on the rest of the batch, so that the model may pass chunks
    #: of a few images through this layer, each in one of its threads.
    per_image = False
    #: The output has the shape of the input.
    keeps_shape = False
    #: One call takes a list of inputs (merging layers).
    accepts_list = False
    #: The layer has a method `call` in functions of `nanoconv.ops`, and no forward and backward.
    by_call = False
    #: The layer's kernel can apply relu in the loop that writes z; see `activate`.
    fuses_relu = False

    activation: Any = None  # of layers that end with one
    seed_generator: SeedGenerator | None = None  # of layers that draw random numbers

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
        if not isinstance(name, (str, type(None))):
            raise ValueError(f"name is {name!r}, but text is needed; write name='conv_1'.")
        self.name = name or naming.auto_name(type(self).__name__)
        self.activity_regularizer = regularizers.get(activity_regularizer)
        self._trainable = bool(trainable)
        self._own_variables: list[Variable] = []
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
        self._losses: list[Any] = []  # what `add_loss` was given in the last call

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
        if cls.forward is Layer.forward and hasattr(cls, "call"):
            cls.by_call = cls.accepts_list = True

    # ---- what a layer defines -------------------------------------------------------------------

    def build(self, input_shape: Any) -> None:
        """Create the variables for inputs of this shape (None for the batch size)."""

    def forward(self, x: Any, cache: Cache | None = None) -> np.ndarray:
        """Compute the output, and keep in the cache what backward needs.

        Args:
            x: the input (N, ...), or a list of inputs for merging layers.
            cache: where to keep things; None at inference.
        """
        return forward_by_call(self, x, cache)

    def backward(self, dy: np.ndarray, cache: Cache) -> Any:
        """Compute the gradient of the input, and add the parameters' gradients to the cache.

        Args:
            dy: gradient of the loss with respect to forward's output, of its shape.
            cache: the one that forward was given.
        """
        return backward_by_call(self, dy, cache)

    def compute_output_shape(self, input_shape: Any) -> Shape:
        """Return the output's shape; by default, try forward on one image of zeros."""
        if self.keeps_shape:
            return input_shape
        shapes = input_shape if _is_list_of_shapes(input_shape) else [input_shape]
        zeros = [np.zeros([1, *shape[1:]], self.dtype) for shape in shapes]
        y = self.forward(zeros if shapes is input_shape else zeros[0], None)
        return (shapes[0][0], *y.shape[1:])

    def add_loss(self, loss: Any) -> None:
        """Add a scalar to the loss of the model; for use in `call`, in functions of `ops`.

        Args:
            loss: a scalar tensor, or a list of them.

        Reference: https://keras.io/api/layers/base_layer/#addloss-method
        """
        self._losses += loss if isinstance(loss, (list, tuple)) else [loss]

    @property
    def losses(self) -> list[Any]:
        """The scalars of `add_loss` in the last call, and the penalties of the regularizers."""
        return added_losses(self) + penalties(self)

    # ---- variables ------------------------------------------------------------------------------

    def add_weight(
        self,
        shape: Sequence[Any] | None = None,
        initializer: Any = None,
        dtype: str | None = None,
        trainable: bool = True,
        regularizer: Any = None,
        constraint: Any = None,
        name: str | None = None,
    ) -> Variable:
        """Create a variable of this layer.

        Args:
            shape: of the array; a scalar by default.
            initializer: Glorot's uniform by default.
            dtype: the layer's by default.
            trainable: a parameter (True) or state that forward keeps (False).
            regularizer, constraint: as in Keras.
            name: inside this layer, such as `"kernel"`.
        """
        start = initializers.get(initializer or "glorot_uniform")
        path = f"{self.name}/{name or 'variable'}"
        variable = Variable(
            allocation.new_array(path, tuple(shape or ()), dtype or self.dtype, start),
            name=name or "variable",
            trainable=trainable,
            regularizer=regularizers.get(regularizer),
            constraint=constraints.get(constraint),
            path=path,
        )
        self._own_variables.append(variable)
        return variable

    def keep_options(
        self, name: str, initializer: Any, regularizer: Any = None, constraint: Any = None
    ) -> None:
        """Keep a parameter's arguments as `self.<name>_initializer` and so on, for `add_parameter`.

        Args:
            name: what the arguments' names begin with, such as `"kernel"`.
            initializer: how the parameter begins.
            regularizer: a penalty that joins the loss, or None.
            constraint: a projection after each update, or None.
        """
        setattr(self, f"{name}_initializer", initializers.get(initializer))
        setattr(self, f"{name}_regularizer", regularizers.get(regularizer))
        setattr(self, f"{name}_constraint", constraints.get(constraint))

    def add_parameter(
        self, shape: Sequence[int], name: str, options: str | None = None
    ) -> Variable:
        """Create a parameter with the arguments that `keep_options` kept.

        Args:
            shape: of the array.
            name: inside this layer, such as `"kernel"`.
            options: the name under which they were kept; `name` by default.
        """
        options = options or name
        return self.add_weight(
            shape,
            getattr(self, f"{options}_initializer"),
            regularizer=getattr(self, f"{options}_regularizer"),
            constraint=getattr(self, f"{options}_constraint"),
            name=name,
        )

    @property
    def trainable(self) -> bool:
        """Whether optimizers may change this layer's parameters."""
        return self._trainable

    @trainable.setter
    def trainable(self, value: bool) -> None:
        self._trainable = bool(value)

    @property
    def weights(self) -> list[Variable]:
        """Parameters, then state, as Keras orders them."""
        own = self._own_variables
        own = [v for v in own if v.trainable] + [v for v in own if not v.trainable]
        return own + self._of_sublayers("weights")

    @property
    def variables(self) -> list[Variable]:
        """All weights, and the random state of layers that have one."""
        return self.weights + ([self.seed_generator.state] if self.seed_generator else [])

    @property
    def trainable_variables(self) -> list[Variable]:
        """The parameters that optimizers change: none while the layer is frozen."""
        if not self._trainable:
            return []
        own = [v for v in self._own_variables if v.trainable]
        return own + self._of_sublayers("trainable_variables")

    def _of_sublayers(self, what: str) -> list[Variable]:
        """Return the variables of layers that are attributes of a layer with `call`."""
        if not self.by_call:
            return []
        return list(dict.fromkeys(v for layer in sublayers(self) for v in getattr(layer, what)))

    @property
    def non_trainable_variables(self) -> list[Variable]:
        """All variables that optimizers leave alone."""
        trained = set(self.trainable_variables)
        return [v for v in self.variables if v not in trained]

    @property
    def trainable_weights(self) -> list[Variable]:
        """Same as `trainable_variables`."""
        return self.trainable_variables

    @property
    def non_trainable_weights(self) -> list[Variable]:
        """The weights that optimizers leave alone."""
        trained = set(self.trainable_variables)
        return [v for v in self.weights if v not in trained]

    def get_weights(self) -> list[np.ndarray]:
        """Return copies of all weights, in the order of `weights`."""
        return [v.numpy() for v in self.weights]

    def set_weights(self, weights: Sequence[Any]) -> None:
        """Overwrite all weights in place.

        Args:
            weights: arrays in the order of `get_weights()`.

        Raises:
            ValueError: where number or shapes differ; nothing is written then.
        """
        variables, arrays = self.weights, [as_plain(w) for w in weights]
        shapes = [a.shape for a in arrays]
        expected = [v.shape for v in variables]
        if shapes != expected:
            raise ValueError(
                f"{self.name}.set_weights got arrays of shapes {shapes}, but {expected} are needed"
                + (
                    "; build the model first, with model.build(input_shape)."
                    if not expected
                    else f"; write {self.name}.set_weights(other.get_weights()) of an equal layer."
                )
            )
        for variable, array in zip(variables, arrays, strict=True):
            variable.value[...] = array

    def count_params(self) -> int:
        """Return the number of elements in all weights."""
        return sum(v.size for v in self.weights)

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
        if on_tape(inputs):
            return record(self, inputs, training)
        takes_list = isinstance(inputs, (list, tuple)) and self.accepts_list
        arrays = [as_plain(x) for x in inputs] if takes_list else [as_plain(inputs)]
        x = [a.astype(self.dtype, copy=False) for a in arrays]
        shapes = [a.shape for a in x]
        self.build_for(shapes if takes_list else shapes[0])
        self.check_input_shape(shapes if takes_list else shapes[0])
        random = self.seed_generator
        seed, call = random.next_call() if training and random else (0, 0)
        cache = Cache(True, seed=seed, call=call) if training else None
        return as_array(self.forward(x if takes_list else x[0], cache))

    def _call_symbolically(self, inputs: Any, training: bool | None) -> SymbolicTensor:
        takes_list = isinstance(inputs, (list, tuple))
        tensors: Sequence[SymbolicTensor] = list(inputs) if takes_list else [inputs]
        shapes = [t.shape for t in tensors]
        shape = shapes if takes_list else shapes[0]
        self.build_for(shape)
        self.check_input_shape(shape)
        node = Node(self, tensors, takes_list, training)
        self._nodes.append(node)
        output_shape = self.compute_output_shape(shape)
        if self.activation is activations.softmax and output_shape[-1] == 1:
            warnings.warn(
                f"{self.name} applies softmax to one score (shape {output_shape}), which always "
                "gives 1; write activation='sigmoid'.",
                stacklevel=3,
            )
        return node.add_output(output_shape, self.dtype)

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

    # ---- the activation that a layer ends with --------------------------------------------------

    @property
    def fused_relu(self) -> bool:
        """Whether the layer's kernel is to apply relu itself, so that no other pass is needed."""
        return self.fuses_relu and self.activation is activations.relu

    def activate(self, z: np.ndarray, cache: Cache | None) -> np.ndarray:
        """Return y = activation(z), keeping what its gradient needs.

        Where relu is fused, z is y already; its gradient needs no more than where y > 0.
        """
        if self.fused_relu:
            if cache is not None:
                cache.mask = kernels.relu_mask(z)
            return z
        y = np.asarray(self.activation(z))
        if cache is not None:
            needs_z = getattr(self.activation, "needs_input", True) or cache.from_logits
            cache.z, cache.y = (z if needs_z else None), y
        return y

    def activation_backward(self, dy: np.ndarray, cache: Cache) -> np.ndarray:
        """Return dz; where relu is fused, dy, which the layer's kernel multiplies by cache.mask."""
        if cache.from_logits or self.fused_relu:
            return dy
        return self.activation.backward(dy, cache.z, cache.y)

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


def dtype_name(dtype: Any) -> str:
    """Return `"float32"` for None, a NumPy type, a name, or a Keras dtype policy."""
    if dtype is None:
        return config.floatx()
    if isinstance(dtype, dict):  # a DTypePolicy, as Keras writes it into files
        dtype = dtype.get("config", {}).get("name", dtype)
    name = getattr(dtype, "name", dtype)
    name = without_half_precision(name) if isinstance(name, str) else np.dtype(name).name
    if name not in ("float32", "float64"):
        raise ValueError(
            f"dtype is {name!r}, but nanoconv computes in float32 or float64; "
            'write dtype="float32".'
        )
    return name


def declared_shape(kwargs: dict[str, Any]) -> Shape | None:
    """Return the batch shape that `input_shape=` and its relatives declare, or None."""
    for key in ("batch_input_shape", "batch_shape"):
        if kwargs.get(key) is not None:
            return tuple(kwargs[key])
    shape = kwargs.get("input_shape")
    if shape is None and kwargs.get("input_dim") is not None:
        shape = (kwargs["input_dim"],)
    if shape is None:
        return None
    shape = (shape,) if isinstance(shape, (int, np.integer)) else tuple(shape)
    return (kwargs.get("batch_size"), *shape)
