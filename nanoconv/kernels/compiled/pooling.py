"""Pooling in compiled loops, channels innermost, images shared among the threads."""

from __future__ import annotations

from functools import partial

import numpy as np
from numpy.typing import NDArray

from nanoconv.kernels.compiled.convolution.patches import plan
from nanoconv.kernels.compiled.jit import kernel
from nanoconv.kernels.compiled.scratch import empty, flat
from nanoconv.kernels.compiled.workers import parallel_for
from nanoconv.kernels.shapes import Window

GRAIN = 1 << 15  # input cells that are worth a thread of their own


@kernel
def _max_forward(x, y, argmax, plan, start, stop):
    """The largest cell of each window; argmax says which, as kh * KW + kw."""
    H, W, C, OH, OW = plan.H, plan.W, plan.C, plan.OH, plan.OW
    KH, KW, SH, SW, DH, DW, top, _, left, _ = plan.window
    for n in range(start, stop):
        for oh in range(OH):
            for ow in range(OW):
                out = np.uint64(((n * OH + oh) * OW + ow) * C)
                first = True
                for kh in range(KH):
                    for kw in range(KW):
                        h = oh * SH + kh * DH - top
                        w = ow * SW + kw * DW - left
                        if not (0 <= h < H and 0 <= w < W):
                            continue
                        tap = argmax.dtype.type(kh * KW + kw)
                        cell = np.uint64(((n * H + h) * W + w) * C)
                        for c in range(np.uint64(C)):
                            best, value = y[out + c], x[cell + c]
                            # "not <=" is true for NaN too, and a NaN that leads keeps the lead
                            better = first or (not value <= best and not np.isnan(best))
                            y[out + c] = value if better else best
                            argmax[out + c] = tap if better else argmax[out + c]
                        first = False


@kernel
def _max_backward(dy, argmax, dx, plan, add, start, stop):
    """dx gets dy at the cells that were largest; `add` where windows overlap."""
    H, W, C, OH, OW = plan.H, plan.W, plan.C, plan.OH, plan.OW
    KH, KW, SH, SW, DH, DW, top, _, left, _ = plan.window
    zero = dy.dtype.type(0)
    for n in range(start, stop):
        for oh in range(OH):
            for ow in range(OW):
                out = np.uint64(((n * OH + oh) * OW + ow) * C)
                for kh in range(KH):
                    for kw in range(KW):
                        h = oh * SH + kh * DH - top
                        w = ow * SW + kw * DW - left
                        if not (0 <= h < H and 0 <= w < W):
                            continue
                        tap = argmax.dtype.type(kh * KW + kw)
                        cell = np.uint64(((n * H + h) * W + w) * C)
                        for c in range(np.uint64(C)):
                            share = dy[out + c] if argmax[out + c] == tap else zero
                            dx[cell + c] = dx[cell + c] + share if add else share


@kernel
def _average(x, y, plan, forward, start, stop):
    """Forward: y = mean of x over the real cells of a window. Backward: x += y / their count."""
    H, W, C, OH, OW = plan.H, plan.W, plan.C, plan.OH, plan.OW
    KH, KW, SH, SW, DH, DW, top, _, left, _ = plan.window
    for n in range(start, stop):
        for oh in range(OH):
            for ow in range(OW):
                out = np.uint64(((n * OH + oh) * OW + ow) * C)
                real = 0
                for kh in range(KH):
                    for kw in range(KW):
                        h = oh * SH + kh * DH - top
                        w = ow * SW + kw * DW - left
                        real += 0 <= h < H and 0 <= w < W
                share = x.dtype.type(1.0 / real)
                for kh in range(KH):
                    for kw in range(KW):
                        h = oh * SH + kh * DH - top
                        w = ow * SW + kw * DW - left
                        if not (0 <= h < H and 0 <= w < W):
                            continue
                        cell = np.uint64(((n * H + h) * W + w) * C)
                        for c in range(np.uint64(C)):
                            if forward:
                                y[out + c] += x[cell + c] * share
                            else:
                                x[cell + c] += y[out + c] * share


def max_pool_forward(x: NDArray, window: Window) -> tuple[NDArray, NDArray]:
    """y and argmax, (N, OH, OW, C) both."""
    N, H, W, C = x.shape
    way = plan(x.shape, C, window)
    y = empty((N, way.OH, way.OW, C), x.dtype)
    argmax = np.empty(y.shape, np.uint8 if window.KH * window.KW <= 256 else np.uint32)
    arrays = flat(x), y.reshape(-1), argmax.reshape(-1)
    images = partial(_max_forward, *arrays, way)
    parallel_for(N, images, max(1, GRAIN // max(1, H * W * C)))
    return y, argmax


def max_pool_backward(
    dy: NDArray, argmax: NDArray, window: Window, x_shape: tuple[int, ...]
) -> NDArray:
    """dx of shape x_shape: each dy at the cell that was largest."""
    N, H, W, C = x_shape
    OH, OW = dy.shape[1:3]
    apart = window.KH <= window.SH and window.KW <= window.SW
    apart = apart and window.DH == window.DW == 1  # no cell lies under two windows
    steps = OH * window.SH, OW * window.SW
    covered = apart and (window.KH, window.KW) == (window.SH, window.SW) and steps == (H, W)
    dx = empty(x_shape, dy.dtype) if covered else np.zeros(x_shape, dy.dtype)
    arrays = flat(dy), flat(argmax), dx.reshape(-1)
    images = partial(_max_backward, *arrays, plan(x_shape, C, window), not apart)
    parallel_for(N, images, max(1, GRAIN // max(1, H * W * C)))
    return dx


def average_pool_forward(x: NDArray, window: Window) -> NDArray:
    """The mean of the real cells under each window."""
    N, H, W, C = x.shape
    way = plan(x.shape, C, window)
    y = np.zeros((N, way.OH, way.OW, C), x.dtype)
    images = partial(_average, flat(x), y.reshape(-1), way, True)
    parallel_for(N, images, max(1, GRAIN // max(1, H * W * C)))
    return y


def average_pool_backward(dy: NDArray, window: Window, x_shape: tuple[int, ...]) -> NDArray:
    """Each real cell of a window of n real cells gets dy / n."""
    N, H, W, C = x_shape
    dx = np.zeros(x_shape, dy.dtype)
    images = partial(_average, dx.reshape(-1), flat(dy), plan(x_shape, C, window), False)
    parallel_for(N, images, max(1, GRAIN // max(1, H * W * C)))
    return dx
