"""Convolution as a matrix product, with compiled loops around it: any window at all.

The patches under the window become the rows of a matrix (im2col), one product with the kernel is
the convolution, and backward the gradients of the patches are added to the pixels they came from
(col2im). A few images are gathered at a time, so that their patches are still in the cache when
BLAS reads them. Images are shared among the threads; the gradients of the kernel are added up in
the order of the images.

    forward    y = patches kernel + bias
    backward   dkernel = patches^T dy,  dbias = 1^T dy,  dpatches = dy kernel^T

Reference: Chellapilla, Puri, Simard, "High performance convolutional neural networks for document
processing", 2006.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nanoconv.kernels.compiled.blas import gemm, gemm_address
from nanoconv.kernels.compiled.convolution.patches import (
    POINTWISE,
    TAPS,
    col2im,
    gathering,
    im2col,
    im2planes,
    plan,
)
from nanoconv.kernels.compiled.elementwise import add_bias, mask_relu
from nanoconv.kernels.compiled.jit import address, kernel
from nanoconv.kernels.compiled.scratch import empty, flat, scratch
from nanoconv.kernels.compiled.workers import SUMS, added, parallel_for
from nanoconv.kernels.shapes import Window

CACHE = 1 << 20  # bytes of patches at a time: about half of a second-level cache
WORK = 1 << 20  # multiplications that are worth a thread of their own


@cache
def _forward_loop(how: int) -> Callable[..., Any]:
    """y = patches @ kernel + bias for images first ... last, `step` at a time."""

    @kernel
    def loop(x, weights, bias, relu, y, columns, plan, step, first, last, routine):
        K, O, cells = plan.K, plan.O, plan.OH * plan.OW
        zero, k, patches = x.dtype.type(0), address(weights, 0), address(columns, 0)
        for start in range(first, last, step):
            N = min(step, last - start)
            pixels, rows = start * plan.H * plan.W * plan.C, N * cells
            out = address(y, start * cells * O)
            if how == POINTWISE:
                gemm(routine, False, False, rows, O, K, address(x, pixels), K, k, O, zero, out, O)
            elif how == TAPS:
                im2planes(x[pixels:], columns, N, plan)
                gemm(routine, True, False, rows, O, K, patches, rows, k, O, zero, out, O)
            else:
                im2col(x[pixels:], columns, N, plan)
                gemm(routine, False, False, rows, O, K, patches, K, k, O, zero, out, O)
            add_bias(y, bias, start * cells, start * cells + rows, relu)

    return loop


@cache
def _backward_loop(how: int, need_dx: bool) -> Callable[..., Any]:
    """dkernel += patches^T @ dy, dbias += sum of dy, dx += dy @ kernel^T added up by pixel."""

    @kernel
    def loop(x, weights, dy, y, dx, dkernel, dbias, memory, plan, step, first, last, routine):
        columns, masked, ones = memory
        K, O, cells, one = plan.K, plan.O, plan.OH * plan.OW, x.dtype.type(1)
        k, dk, db = address(weights, 0), address(dkernel, 0), address(dbias, 0)
        patches, row_of_ones = address(columns, 0), address(ones, 0)
        for start in range(first, last, step):
            N = min(step, last - start)
            pixels, rows, outputs = start * plan.H * plan.W * plan.C, N * cells, start * cells * O
            slope = dy[outputs : outputs + rows * O]
            if y.size:
                mask_relu(slope, y[outputs:], masked, 0, rows * O)
                slope = masked
            d = address(slope, 0)
            gemm(routine, False, False, 1, O, rows, row_of_ones, rows, d, O, one, db, O)
            if how == POINTWISE:
                gemm(routine, True, False, K, O, rows, address(x, pixels), K, d, O, one, dk, O)
            elif how == TAPS:
                im2planes(x[pixels:], columns, N, plan)
                gemm(routine, False, False, K, O, rows, patches, rows, d, O, one, dk, O)
            else:
                im2col(x[pixels:], columns, N, plan)
                gemm(routine, True, False, K, O, rows, patches, K, d, O, one, dk, O)
            zero = x.dtype.type(0)
            if need_dx and how == POINTWISE:
                dpixels = address(dx, pixels)
                gemm(routine, False, True, rows, K, O, d, O, k, O, zero, dpixels, K)
            elif need_dx:
                gemm(routine, False, True, rows, K, O, d, O, k, O, zero, patches, K)
                col2im(columns, dx[pixels:], N, plan)

    return loop


def _images(x: NDArray, K: int, cells: int) -> int:
    """How many images' patches to gather at a time."""
    return max(1, min(len(x), CACHE // max(1, cells * K * x.itemsize)))


def conv2d_forward(
    x: NDArray, kernel: NDArray, bias: NDArray | None, window: Window, relu: bool = False
) -> NDArray:
    """y = patches @ kernel + bias, a few images at a time."""
    O = kernel.shape[3]
    way = plan(x.shape, O, window)
    cells, step = way.OH * way.OW, _images(x, way.K, way.OH * way.OW)
    y = empty((len(x), way.OH, way.OW, O), x.dtype)
    shift = np.zeros(O, x.dtype) if bias is None else flat(bias)
    arrays = flat(x), flat(kernel), shift, relu, y.reshape(-1)
    grain = max(1, WORK // max(1, cells * way.K * O))
    loop = _forward_loop(gathering(way.C, window))
    routine = gemm_address(x.dtype)

    def images(start: int, stop: int) -> None:
        columns = scratch("columns", (step * cells * way.K,), x.dtype)
        loop(*arrays, columns, way, step, start, stop, routine)

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
    """dkernel = patches^T @ dy; dpatches = dy @ kernel^T, added up where patches overlap."""
    O = kernel.shape[3]
    way = plan(x.shape, O, window)
    cells, step = way.OH * way.OW, _images(x, way.K, way.OH * way.OW)
    dx = np.zeros(x.shape if need_dx else 0, x.dtype)
    mask = np.empty(0, x.dtype) if y is None else flat(y)
    arrays = flat(x), flat(kernel), flat(dy), mask, dx.reshape(-1)
    ones = np.ones(step * cells, x.dtype)  # their product with dy is the sum of dy
    grain = max(1, WORK // max(1, cells * way.K * O))
    loop = _backward_loop(gathering(way.C, window), need_dx)
    routine = gemm_address(x.dtype)

    def images(start: int, stop: int) -> tuple[NDArray, NDArray]:
        dkernel, dbias = np.zeros(way.K * O, x.dtype), np.zeros(O, x.dtype)
        columns = scratch("columns", (step * cells * way.K,), x.dtype)
        memory = columns, scratch("masked", (step * cells * O,), x.dtype), ones
        loop(*arrays, dkernel, dbias, memory, way, step, start, stop, routine)
        return dkernel, dbias

    dkernel, dbias = added(parallel_for(len(x), images, grain, SUMS) or [images(0, 0)])
    return dx if need_dx else None, dkernel.reshape(kernel.shape), dbias
