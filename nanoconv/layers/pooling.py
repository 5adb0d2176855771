"""Pooling: keep one number for each small window, and so make images smaller.

Reference: https://cs231n.github.io/convolutional-networks/#pool
"""

from __future__ import annotations

from typing import Any

import numpy as np

from nanoconv import kernels
from nanoconv.config import check_data_format
from nanoconv.graph import Shape
from nanoconv.kernels.shapes import Window, output_length, window
from nanoconv.layers.base import Layer
from nanoconv.layers.cache import Cache
from nanoconv.layers.checks import padding_name, pair
from nanoconv.layers.convolutional import check_image, check_room
from nanoconv.registry import register


class Pooling2D(Layer):
    """What windows over images have in common: sizes, strides, padding.

    Shapes:
        x (N, H, W, C), y (N, OH, OW, C)
    """

    per_image = True

    def __init__(
        self,
        pool_size: Any = (2, 2),
        strides: Any = None,
        padding: str = "valid",
        data_format: str | None = None,
        name: str | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(name=name, **kwargs)
        self.pool_size = pair(pool_size, "pool_size", self.name)
        self.strides = self.pool_size if strides is None else pair(strides, "strides", self.name)
        self.padding = padding_name(padding, self.name)
        self.data_format = check_data_format(data_format)

    def window(self, x_shape: tuple[int, ...]) -> Window:
        """Return the sliding window on an image of this size."""
        return window(self.pool_size, self.strides, (1, 1), self.padding, *x_shape[1:3])

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        """Return (N, OH, OW, C)."""
        N, *image, C = input_shape
        OH, OW = (
            None if n is None else output_length(n, k, s, 1, self.padding)
            for n, k, s in zip(image, self.pool_size, self.strides, strict=True)
        )
        return (N, OH, OW, C)

    def check_input_shape(self, input_shape: Shape) -> None:
        """Check (N, H, W, C), and room for the window."""
        check_image(self, input_shape)
        check_room(self, input_shape)


@register("layers", "MaxPool2D")
class MaxPooling2D(Pooling2D):
    """y = the largest value in each window.

    Args:
        pool_size: (PH, PW), or one number for both.
        strides: how far the window moves; `pool_size` by default.
        padding: `"valid"`, or `"same"` (padded with -inf, which never wins).
        data_format: `"channels_last"` or None.
        name: the layer's name.

    Raises:
        ValueError: for arguments out of range, and inputs that are not (N, H, W, C).

    Shapes:
        x (N, H, W, C), y (N, OH, OW, C)

    Math (k, l run over the window):
        y[n,i,j,c] = max_{k,l} x[n, i SH + k, j SW + l, c]
        dx[n, i SH + k*, j SW + l*, c] += dy[n,i,j,c], where k*, l* is the first place of the maximum

    Reference: https://keras.io/api/layers/pooling_layers/max_pooling2d/
    """

    def forward(self, x: np.ndarray, cache: Cache | None = None) -> np.ndarray:
        """Compute the maximum of each window, and remember where it was."""
        y, argmax = kernels.max_pool_forward(x, self.window(x.shape))
        if cache is not None:
            cache.x_shape, cache.argmax = x.shape, argmax
        return y

    def backward(self, dy: np.ndarray, cache: Cache) -> np.ndarray:
        """Send each gradient to the place of its maximum."""
        window = self.window(cache.x_shape)
        return kernels.max_pool_backward(dy, cache.argmax, window, cache.x_shape)
