"""Pooling: keep one value for each small window, which makes images smaller.

Reference: https://cs231n.github.io/convolutional-networks/#pool
"""

from __future__ import annotations

from typing import Any

import numpy as np

from nanoconv import kernels
from nanoconv.core.registry import register
from nanoconv.layers.base.cache import Cache
from nanoconv.layers.base.sliding_window import SlidingWindow


class Pooling2D(SlidingWindow):
    """What all pooling layers share: their arguments. Another one only adds forward and backward.

    Args:
        pool_size: (PH, PW), or one size for both.
        strides: how far the window moves; `pool_size` by default.
        padding: `"valid"` (stay inside) or `"same"` (reach over the edge).
        data_format: `"channels_last"` or None.
        name: the layer's name.
    """

    def __init__(
        self,
        pool_size: Any,
        strides: Any = None,
        padding: str = "valid",
        data_format: str | None = None,
        name: str | None = None,
        **kwargs: Any,
    ) -> None:
        strides = pool_size if strides is None else strides
        kwargs.update(name=name, size_argument="pool_size")  # for messages
        super().__init__(pool_size, strides, padding, data_format, **kwargs)
        self.pool_size = self.window_size


@register("layers", "MaxPool2D")
class MaxPooling2D(Pooling2D):
    """y = the largest value in each window.

    Args: those of `Pooling2D`; `padding="same"` pads with -inf, which never wins.

    Raises:
        ValueError: for arguments out of range, and inputs that are not (N, H, W, C).

    Shapes:
        x (N, H, W, C), y (N, OH, OW, C)

    Math (kh, kw run over the window):
        y[n,oh,ow,c] = max_{kh,kw} x[n, oh SH + kh, ow SW + kw, c]
        dx[n, oh SH + kh*, ow SW + kw*, c] += dy[n,oh,ow,c], kh*, kw* the first place of the maximum

    Example:
        >>> x = np.arange(16.0).reshape(1, 4, 4, 1)
        >>> MaxPooling2D(2)(x)[0, :, :, 0].tolist()
        [[5.0, 7.0], [13.0, 15.0]]

    Reference: https://keras.io/api/layers/pooling_layers/max_pooling2d/
    """

    def __init__(
        self,
        pool_size: Any = (2, 2),
        strides: Any = None,
        padding: str = "valid",
        data_format: str | None = None,
        name: str | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(pool_size, strides, padding, data_format, name, **kwargs)

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


@register("layers", "AvgPool2D")
class AveragePooling2D(Pooling2D):
    """y = the mean of each window.

    Args: those of `Pooling2D`; with `padding="same"`, pixels outside the image do not count.

    Raises:
        ValueError: for arguments out of range, and inputs that are not (N, H, W, C).

    Shapes:
        x (N, H, W, C), y (N, OH, OW, C)

    Math (kh, kw run over the R pixels of the window that lie in the image):
        y[n,oh,ow,c] = Σ_{kh,kw} x[n, oh SH + kh, ow SW + kw, c] / R
        dx[n, oh SH + kh, ow SW + kw, c] += dy[n,oh,ow,c] / R

    Example:
        >>> x = np.arange(16.0).reshape(1, 4, 4, 1)
        >>> AveragePooling2D(2)(x)[0, :, :, 0].tolist()
        [[2.5, 4.5], [10.5, 12.5]]

    Reference: https://keras.io/api/layers/pooling_layers/average_pooling2d/
    """

    def forward(self, x: np.ndarray, cache: Cache | None = None) -> np.ndarray:
        """Compute the mean of each window."""
        if cache is not None:
            cache.x_shape = x.shape
        return kernels.average_pool_forward(x, self.window(x.shape))

    def backward(self, dy: np.ndarray, cache: Cache) -> np.ndarray:
        """Share each gradient among the pixels of its window."""
        return kernels.average_pool_backward(dy, self.window(cache.x_shape), cache.x_shape)
