"""The arithmetic of nanoconv: arrays in, arrays out, nothing kept.

Three implementations of one set of functions: `naive` (plain loops, the definition: read it first),
`numpy` and `numba` (compiled, several threads; the default). Choose with `set_backend` or the
environment variable NANOCONV_BACKEND.

Arguments that many share: `window` tells how a window slides (make one with the function `window`);
`kernel` holds the weights; `dy` is the gradient of the output y; `argmax` is what max_pool_forward
returned; `need_dx=False` leaves dx out (None); `rate`, `seed` and `call` are told at `dropout`.

Arrays are float32 or float64; pictures (N, H, W, C), kernels (KH, KW, C, O); see `shapes` for the
letters. Results have the type of x, arguments are never written to (but for the optimizer
updates, which change w and its state in place).

Reference: Goodfellow, Bengio, Courville, "Deep learning", 2016, chapters 6 to 9,
https://www.deeplearningbook.org
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from nanoconv.core import absent
from nanoconv.kernels.dispatch import (
    get_backend,
    get_winograd,
    implementation,
    set_backend,
    set_winograd,
)

from .hashing import hashed_uniform
from .shapes import Window, output_length, window
from .updates import (
    adadelta_update,
    adagrad_update,
    adam_update,
    adamax_update,
    momentum_update,
    nadam_update,
    rmsprop_update,
    sgd_update,
)

__all__ = [
    "Window",
    "adadelta_update",
    "adagrad_update",
    "adam_update",
    "adamax_update",
    "average_pool_backward",
    "average_pool_forward",
    "batch_moments",
    "conv2d_backward",
    "conv2d_forward",
    "dense_backward",
    "dense_forward",
    "depthwise_conv2d_backward",
    "depthwise_conv2d_forward",
    "dropout",
    "dropout_channels",
    "get_backend",
    "get_winograd",
    "hashed_normal",
    "hashed_uniform",
    "max_pool_backward",
    "max_pool_forward",
    "momentum_update",
    "nadam_update",
    "normalize_backward",
    "normalize_forward",
    "output_length",
    "relu_backward",
    "relu_forward",
    "relu_gate",
    "rmsprop_update",
    "set_backend",
    "set_winograd",
    "sgd_update",
    "warp",
    "window",
]

Gradients = tuple[NDArray | None, NDArray, NDArray]


def conv2d_forward(
    x: NDArray, kernel: NDArray, bias: NDArray | None, window: Window, relu: bool = False
) -> NDArray:
    """Slide a kernel over pictures.

    Shapes: x (N, H, W, C), kernel (KH, KW, C, O), bias (O,) -> y (N, OH, OW, O)
    Math:   y[n, oh, ow, o] = bias[o] + sum over kh, kw, c of x[n, h, w, c] kernel[kh, kw, c, o]
            (a cross-correlation; h and w as in `shapes`), then max(y, 0) where `relu` is set.
    """
    return implementation("conv2d_forward")(x, kernel, bias, window, relu)


def conv2d_backward(
    x: NDArray,
    kernel: NDArray,
    dy: NDArray,
    window: Window,
    y: NDArray | None = None,
    need_dx: bool = True,
) -> Gradients:
    """Gradients of `conv2d_forward`: (dx, dkernel, dbias).

    Arguments:
        x, kernel: as given forward. dy: gradient of the output.
        y: the output (or its `relu_gate`), where relu was part of it; dy counts where y > 0.
        need_dx: False leaves dx out (None): a first layer has no use for it.

    Math: dkernel[kh, kw, c, o] = sum over n, oh, ow of x[n, h, w, c] dy[n, oh, ow, o],
          dx[n, h, w, c] = sum of dy[n, oh, ow, o] kernel[kh, kw, c, o], dbias = sum of dy.
    """
    return implementation("conv2d_backward")(x, kernel, dy, window, y, need_dx)


def depthwise_conv2d_forward(
    x: NDArray, kernel: NDArray, bias: NDArray | None, window: Window
) -> NDArray:
    """Convolve every channel on its own with M kernels.

    Shapes: x (N, H, W, C), kernel (KH, KW, C, M), bias (C * M,) -> y (N, OH, OW, C * M)
    Math:   y[n, oh, ow, c * M + m] = sum over kh, kw of x[n, h, w, c] kernel[kh, kw, c, m]
    """
    return implementation("depthwise_conv2d_forward")(x, kernel, bias, window)


def depthwise_conv2d_backward(
    x: NDArray, kernel: NDArray, dy: NDArray, window: Window, need_dx: bool = True
) -> Gradients:
    """Gradients of `depthwise_conv2d_forward`: (dx or None, dkernel, dbias)."""
    return implementation("depthwise_conv2d_backward")(x, kernel, dy, window, need_dx)


def max_pool_forward(x: NDArray, window: Window) -> tuple[NDArray, NDArray]:
    """The largest value under each window, and which cell it came from.

    Shapes: x (N, H, W, C) -> y, argmax (N, OH, OW, C)
    argmax is kh * KW + kw: uint8 where the window has at most 256 cells, else uint32. Of equal
    values the first in reading order wins; padding never does; NaN beats everything.
    """
    return implementation("max_pool_forward")(x, window)


def max_pool_backward(
    dy: NDArray, argmax: NDArray, window: Window, x_shape: tuple[int, ...]
) -> NDArray:
    """Hand each dy to the cell that was largest: dx of shape x_shape."""
    return implementation("max_pool_backward")(dy, argmax, window, x_shape)


def average_pool_forward(x: NDArray, window: Window) -> NDArray:
    """The mean of the real cells under each window (padding does not count): (N, OH, OW, C)."""
    return implementation("average_pool_forward")(x, window)


def average_pool_backward(dy: NDArray, window: Window, x_shape: tuple[int, ...]) -> NDArray:
    """Share each dy equally among the real cells of its window: dx of shape x_shape."""
    return implementation("average_pool_backward")(dy, window, x_shape)


def dense_forward(x: NDArray, kernel: NDArray, bias: NDArray | None, relu: bool = False) -> NDArray:
    """y = x kernel + bias, then max(y, 0) where `relu` is set: (N, I), (I, O), (O,) -> (N, O)."""
    return implementation("dense_forward")(x, kernel, bias, relu)


def dense_backward(
    x: NDArray, kernel: NDArray, dy: NDArray, y: NDArray | None = None, need_dx: bool = True
) -> Gradients:
    """Gradients of `dense_forward`: dx = dy kernel^T, dkernel = x^T dy, dbias = sum of dy.

    Give y where relu was part of the output: dy then counts only where y > 0.
    """
    return implementation("dense_backward")(x, kernel, dy, y, need_dx)


def batch_moments(x: NDArray) -> tuple[NDArray, NDArray]:
    """Mean and biased variance of each channel: (M, C) -> (C,), (C,), summed in double."""
    return implementation("batch_moments")(x)


def normalize_forward(x: NDArray, mean: NDArray, factor: NDArray, shift: NDArray) -> NDArray:
    """y = (x - mean) factor + shift: (M, C), (C,), (C,), (C,) -> (M, C)."""
    return implementation("normalize_forward")(x, mean, factor, shift)


def normalize_backward(
    dy: NDArray, x: NDArray, mean: NDArray, inverse: NDArray, gamma: NDArray, by_batch: bool
) -> tuple[NDArray, NDArray, NDArray]:
    """Gradients of y = gamma n + beta for n = (x - mean) inverse: (dx, dgamma, dbeta).

    Arguments:
        dy, x: (M, C). mean, inverse, gamma: (C,).
        by_batch: mean and inverse = 1 / sqrt(variance + epsilon) were those of x.

    Math: dgamma = sum of dy n, dbeta = sum of dy, dx = gamma inverse dy, and by batch
          dx = gamma inverse (dy - dbeta / M - n dgamma / M).
    """
    return implementation("normalize_backward")(dy, x, mean, inverse, gamma, by_batch)


def relu_forward(x: NDArray) -> NDArray:
    """max(x, 0), NaN kept."""
    return implementation("relu_forward")(x)


def relu_backward(dy: NDArray, y: NDArray) -> NDArray:
    """dy where y > 0, else 0."""
    return implementation("relu_backward")(dy, y)


def relu_gate(y: NDArray) -> NDArray:
    """What backward needs of relu's y, in a quarter of its memory: uint8, 1 where y > 0, else 0.

    Every `y` that a backward function asks for may be such a gate.
    """
    return implementation("relu_gate")(y)


def dropout(x: NDArray, rate: float, seed: int, call: int, first: int = 0) -> NDArray:
    """Zero a share of the elements and scale the others up: x / (1 - rate) where U < 1 - rate.

    U is a hash of (seed, call, image, element), see `hashing`; backward is the same call on dy.

    Arguments:
        x: (N, ...). rate: share to drop, 0 (nothing) to 1 (all). seed: of the layer.
        call: number of the batch. first: index in the batch of x[0], where x is a slice of it.
    """
    return implementation("dropout")(x, rate, seed, call, first)


def dropout_channels(x: NDArray, rate: float, seed: int, call: int, first: int = 0) -> NDArray:
    """`dropout` with one draw for every image and channel: whole maps (N, ..., C) are dropped."""
    return implementation("dropout_channels")(x, rate, seed, call, first)


def hashed_normal(
    shape: tuple[int, ...], seed: int, call: int, first: int = 0, dtype: str | np.dtype = "float32"
) -> NDArray:
    """Standard normal numbers, the same for an image wherever its batch is cut.

    Arguments:
        shape: (N, ...). seed: of the layer. call: number of the batch, so that each differs.
        first: index in the batch of the first image. dtype: of the result.

    Math: z = sqrt(-2 log u) cos(2 pi v) for hashed, independent, uniform u in (0, 1] and v.
    """
    return implementation("hashed_normal")(shape, seed, call, first, dtype)


def warp(
    x: NDArray,
    rows: NDArray,
    columns: NDArray,
    interpolation: str = "bilinear",
    fill_mode: str = "reflect",
    fill_value: float = 0.0,
) -> NDArray:
    """Pull pictures out of shape: each output pixel looks up a place in its input picture.

    Arguments:
        x: (N, H, W, C). rows, columns: (N, OH, OW), that place, in pixels from the first one's
        centre; it may lie between pixels and outside the picture.
        interpolation: "bilinear" (the four pixels around it, the nearer the more) or "nearest".
        fill_mode: what lies outside: "reflect" (c b a | a b c | c b a), "wrap" (a b c | a b c),
        "nearest" (a a a | a b c | c c c) or "constant" (fill_value).

    Returns: y (N, OH, OW, C).
    Math: with r = floor(row), t = row - r, likewise c and u for the column,
          y = (1-t) (1-u) x[r, c] + (1-t) u x[r, c+1] + t (1-u) x[r+1, c] + t u x[r+1, c+1]
    """
    return implementation("warp")(x, rows, columns, interpolation, fill_mode, fill_value)


__getattr__, __dir__ = absent.public(__name__)
