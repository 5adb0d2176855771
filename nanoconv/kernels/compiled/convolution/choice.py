"""Which compiled convolution runs: Winograd or direct where they win, im2col everywhere else."""

from __future__ import annotations

import math
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nanoconv.kernels.compiled.convolution import direct, im2col, winograd
from nanoconv.kernels.dispatch import get_winograd
from nanoconv.kernels.shapes import Window

FEW = 16  # fewer channels leave vectors half empty
FEWEST = 3  # channels; with fewer, dx is quicker by im2col
WORTH = 1 << 20  # multiplications an image that are worth compiling loops for its channels


def uses_winograd(
    x_shape: tuple[int, ...], kernel_shape: tuple[int, ...], dtype: np.dtype, window: Window
) -> bool:
    """True where Winograd is the faster one: what was measured, as a rule.

    On one thread, against `direct`, forward and backward together (2-core AVX-512 machine):

        channels     28 x 28    14 x 14    8 x 8    6 x 6    5 x 5 outputs
         8 ->  8     0.8        0.7        0.9      0.6      0.5     times as fast
        16 -> 16     1.2        1.2        1.5      1.0      0.8
        32 -> 32     1.4        1.2        1.4      1.1      0.9
        64 -> 64     1.9        1.5        1.9      1.2      1.1

    Tiles that reach over the edge cost as much as full ones: with more than half of the products of
    the plain sum (5 x 5 outputs: 0.64) the gain is gone. Only the image and the layer decide, never
    the batch, so that an image's result does not depend on how its batch is cut.
    """
    return get_winograd() and _winograd_wins(x_shape[1:3], kernel_shape, dtype, window)


@lru_cache
def _winograd_wins(
    size: tuple[int, ...], kernel_shape: tuple[int, ...], dtype: np.dtype, window: Window
) -> bool:
    KH, KW, C, O = kernel_shape
    if dtype != np.float32 or (KH, KW) != (3, 3) or window[2:6] != (1, 1, 1, 1):
        return False
    OH, OW = window.output_size(*size)
    plain = 9 * OH * OW  # multiplications for each pair of channels
    tiles = -(-OH // 4) * -(-OW // 4)
    return min(C, O) >= FEW and plain * C * O >= WORTH and 2 * 36 * tiles <= plain


@lru_cache
def uses_direct(
    x_shape: tuple[int, ...], kernel_shape: tuple[int, ...], dtype: np.dtype, window: Window
) -> bool:
    """True where `direct` fits (float32, no gaps in the window) and the image is worth compiling.

    On one thread, against im2col, forward and backward (2-core AVX-512 machine):

        1 -> 32, 3 x 3, first layer    1.9 and 1.7 times as fast
        32 -> 64, 5 x 5                1.2 and 1.3
        32 -> 64, 3 x 3, stride 2      1.2 and 1.3
        6 -> 16, 5 x 5                 1.8 and 1.2
        64 -> 32, 1 x 1                1.3 and 1.4
    """
    if dtype != np.float32 or (window.DH, window.DW) != (1, 1):
        return False
    OH, OW = window.output_size(*x_shape[1:3])
    return OH * OW * math.prod(kernel_shape) >= WORTH // 16


def conv2d_forward(
    x: NDArray, kernel: NDArray, bias: NDArray | None, window: Window, relu: bool = False
) -> NDArray:
    """By Winograd, directly, or by im2col."""
    way: Any = im2col
    if uses_winograd(x.shape, kernel.shape, x.dtype, window):
        way = winograd
    elif uses_direct(x.shape, kernel.shape, x.dtype, window):
        way = direct
    return way.conv2d_forward(x, kernel, bias, window, relu)


def conv2d_backward(
    x: NDArray,
    kernel: NDArray,
    dy: NDArray,
    window: Window,
    y: NDArray | None = None,
    need_dx: bool = True,
) -> tuple[NDArray | None, NDArray, NDArray]:
    """By Winograd, directly, or by im2col."""
    way: Any = im2col
    if uses_winograd(x.shape, kernel.shape, x.dtype, window):
        way = winograd
    elif uses_direct(x.shape, kernel.shape, x.dtype, window):
        way = direct if x.shape[3] >= FEWEST or not need_dx else im2col
    return way.conv2d_backward(x, kernel, dy, window, y, need_dx)
