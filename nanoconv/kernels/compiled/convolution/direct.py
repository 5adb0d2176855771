"""Convolution as a matrix product without im2col: the patches are read where they lie.

Below a window, the KW * C numbers of each of its KH lines lie side by side in the picture, so a
patch is a row of a matrix in KH pieces. `register_block` multiplies such rows as they are; im2col's
copies, KH * KW times as large as the picture, are not made.

    forward    y[oh, ow] = bias + sum over kh, j of x[oh * SH + kh, ow * SW * C + j] kernel[kh, j]
    backward   dkernel[kh, j] += sum over oh, ow of x[oh * SH + kh, ow * SW * C + j] dy[oh, ow]
               dx[oh * SH + kh, ow * SW + kw] += dy[oh, ow] kernel[kh, kw]^T

with j = 0 ... KW * C - 1 for (kw, c). Pictures that the window overhangs are copied, one at a time,
to the middle of a larger one. For float32 and windows without gaps (dilation 1).

Reference: Zhang, Franchetti, Low, "High performance zero-memory overhead direct convolutions",
2018, arXiv:1809.10170.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nanoconv.kernels.compiled.convolution.patches import Plan, plan
from nanoconv.kernels.compiled.elementwise import mask_relu
from nanoconv.kernels.compiled.jit import address, flat, inlined, kernel
from nanoconv.kernels.compiled.register_block import BIAS, SUM, product, product_with, stripes
from nanoconv.kernels.compiled.scratch import empty, scratch
from nanoconv.kernels.compiled.workers import added, once, parallel_for
from nanoconv.kernels.shapes import Window

WORK = 1 << 20  # multiplications that are worth a thread of their own
NEAR = 6144  # numbers of dy that stay in the first-level cache while dkernel is summed


@inlined
def _enlarge(x, padded, n, plan, PH, PW):
    """padded (PH, PW, C) <- picture n of x with zeros around it."""
    H, W, C, top, left = plan.H, plan.W, plan.C, plan.geometry[6], plan.geometry[7]
    for i in range(np.uint64(padded.size)):
        padded[i] = np.float32(0)
    lines, line = min(H, PH - top), np.uint64(min(W, PW - left) * C)
    for h in range(lines):
        source, target = np.uint64((n * H + h) * W * C), np.uint64(((h + top) * PW + left) * C)
        for i in range(line):
            padded[target + i] = x[source + i]


@inlined
def _cut(padded, dx, n, plan, PH, PW):
    """Picture n of dx <- the middle of padded (PH, PW, C), if that was used."""
    if padded.size == 0:
        return
    H, W, C, top, left = plan.H, plan.W, plan.C, plan.geometry[6], plan.geometry[7]
    lines, line = min(H, PH - top), np.uint64(min(W, PW - left) * C)
    for h in range(lines):
        target, source = np.uint64((n * H + h) * W * C), np.uint64(((h + top) * PW + left) * C)
        for i in range(line):
            dx[target + i] = padded[source + i]


@cache
def _forward_loop(filters: int) -> Callable[..., Any]:
    """y = bias + patches kernel for pictures first ... last, line of outputs by line."""
    cut = stripes(filters)

    @kernel
    def loop(x, weights, bias, relu, y, padded, plan, PH, PW, first, last):
        H, W, C, OH, OW, O = plan.H, plan.W, plan.C, plan.OH, plan.OW, plan.O
        KH, KW, SH, SW = plan.geometry[:4]
        k, b = address(weights, 0), address(bias, 0)
        for n in range(first, last):
            picture, line = address(x, n * H * W * C), W * C
            if padded.size:
                _enlarge(x, padded, n, plan, PH, PW)
                picture, line = address(padded, 0), PW * C
            for oh in range(OH):
                patches = picture + np.uint64(4 * oh * SH * line)
                out = address(y, (n * OH + oh) * OW * O)
                rows, columns = (patches, SW * C, line, 1), (k, KW * C * O, O)
                product_with(BIAS, cut, OW, rows, columns, (KH, KW * C), (out, O), b, relu)

    return loop


@inlined
def _add_dkernel(cut, picture, line, dz, dkernel, plan):
    """dkernel += patches^T dz for one picture, a few lines of dz at a time."""
    C, OH, OW, O = plan.C, plan.OH, plan.OW, plan.O
    KH, KW, SH, SW = plan.geometry[:4]
    group = max(1, NEAR // (OW * O))
    for oh in range(0, OH, group):
        lines = min(group, OH - oh)
        columns = dz + np.uint64(4 * oh * OW * O), OW * O, O
        for kh in range(KH):
            rows = picture + np.uint64(4 * (oh * SH + kh) * line), 1, SH * line, SW * C
            dk = address(dkernel, kh * KW * C * O)
            product(SUM, cut, KW * C, rows, columns, (lines, OW), (dk, O))


@inlined
def _add_dx(cut, dz, turned, picture, line, plan):
    """dx += dz kernel^T for one picture, one cell of the window at a time."""
    C, OH, OW, O = plan.C, plan.OH, plan.OW, plan.O
    KH, KW, SH, SW = plan.geometry[:4]
    for oh in range(OH):
        rows = dz + np.uint64(4 * oh * OW * O), O, 0, 1
        for kh in range(KH):
            for kw in range(KW):
                columns = address(turned, (kh * KW + kw) * O * C), 0, C
                seen = picture + np.uint64(4 * ((oh * SH + kh) * line + kw * C))
                product(SUM, cut, OW, rows, columns, (1, O), (seen, SW * C))


@cache
def _backward_loop(channels: int, filters: int, need_dx: bool) -> Callable[..., Any]:
    """dkernel, dbias and dx of pictures first ... last."""
    cut, cut_x = stripes(filters), stripes(channels)

    @kernel
    def loop(x, turned, dy, y, relu, dx, dkernel, dbias, memory, plan, PH, PW, first, last):
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
            picture, line = address(x, n * H * W * C), W * C
            if padded.size:
                _enlarge(x, padded, n, plan, PH, PW)
                picture, line = address(padded, 0), PW * C
            _add_dkernel(cut, picture, line, dz, dkernel, plan)
            if need_dx:
                padded[:] = np.float32(0)  # not needed any more: dx is added up there
                target = picture if padded.size else address(dx, n * H * W * C)
                _add_dx(cut_x, dz, turned, target, line, plan)
                _cut(padded, dx, n, plan, PH, PW)

    return loop


def _way(x: NDArray, O: int, window: Window) -> tuple[Plan, int, int, int]:
    """The plan, and the sizes and the volume of an enlarged picture (0: none is needed)."""
    N, H, W, C = x.shape
    if window.is_pointwise:
        H, W = 1, H * W
    way = plan((N, H, W, C), O, window)
    PH, PW = (way.OH - 1) * window.SH + window.KH, (way.OW - 1) * window.SW + window.KW
    overhangs = window.top or window.left or PH > H or PW > W
    return way, PH, PW, PH * PW * C if overhangs else 0


def _grain(way: Plan) -> int:
    """Images that are worth a thread of their own."""
    return max(1, WORK // max(1, way.OH * way.OW * way.K * way.O))


def conv2d_forward(
    x: NDArray, kernel: NDArray, bias: NDArray | None, window: Window, relu: bool = False
) -> NDArray:
    """y = bias + patches kernel, a line of outputs at a time."""
    O = kernel.shape[3]
    way, PH, PW, volume = _way(x, O, window)
    y = empty((len(x), *window.output_size(*x.shape[1:3]), O), x.dtype)
    shift = np.zeros(O, x.dtype) if bias is None else flat(bias)
    arrays = flat(x), flat(kernel), shift, relu, y.reshape(-1)
    loop = _forward_loop(O)

    def images(start: int, stop: int) -> None:
        loop(*arrays, scratch("padded", (volume,), x.dtype), way, PH, PW, start, stop)

    parallel_for(len(x), images, _grain(way))
    return y


def conv2d_backward(
    x: NDArray,
    kernel: NDArray,
    dy: NDArray,
    window: Window,
    y: NDArray | None = None,
    need_dx: bool = True,
) -> tuple[NDArray | None, NDArray, NDArray]:
    """dkernel, dbias and dx, picture by picture."""
    C, O = kernel.shape[2:]
    way, PH, PW, volume = _way(x, O, window)
    dx = np.zeros(x.shape if need_dx else 0, x.dtype)
    turned = (
        once("turned", kernel, lambda: flat(kernel.swapaxes(2, 3))) if need_dx else flat(kernel)
    )
    gate, relu = flat(dy if y is None else y), y is not None
    arrays = flat(x), turned, flat(dy), gate, relu, dx.reshape(-1)
    loop = _backward_loop(C, O, need_dx)

    def images(start: int, stop: int) -> tuple[NDArray, NDArray]:
        dkernel, dbias = np.zeros(way.K * O, x.dtype), np.zeros(O, x.dtype)
        padded = scratch("padded", (volume,), x.dtype)
        memory = padded, scratch("masked", (way.OH * way.OW * O,), x.dtype), np.ones(1, x.dtype)
        loop(*arrays, dkernel, dbias, memory, way, PH, PW, start, stop)
        return dkernel, dbias

    parts = parallel_for(len(x), images, _grain(way))
    dkernel = added([part[0] for part in parts], kernel.shape, x.dtype)
    dbias = added([part[1] for part in parts], (O,), x.dtype)
    return dx if need_dx else None, dkernel, dbias
