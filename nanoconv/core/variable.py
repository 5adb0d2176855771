"""A named array that a layer owns: a parameter to train, or state to keep.

The array lives in `.value` and is always written in place, so that whoever holds it (a layer, an
optimizer, a file loader) sees the same values.

Reference: https://keras.io/api/models/variable/
"""

from __future__ import annotations

from collections.abc import Callable
from operator import getitem
from typing import Any, ClassVar

import numpy as np

from nanoconv.kernels.compiled.scratch import empty


class Variable(np.lib.mixins.NDArrayOperatorsMixin):
    """A named array with what training needs to know about it.

    Args:
        value: the initial array; it is copied.
        name: the name inside its layer, such as `"kernel"`.
        trainable: whether optimizers may change it.
        regularizer: a function of the array whose value joins the loss, or None.
        constraint: a function that projects the array after each update, or None.
        path: the name with its layer's in front, such as `"conv2d/kernel"`.

    `Variable` takes part in NumPy arithmetic as its array does: `variable * 2` is a plain array.
    """

    def __init__(
        self,
        value: Any,
        *,
        name: str = "variable",
        trainable: bool = True,
        regularizer: Any = None,
        constraint: Any = None,
        path: str | None = None,
    ) -> None:
        given = np.asarray(value)
        self.value: np.ndarray = empty(given.shape, given.dtype)  # kernels take it as a flat array
        self.value[...] = given
        self.name = name
        self.path = path or name
        self.trainable = trainable
        self.regularizer = regularizer
        self.constraint = constraint

    # Elementwise == from NDArrayOperatorsMixin would otherwise remove hashing by identity.
    __hash__ = object.__hash__

    @property
    def shape(self) -> tuple[int, ...]:
        """The array's shape."""
        return self.value.shape

    @property
    def ndim(self) -> int:
        """The array's number of dimensions."""
        return self.value.ndim

    @property
    def size(self) -> int:
        """The array's number of elements."""
        return self.value.size

    @property
    def dtype(self) -> str:
        """The array's type as Keras spells it, such as `"float32"`."""
        return self.value.dtype.name

    def numpy(self) -> Any:
        """Return a copy of the array; a NumPy scalar, which `round` takes, where it has no axes."""
        return self.value.copy()[()]

    def assign(self, value: Any) -> Variable:
        """Overwrite the array in place.

        Raises:
            ValueError: where the shape differs; nothing is written then.
        """
        new = np.asarray(value)
        if new.shape != self.shape:
            raise ValueError(
                f"{self.path} has shape {self.shape}, but the new value has {new.shape}; "
                f"write variable.assign(value.reshape({self.shape}))."
            )
        self.value[...] = new
        return self

    def assign_add(self, value: Any) -> Variable:
        """Add to the array in place."""
        return self.assign(self.value + np.asarray(value))

    def assign_sub(self, value: Any) -> Variable:
        """Subtract from the array in place."""
        return self.assign(self.value - np.asarray(value))

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> np.ndarray:
        return np.array(self.value, dtype=dtype, copy=copy)

    #: `nanoconv.autodiff` sets it: computes (function, inputs, options), recorded by the tapes of
    #: this thread, or returns NotImplemented where none is recording.
    on_tape: ClassVar[Callable[..., Any] | None] = None

    def __array_function__(self, function: Any, types: Any, inputs: Any, options: Any) -> Any:
        y = (
            NotImplemented
            if Variable.on_tape is None
            else Variable.on_tape(function, inputs, options)
        )
        if y is not NotImplemented:
            return y
        return function(*_arrays(inputs), **options)

    def __array_ufunc__(self, ufunc: np.ufunc, method: str, *inputs: Any, **kwargs: Any) -> Any:
        if Variable.on_tape is not None and method == "__call__":
            y = Variable.on_tape(ufunc, inputs, kwargs)
            if y is not NotImplemented:
                return y
        arrays = [i.value if isinstance(i, Variable) else i for i in inputs]
        return getattr(ufunc, method)(*arrays, **kwargs)

    def __float__(self) -> float:
        return float(self.value)

    def __int__(self) -> int:
        return int(self.value)

    def __len__(self) -> int:
        return len(self.value)

    def __getitem__(self, index: Any) -> Any:
        y = (
            NotImplemented
            if Variable.on_tape is None
            else Variable.on_tape(getitem, (self, index), {})
        )
        return self.value[index] if y is NotImplemented else y

    def __repr__(self) -> str:
        return f"<Variable path={self.path}, shape={self.shape}, dtype={self.dtype}>"


def _arrays(value: Any) -> Any:
    """Return arrays for variables, also inside tuples and lists."""
    if isinstance(value, (tuple, list)):
        return type(value)(map(_arrays, value))
    return value.value if isinstance(value, Variable) else value
