"""What old scripts import as `K`: settings, the session, and array functions for metrics.

    from keras import backend as K

The array functions are NumPy's under Keras' names. They serve metrics that are written with them,
such as `K.mean(K.equal(...))`; nothing is differentiated through them. `x`, `tensors` (several) and
`indices` (labels below `num_classes`) stand for arrays or variables, `value` for what they
become; results lie between `min_value` and `max_value`.

Reference: https://keras.io/api/utils/config_utils/
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from nanoconv import activations, losses
from nanoconv.config import (
    check_data_format,
    epsilon,
    floatx,
    image_data_format,
    set_epsilon,
    set_floatx,
    set_image_data_format,
)
from nanoconv.core import absent, naming
from nanoconv.core.arrays import Array, as_array, as_plain
from nanoconv.core.graph import is_symbolic
from nanoconv.core.variable import Variable

__all__ = [
    "abs", "all", "any", "argmax", "argmin", "backend", "binary_crossentropy", "cast",
    "cast_to_floatx", "categorical_crossentropy", "clear_session", "clip", "concatenate",
    "constant", "dot", "elu", "epsilon", "equal", "eval", "exp", "expand_dims", "flatten", "floatx",
    "function", "get_uid", "get_value", "greater", "greater_equal", "image_data_format",
    "image_dim_ordering", "int_shape", "is_keras_tensor", "learning_phase", "less", "less_equal",
    "log", "max", "maximum", "mean", "min", "minimum", "not_equal", "one_hot", "ones_like", "pow",
    "prod", "relu", "reshape", "round", "set_epsilon", "set_floatx", "set_image_data_format",
    "set_image_dim_ordering", "set_learning_phase", "set_value", "shape", "sigmoid", "sign",
    "softmax", "softplus", "sparse_categorical_crossentropy", "sqrt", "square", "squeeze", "stack",
    "std", "sum", "tanh", "transpose", "var", "variable", "zeros_like",
]  # fmt: skip

_uids: Counter[str] = Counter()

# ---- settings and session -----------------------------------------------------------------------


def backend() -> str:
    """Return `"nanoconv"`."""
    return "nanoconv"


def clear_session(free_memory: bool = True) -> None:
    """Start counting the automatic names of layers anew; there is no other global state.

    Args:
        free_memory: accepted; Python frees models that nobody uses.
    """
    naming.reset_names()
    _uids.clear()


def get_uid(prefix: str = "") -> int:
    """Return 1, 2, ... for each call with the same prefix."""
    _uids[prefix] += 1
    return _uids[prefix]


def image_dim_ordering() -> str:
    """Return `"tf"`: what Keras 1 called `channels_last`."""
    return "tf"


def set_image_dim_ordering(dim_ordering: str) -> None:
    """Accept `"tf"`, Keras 1's name of `channels_last`; refuse the other layout.

    Args:
        dim_ordering: `"tf"`.

    Raises:
        ValueError: for `"th"`.
    """
    check_data_format("channels_last" if dim_ordering == "tf" else "channels_first")


def learning_phase() -> int:
    """Return 0: outside `fit`, models run in inference mode."""
    return 0


def set_learning_phase(value: int) -> None:
    """Accept 0; a pass in training mode is asked for by the call.

    Args:
        value: 0.

    Raises:
        ValueError: for 1.
    """
    if value:
        raise ValueError(
            f"learning_phase is {value!r}, but nanoconv has no global mode; "
            "write model(x, training=True)."
        )


# ---- variables and models -----------------------------------------------------------------------


def variable(value: Any, dtype: Any = None, name: str | None = None) -> Variable:
    """Return a variable with this value."""
    return Variable(as_plain(value, dtype or floatx()), name=name or "variable")


def constant(value: Any, dtype: Any = None, shape: Any = None, name: str | None = None) -> Array:
    """Return an array with this value, repeated to a shape where one is given."""
    array = as_plain(value, dtype or floatx())
    return as_array(array if shape is None else np.broadcast_to(array, shape).copy())


def get_value(x: Any) -> Any:
    """Return the values of a variable."""
    return as_plain(x)[()]


def set_value(x: Variable, value: Any) -> None:
    """Overwrite a variable."""
    x.assign(value)


eval = get_value


def int_shape(x: Any) -> tuple[int | None, ...]:
    """Return the shape of a symbolic tensor or an array."""
    return tuple(x.shape)


def is_keras_tensor(x: Any) -> bool:
    """Tell whether `x` is a symbolic tensor."""
    return is_symbolic(x)


def function(inputs: Sequence[Any], outputs: Any) -> Callable[[Sequence[Any]], Any]:
    """Return a function from arrays to the outputs between symbolic tensors.

    Args:
        inputs: symbolic inputs; `learning_phase()` among them is left out.
        outputs: symbolic outputs, one or a list: what the function returns.
    """
    from nanoconv.models import Model

    places = [i for i, tensor in enumerate(inputs) if is_symbolic(tensor)]
    model = Model([inputs[i] for i in places], outputs)

    def call(values: Sequence[Any]) -> Any:
        return model([values[i] for i in places])

    return call


# ---- array functions for metrics ----------------------------------------------------------------


def _elementwise(of: Callable[..., Any]) -> Callable[..., Array]:
    """Return NumPy's function with an `Array` as result."""

    def call(*xs: Any) -> Array:
        return as_array(of(*(as_plain(x) for x in xs)))

    call.__doc__ = f"Return what `numpy.{of.__name__}` returns for the values of xs."
    return call


