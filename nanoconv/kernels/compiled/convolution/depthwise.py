"""Depthwise convolution in compiled loops: every channel has kernels of its own.

There is nothing to multiply as matrices: each input meets M weights only. The loops go over the
window with the channels innermost, where memory is contiguous.
"""

from __future__ import annotations

from functools import partial

import numpy as np
from numpy.typing import NDArray

from nanoconv.kernels.compiled.convolution.patches import Plan, plan
from nanoconv.kernels.compiled.jit import kernel
from nanoconv.kernels.compiled.scratch import empty, flat
from nanoconv.kernels.compiled.workers import SUMS, added, parallel_for
from nanoconv.kernels.shapes import Window

WORK = 1 << 17  # multiplications that are worth a thread of their own


@kernel
def _forward(x, weights, y, plan, start, stop):
    """y (N, OH, OW, C, M) += the products under each window."""
    H, W, C, OH, OW, M = plan.H, plan.W, plan.C, plan.OH, plan.OW, plan.O // plan.C
    KH, KW, SH, SW, DH, DW, top, _, left, _ = plan.window
    for n in range(start, stop):
        for oh in range(OH):
            for ow in range(OW):
                out = np.uint64(((n * OH + oh) * OW + ow) * C * M)
                for kh in range(KH):
                    for kw in range(KW):
                        h = oh * SH + kh * DH - top
                        w = ow * SW + kw * DW - left
                        if 0 <= h < H and 0 <= w < W:
                            cell = np.uint64(((n * H + h) * W + w) * C)
                            tap = np.uint64((kh * KW + kw) * C * M)
                            if M == 1:  # the usual case, in a loop that LLVM vectorises
                                for c in range(np.uint64(C)):
                                    y[out + c] += x[cell + c] * weights[tap + c]
                                continue
                            for c in range(np.uint64(C)):
                                for m in range(np.uint64(M)):
                                    i = c * np.uint64(M) + m
                                    y[out + i] += x[cell + c] * weights[tap + i]


@kernel
def _backward(x, weights, dy, dx, dweights, plan, need_dx, start, stop):
    """dweights += x dy and dx += weights dy, for every product of _forward."""
    H, W, C, OH, OW, M = plan.H, plan.W, plan.C, plan.OH, plan.OW, plan.O // plan.C
    KH, KW, SH, SW, DH, DW, top, _, left, _ = plan.window
    for n in range(start, stop):
        for oh in range(OH):
            for ow in range(OW):
                out = np.uint64(((n * OH + oh) * OW + ow) * C * M)
                for kh in range(KH):
                    for kw in range(KW):
                        h = oh * SH + kh * DH - top
                        w = ow * SW + kw * DW - left
                        if 0 <= h < H and 0 <= w < W:
                            cell = np.uint64(((n * H + h) * W + w) * C)
                            tap = np.uint64((kh * KW + kw) * C * M)
                            if M == 1:
                                for c in range(np.uint64(C)):
                                    dweights[tap + c] += x[cell + c] * dy[out + c]
                                if need_dx:
                                    for c in range(np.uint64(C)):
                                        dx[cell + c] += weights[tap + c] * dy[out + c]
                                continue
                            for c in range(np.uint64(C)):
                                for m in range(np.uint64(M)):
                                    i = c * np.uint64(M) + m
                                    dweights[tap + i] += x[cell + c] * dy[out + i]
                                    if need_dx:
                                        dx[cell + c] += weights[tap + i] * dy[out + i]


def _grain(way: Plan) -> int:
    """Images that are worth a thread of their own: each is K * M * OH * OW multiplications."""
    return max(1, WORK // max(1, way.K * way.O // way.C * way.OH * way.OW))


def depthwise_conv2d_forward(
    x: NDArray, kernel: NDArray, bias: NDArray | None, window: Window
) -> NDArray:
    """y[n, oh, ow, c * M + m] = sum over kh, kw of x[n, h, w, c] kernel[kh, kw, c, m] + bias."""
    way = plan(x.shape, x.shape[3] * kernel.shape[3], window)
    y = empty((len(x), way.OH, way.OW, way.O), x.dtype)
    y[:] = 0 if bias is None else bias
    arrays = flat(x), flat(kernel), y.reshape(-1)
    images = partial(_forward, *arrays, way)
    parallel_for(len(x), images, _grain(way))
    return y


def depthwise_conv2d_backward(
    x: NDArray, kernel: NDArray, dy: NDArray, window: Window, need_dx: bool = True
) -> tuple[NDArray | None, NDArray, NDArray]:
    """Gradients of `depthwise_conv2d_forward`."""
    way = plan(x.shape, x.shape[3] * kernel.shape[3], window)
    dx = np.zeros(x.shape if need_dx else 0, x.dtype)
    arrays = flat(x), flat(kernel), flat(dy), dx.reshape(-1)

    def images(start: int, stop: int) -> tuple[NDArray, NDArray]:
        dkernel = np.zeros(kernel.size, x.dtype)
        _backward(*arrays, dkernel, way, need_dx, start, stop)
        return dkernel, dy[start:stop].sum(axis=(0, 1, 2))

    dkernel, dbias = added(parallel_for(len(x), images, _grain(way), SUMS) or [images(0, 0)])
    return dx if need_dx else None, dkernel.reshape(kernel.shape), dbias
