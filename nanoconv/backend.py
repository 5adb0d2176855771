"""What old scripts import as `K`: settings, the session, and array functions for metrics.

    from keras import backend as K

The functions of arrays and tensors are those of `nanoconv.ops`, so that losses, metrics and layers
may be written with either. `x`, `tensors` (several) and `indices` (labels below `num_classes`)
stand for arrays, tensors or variables, `value` for what they become; results lie between
`min_value` and `max_value`. Random values have a `shape`, and `mean` and `stddev`, or `minval` and
`maxval`; `seed` makes them repeatable. `keepdims` keeps a reduced axis as 1.

Reference: https://keras.io/api/utils/config_utils/
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from nanoconv import ops, random
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
from nanoconv.ops import (
    abs,
    all,
    any,
    binary_crossentropy,
    categorical_crossentropy,
    dot,
    elu,
    equal,
    exp,
    greater,
    greater_equal,
    less,
    less_equal,
    log,
    max,
    maximum,
    mean,
    min,
    minimum,
    not_equal,
    ones_like,
    prod,
    relu,
    reshape,
    round,
    sigmoid,
    sign,
    softmax,
    softplus,
    sparse_categorical_crossentropy,
    sqrt,
    square,
    squeeze,
    stack,
    std,
    tanh,
    transpose,
    var,
    zeros_like,
)

__all__ = [
    "abs", "all", "any", "argmax", "argmin", "backend", "batch_flatten", "binary_crossentropy",
    "cast", "cast_to_floatx", "categorical_crossentropy", "clear_session", "clip",
    "concatenate", "constant", "dot", "elu", "epsilon", "equal", "eval", "exp", "expand_dims",
    "flatten", "floatx", "function", "get_uid", "get_value", "greater", "greater_equal",
    "image_data_format", "image_dim_ordering", "int_shape", "is_keras_tensor", "l2_normalize",
    "learning_phase", "less", "less_equal", "log", "max", "maximum", "mean", "min", "minimum",
    "not_equal", "one_hot", "ones_like", "pow", "prod", "random_normal", "random_uniform",
    "relu", "reshape", "round", "set_epsilon", "set_floatx", "set_image_data_format",
    "set_image_dim_ordering", "set_learning_phase", "set_value", "shape", "sigmoid", "sign",
    "softmax", "softplus", "sparse_categorical_crossentropy", "sqrt", "square", "squeeze",
    "stack", "std", "sum", "tanh", "transpose", "var", "variable", "zeros_like",
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


# ---- functions of arrays and tensors: those of `nanoconv.ops`, with Keras 2's defaults ----------


def argmax(x: Any, axis: int = -1) -> Any:
    """Return the index of the largest element along an axis."""
    return ops.argmax(x, axis)


def argmin(x: Any, axis: int = -1) -> Any:
    """Return the index of the smallest element along an axis."""
    return ops.argmin(x, axis)


def cast(x: Any, dtype: Any) -> Any:
    """Return the same elements in another type."""
    return ops.cast(x, getattr(dtype, "name", dtype))


def cast_to_floatx(x: Any) -> Any:
    """Return the same elements as `floatx()`."""
    return cast(x, floatx())


def clip(x: Any, min_value: Any, max_value: Any) -> Any:
    """Return the elements, those outside moved to the nearest end."""
    return ops.clip(x, min_value, max_value)


def concatenate(tensors: Sequence[Any], axis: int = -1) -> Any:
    """Join arrays along an axis."""
    return ops.concatenate(tensors, axis)


def expand_dims(x: Any, axis: int = -1) -> Any:
    """Return the array with one more axis of size 1."""
    return ops.expand_dims(x, axis)


def flatten(x: Any) -> Any:
    """Return all elements in one row."""
    return ops.ravel(x)


def batch_flatten(x: Any) -> Any:
    """Return each sample's elements in one row."""
    return ops.reshape(x, (len(x), -1))


def l2_normalize(x: Any, axis: int | None = None) -> Any:
    """Return x divided by its Euclidean norm along an axis."""
    return x * ops.rsqrt(ops.maximum(ops.sum(ops.square(x), axis, True), 1e-12))


def one_hot(indices: Any, num_classes: int) -> Any:
    """Return rows of zeros with a one at each index."""
    return ops.one_hot(indices, num_classes)


def random_normal(
    shape: Any, mean: float = 0.0, stddev: float = 1.0, dtype: Any = None, seed: Any = None
) -> Any:
    """Return normal values from nanoconv's generator."""
    values = random.generator(seed).normal(mean, stddev, tuple(shape))
    return as_array(values.astype(dtype or floatx()))


def random_uniform(
    shape: Any, minval: float = 0.0, maxval: float = 1.0, dtype: Any = None, seed: Any = None
) -> Any:
    """Return uniform values from nanoconv's generator."""
    values = random.generator(seed).uniform(minval, maxval, tuple(shape))
    return as_array(values.astype(dtype or floatx()))


def shape(x: Any) -> Array:
    """Return the sizes as an array."""
    return as_array(np.array(ops.shape(x)))


def sum(x: Any, axis: Any = None, keepdims: bool = False) -> Any:
    """Return the sum over an axis."""
    return ops.sum(x, axis, keepdims)


pow = ops.power

__getattr__, __dir__ = absent.public(__name__)
