"""The kernels in NumPy alone: a convolution is a matrix product over gathered patches.

`sliding_window_view` shows, without copying, the patch that every output cell looks at. Copied out
as the rows of a matrix (im2col) those patches turn the convolution into one product with the
kernel, and BLAS does the work. Backward, the gradients of overlapping patches are added up tap by
tap with slices (col2im).

Reference: Chellapilla, Puri, Simard, "High performance convolutional neural networks for document
processing", 2006.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from .hashing import hashed_bits, threshold
from .hashing import hashed_normal as hashed_normal
from .shapes import Window


def _patches(x: NDArray, window: Window, fill: float = 0.0) -> NDArray:
    """The cells under every window, padding filled in: a view (N, OH, OW, KH, KW, C)."""
    sides = (0, 0), (window.top, window.bottom), (window.left, window.right), (0, 0)
    padded = np.pad(x, sides, constant_values=fill) if any(map(any, sides)) else x
    span = (window.KH - 1) * window.DH + 1, (window.KW - 1) * window.DW + 1
    view = sliding_window_view(padded, span, axis=(1, 2))  # (N, ., ., C, span of h, span of w)
    view = view[:, :: window.SH, :: window.SW, :, :: window.DH, :: window.DW]
    return view.transpose(0, 1, 2, 4, 5, 3)


def _taps(padded: NDArray, window: Window, OH: int, OW: int) -> Iterator[tuple[int, int, NDArray]]:
    """(kh, kw, view): for each cell of the window, the inputs it meets, (N, OH, OW, C)."""
    for kh in range(window.KH):
        for kw in range(window.KW):
            h, w = kh * window.DH, kw * window.DW
            rows = slice(h, h + (OH - 1) * window.SH + 1, window.SH)
            columns = slice(w, w + (OW - 1) * window.SW + 1, window.SW)
            yield kh, kw, padded[:, rows, columns]


def _gather_gradient(dpatches: NDArray, window: Window, x_shape: tuple[int, ...]) -> NDArray:
    """Add up the gradients of overlapping patches: the adjoint of `_patches`, to (N, H, W, C)."""
    N, H, W, C = x_shape
    _, OH, OW = dpatches.shape[:3]
    rows, columns = H + window.top + window.bottom, W + window.left + window.right
    padded = np.zeros((N, rows, columns, C), dpatches.dtype)
    for kh, kw, cells in _taps(padded, window, OH, OW):
        cells += dpatches[:, :, :, kh, kw]
    return padded[:, window.top : window.top + H, window.left : window.left + W].copy()


def conv2d_forward(
    x: NDArray, kernel: NDArray, bias: NDArray | None, window: Window, relu: bool = False
) -> NDArray:
    """y = patches @ kernel + bias."""
    patches = _patches(x, window)
    N, OH, OW, KH, KW, C = patches.shape
    O = kernel.shape[3]
    rows = patches.reshape(N * OH * OW, KH * KW * C)  # im2col: here the patches are copied
    y = dense_forward(rows, kernel.reshape(KH * KW * C, O), bias, relu)
    return y.reshape(N, OH, OW, O)


def conv2d_backward(
    x: NDArray,
    kernel: NDArray,
    dy: NDArray,
    window: Window,
    y: NDArray | None = None,
    need_dx: bool = True,
) -> tuple[NDArray | None, NDArray, NDArray]:
    """dkernel = patches^T @ dy; dpatches = dy @ kernel^T, added up where patches overlap."""
    patches = _patches(x, window)
    N, OH, OW, KH, KW, C = patches.shape
    O = kernel.shape[3]
    dpatches, dkernel, dbias = dense_backward(
        patches.reshape(N * OH * OW, KH * KW * C),
        kernel.reshape(KH * KW * C, O),
        dy.reshape(N * OH * OW, O),
        None if y is None else y.reshape(N * OH * OW, O),
        need_dx,
    )
    dx = None
    if dpatches is not None:
        dx = _gather_gradient(dpatches.reshape(N, OH, OW, KH, KW, C), window, x.shape)
    return dx, dkernel.reshape(kernel.shape), dbias


def depthwise_conv2d_forward(
    x: NDArray, kernel: NDArray, bias: NDArray | None, window: Window
) -> NDArray:
    """One sum over the window for every channel c and multiplier m."""
    y = np.einsum("nhwklc,klcm->nhwcm", _patches(x, window), kernel)
    y = y.reshape(*y.shape[:3], -1)  # (N, OH, OW, C, M) -> (N, OH, OW, C * M)
    return y if bias is None else y + bias


def depthwise_conv2d_backward(
    x: NDArray, kernel: NDArray, dy: NDArray, window: Window, need_dx: bool = True
) -> tuple[NDArray | None, NDArray, NDArray]:
    """As `conv2d_backward`, channel by channel."""
    _, _, C, M = kernel.shape
    gradient = dy.reshape(*dy.shape[:3], C, M)  # (N, OH, OW, C * M) -> (N, OH, OW, C, M)
    dkernel = np.einsum("nhwklc,nhwcm->klcm", _patches(x, window), gradient)
    dx = None
    if need_dx:
        dpatches = np.einsum("nhwcm,klcm->nhwklc", gradient, kernel)
        dx = _gather_gradient(dpatches, window, x.shape)
    return dx, dkernel, dy.sum(axis=(0, 1, 2))


def max_pool_forward(x: NDArray, window: Window) -> tuple[NDArray, NDArray]:
    """argmax over the cells of each window; NumPy too takes the first of equals, and NaN first."""
    patches = _patches(x, window, fill=-np.inf)
    N, OH, OW, KH, KW, C = patches.shape
    cells = patches.reshape(N, OH, OW, KH * KW, C)
    # Where every real cell is -inf, padding would tie with them and win: mark the real ones.
    real = _patches(np.ones((1, *x.shape[1:3], 1), x.dtype), window) > 0
    first_real = real.reshape(1, OH, OW, KH * KW, 1).argmax(axis=3)
    argmax = cells.argmax(axis=3)
    y = np.take_along_axis(cells, argmax[:, :, :, None], axis=3)[:, :, :, 0]
    argmax = np.where(np.isneginf(y), first_real, argmax)
    return y, argmax.astype(np.uint8 if KH * KW <= 256 else np.uint32)


def max_pool_backward(
    dy: NDArray, argmax: NDArray, window: Window, x_shape: tuple[int, ...]
) -> NDArray:
    """Each tap adds dy where it was the largest."""
    taps = np.arange(window.KH * window.KW).reshape(window.KH, window.KW, 1)
    chosen = argmax[:, :, :, None, None, :] == taps  # (N, OH, OW, KH, KW, C)
    return _gather_gradient(chosen * dy[:, :, :, None, None, :], window, x_shape)


def _counts(window: Window, H: int, W: int, dtype: np.dtype) -> NDArray:
    """How many real cells lie under each window: (1, OH, OW, 1)."""
    return _patches(np.ones((1, H, W, 1), dtype), window).sum(axis=(3, 4))


def average_pool_forward(x: NDArray, window: Window) -> NDArray:
    """Sum of the window over the number of its real cells."""
    counts = _counts(window, x.shape[1], x.shape[2], x.dtype)
    return _patches(x, window).sum(axis=(3, 4)) / counts


def average_pool_backward(dy: NDArray, window: Window, x_shape: tuple[int, ...]) -> NDArray:
    """Every real cell of a window gets an equal share of dy."""
    N, OH, OW, C = dy.shape
    share = dy / _counts(window, x_shape[1], x_shape[2], dy.dtype)
    shape = (N, OH, OW, window.KH, window.KW, C)
    return _gather_gradient(np.broadcast_to(share[:, :, :, None, None], shape), window, x_shape)


def dense_forward(x: NDArray, kernel: NDArray, bias: NDArray | None, relu: bool = False) -> NDArray:
    """y = x @ kernel + bias."""
    y = x @ kernel
    if bias is not None:
        y += bias
    return relu_forward(y) if relu else y


def dense_backward(
    x: NDArray, kernel: NDArray, dy: NDArray, y: NDArray | None = None, need_dx: bool = True
) -> tuple[NDArray | None, NDArray, NDArray]:
    """dx = dy @ kernel^T, dkernel = x^T @ dy, dbias = sum of dy over the batch."""
    if y is not None:
        dy = relu_backward(dy, y)
    return dy @ kernel.T if need_dx else None, x.T @ dy, dy.sum(axis=0)


def relu_forward(x: NDArray) -> NDArray:
    """max(x, 0), NaN kept."""
    return np.maximum(x, x.dtype.type(0))


def relu_backward(dy: NDArray, y: NDArray) -> NDArray:
    """dy where y > 0."""
    return np.where(y > 0, dy, dy.dtype.type(0))


def relu_mask(y: NDArray) -> NDArray:
    """1 where y > 0."""
    return (y > 0).astype(np.uint8)


def _scaled(x: NDArray, keep: NDArray, rate: float) -> NDArray:
    y = np.zeros(x.shape, x.dtype)
    if rate < 1:
        np.multiply(x, x.dtype.type(1.0 / (1.0 - rate)), out=y, where=keep)
    return y


def dropout(x: NDArray, rate: float, seed: int, call: int, first: int = 0) -> NDArray:
    """x / (1 - rate) where the hashed bits lie below the threshold."""
    bits = hashed_bits(x.shape[0], x[0].size if len(x) else 0, seed, call, first)
    return _scaled(x, (bits < threshold(rate)).reshape(x.shape), rate)


def dropout_channels(x: NDArray, rate: float, seed: int, call: int, first: int = 0) -> NDArray:
    """One draw for each image and channel."""
    N, C = x.shape[0], x.shape[-1]
    keep = hashed_bits(N, C, seed, call, first) < threshold(rate)
    return _scaled(x, keep.reshape(N, *(1,) * (x.ndim - 2), C), rate)


def batch_moments(x: NDArray) -> tuple[NDArray, NDArray]:
    """Summed in double: single would lose two digits over a hundred thousand pixels."""
    mean = x.mean(axis=0, dtype=np.float64)
    var = np.square(x - mean).mean(axis=0)
    return mean.astype(x.dtype), var.astype(x.dtype)


def normalize_forward(x: NDArray, mean: NDArray, factor: NDArray, shift: NDArray) -> NDArray:
    """(x - mean) * factor + shift."""
    return (x - mean) * factor + shift


def normalize_backward(
    dy: NDArray, x: NDArray, mean: NDArray, inverse: NDArray, gamma: NDArray, by_batch: bool
) -> tuple[NDArray, NDArray, NDArray]:
    """The sums, then dx = gamma inverse (dy - mean of dy - normal * mean of (dy normal))."""
    normal = (x - mean) * inverse
    dgamma = np.sum(dy * normal, axis=0, dtype=np.float64).astype(x.dtype)
    dbeta = dy.sum(axis=0, dtype=np.float64).astype(x.dtype)
    moved = (dbeta + normal * dgamma) / x.dtype.type(len(x)) if by_batch else x.dtype.type(0)
    return gamma * inverse * (dy - moved), dgamma, dbeta


def update(rule: Any, w: NDArray, g: NDArray, states: list[NDArray], constants: list[Any]) -> None:
    """Apply a rule of `updates` to whole arrays, in place."""
    step, *remembered = rule(g, *states, *constants)
    w -= step
    for state, values in zip(states, remembered, strict=True):
        state[...] = values


def warp(
    x: NDArray,
    rows: NDArray,
    columns: NDArray,
    interpolation: str = "bilinear",
    fill_mode: str = "reflect",
    fill_value: float = 0.0,
) -> NDArray:
    """Four gathers, one for each pixel around the place looked up, weighed by nearness."""
    N, H, W, _ = x.shape
    if interpolation == "nearest":  # halves go away from zero
        rows, columns = (np.copysign(np.floor(np.abs(p) + 0.5), p) for p in (rows, columns))
    images = np.arange(N)[:, None, None]
    r, c = np.floor(rows), np.floor(columns)
    t, u = ((rows - r)[..., None].astype(x.dtype), (columns - c)[..., None].astype(x.dtype))
    y = np.zeros((*rows.shape, x.shape[3]), x.dtype)
    for below, weight_of_row in ((0, 1 - t), (1, t)):
        h, real_row = _real_cells(r.astype(np.int64) + below, H, fill_mode)
        for right, weight_of_column in ((0, 1 - u), (1, u)):
            w, real_column = _real_cells(c.astype(np.int64) + right, W, fill_mode)
            real = (real_row & real_column)[..., None]
            cells = np.where(real, x[images, h, w], x.dtype.type(fill_value))
            y += weight_of_row * weight_of_column * cells
    return y


def _real_cells(i: NDArray, n: int, fill_mode: str) -> tuple[NDArray, NDArray]:
    """The cells of 0 ... n - 1 that stand for cells i, and whether there is one."""
    real = np.full(i.shape, True) if fill_mode != "constant" else (i >= 0) & (i < n)
    if fill_mode == "wrap":
        return i % n, real
    if fill_mode == "reflect":  # the image and its mirror image, again and again
        i = i % (2 * n)
        return np.where(i < n, i, 2 * n - 1 - i), real
    return np.clip(i, 0, n - 1), real
