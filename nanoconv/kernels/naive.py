"""The definition of every kernel: plain loops that one can check by hand.

Slow, and meant to be read. The fast implementations are tested against this file. The letters are
those of `shapes`.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .hashing import keys, mix, threshold
from .shapes import Window


def _cells(window: Window, oh: int, ow: int, H: int, W: int) -> Iterator[tuple[int, int, int, int]]:
    """(kh, kw, h, w) for the cells of a window at (oh, ow) that lie on the picture."""
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
    """y[n, oh, ow, o] = bias[o] + sum over kh, kw, c of x[n, h, w, c] kernel[kh, kw, c, o]."""
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
    """Every product x * kernel that went into y sends dy back to both of its factors."""
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
    """y[n, oh, ow, c * M + m] = sum over kh, kw of x[n, h, w, c] kernel[kh, kw, c, m] + bias."""
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
    """As `conv2d_backward`, channel by channel."""
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
    """The largest cell of each window; the first of equals; a NaN beats any number."""
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
    """dx gathers dy at the cells that were largest."""
    dx = np.zeros(x_shape, dy.dtype)
    for n, oh, ow, c in np.ndindex(dy.shape):
        kh, kw = divmod(int(argmax[n, oh, ow, c]), window.KW)
        h = oh * window.SH + kh * window.DH - window.top
        w = ow * window.SW + kw * window.DW - window.left
        dx[n, h, w, c] += dy[n, oh, ow, c]
    return dx


def average_pool_forward(x: NDArray, window: Window) -> NDArray:
    """The mean over the real cells of each window."""
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
    """Each real cell of a window of n real cells gets dy / n."""
    dx = np.zeros(x_shape, dy.dtype)
    for n, oh, ow, c in np.ndindex(dy.shape):
        cells = list(_cells(window, oh, ow, x_shape[1], x_shape[2]))
        for _, _, h, w in cells:
            dx[n, h, w, c] += dy[n, oh, ow, c] / len(cells)
    return dx


# Dense, relu, dropout ---------------------------------------------------------------------------


def dense_forward(x: NDArray, kernel: NDArray, bias: NDArray | None, relu: bool = False) -> NDArray:
    """y[n, o] = bias[o] + sum over i of x[n, i] kernel[i, o]."""
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
    """Every product x * kernel that went into y sends dy back to both of its factors."""
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
    """max(x, 0); a NaN stays."""
    y = np.empty_like(x)
    for i in np.ndindex(x.shape):
        y[i] = 0 if x[i] <= 0 else x[i]
    return y


def relu_backward(dy: NDArray, y: NDArray) -> NDArray:
    """dy passes where y > 0."""
    dx = np.empty_like(dy)
    for i in np.ndindex(dy.shape):
        dx[i] = dy[i] if y[i] > 0 else 0
    return dx


def relu_gate(y: NDArray) -> NDArray:
    """1 where y > 0."""
    gate = np.zeros(y.shape, np.uint8)
    for i in np.ndindex(y.shape):
        if y[i] > 0:
            gate[i] = 1
    return gate


def dropout(x: NDArray, rate: float, seed: int, call: int, first: int = 0) -> NDArray:
    """x / (1 - rate) for the elements whose hash lies below the threshold, else 0."""
    k0, k1 = keys(seed, call)
    y = np.zeros(x.shape, x.dtype)
    for n in range(x.shape[0]):
        image = mix((first + n) ^ k1)
        for e, value in enumerate(x[n].flat):
            if mix(mix(e ^ k0) ^ image) < threshold(rate):
                y[n].flat[e] = value / (1.0 - rate)
    return y


def dropout_channels(x: NDArray, rate: float, seed: int, call: int, first: int = 0) -> NDArray:
    """The mask of one element an image and channel, held over the whole map."""
    N, C = x.shape[0], x.shape[-1]
    mask = dropout(np.ones((N, C), x.dtype), rate, seed, call, first)
    y = np.zeros(x.shape, x.dtype)
    for index in np.ndindex(x.shape):
        if mask[index[0], index[-1]] > 0:
            y[index] = x[index] * mask[index[0], index[-1]]
    return y


# Normalisation ----------------------------------------------------------------------------------


def batch_moments(x: NDArray) -> tuple[NDArray, NDArray]:
    """Channel by channel, in double precision."""
    M, C = x.shape
    mean, variance = np.zeros(C), np.zeros(C)
    for c in range(C):
        for m in range(M):
            mean[c] += x[m, c] / M
        for m in range(M):
            variance[c] += (x[m, c] - mean[c]) ** 2 / M
    return mean.astype(x.dtype), variance.astype(x.dtype)


def normalize_forward(x: NDArray, mean: NDArray, factor: NDArray, shift: NDArray) -> NDArray:
    """(x - mean) * factor + shift, number by number."""
    y = np.zeros(x.shape, x.dtype)
    for m, c in np.ndindex(x.shape):
        y[m, c] = (x[m, c] - mean[c]) * factor[c] + shift[c]
    return y


def normalize_backward(
    dy: NDArray, x: NDArray, mean: NDArray, inverse: NDArray, gamma: NDArray, by_batch: bool
) -> tuple[NDArray, NDArray, NDArray]:
    """The sums, then dx number by number."""
    M, C = x.shape
    dx, dgamma, dbeta = np.zeros(x.shape, x.dtype), np.zeros(C), np.zeros(C)
    for m, c in np.ndindex(x.shape):
        dgamma[c] += dy[m, c] * (x[m, c] - mean[c]) * inverse[c]
        dbeta[c] += dy[m, c]
    for m, c in np.ndindex(x.shape):
        normal = (x[m, c] - mean[c]) * inverse[c]
        moved = (dbeta[c] + normal * dgamma[c]) / M if by_batch else 0
        dx[m, c] = gamma[c] * inverse[c] * (dy[m, c] - moved)
    return dx, dgamma.astype(x.dtype), dbeta.astype(x.dtype)


# Optimizers -------------------------------------------------------------------------------------


def update(rule: Any, w: NDArray, g: NDArray, states: list[NDArray], constants: list[Any]) -> None:
    """Apply a rule of `updates` weight by weight, in place."""
    for i in range(w.size):
        step, *remembered = rule(g[i], *(state[i] for state in states), *constants)
        w[i] -= step
        for state, value in zip(states, remembered, strict=True):
            state[i] = value
