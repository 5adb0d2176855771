"""Functions of TensorFlow that Keras scripts call, on NumPy's arrays, and the table of all names.

What would choose devices or modes is accepted and does nothing, because there is one device, the
CPU, and one mode: everything is computed at once.
"""

from __future__ import annotations

import contextlib
import functools
import inspect
import logging
from collections import namedtuple
from typing import Any

import numpy as np

from nanoconv import activations, backend, ops, optimizers, utils
from nanoconv.autodiff import Tape, Tensor
from nanoconv.core.arrays import Array, as_array, as_plain
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
    """Return TensorFlow's function: of arrays, of tensors of both kinds, and for `activation=`."""
    own = getattr(activations, name)

    @functools.wraps(own)
    def call(features: Any, *args: Any, name: str | None = None, **options: Any) -> Any:
        y = own(features, *args, **options)
        return as_array(y) if isinstance(y, np.ndarray) else y

    call.same_as = own  # type: ignore[attr-defined]
    return call


def function(func: Any = None, **kwargs: Any) -> Any:
    """Return the function as it is: nanoconv always computes at once."""
    return function if func is None else func


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


def softmax_cross_entropy_with_logits(labels: Any, logits: Any, axis: int = -1, **_: Any) -> Any:
    """Return each sample's cross-entropy of one-hot rows."""
    return ops.categorical_crossentropy(labels, logits, True, axis)


def sparse_softmax_cross_entropy_with_logits(labels: Any, logits: Any, **_: Any) -> Any:
    """Return each sample's cross-entropy of integer labels."""
    return ops.sparse_categorical_crossentropy(labels, logits, True)


def clip_by_global_norm(t_list: Any, clip_norm: float, **_: Any) -> tuple[list[Any], Any]:
    """Return gradients whose common norm is at most clip_norm, and the norm that it was."""
    norm = np.sqrt(sum(np.sum(np.square(g)) for g in t_list))
    return [g * min(1.0, clip_norm / max(float(norm), 1e-12)) for g in t_list], norm


def _middle(sizes: Any) -> Any:
    """Return (height, width) of TensorFlow's (1, height, width, 1), or of one or two numbers."""
    return tuple(sizes[1:3]) if isinstance(sizes, (list, tuple)) and len(sizes) == 4 else sizes


def renamed(operation: Any, *names: str) -> Any:
    """Return a function of `ops` whose arguments have TensorFlow's names.

    Args:
        operation: the function.
        names: of its arguments in TensorFlow, in its own order; `name=` is ignored.
    """
    own = list(inspect.signature(operation).parameters)
    spelt = dict(zip(names, own, strict=False))

    @functools.wraps(operation)
    def call(*args: Any, name: str | None = None, **options: Any) -> Any:
        return operation(*args, **{spelt.get(key, key): value for key, value in options.items()})

    return call


# ---- the names, by module ------------------------------------------------------------------------

