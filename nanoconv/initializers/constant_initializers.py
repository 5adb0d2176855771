"""Initializers without randomness.

Reference: https://keras.io/api/layers/initializers/
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Self

import numpy as np

from nanoconv.core.registry import register
from nanoconv.initializers.initializer import Initializer, float_type


@register("initializers", "zero")
class Zeros(Initializer):
    """All zeros: what biases start from."""

    def __call__(self, shape: Sequence[int], dtype: Any = None) -> np.ndarray:
        return np.zeros(shape, float_type(dtype))


@register("initializers", "one")
class Ones(Initializer):
    """All ones."""

    def __call__(self, shape: Sequence[int], dtype: Any = None) -> np.ndarray:
        return np.ones(shape, float_type(dtype))


@register("initializers")
class Constant(Initializer):
    """The same value everywhere, or a given array.

    Args:
        value: a number, or an array that broadcasts to the weight's shape.
    """

    def __init__(self, value: Any = 0.0) -> None:
        self.value = value

    def __call__(self, shape: Sequence[int], dtype: Any = None) -> np.ndarray:
        return np.asarray(self.value, float_type(dtype)) * np.ones(shape, float_type(dtype))

    def get_config(self) -> dict[str, Any]:
        """Return the value; an array becomes the dictionary that Keras writes."""
        if not isinstance(self.value, np.ndarray):
            return {"value": self.value}
        array = {"value": self.value.tolist(), "dtype": self.value.dtype.name}
        return {"value": {"class_name": "__numpy__", "config": array}}

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> Self:
        """Make the initializer from `get_config()`'s dictionary."""
        value = config["value"]
        if isinstance(value, dict) and value.get("class_name") == "__numpy__":
            value = np.array(value["config"]["value"], value["config"]["dtype"])
        return cls(value)


@register("initializers", "IdentityInitializer")
class Identity(Initializer):
    """Ones on the diagonal, zeros elsewhere.

    Args:
        gain: what the diagonal is multiplied by.
    """

    def __init__(self, gain: float = 1.0) -> None:
        self.gain = gain

    def __call__(self, shape: Sequence[int], dtype: Any = None) -> np.ndarray:
        if len(shape) != 2:
            raise ValueError(
                f"Identity got the shape {tuple(shape)}, but only a matrix has a diagonal; "
                'write kernel_initializer="orthogonal" for other shapes.'
            )
        return np.eye(*shape, dtype=float_type(dtype)) * float_type(dtype).type(self.gain)
