"""Layers that only move numbers to other places."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from nanoconv.config import check_data_format
from nanoconv.graph import Shape
from nanoconv.layers.base import Layer
from nanoconv.layers.cache import Cache
from nanoconv.registry import register


@register("layers")
class Flatten(Layer):
    """y = x with all dimensions behind the batch laid out in one row.

    Args:
        data_format: `"channels_last"` or None.

    Shapes:
        x (N, H, W, C), y (N, H W C), row by row: the channels of a pixel stay side by side

    Math:
        y[n, (h W + w) C + c] = x[n,h,w,c],  dx = dy in the shape of x

    Reference: https://keras.io/api/layers/reshaping_layers/flatten/
    """

    per_image = True

    def __init__(self, data_format: str | None = None, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.data_format = check_data_format(data_format)

    def forward(self, x: np.ndarray, cache: Cache | None = None) -> np.ndarray:
        """Lay each image out in one row."""
        if cache is not None:
            cache.x_shape = x.shape
        return x.reshape(x.shape[0], math.prod(x.shape[1:]))  # (N, H W C)

    def backward(self, dy: np.ndarray, cache: Cache) -> np.ndarray:
        """Give the rows their shape back."""
        return dy.reshape(cache.x_shape)  # (N, H, W, C)

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        """Return (N, H W C), or (N, None) where a size is not known."""
        sizes = [s for s in input_shape[1:] if s is not None]
        return (input_shape[0], math.prod(sizes) if len(sizes) == len(input_shape) - 1 else None)
