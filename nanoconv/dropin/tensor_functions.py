"""Functions of TensorFlow that Keras scripts call, on NumPy's arrays, and the table of all names.

What would choose devices or modes is accepted and does nothing, because there is one device, the
CPU, and one mode: everything is computed at once.
"""

from __future__ import annotations

import contextlib
import functools
import logging
from collections import namedtuple
from typing import Any

import numpy as np

from nanoconv import activations, backend, layers, optimizers, random, utils
from nanoconv.core.arrays import Array, as_array, as_plain
from nanoconv.core.graph import is_symbolic
from nanoconv.core.variable import Variable
from nanoconv.dropin import old_files, sessions
from nanoconv.utils import tf_data

VERSION = "2.20.0"  # whose Keras is the one that nanoconv follows

PhysicalDevice = namedtuple("PhysicalDevice", ["name", "device_type"])


def list_devices(device_type: str | None = None) -> list[PhysicalDevice]:
    """Return the one device, where CPUs are asked for."""
    return [PhysicalDevice("/physical_device:CPU:0", "CPU")] if device_type in (None, "CPU") else []


def confusion_matrix(
    labels: Any,
    predictions: Any,
    num_classes: int | None = None,
    weights: Any = None,
    dtype: Any = "int32",
    name: str | None = None,
) -> Array:
    """Count how often each class (row) was taken for each (column), or sum the weights."""
    labels, predictions = as_plain(labels).ravel(), as_plain(predictions).ravel()
    size = num_classes or int(max(labels.max(), predictions.max())) + 1
    matrix = np.zeros((size, size), getattr(dtype, "name", dtype))
    np.add.at(
        matrix, (labels.astype(int), predictions.astype(int)), 1 if weights is None else weights
    )
    return as_array(matrix)


def constant(value: Any, dtype: Any = None, shape: Any = None, name: str | None = None) -> Array:
    """Return an array; Python's own numbers become float32 or int32, as in TensorFlow."""
    array = as_plain(value)
    if dtype is None and not hasattr(value, "dtype"):
        dtype = {"f": "float32", "i": "int32"}.get(array.dtype.kind)
    array = array.astype(dtype) if dtype is not None else array
    return as_array(array if shape is None else np.broadcast_to(array, shape).copy())


def activation(name: str) -> Any:
    """Return TensorFlow's function: of arrays, of symbolic tensors, and for `activation=`."""
    own = getattr(activations, name)

    @functools.wraps(own)
    def call(features: Any, *args: Any, **kwargs: Any) -> Any:
        if is_symbolic(features):
            return layers.Activation(own)(features)
        return as_array(own(features, *args, **kwargs))

    call.same_as = own  # type: ignore[attr-defined]
    return call


def function(func: Any = None, **kwargs: Any) -> Any:
    """Return the function as it is: nanoconv always computes at once."""
    return function if func is None else func


def random_normal(
    shape: Any, mean: float = 0.0, stddev: float = 1.0, dtype: Any = "float32", seed: Any = None
) -> Array:
    """Draw normal values from nanoconv's generator."""
    return as_array(random.generator(seed).normal(mean, stddev, shape).astype(dtype))


def random_uniform(
    shape: Any, minval: Any = 0, maxval: Any = None, dtype: Any = "float32", seed: Any = None
) -> Array:
    """Draw uniform values from nanoconv's generator."""
    values = random.generator(seed).uniform(minval, 1 if maxval is None else maxval, shape)
    return as_array(values.astype(dtype))


def nothing(*args: Any, **kwargs: Any) -> None:
    """Do nothing: there is nothing to choose here."""


def device(name: Any) -> Any:
    """Return a context in which everything runs on the CPU, as everywhere."""
    return contextlib.nullcontext()


class Strategy:
    """What stands for TensorFlow's strategies of distribution: one CPU does all."""

    num_replicas_in_sync = 1

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        pass

    def scope(self) -> Any:
        """Return a context in which everything runs on the CPU, as everywhere."""
        return contextlib.nullcontext()


def one_hot(indices: Any, depth: int, **kwargs: Any) -> Array:
    """Return rows of zeros with a one at each index."""
    return backend.one_hot(indices, depth)


def leaky_relu(features: Any, alpha: float = 0.2, name: str | None = None) -> Any:
    """Return x where it is positive, alpha x elsewhere."""
    return activations.relu(features, negative_slope=alpha)


def softmax_cross_entropy_with_logits(labels: Any, logits: Any, axis: int = -1) -> Array:
    """Return each sample's cross-entropy."""
    return as_array(backend.categorical_crossentropy(labels, logits, True, axis=axis))


# ---- the names, by module ------------------------------------------------------------------------

