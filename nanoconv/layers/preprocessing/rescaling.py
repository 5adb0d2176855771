"""Rescaling: brings pixels into a range that is good for training, inside the model."""

from __future__ import annotations

from typing import Any

import numpy as np

from nanoconv.core.registry import register
from nanoconv.layers.base.cache import Cache
from nanoconv.layers.base.layer import Layer


@register("layers")
class Rescaling(Layer):
    """y = scale x + offset, in training and at inference.

    Args:
        scale: one number, or one for each channel.
        offset: one number, or one for each channel.

    Shapes:
        x (N, ...), y of the same shape

    Math:
        y = scale x + offset,  dx = scale dy
        bytes to [0, 1]: scale = 1 / 255;  to [-1, 1]: scale = 1 / 127.5, offset = -1

    Example:
        >>> Rescaling(1 / 255)(np.array([0, 255])).tolist()
        [0.0, 1.0]

    Reference: https://keras.io/api/layers/preprocessing_layers/image_preprocessing/rescaling/
    """

    per_image = True
    keeps_shape = True

    def __init__(self, scale: Any, offset: Any = 0.0, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.scale = scale if isinstance(scale, (int, float)) else np.asarray(scale).tolist()
        self.offset = offset if isinstance(offset, (int, float)) else np.asarray(offset).tolist()

    def forward(self, x: np.ndarray, cache: Cache | None = None) -> np.ndarray:
        """Compute scale x + offset."""
        return x * np.asarray(self.scale, x.dtype) + np.asarray(self.offset, x.dtype)

    def backward(self, dy: np.ndarray, cache: Cache) -> np.ndarray:
        """Compute scale dy."""
        return dy * np.asarray(self.scale, dy.dtype)
