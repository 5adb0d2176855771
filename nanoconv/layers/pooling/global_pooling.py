"""Global pooling: one value for each channel, whatever the size of the image.

Reference: Lin, Chen and Yan, Network in network, https://arxiv.org/abs/1312.4400
"""

from __future__ import annotations

from typing import Any

import numpy as np

from nanoconv.config import check_data_format
from nanoconv.core.graph import Shape
from nanoconv.core.registry import register
from nanoconv.layers.base.argument_checks import check_image
from nanoconv.layers.base.cache import Cache
from nanoconv.layers.base.layer import Layer


class GlobalPooling2D(Layer):
    """What both have in common: (N, H, W, C) becomes (N, C), or (N, 1, 1, C).

    Args:
        data_format: `"channels_last"` or None.
        keepdims: whether y keeps two dimensions of length 1.
    """

    per_image = True

    def __init__(
        self, data_format: str | None = None, keepdims: bool = False, **kwargs: Any
    ) -> None:
        super().__init__(**kwargs)
        self.data_format = check_data_format(data_format)
        self.keepdims = keepdims

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        """Return (N, C), or (N, 1, 1, C)."""
        N, _, _, C = input_shape
        return (N, 1, 1, C) if self.keepdims else (N, C)

    def check_input_shape(self, input_shape: Shape) -> None:
        """Check (N, H, W, C)."""
        check_image(input_shape, self.name)


@register("layers", "GlobalAvgPool2D")
class GlobalAveragePooling2D(GlobalPooling2D):
    """y = the mean of each channel.

    Args: those of `GlobalPooling2D`.

    Shapes:
        x (N, H, W, C), y (N, C), or (N, 1, 1, C)

    Math:
        y[n,c] = Σ_{h,w} x[n,h,w,c] / (H W),  dx[n,h,w,c] = dy[n,c] / (H W)

    Example:
        >>> x = np.arange(8.0).reshape(1, 2, 2, 2)
        >>> GlobalAveragePooling2D()(x).tolist()
        [[3.0, 4.0]]

    Reference: https://keras.io/api/layers/pooling_layers/global_average_pooling2d/
    """

    def forward(self, x: np.ndarray, cache: Cache | None = None) -> np.ndarray:
        """Compute the mean of each channel."""
        if cache is not None:
            cache.x_shape = x.shape
        return x.mean(axis=(1, 2), keepdims=self.keepdims)

    def backward(self, dy: np.ndarray, cache: Cache) -> np.ndarray:
        """Share each gradient among all pixels."""
        N, H, W, C = cache.x_shape
        dx = np.empty(cache.x_shape, dy.dtype)
        dx[...] = dy.reshape(N, 1, 1, C) / (H * W)
        return dx


@register("layers", "GlobalMaxPool2D")
class GlobalMaxPooling2D(GlobalPooling2D):
    """y = the largest value of each channel.

    Args: those of `GlobalPooling2D`.

    Shapes:
        x (N, H, W, C), y (N, C), or (N, 1, 1, C)

    Math:
        y[n,c] = max_{h,w} x[n,h,w,c]
        dx = dy at the largest value; equal ones share it, as in Keras

    Example:
        >>> x = np.arange(8.0).reshape(1, 2, 2, 2)
        >>> GlobalMaxPooling2D()(x).tolist()
        [[6.0, 7.0]]

    Reference: https://keras.io/api/layers/pooling_layers/global_max_pooling2d/
    """

    def forward(self, x: np.ndarray, cache: Cache | None = None) -> np.ndarray:
        """Compute the maximum of each channel."""
        y = x.max(axis=(1, 2), keepdims=True)  # (N, 1, 1, C)
        if cache is not None:
            cache.largest = x == y
        return y if self.keepdims else y[:, 0, 0]

    def backward(self, dy: np.ndarray, cache: Cache) -> np.ndarray:
        """Send each gradient to the place, or the places, of its maximum."""
        N, _, _, C = cache.largest.shape
        ties = cache.largest.sum(axis=(1, 2), keepdims=True, dtype=dy.dtype)  # (N, 1, 1, C)
        return cache.largest * (dy.reshape(N, 1, 1, C) / ties)