def _reducing(of: Callable[..., Any]) -> Callable[..., Array]:
    """Return a function that sums, averages, ... along an axis, in Keras' order of arguments."""

    def reduce(x: Any, axis: Any = None, keepdims: bool = False) -> Array:
        axis = tuple(axis) if isinstance(axis, list) else axis
        return as_array(of(as_plain(x), axis=axis, keepdims=keepdims))

    reduce.__doc__ = f"Return `numpy.{of.__name__}` of x along an axis; keepdims keeps it as 1."
    return reduce


abs = _elementwise(np.abs)
exp = _elementwise(np.exp)
log = _elementwise(np.log)
sqrt = _elementwise(np.sqrt)
square = _elementwise(np.square)
sign = _elementwise(np.sign)
round = _elementwise(np.round)
pow = _elementwise(np.power)
maximum = _elementwise(np.maximum)
minimum = _elementwise(np.minimum)
dot = _elementwise(np.dot)
equal = _elementwise(np.equal)
not_equal = _elementwise(np.not_equal)
greater = _elementwise(np.greater)
greater_equal = _elementwise(np.greater_equal)
less = _elementwise(np.less)
less_equal = _elementwise(np.less_equal)
ones_like = _elementwise(np.ones_like)
zeros_like = _elementwise(np.zeros_like)
transpose = _elementwise(np.transpose)
sum = _reducing(np.sum)
mean = _reducing(np.mean)
max = _reducing(np.max)
min = _reducing(np.min)
prod = _reducing(np.prod)
std = _reducing(np.std)
var = _reducing(np.var)
any = _reducing(np.any)
all = _reducing(np.all)
relu, sigmoid, tanh, elu = activations.relu, activations.sigmoid, activations.tanh, activations.elu
softmax, softplus = activations.softmax, activations.softplus
categorical_crossentropy = losses.categorical_crossentropy
sparse_categorical_crossentropy = losses.sparse_categorical_crossentropy
binary_crossentropy = losses.binary_crossentropy


def argmax(x: Any, axis: int = -1) -> Array:
    """Return the index of the largest value along an axis."""
    return as_array(np.argmax(as_plain(x), axis=axis))


def argmin(x: Any, axis: int = -1) -> Array:
    """Return the index of the smallest value along an axis."""
    return as_array(np.argmin(as_plain(x), axis=axis))


def cast(x: Any, dtype: Any) -> Array:
    """Return the same values in another type."""
    return as_array(as_plain(x).astype(getattr(dtype, "name", dtype)))


def cast_to_floatx(x: Any) -> Array:
    """Return the same values as `floatx()`."""
    return cast(x, floatx())


def clip(x: Any, min_value: Any, max_value: Any) -> Array:
    """Return the values, those outside moved to the nearest end."""
    return as_array(np.clip(as_plain(x), min_value, max_value))


def concatenate(tensors: Sequence[Any], axis: int = -1) -> Array:
    """Return the arrays one behind the other along an axis."""
    return as_array(np.concatenate([as_plain(x) for x in tensors], axis=axis))


def expand_dims(x: Any, axis: int = -1) -> Array:
    """Return the array with one more axis of size 1."""
    return as_array(np.expand_dims(as_plain(x), axis))


def flatten(x: Any) -> Array:
    """Return all values in one row."""
    return as_array(as_plain(x).reshape(-1))


def one_hot(indices: Any, num_classes: int) -> Array:
    """Return rows of zeros with a one at each index."""
    return as_array(np.eye(num_classes, dtype=floatx())[as_plain(indices)])


def reshape(x: Any, shape: Any) -> Array:
    """Return the values in another shape."""
    return as_array(as_plain(x).reshape(shape))


def shape(x: Any) -> Array:
    """Return the sizes as an array."""
    return as_array(np.shape(as_plain(x)))


def squeeze(x: Any, axis: int) -> Array:
    """Return the array without an axis of size 1."""
    return as_array(np.squeeze(as_plain(x), axis))


def stack(x: Sequence[Any], axis: int = 0) -> Array:
    """Return the arrays beside each other along a new axis."""
    return as_array(np.stack([as_plain(each) for each in x], axis))


__getattr__, __dir__ = absent.public(__name__)
