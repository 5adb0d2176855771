"""Arguments that every layer takes: what they may be, and what they mean."""

from __future__ import annotations

from typing import Any

import numpy as np

from nanoconv import config
from nanoconv.core.graph import Shape

SHAPE_ARGUMENTS = ("input_shape", "batch_input_shape", "batch_shape", "input_dim", "batch_size")


def dtype_name(dtype: Any) -> str:
    """Return `"float32"` for None, a NumPy type, a name, or a Keras dtype policy."""
    if dtype is None:
        return config.floatx()
    if isinstance(dtype, dict):  # a DTypePolicy, as Keras writes it into files
        dtype = dtype.get("config", {}).get("name", dtype)
    name = getattr(dtype, "name", dtype)
    name = name if isinstance(name, str) else np.dtype(name).name
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
