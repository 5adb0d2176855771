"""Arrays that users get: plain NumPy arrays with a method `.numpy()`.

Keras scripts write `model(x).numpy()`; NumPy users index the same result directly.
"""

from __future__ import annotations

from typing import Any

import numpy as np


class Array(np.ndarray):
    """A NumPy array with the one method that scripts expect of a tensor."""

    def numpy(self) -> Any:
        """Return a plain NumPy array (or scalar, where there is no dimension)."""
        return self.view(np.ndarray)[()]


class Number(float):
    """A float with the one method that scripts expect of a tensor."""

    def numpy(self) -> np.float64:
        """Return a NumPy scalar."""
        return np.float64(self)


def as_array(value: Any) -> Array:
    """Return `value` as an `Array` without copying."""
    return np.asarray(value).view(Array)


def as_plain(value: Any, dtype: Any = None) -> np.ndarray:
    """Return a plain NumPy array of whatever holds values: lists, tensors with `.numpy()`."""
    if hasattr(value, "numpy") and not isinstance(value, np.ndarray):
        try:
            value = value.numpy()
        except (TypeError, RuntimeError) as error:  # torch: bfloat16, requires_grad, another device
            raise ValueError(
                f"a tensor of type {getattr(value, 'dtype', type(value))} does not become a NumPy "
                f"array ({error}); write x.detach().cpu().float().numpy()."
            ) from error
    return np.asarray(value, dtype=dtype)
