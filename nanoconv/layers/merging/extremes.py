"""The largest or the smallest of several tensors, number by number.

Reference: https://keras.io/api/layers/merging_layers/
"""

from __future__ import annotations

import functools
from typing import Any

import numpy as np

from nanoconv.core.registry import register
from nanoconv.layers.merging.arithmetic import Merge


class Extreme(Merge):
    """One of the inputs passes, and it alone gets the gradient.

    Shapes:
        each x (N, ...), y (N, ...)

    Math:
        dxᵢ = dy where xᵢ passed (the first of equal ones), else 0
    """

    def merge_gradients(
        self, dy: np.ndarray, xs: list[np.ndarray], y: np.ndarray
    ) -> list[np.ndarray]:
        """Give each number of dy to the first of the inputs that equals y there."""
        gradients, free = [], np.ones(y.shape, bool)
        for x in xs:
            chosen = free & (x == y)
            gradients.append(dy * chosen)
            free &= ~chosen
        return gradients


@register("layers")
class Maximum(Extreme):
    """y = the largest of x₁, x₂, ...

    Shapes:
        each x (N, ...), y (N, ...)

    Math:
        dxᵢ = dy where xᵢ is the largest (the first of equal ones), else 0

    Example:
        >>> Maximum()([np.array([[1.0, 5.0]]), np.array([[3.0, 4.0]])]).tolist()
        [[3.0, 5.0]]

    Reference: https://keras.io/api/layers/merging_layers/maximum/
    """

    def merge(self, xs: list[np.ndarray]) -> np.ndarray:
        """Take the largest."""
        return functools.reduce(np.maximum, xs)


@register("layers")
class Minimum(Extreme):
    """y = the smallest of x₁, x₂, ...

    Shapes:
        each x (N, ...), y (N, ...)

    Math:
        dxᵢ = dy where xᵢ is the smallest (the first of equal ones), else 0

    Example:
        >>> Minimum()([np.array([[1.0, 5.0]]), np.array([[3.0, 4.0]])]).tolist()
        [[1.0, 4.0]]

    Reference: https://keras.io/api/layers/merging_layers/minimum/
    """

    def merge(self, xs: list[np.ndarray]) -> np.ndarray:
        """Take the smallest."""
        return functools.reduce(np.minimum, xs)


def maximum(inputs: Any, **kwargs: Any) -> Any:
    """Return `Maximum(**kwargs)(inputs)`."""
    return Maximum(**kwargs)(inputs)


def minimum(inputs: Any, **kwargs: Any) -> Any:
    """Return `Minimum(**kwargs)(inputs)`."""
    return Minimum(**kwargs)(inputs)
