"""What every function of `ops` does with its arguments and its result.

Arguments become something that NumPy's functions take: arrays, or tensors that tapes record.
Results are NumPy arrays (with a method `.numpy()`), or tensors where a tensor came in.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any, TypeVar

import numpy as np

from nanoconv import config
from nanoconv.autodiff.engine import Tensor
from nanoconv.core.arrays import as_array, as_plain
from nanoconv.core.graph import SymbolicTensor
from nanoconv.core.variable import Variable

F = TypeVar("F", bound=Callable[..., Any])


def op(function: F) -> F:
    """Make a function of `ops`.

    On symbolic tensors it becomes a node of a functional model; otherwise it computes at once, and
    whatever arrays it returns also answer `.numpy()`.
    """

    @functools.wraps(function)
    def called(*args: Any, **kwargs: Any) -> Any:
        if any(map(_is_symbolic, args)) or any(map(_is_symbolic, kwargs.values())):
            from nanoconv.layers.core.operation_layer import on_symbolic  # layers stand above

            return on_symbolic(called, args, kwargs)
        return _answer(function(*args, **kwargs))

    return called  # type: ignore[return-value]


def _is_symbolic(x: Any) -> bool:
    """Tell whether an argument is a symbolic tensor, or a list that holds one."""
    if isinstance(x, (list, tuple)):
        return any(map(_is_symbolic, x))
    return isinstance(x, SymbolicTensor)


def _answer(y: Any) -> Any:
    if isinstance(y, (np.ndarray, np.generic)):
        return as_array(y)
    return type(y)(map(_answer, y)) if type(y) in (list, tuple) else y


def as_tensor(x: Any, dtype: Any = None) -> Any:
    """Return an argument as an array or tensor.

    Args:
        x: a number, array, variable or tensor, or a list of such. Python's floats become
            `config.floatx()`, its integers int32, as in Keras.
        dtype: the type to return; x's own by default.
    """
    if isinstance(x, (list, tuple)) and any(isinstance(one, (Tensor, Variable)) for one in x):
        x = np.stack([as_tensor(one) for one in x])
    if isinstance(x, Variable):
        x = Tensor.of(x) if Tensor.recording() else x.value
    if isinstance(x, Tensor):
        return x if dtype is None or x.dtype == dtype else x.astype(dtype)
    if hasattr(x, "dtype") or dtype is not None:
        return as_plain(x, dtype)
    x = as_plain(x)
    if x.dtype == np.float64:
        return x.astype(config.floatx())
    return x.astype(np.int32) if x.dtype == np.int64 else x


def as_floats(x: Any) -> Any:
    """Return an argument as floating point elements: others become `config.floatx()`."""
    x = as_tensor(x)
    return x if np.issubdtype(x.dtype, np.inexact) else x.astype(config.floatx())


def as_pair(a: Any, b: Any) -> tuple[Any, Any]:
    """Return two arguments; a Python number among them takes the other's type, as in Keras."""
    a, b = (x if isinstance(x, (bool, int, float)) else as_tensor(x) for x in (a, b))
    if isinstance(a, (bool, int, float)) and isinstance(b, (bool, int, float)):
        return as_tensor(a), as_tensor(b)
    integer = [isinstance(x, float) for x in (a, b)]
    a = as_floats(a) if integer[1] else a  # 2 ** 0.5 is no integer
    b = as_floats(b) if integer[0] else b
    return a, b