_SAME_NAMES = (
    *("abs", "exp", "log", "sqrt", "square", "sign", "round", "pow", "maximum", "minimum"),
    *("equal", "not_equal", "greater", "greater_equal", "less", "less_equal", "sigmoid", "tanh"),
)
_ACTIVATIONS = (
    *("relu", "relu6", "elu", "selu", "gelu", "silu", "swish", "softmax", "log_softmax"),
    *("sigmoid", "tanh", "softplus", "softsign"),
)
_MATH: dict[str, Any] = {
    "argmax": lambda input, axis=0, **_: backend.argmax(input, axis),
    "argmin": lambda input, axis=0, **_: backend.argmin(input, axis),
    "add": backend._elementwise(np.add),
    "subtract": backend._elementwise(np.subtract),
    "multiply": backend._elementwise(np.multiply),
    "divide": backend._elementwise(np.divide),
    **{f"reduce_{n}": getattr(backend, n) for n in ("sum", "mean", "max", "min", "prod")},
    **{name: getattr(backend, name) for name in _SAME_NAMES},
    "confusion_matrix": confusion_matrix,
}
_LIST_DEVICES = ("list_physical_devices", "list_logical_devices", "get_visible_devices")
_CHOOSE_DEVICES = (
    *("set_memory_growth", "set_visible_devices", "set_logical_device_configuration"),
    *("set_virtual_device_configuration", "set_soft_device_placement", "run_functions_eagerly"),
    *("experimental_run_functions_eagerly", "enable_op_determinism"),
)
_DEVICES = {**dict.fromkeys(_LIST_DEVICES, list_devices), **dict.fromkeys(_CHOOSE_DEVICES, nothing)}
_LOGGING: dict[str, Any] = {
    "set_verbosity": lambda level: logging.getLogger("tensorflow").setLevel(int(level)),
    **{n: getattr(logging, n) for n in ("DEBUG", "INFO", "WARN", "WARNING", "ERROR", "FATAL")},
}
_MODES = (
    *("disable_eager_execution", "enable_eager_execution"),
    *("disable_v2_behavior", "enable_v2_behavior", "reset_default_graph"),
)
_TYPES = ("float16", "float32", "float64", "int32", "int64", "uint8", "bool")
_DATA = {
    "AUTOTUNE": tf_data.AUTOTUNE,
    "INFINITE_CARDINALITY": tf_data.INFINITE,
    "UNKNOWN_CARDINALITY": tf_data.UNKNOWN,
    "cardinality": tf_data.Dataset.cardinality,
}
_STRATEGIES = ("MirroredStrategy", "OneDeviceStrategy", "get_strategy")
BELOW = object()  # marks a module below another
# By module.
NAMES: dict[str, dict[str, Any]] = {
    "": {
        "__version__": VERSION,
        "newaxis": None,
        "Tensor": np.ndarray,
        "Variable": Variable,
        "function": function,
        "device": device,
        "executing_eagerly": lambda: True,
        "get_logger": lambda: logging.getLogger("tensorflow"),
        "print": print,
        "set_random_seed": utils.set_random_seed,
        "random_normal": random_normal,
        "constant": constant,
        "convert_to_tensor": constant,
        "cast": backend.cast,
        "clip_by_value": backend.clip,
        "concat": lambda values, axis, name=None: backend.concatenate(values, axis),
        "expand_dims": lambda input, axis=-1, name=None: backend.expand_dims(input, axis),
        "matmul": backend._elementwise(np.matmul),
        "one_hot": one_hot,
        "ones": lambda shape, dtype="float32", name=None: as_array(np.ones(shape, dtype)),
        "zeros": lambda shape, dtype="float32", name=None: as_array(np.zeros(shape, dtype)),
        "rank": lambda input: as_plain(input).ndim,
        "range": lambda *args, **_: as_array(np.arange(*args)),
        "reshape": lambda tensor, shape, name=None: backend.reshape(tensor, shape),
        "shape": lambda input, **_: backend.shape(input),
        "squeeze": lambda input, axis=None, name=None: as_array(np.squeeze(as_plain(input), axis)),
        "stack": backend.stack,
        "transpose": lambda a, perm=None, **_: as_array(np.transpose(as_plain(a), perm)),
        "ones_like": backend.ones_like,
        "zeros_like": backend.zeros_like,
        **{name: np.dtype(name) for name in _TYPES},
        **dict.fromkeys(_MODES, nothing),
        **sessions.NAMES,
        **_MATH,
    },
    "math": _MATH,
    "nn": {
        **{name: activation(name) for name in _ACTIVATIONS},
        "leaky_relu": leaky_relu,
        "softmax_cross_entropy_with_logits": softmax_cross_entropy_with_logits,
    },
    "random": {
        "set_seed": utils.set_random_seed,
        "set_random_seed": utils.set_random_seed,
        "normal": random_normal,
        "uniform": random_uniform,
    },
    "config": {**_DEVICES, "threading": BELOW, "experimental": BELOW, "optimizer": BELOW},
    "config.experimental": _DEVICES,
    "config.threading": {
        "set_inter_op_parallelism_threads": nothing,
        "set_intra_op_parallelism_threads": nothing,
    },
    "config.optimizer": {"set_jit": nothing},
    "test": {
        "is_gpu_available": lambda *_, **__: False,
        "is_built_with_cuda": lambda: False,
        "gpu_device_name": lambda: "",
    },
    "logging": _LOGGING,
    "autograph": {"set_verbosity": nothing, "experimental": BELOW},
    "debugging": {"set_log_device_placement": nothing},
    "compat": {"v1": BELOW, "v2": BELOW},
    "train": {  # TensorFlow 1's optimizers, too
        "latest_checkpoint": old_files.latest_checkpoint,
        "GradientDescentOptimizer": optimizers.SGD,
        "RMSPropOptimizer": optimizers.RMSprop,
        **{f"{n}Optimizer": getattr(optimizers, n) for n in ("Adam", "Adagrad", "Adadelta")},
    },
    "version": {"VERSION": VERSION},
    "data": {"Dataset": tf_data.Dataset, **_DATA},
    "data.experimental": _DATA,
    "distribute": dict.fromkeys(_STRATEGIES, Strategy),
    "errors": {},
    "python": {},
    "python.client": {},
    "python.client.device_lib": {"list_local_devices": lambda *_: list_devices()},
    "python.framework": {},
    "python.framework.ops": {"disable_eager_execution": nothing},
}
