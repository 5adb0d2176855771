"""Activations as layers of their own."""

from __future__ import annotations

from typing import Any

import numpy as np

from nanoconv import activations
from nanoconv.graph import Shape
from nanoconv.layers.base import Layer
from nanoconv.layers.cache import Cache
from nanoconv.registry import register


@register("layers")
class Activation(Layer):
    """y = activation(x), element by element (softmax: row by row).

    Args:
        activation: a name or a function of `activations`.

    Shapes:
        x (N, ...), y of the same shape

    Math:
        y = activation(x),  dx = dy * activation'(x)

    Reference: https://keras.io/api/layers/core_layers/activation/
    """

    per_image = True

    def __init__(self, activation: Any, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.activation = activations.get(activation)

    def forward(self, x: np.ndarray, cache: Cache | None = None) -> np.ndarray:
        """Compute activation(x)."""
        return self.activate(self.activation, x, cache)

    def backward(self, dy: np.ndarray, cache: Cache) -> np.ndarray:
        """Compute dy * activation'(x)."""
        return self.activation_backward(self.activation, dy, cache)

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        """Return the same shape."""
        return input_shape
