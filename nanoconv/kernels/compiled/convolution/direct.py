"""Convolution as a matrix product without im2col: the patches are read where they lie.

The KW * C values in each of the KH rows of a patch lie side by side in the image:

    image (H, W * C)    . . . . . . . . .        patch of output (oh, ow), KH = 3 stretches that are
                        . . a a a a a a .        W * C apart:
                        . . b b b b b b .
                        . . c c c c c c .        a a a a a a | b b b b b b | c c c c c c

and the patch of the next output begins SW * C values further on. `register_block` multiplies such
rows as they are; im2col's copies, KH * KW times as large as the image, are not made.

    forward    y[oh, ow] = bias + sum over kh, j of x[oh * SH + kh, ow * SW * C + j] kernel[kh, j]
    backward   dkernel[kh, j] += sum over oh, ow of x[oh * SH + kh, ow * SW * C + j] dy[oh, ow]
               dx[oh * SH + kh, ow * SW + kw] += dy[oh, ow] kernel[kh, kw]^T

with j = 0 ... KW * C - 1 for (kw, c). Images that the window reaches over are copied, one at a
time, to the middle of a larger one. For float32 and windows without gaps (dilation 1).

Reference: Zhang, Franchetti, Low, "High performance zero-memory overhead direct convolutions",
2018, arXiv:1809.10170.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from nanoconv.kernels.compiled.convolution.patches import Plan, plan
from nanoconv.kernels.compiled.elementwise import mask_relu
from nanoconv.kernels.compiled.jit import address, inlined, kernel
from nanoconv.kernels.compiled.register_block import BIAS, SUM, product, product_with, stripes
from nanoconv.kernels.compiled.scratch import empty, flat, scratch
from nanoconv.kernels.compiled.workers import SUMS, added, once, parallel_for
from nanoconv.kernels.shapes import Window

WORK = 1 << 20  # multiplications that are worth a thread of their own
NEAR = 6144  # values of dy that stay in the first-level cache while dkernel is summed


@inlined
def _enlarge(x, padded, n, plan, PH, PW):
    """padded (PH, PW, C) <- image n of x with zeros around it."""
    H, W, C, top, left = plan.H, plan.W, plan.C, plan.window.top, plan.window.left
    for i in range(np.uint64(padded.size)):
        padded[i] = np.float32(0)
    rows, row = min(H, PH - top), np.uint64(min(W, PW - left) * C)  # how many, how long
    for h in range(rows):
        source, target = np.uint64((n * H + h) * W * C), np.uint64(((h + top) * PW + left) * C)
        for i in range(row):
            padded[target + i] = x[source + i]


@inlined
def _cut(padded, dx, n, plan, PH, PW):
    """Image n of dx <- the middle of padded (PH, PW, C), if that was used."""
    if padded.size == 0:
        return
    H, W, C, top, left = plan.H, plan.W, plan.C, plan.window.top, plan.window.left
    rows, row = min(H, PH - top), np.uint64(min(W, PW - left) * C)  # how many, how long
    for h in range(rows):
        target, source = np.uint64((n * H + h) * W * C), np.uint64(((h + top) * PW + left) * C)
        for i in range(row):
            dx[target + i] = padded[source + i]


@cache
def _forward_loop(filters: int) -> Callable[..., Any]:
    """y = bias + patches kernel for images first ... last, a row of outputs at a time."""
    cut = stripes(filters)

    @kernel
    def loop(x, weights, bias, relu, y, padded, plan, PH, PW, first, last):
        H, W, C, OH, OW, O = plan.H, plan.W, plan.C, plan.OH, plan.OW, plan.O
        KH, KW, SH, SW = plan.window[:4]
        k, shift = address(weights, 0), address(bias, 0)
        for n in range(first, last):
            image, row = address(x, n * H * W * C), W * C  # where it is, values in a row of it
            if padded.size:
                _enlarge(x, padded, n, plan, PH, PW)
                image, row = address(padded, 0), PW * C
            for oh in range(OH):  # y[n, oh] (OW, O) = patches (OW, KH, KW * C) kernel
                patches = image + np.uint64(4 * oh * SH * row)
                out = address(y, (n * OH + oh) * OW * O)
                a, b = (patches, SW * C, row, 1), (k, KW * C * O, O)
                product_with(BIAS, cut, OW, a, b, (KH, KW * C), (out, O), shift, relu)

    return loop


@inlined
def _add_dkernel(cut, image, row, dz, dkernel, plan):
    """dkernel += patches^T dz for one image, a few rows of dz at a time."""
    C, OH, OW, O = plan.C, plan.OH, plan.OW, plan.O
    KH, KW, SH, SW = plan.window[:4]
    group = max(1, NEAR // (OW * O))
    for oh in range(0, OH, group):
        rows = min(group, OH - oh)
        b = dz + np.uint64(4 * oh * OW * O), OW * O, O
        for kh in range(KH):  # dkernel[kh] (KW * C, O) += patches[:, kh]^T dz, over rows and OW
            a = image + np.uint64(4 * (oh * SH + kh) * row), 1, SH * row, SW * C
            dk = address(dkernel, kh * KW * C * O)
            product(SUM, cut, KW * C, a, b, (rows, OW), (dk, O))


@inlined
def _add_dx(cut, dz, transposed, image, row, plan):
    """dx += dz kernel^T for one image, one tap of the window at a time."""
    C, OH, OW, O = plan.C, plan.OH, plan.OW, plan.O
    KH, KW, SH, SW = plan.window[:4]
    for oh in range(OH):
        a = dz + np.uint64(4 * oh * OW * O), O, 0, 1
        for kh in range(KH):
            for kw in range(KW):  # dx[oh * SH + kh, kw::SW] (OW, C) += dz[oh] kernel[kh, kw]^T
                b = address(transposed, (kh * KW + kw) * O * C), 0, C
                seen = image + np.uint64(4 * ((oh * SH + kh) * row + kw * C))
                product(SUM, cut, OW, a, b, (1, O), (seen, SW * C))


@cache
def _backward_loop(channels: int, filters: int, need_dx: bool) -> Callable[..., Any]:
    """dkernel, dbias and dx of images first ... last."""
    cut, cut_x = stripes(filters), stripes(channels)

    @kernel
    def loop(x, transposed, dy, y, relu, dx, dkernel, dbias, memory, plan, PH, PW, first, last):
        padded, masked, one = memory
        H, W, C, O = plan.H, plan.W, plan.C, plan.O
        cells = plan.OH * plan.OW
        for n in range(first, last):
            dz = address(dy, n * cells * O)
            if relu:
                mask_relu(dy[n * cells * O :], y[n * cells * O :], masked, 0, cells * O)
                dz = address(masked, 0)
            ones = address(one, 0), 0, 0, 0  # their product with dz is its sum
            product(SUM, cut, 1, ones, (dz, 0, O), (1, cells), (address(dbias, 0), 0))
            image, row = address(x, n * H * W * C), W * C
            if padded.size:
                _enlarge(x, padded, n, plan, PH, PW)
                image, row = address(padded, 0), PW * C
            _add_dkernel(cut, image, row, dz, dkernel, plan)
            if need_dx:
                padded[:] = np.float32(0)  # not needed any more: dx is added up there
                target = image if padded.size else address(dx, n * H * W * C)
                _add_dx(cut_x, dz, transposed, target, row, plan)
                _cut(padded, dx, n, plan, PH, PW)

    return loop


def _transposed(kernel: NDArray) -> NDArray:
    """(KH, KW, C, O) -> flat (KH, KW, O, C): vectors are read along its rows."""
    return flat(kernel.swapaxes(2, 3))


class _Way(NamedTuple):
    """How a convolution goes: sizes of y, its plan, sizes of an enlarged image."""

    y_shape: tuple[int, ...]
    plan: Plan
    PH: int
    PW: int
    volume: int  # of an enlarged image, 0 where none is needed


@cache
def _way(x_shape: tuple[int, ...], O: int, window: Window) -> _Way:
    N, H, W, C = x_shape
    y_shape = N, *window.output_size(H, W), O
    if window.is_pointwise:  # one long row
        H, W = 1, H * W
    way = plan((N, H, W, C), O, window)
    PH, PW = (way.OH - 1) * window.SH + window.KH, (way.OW - 1) * window.SW + window.KW
    overhangs = window.top or window.left or PH > H or PW > W
    return _Way(y_shape, way, PH, PW, PH * PW * C if overhangs else 0)


def conv2d_forward(
    x: NDArray, kernel: NDArray, bias: NDArray | None, window: Window, relu: bool = False
) -> NDArray:
    """y = bias + patches kernel, a row of outputs at a time."""
    O = kernel.shape[3]
    y_shape, way, PH, PW, volume = _way(x.shape, O, window)
    y = empty(y_shape, x.dtype)
    shift = np.zeros(O, x.dtype) if bias is None else flat(bias)
    arrays = flat(x), flat(kernel), shift, relu, y.reshape(-1)
    grain = max(1, WORK // max(1, way.OH * way.OW * way.K * O))
    loop = _forward_loop(O)

    def images(start: int, stop: int) -> None:
        loop(*arrays, scratch("padded", (volume,), x.dtype), way, PH, PW, start, stop)

    parallel_for(len(x), images, grain)
    return y


def conv2d_backward(
    x: NDArray,
    kernel: NDArray,
    dy: NDArray,
    window: Window,
    y: NDArray | None = None,
    need_dx: bool = True,
) -> tuple[NDArray | None, NDArray, NDArray]:
    """dkernel, dbias and dx, image by image."""
    C, O = kernel.shape[2:]
    _, way, PH, PW, volume = _way(x.shape, O, window)
    dx = np.zeros(x.shape if need_dx else 0, x.dtype)
    transposed = flat(kernel)
    if need_dx:
        transposed = once(_transposed, kernel)
    mask, relu = flat(dy if y is None else y), y is not None
    arrays = flat(x), transposed, flat(dy), mask, relu, dx.reshape(-1)
    grain = max(1, WORK // max(1, way.OH * way.OW * way.K * O))
    loop = _backward_loop(C, O, need_dx)

    def images(start: int, stop: int) -> tuple[NDArray, NDArray]:
        dkernel, dbias = np.zeros(way.K * O, x.dtype), np.zeros(O, x.dtype)
        padded = scratch("padded", (volume,), x.dtype)
        memory = padded, scratch("masked", (way.OH * way.OW * O,), x.dtype), np.ones(1, x.dtype)
        loop(*arrays, dkernel, dbias, memory, way, PH, PW, start, stop)
        return dkernel, dbias

    dkernel, dbias = added(parallel_for(len(x), images, grain, SUMS) or [images(0, 0)])
    return dx if need_dx else None, dkernel.reshape(kernel.shape), dbias