_ACTIVATIONS = (
    *("relu", "relu6", "elu", "selu", "gelu", "silu", "swish", "softmax", "log_softmax"),
    *("sigmoid", "tanh", "softplus", "softsign"),
)
_ELEMENTWISE = (
    *("abs", "exp", "log", "log1p", "expm1", "sqrt", "rsqrt", "square", "sign", "round", "floor"),
    *("sin", "cos", "tanh", "sigmoid", "erf", "maximum", "minimum", "add", "subtract", "multiply"),
    *("divide", "divide_no_nan", "logical_and", "logical_or", "logical_not"),
    *("equal", "not_equal", "greater", "greater_equal", "less", "less_equal"),
)
_MATH: dict[str, Any] = {
    **{name: renamed(getattr(ops, name), "x", "y") for name in _ELEMENTWISE},
    **{
        f"reduce_{name}": renamed(getattr(ops, name), "input_tensor", "axis", "keepdims")
        for name in ["sum", "mean", "max", "min", "prod", "std", "any", "all", "logsumexp"]
    },
    "reduce_variance": renamed(ops.var, "input_tensor", "axis", "keepdims"),
    "pow": renamed(ops.power, "x", "y"),
    "negative": renamed(ops.negative, "x"),
    "argmax": lambda input, axis=0, **_: ops.argmax(input, axis),
    "argmin": lambda input, axis=0, **_: ops.argmin(input, axis),
    "cumsum": renamed(ops.cumsum, "x", "axis"),
    "add_n": lambda inputs, name=None: sum(inputs[1:], inputs[0]),
    "l2_normalize": lambda x, axis=None, **_: backend.l2_normalize(x, axis),
    "top_k": lambda input, k=1, **_: ops.top_k(input, k),
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
        "Tensor": Tensor,
        "Variable": Variable,
        "function": function,
        "device": device,
        "executing_eagerly": lambda: True,
        "get_logger": lambda: logging.getLogger("tensorflow"),
        "print": print,
        "set_random_seed": utils.set_random_seed,
        "random_normal": backend.random_normal,
        "constant": constant,
        "GradientTape": Tape,
        "convert_to_tensor": lambda value, dtype=None, **_: ops.convert_to_tensor(value, dtype),
        "stop_gradient": renamed(ops.stop_gradient, "input"),
        "identity": lambda input, name=None: ops.convert_to_tensor(input),
        "cast": renamed(backend.cast, "x", "dtype"),
        "clip_by_value": renamed(ops.clip, "t", "clip_value_min", "clip_value_max"),
        "clip_by_global_norm": clip_by_global_norm,
        "concat": renamed(ops.concatenate, "values", "axis"),
        "expand_dims": lambda input, axis=-1, name=None: ops.expand_dims(input, axis),
        "eye": renamed(ops.eye, "num_rows", "num_columns"),
        "einsum": ops.einsum,
        "gather": lambda params, indices, axis=0, **_: ops.take(params, indices, axis),
        "matmul": renamed(ops.matmul, "a", "b"),
        "linspace": renamed(ops.linspace, "start", "stop", "num"),
        "norm": lambda tensor, ord="euclidean", axis=None, **_: ops.norm(tensor, ord, axis),
        "one_hot": lambda indices, depth, **_: ops.one_hot(indices, depth),
        "ones": renamed(ops.ones, "shape", "dtype"),
        "zeros": renamed(ops.zeros, "shape", "dtype"),
        "fill": lambda dims, value, name=None: ops.full(dims, value),
        "pad": lambda tensor, paddings, **_: ops.pad(tensor, paddings),
        "rank": ops.ndim,
        "range": lambda *args, **_: ops.arange(*args),
        "reshape": renamed(ops.reshape, "tensor", "shape"),
        "reverse": renamed(ops.flip, "tensor", "axis"),
        "shape": lambda input, **_: backend.shape(input),
        "size": ops.size,
        "split": renamed(ops.split, "value", "num_or_size_splits", "axis"),
        "squeeze": renamed(ops.squeeze, "input", "axis"),
        "stack": renamed(ops.stack, "values", "axis"),
        "tile": renamed(ops.tile, "input", "multiples"),
        "transpose": renamed(ops.transpose, "a", "perm"),
        "unstack": lambda value, num=None, axis=0, **_: ops.unstack(value, num, axis),
        "where": renamed(ops.where, "condition", "x", "y"),
        "ones_like": renamed(ops.ones_like, "input", "dtype"),
        "zeros_like": renamed(ops.zeros_like, "input", "dtype"),
        **{name: np.dtype(name) for name in _TYPES},
        **dict.fromkeys(_MODES, nothing),
        **sessions.NAMES,
        **_MATH,
    },
    "math": _MATH,
    "nn": {
        **{name: activation(name) for name in _ACTIVATIONS},
        "leaky_relu": lambda features, alpha=0.2, name=None: activations.leaky_relu(
            features, alpha
        ),
        "l2_normalize": lambda x, axis=None, **_: backend.l2_normalize(x, axis),
        "conv2d": lambda input, filters, strides, padding, **_: ops.conv(
            input, filters, _middle(strides), padding.lower()
        ),
        "max_pool2d": lambda input, ksize, strides, padding, **_: ops.max_pool(
            input, _middle(ksize), _middle(strides), padding.lower()
        ),
        "bias_add": lambda value, bias, **_: value + bias,
        "moments": lambda x, axes, keepdims=False, **_: ops.moments(x, axes, keepdims),
        "sparse_softmax_cross_entropy_with_logits": sparse_softmax_cross_entropy_with_logits,
        "softmax_cross_entropy_with_logits": softmax_cross_entropy_with_logits,
    },
    "random": {
        "set_seed": utils.set_random_seed,
        "set_random_seed": utils.set_random_seed,
        "normal": backend.random_normal,
        "uniform": lambda shape, minval=0.0, maxval=1.0, dtype=None, seed=None: (
            backend.random_uniform(shape, minval, 1.0 if maxval is None else maxval, dtype, seed)
        ),
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
