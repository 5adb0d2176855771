"""Pooling in compiled loops, channels innermost, images shared among the threads."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from nanoconv.kernels.compiled.convolution.patches import geometry
from nanoconv.kernels.compiled.jit import flat, kernel
from nanoconv.kernels.compiled.scratch import empty
from nanoconv.kernels.compiled.workers import parallel_for
from nanoconv.kernels.shapes import Window

GRAIN = 1 << 15  # input cells that are worth a thread of their own


@kernel
def _max_forward(x, y, argmax, sizes, geometry):
    """The largest cell of each window; argmax tells which, as kh * KW + kw."""
    N, H, W, C, OH, OW = sizes
    KH, KW, SH, SW, DH, DW, top, left = geometry
    for n in range(N):
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
def _max_backward(dy, argmax, dx, sizes, geometry, add):
    """dx gets dy at the cells that were largest; `add` where windows overlap."""
    N, H, W, C, OH, OW = sizes
    KH, KW, SH, SW, DH, DW, top, left = geometry
    zero = dy.dtype.type(0)
    for n in range(N):
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
def _average(x, y, sizes, geometry, forward):
    """Forward: y = mean of x over the real cells of a window. Backward: x += y / their number."""
    N, H, W, C, OH, OW = sizes
    KH, KW, SH, SW, DH, DW, top, left = geometry
    for n in range(N):
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
    OH, OW = window.output_size(H, W)
    y = empty((N, OH, OW, C), x.dtype)
    argmax = np.empty(y.shape, np.uint8 if window.KH * window.KW <= 256 else np.uint32)

    def images(start: int, stop: int) -> None:
        arrays = (flat(x[start:stop]), y[start:stop].reshape(-1), argmax[start:stop].reshape(-1))
        _max_forward(*arrays, (stop - start, H, W, C, OH, OW), geometry(window))

    parallel_for(N, images, max(1, GRAIN // max(1, H * W * C)))
    return y, argmax


def max_pool_backward(
    dy: NDArray, argmax: NDArray, window: Window, x_shape: tuple[int, ...]
) -> NDArray:
    """dx of shape x_shape: each dy at the cell that was largest."""
    N, H, W, C = x_shape
    OH, OW = dy.shape[1:3]
    dx = empty(x_shape, dy.dtype)
    apart = window.KH <= window.SH and window.KW <= window.SW
    apart = apart and window.DH == window.DW == 1  # no cell lies under two windows
    steps = OH * window.SH, OW * window.SW
    covered = apart and (window.KH, window.KW) == (window.SH, window.SW) and steps == (H, W)

    def images(start: int, stop: int) -> None:
        if not covered:
            dx[start:stop] = 0
        arrays = flat(dy[start:stop]), flat(argmax[start:stop]), dx[start:stop].reshape(-1)
        sizes = stop - start, H, W, C, OH, OW
        _max_backward(*arrays, sizes, geometry(window), not apart)

    parallel_for(N, images, max(1, GRAIN // max(1, H * W * C)))
    return dx


def average_pool_forward(x: NDArray, window: Window) -> NDArray:
    """The mean of the real cells under each window."""
    N, H, W, C = x.shape
    OH, OW = window.output_size(H, W)
    y = np.zeros((N, OH, OW, C), x.dtype)

    def images(start: int, stop: int) -> None:
        sizes = stop - start, H, W, C, OH, OW
        _average(flat(x[start:stop]), y[start:stop].reshape(-1), sizes, geometry(window), True)

    parallel_for(N, images, max(1, GRAIN // max(1, H * W * C)))
    return y


def average_pool_backward(dy: NDArray, window: Window, x_shape: tuple[int, ...]) -> NDArray:
    """Each real cell of a window of n real cells gets dy / n."""
    N, H, W, C = x_shape
    OH, OW = dy.shape[1:3]
    dx = np.zeros(x_shape, dy.dtype)

    def images(start: int, stop: int) -> None:
        sizes = stop - start, H, W, C, OH, OW
        _average(dx[start:stop].reshape(-1), flat(dy[start:stop]), sizes, geometry(window), False)

    parallel_for(N, images, max(1, GRAIN // max(1, H * W * C)))
    return dx
