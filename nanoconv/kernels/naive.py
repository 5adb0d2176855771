"""The definition of every kernel: plain loops that one can check by hand.

Slow, and meant to be read. The fast implementations are tested against this file. Words and letters
are those of `shapes`.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .hashing import hashed_normal as hashed_normal  # in NumPy: loops would say no more
from .hashing import keys, mix, threshold
from .shapes import Window


def _cells(window: Window, oh: int, ow: int, H: int, W: int) -> Iterator[tuple[int, int, int, int]]:
    """(kh, kw, h, w) for the cells of a window at (oh, ow) that lie on the image."""
    for kh in range(window.KH):
        for kw in range(window.KW):
            h = oh * window.SH + kh * window.DH - window.top
            w = ow * window.SW + kw * window.DW - window.left
            if 0 <= h < H and 0 <= w < W:
                yield kh, kw, h, w


# Convolution ------------------------------------------------------------------------------------


def conv2d_forward(
    x: NDArray, kernel: NDArray, bias: NDArray | None, window: Window, relu: bool = False
) -> NDArray:
    """Slide a kernel over images.

    Args:
        x: images. kernel: weights. bias: (O,) or None. window: how the kernel slides.
        relu: whether to cut y off at 0.

    Shapes: x (N, H, W, C), kernel (KH, KW, C, O), bias (O,) -> y (N, OH, OW, O)
    Math:   y[n, oh, ow, o] = bias[o] + sum over kh, kw, c of x[n, h, w, c] kernel[kh, kw, c, o]
            (a cross-correlation; h and w as in `shapes`), then max(y, 0) where `relu` is set.
    Reference: Dumoulin and Visin, "A guide to convolution arithmetic", 2016, arXiv:1603.07285
    """
    N, H, W, C = x.shape
    O = kernel.shape[3]
    OH, OW = window.output_size(H, W)
    y = np.zeros((N, OH, OW, O), x.dtype)
    for n, oh, ow, o in np.ndindex(y.shape):
        for kh, kw, h, w in _cells(window, oh, ow, H, W):
            for c in range(C):
                y[n, oh, ow, o] += x[n, h, w, c] * kernel[kh, kw, c, o]
        if bias is not None:
            y[n, oh, ow, o] += bias[o]
    return relu_forward(y) if relu else y


def conv2d_backward(
    x: NDArray,
    kernel: NDArray,
    dy: NDArray,
    window: Window,
    y: NDArray | None = None,
    need_dx: bool = True,
) -> tuple[NDArray | None, NDArray, NDArray]:
    """Gradients of `conv2d_forward`: (dx, dkernel, dbias).

    Every product x * kernel that went into y sends dy back to both of its factors.

    Args:
        x, kernel, window: as given forward. dy: gradient of the output.
        y: the output (or its `relu_mask`), where relu was part of it; dy counts where y > 0.
        need_dx: False leaves dx out (None): a first layer has no use for it.

    Math: dkernel[kh, kw, c, o] = sum over n, oh, ow of x[n, h, w, c] dy[n, oh, ow, o],
          dx[n, h, w, c] = sum of kernel[kh, kw, c, o] dy[n, oh, ow, o], dbias[o] = sum of dy.
    Reference: as for `conv2d_forward`.
    """
    if y is not None:
        dy = relu_backward(dy, y)
    _, H, W, C = x.shape
    dx, dkernel = np.zeros_like(x), np.zeros_like(kernel)
    dbias = np.zeros(kernel.shape[3], x.dtype)
    for n, oh, ow, o in np.ndindex(dy.shape):
        for kh, kw, h, w in _cells(window, oh, ow, H, W):
            for c in range(C):
                dkernel[kh, kw, c, o] += x[n, h, w, c] * dy[n, oh, ow, o]
                dx[n, h, w, c] += kernel[kh, kw, c, o] * dy[n, oh, ow, o]
        dbias[o] += dy[n, oh, ow, o]
    return dx if need_dx else None, dkernel, dbias


def depthwise_conv2d_forward(
    x: NDArray, kernel: NDArray, bias: NDArray | None, window: Window
) -> NDArray:
    """Convolve every channel on its own with M kernels.

    Args: as for `conv2d_forward`: x, kernel, bias, window.

    Shapes: x (N, H, W, C), kernel (KH, KW, C, M), bias (C * M,) -> y (N, OH, OW, C * M)
    Math:   y[n, oh, ow, c * M + m] = sum over kh, kw of x[n, h, w, c] kernel[kh, kw, c, m] + bias
    Reference: Howard et al., "MobileNets", 2017, arXiv:1704.04861
    """
    N, H, W, C = x.shape
    M = kernel.shape[3]
    OH, OW = window.output_size(H, W)
    y = np.zeros((N, OH, OW, C * M), x.dtype)
    for n, oh, ow, c, m in np.ndindex(N, OH, OW, C, M):
        for kh, kw, h, w in _cells(window, oh, ow, H, W):
            y[n, oh, ow, c * M + m] += x[n, h, w, c] * kernel[kh, kw, c, m]
        if bias is not None:
            y[n, oh, ow, c * M + m] += bias[c * M + m]
    return y


def depthwise_conv2d_backward(
    x: NDArray, kernel: NDArray, dy: NDArray, window: Window, need_dx: bool = True
) -> tuple[NDArray | None, NDArray, NDArray]:
    """Gradients of `depthwise_conv2d_forward`: (dx or None, dkernel, dbias).

    Args: as for `conv2d_backward`: x, kernel, dy, window, need_dx.

    Reference: as for `depthwise_conv2d_forward`.
    """
    _, H, W, C = x.shape
    M = kernel.shape[3]
    dx, dkernel = np.zeros_like(x), np.zeros_like(kernel)
    dbias = np.zeros(C * M, x.dtype)
    for n, oh, ow, c, m in np.ndindex(*dy.shape[:3], C, M):
        gradient = dy[n, oh, ow, c * M + m]
        for kh, kw, h, w in _cells(window, oh, ow, H, W):
            dkernel[kh, kw, c, m] += x[n, h, w, c] * gradient
            dx[n, h, w, c] += kernel[kh, kw, c, m] * gradient
        dbias[c * M + m] += gradient
    return dx if need_dx else None, dkernel, dbias


# Pooling ----------------------------------------------------------------------------------------


def max_pool_forward(x: NDArray, window: Window) -> tuple[NDArray, NDArray]:
    """The largest value under each window, and which tap it came from.

    Args: x: images. window: how the window slides.

    Shapes: x (N, H, W, C) -> y, argmax (N, OH, OW, C)
    argmax is kh * KW + kw: uint8 where the window has at most 256 taps, else uint32. Of equal
    values the first in reading order wins; padding never does; NaN beats everything.

    Reference: https://cs231n.github.io/convolutional-networks/#pool
    """
    N, H, W, C = x.shape
    OH, OW = window.output_size(H, W)
    y = np.full((N, OH, OW, C), -np.inf, x.dtype)
    argmax = np.zeros(y.shape, np.uint8 if window.KH * window.KW <= 256 else np.uint32)
    for n, oh, ow, c in np.ndindex(y.shape):
        first = True
        for kh, kw, h, w in _cells(window, oh, ow, H, W):
            best, value = y[n, oh, ow, c], x[n, h, w, c]
            if first or value > best or (np.isnan(value) and not np.isnan(best)):
                y[n, oh, ow, c] = value
                argmax[n, oh, ow, c] = kh * window.KW + kw
                first = False
    return y, argmax


def max_pool_backward(
    dy: NDArray, argmax: NDArray, window: Window, x_shape: tuple[int, ...]
) -> NDArray:
    """Hand each dy to the cell that was largest: dx of shape x_shape.

    Args: dy: gradient of y. argmax: as returned by `max_pool_forward`. window, x_shape: as there.

    Reference: as for `max_pool_forward`.
    """
    dx = np.zeros(x_shape, dy.dtype)
    for n, oh, ow, c in np.ndindex(dy.shape):
        kh, kw = divmod(int(argmax[n, oh, ow, c]), window.KW)
        h = oh * window.SH + kh * window.DH - window.top
        w = ow * window.SW + kw * window.DW - window.left
        dx[n, h, w, c] += dy[n, oh, ow, c]
    return dx


def average_pool_forward(x: NDArray, window: Window) -> NDArray:
    """The mean of the real cells under each window (padding does not count): (N, OH, OW, C).

    Args: x: images. window: how the window slides.

    Reference: https://keras.io/api/layers/pooling_layers/average_pooling2d/
    """
    N, H, W, C = x.shape
    OH, OW = window.output_size(H, W)
    y = np.zeros((N, OH, OW, C), x.dtype)
    for n, oh, ow, c in np.ndindex(y.shape):
        cells = list(_cells(window, oh, ow, H, W))
        for _, _, h, w in cells:
            y[n, oh, ow, c] += x[n, h, w, c]
        y[n, oh, ow, c] /= len(cells)
    return y


def average_pool_backward(dy: NDArray, window: Window, x_shape: tuple[int, ...]) -> NDArray:
    """Share each dy equally among the real cells of its window: dx of shape x_shape.

    Args: dy: gradient of y. window, x_shape: as forward.

    Reference: as for `average_pool_forward`.
    """
    dx = np.zeros(x_shape, dy.dtype)
    for n, oh, ow, c in np.ndindex(dy.shape):
        cells = list(_cells(window, oh, ow, x_shape[1], x_shape[2]))
        for _, _, h, w in cells:
            dx[n, h, w, c] += dy[n, oh, ow, c] / len(cells)
    return dx


# Dense, relu, dropout ---------------------------------------------------------------------------


def dense_forward(x: NDArray, kernel: NDArray, bias: NDArray | None, relu: bool = False) -> NDArray:
    """y[n, o] = bias[o] + sum over i of x[n, i] kernel[i, o], then max(y, 0) where `relu` is set.

    Args: x, kernel, bias (or None), relu: as for `conv2d_forward`.

    Shapes: x (N, I), kernel (I, O), bias (O,) -> y (N, O)
    Reference: https://cs231n.github.io/linear-classify/
    """
    y = np.zeros((x.shape[0], kernel.shape[1]), x.dtype)
    for n, o in np.ndindex(y.shape):
        for i in range(x.shape[1]):
            y[n, o] += x[n, i] * kernel[i, o]
        if bias is not None:
            y[n, o] += bias[o]
    return relu_forward(y) if relu else y


def dense_backward(
    x: NDArray, kernel: NDArray, dy: NDArray, y: NDArray | None = None, need_dx: bool = True
) -> tuple[NDArray | None, NDArray, NDArray]:
    """Gradients of `dense_forward`: (dx or None, dkernel, dbias).

    Args: x, kernel, dy, y (where relu was part of the output), need_dx: as for `conv2d_backward`.

    Math: dx[n, i] = sum over o of kernel[i, o] dy[n, o], dkernel[i, o] = sum over n of
          x[n, i] dy[n, o], dbias[o] = sum over n of dy[n, o]
    Reference: as for `dense_forward`.
    """
    if y is not None:
        dy = relu_backward(dy, y)
    dx, dkernel = np.zeros_like(x), np.zeros_like(kernel)
    dbias = np.zeros(kernel.shape[1], x.dtype)
    for n, o in np.ndindex(dy.shape):
        for i in range(x.shape[1]):
            dkernel[i, o] += x[n, i] * dy[n, o]
            dx[n, i] += kernel[i, o] * dy[n, o]
        dbias[o] += dy[n, o]
    return dx if need_dx else None, dkernel, dbias


def relu_forward(x: NDArray) -> NDArray:
    """max(x, 0), element by element; NaN stays.

    Reference: Nair and Hinton, "Rectified linear units improve restricted Boltzmann machines", 2010
    """
    y = np.empty_like(x)
    for i in np.ndindex(x.shape):
        y[i] = 0 if x[i] <= 0 else x[i]
    return y


def relu_backward(dy: NDArray, y: NDArray) -> NDArray:
    """dy where y > 0, else 0.

    Reference: as for `relu_forward`.
    """
    dx = np.empty_like(dy)
    for i in np.ndindex(dy.shape):
        dx[i] = dy[i] if y[i] > 0 else 0
    return dx


def relu_mask(y: NDArray) -> NDArray:
    """What backward needs of relu's y, in a quarter of its memory: uint8, 1 where y > 0, else 0.

    Every `y` that a backward function asks for may be such a mask.

    Reference: as for `relu_forward`.
    """
    mask = np.zeros(y.shape, np.uint8)
    for i in np.ndindex(y.shape):
        mask[i] = 1 if y[i] > 0 else 0
    return mask


def dropout(x: NDArray, rate: float, seed: int, call: int, first: int = 0) -> NDArray:
    """Zero a share of the elements and scale the others up: x / (1 - rate) where U < 1 - rate.

    U is a hash of (seed, call, image, element), see `hashing`; backward is the same call on dy.

    Args:
        x: (N, ...). rate: share to drop, 0 (nothing) to 1 (all). seed: of the layer.
        call: count of the batch. first: index in the batch of x[0], where x is a chunk of it.

    Reference: Srivastava et al., "Dropout", 2014, https://jmlr.org/papers/v15/srivastava14a.html
    """
    k0, k1 = keys(seed, call)
    y = np.zeros(x.shape, x.dtype)
    for n in range(x.shape[0]):
        image = mix((first + n) ^ k1)
        for e, value in enumerate(x[n].flat):
            if mix(mix(e ^ k0) ^ image) < threshold(rate):
                y[n].flat[e] = value / (1.0 - rate)
    return y


def dropout_channels(x: NDArray, rate: float, seed: int, call: int, first: int = 0) -> NDArray:
    """`dropout` with one draw for every image and channel: whole maps (N, ..., C) are dropped.

    Args: x, rate, seed, call, first: as for `dropout`.

    Reference: Tompson et al., 2014, arXiv:1411.4280
    """
    N, C = x.shape[0], x.shape[-1]
    mask = dropout(np.ones((N, C), x.dtype), rate, seed, call, first)
    y = np.zeros(x.shape, x.dtype)
    for index in np.ndindex(x.shape):
        if mask[index[0], index[-1]] > 0:
            y[index] = x[index] * mask[index[0], index[-1]]
    return y


# Normalisation ----------------------------------------------------------------------------------


def batch_moments(x: NDArray) -> tuple[NDArray, NDArray]:
    """Mean and biased variance of each channel, in double precision: (M, C) -> (C,), (C,).

    Math: mean[c] = sum over m of x[m, c] / M, var[c] = sum over m of (x[m, c] - mean[c])^2 / M
    Reference: Ioffe and Szegedy, "Batch normalization", 2015, arXiv:1502.03167
    """
    M, C = x.shape
    mean, var = np.zeros(C), np.zeros(C)
    for c in range(C):
        for m in range(M):
            mean[c] += x[m, c] / M
        for m in range(M):
            var[c] += (x[m, c] - mean[c]) ** 2 / M
    return mean.astype(x.dtype), var.astype(x.dtype)


def normalize_forward(x: NDArray, mean: NDArray, factor: NDArray, shift: NDArray) -> NDArray:
    """y = (x - mean) factor + shift, channel by channel.

    Args: x: (M, C). mean, factor, shift: (C,); factor = gamma / sqrt(var + epsilon), shift = beta.

    Math: y[m, c] = (x[m, c] - mean[c]) factor[c] + shift[c]
    Reference: as for `batch_moments`.
    """
    y = np.zeros(x.shape, x.dtype)
    for m, c in np.ndindex(x.shape):
        y[m, c] = (x[m, c] - mean[c]) * factor[c] + shift[c]
    return y


def normalize_backward(
    dy: NDArray, x: NDArray, mean: NDArray, inverse: NDArray, gamma: NDArray, by_batch: bool
) -> tuple[NDArray, NDArray, NDArray]:
    """Gradients of y = gamma normal + beta for normal = (x - mean) inverse: (dx, dgamma, dbeta).

    Args:
        dy, x: (M, C). mean, inverse, gamma: (C,).
        by_batch: mean and inverse = 1 / sqrt(var + epsilon) were those of x.

    Math: dgamma[c] = sum over m of dy[m, c] normal[m, c], dbeta[c] = sum over m of dy[m, c],
          dx = gamma inverse dy, and by batch, where mean and inverse hand gradients on, too,
          dx = gamma inverse (dy - (dbeta + normal dgamma) / M).
    Reference: as for `batch_moments`.
    """
    M, C = x.shape
    dx, dgamma, dbeta = np.zeros(x.shape, x.dtype), np.zeros(C), np.zeros(C)
    for m, c in np.ndindex(x.shape):
        normal = (x[m, c] - mean[c]) * inverse[c]
        dgamma[c] += dy[m, c] * normal
        dbeta[c] += dy[m, c]
    for m, c in np.ndindex(x.shape):
        normal = (x[m, c] - mean[c]) * inverse[c]
        moved = (dbeta[c] + normal * dgamma[c]) / M if by_batch else 0
        dx[m, c] = gamma[c] * inverse[c] * (dy[m, c] - moved)
    return dx, dgamma.astype(x.dtype), dbeta.astype(x.dtype)


# Warping ----------------------------------------------------------------------------------------


def warp(
    x: NDArray,
    rows: NDArray,
    columns: NDArray,
    interpolation: str = "bilinear",
    fill_mode: str = "reflect",
    fill_value: float = 0.0,
) -> NDArray:
    """Rotate, shift, zoom or bend images: each output pixel looks up a place in its input image.

    Args:
        x: (N, H, W, C). rows, columns: (N, OH, OW), that place, in pixels from the first one's
        centre; it may lie between pixels and outside of the image.
        interpolation: "bilinear" (the four pixels around it, the nearer the more) or "nearest".
        fill_mode: what lies outside: "reflect" (c b a | a b c | c b a), "wrap" (a b c | a b c),
        "nearest" (a a a | a b c | c c c) or "constant" (fill_value).

    Returns: y (N, OH, OW, C).
    Math: with r = floor(row), t = row - r, likewise c and u for the column,
          y = (1-t) (1-u) x[r, c] + (1-t) u x[r, c+1] + t (1-u) x[r+1, c] + t u x[r+1, c+1]
    Reference: Jaderberg et al., "Spatial transformer networks", 2015, arXiv:1506.02025
    """
    _, H, W, C = x.shape
    y = np.zeros((*rows.shape, C), x.dtype)
    for n, oh, ow in np.ndindex(rows.shape):
        place = float(rows[n, oh, ow]), float(columns[n, oh, ow])
        if interpolation == "nearest":
            place = _round(place[0]), _round(place[1])
        r, c = math.floor(place[0]), math.floor(place[1])
        t, u = place[0] - r, place[1] - c
        for i, j, weight in (
            (r, c, (1 - t) * (1 - u)),
            (r, c + 1, (1 - t) * u),
            (r + 1, c, t * (1 - u)),
            (r + 1, c + 1, t * u),
        ):
            h, w = _real_cell(i, H, fill_mode), _real_cell(j, W, fill_mode)
            outside = h is None or w is None
            y[n, oh, ow] += weight * (fill_value if outside else x[n, h, w])
    return y


def _round(place: float) -> float:
    """The nearest whole number; halves go away from zero."""
    return math.copysign(math.floor(abs(place) + 0.5), place)


def _real_cell(i: int, n: int, fill_mode: str) -> int | None:
    """The cell of 0 ... n - 1 that stands for cell i, or None where none does."""
    if 0 <= i < n:
        return i
    if fill_mode == "constant":
        return None
    if fill_mode == "nearest":
        return min(max(i, 0), n - 1)
    if fill_mode == "wrap":
        return i % n
    i %= 2 * n  # reflect: the image and its mirror image, again and again
    return i if i < n else 2 * n - 1 - i


# Optimizers -------------------------------------------------------------------------------------


def update(rule: Any, w: NDArray, g: NDArray, states: list[NDArray], constants: list[Any]) -> None:
    """Apply a rule of `updates` to flat arrays in place: w and what the optimizer remembers."""
    for i in range(w.size):
        step, *remembered = rule(g[i], *(state[i] for state in states), *constants)
        w[i] -= step
        for state, value in zip(states, remembered, strict=True):
            state[i] = value
