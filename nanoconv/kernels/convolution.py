"""Which compiled convolution runs: Winograd where it wins, im2col everywhere else."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from . import im2col
from .backend import get_winograd
from .shapes import Window


def uses_winograd(
    x_shape: tuple[int, ...], kernel_shape: tuple[int, ...], dtype: np.dtype, window: Window
) -> bool:
    """True where Winograd is the faster one."""
    KH, KW, C, O = kernel_shape
    steps = window.SH, window.SW, window.DH, window.DW
    if dtype != np.float32 or (KH, KW) != (3, 3) or steps != (1, 1, 1, 1) or not get_winograd():
        return False
    if min(C, O) < 8:
        return False
    OH, OW = window.output_size(*x_shape[1:3])
    products = 36 * -(-OH // 4) * -(-OW // 4)
    return 2 * products <= 9 * OH * OW


def conv2d_forward(
    x: NDArray, kernel: NDArray, bias: NDArray | None, window: Window, relu: bool = False
) -> NDArray:
    """See `kernels.conv2d_forward`."""
    if uses_winograd(x.shape, kernel.shape, x.dtype, window):
        from . import winograd

        return winograd.conv2d_forward(x, kernel, bias, window, relu)
    return im2col.conv2d_forward(x, kernel, bias, window, relu)


def conv2d_backward(
    x: NDArray,
    kernel: NDArray,
    dy: NDArray,
    window: Window,
    y: NDArray | None = None,
    need_dx: bool = True,
) -> tuple[NDArray | None, NDArray, NDArray]:
    """See `kernels.conv2d_backward`."""
    if uses_winograd(x.shape, kernel.shape, x.dtype, window):
        from . import winograd

        return winograd.conv2d_backward(x, kernel, dy, window, y, need_dx)
    return im2col.conv2d_backward(x, kernel, dy, window, y, need_dx)
