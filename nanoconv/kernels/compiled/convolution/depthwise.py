"""Depthwise convolution in compiled loops: every channel has kernels of its own.

There is nothing to multiply as matrices: each input meets M weights only. The loops walk over the
window with the channels innermost, where memory is contiguous.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from nanoconv.kernels.compiled.convolution.patches import geometry
from nanoconv.kernels.compiled.jit import flat, kernel
from nanoconv.kernels.compiled.scratch import empty
from nanoconv.kernels.compiled.workers import added, parallel_for
from nanoconv.kernels.shapes import Window

WORK = 1 << 17  # multiplications that are worth a thread of their own


@kernel
def _forward(x, weights, y, sizes, geometry):
    """y (N, OH, OW, C, M) += the products under each window."""
    N, H, W, C, OH, OW, M = sizes
    KH, KW, SH, SW, DH, DW, top, left = geometry
    for n in range(N):
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
def _backward(x, weights, dy, dx, dweights, sizes, geometry, need_dx):
    """dweights += x dy and dx += weights dy, for every product of _forward."""
    N, H, W, C, OH, OW, M = sizes
    KH, KW, SH, SW, DH, DW, top, left = geometry
    for n in range(N):
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


def _grain(kernel: NDArray, OH: int, OW: int) -> int:
    return max(1, WORK // max(1, kernel.size * OH * OW))


def depthwise_conv2d_forward(
    x: NDArray, kernel: NDArray, bias: NDArray | None, window: Window
) -> NDArray:
    """y[n, oh, ow, c * M + m] = sum over kh, kw of x[n, h, w, c] kernel[kh, kw, c, m] + bias."""
    N, H, W, C = x.shape
    M = kernel.shape[3]
    OH, OW = window.output_size(H, W)
    y = empty((N, OH, OW, C * M), x.dtype)
    weights = flat(kernel)

    def images(start: int, stop: int) -> None:
        y[start:stop] = 0 if bias is None else bias
        sizes = stop - start, H, W, C, OH, OW, M
        _forward(flat(x[start:stop]), weights, y[start:stop].reshape(-1), sizes, geometry(window))

    parallel_for(N, images, _grain(kernel, OH, OW))
    return y


def depthwise_conv2d_backward(
    x: NDArray, kernel: NDArray, dy: NDArray, window: Window, need_dx: bool = True
) -> tuple[NDArray | None, NDArray, NDArray]:
    """Gradients of `depthwise_conv2d_forward`."""
    N, H, W, C = x.shape
    M = kernel.shape[3]
    OH, OW = dy.shape[1:3]
    weights = flat(kernel)
    dx = np.zeros(x.shape if need_dx else (0, 1, 1, 1), x.dtype)

    def images(start: int, stop: int) -> tuple[NDArray, NDArray]:
        dkernel = np.zeros(kernel.size, x.dtype)
        sizes = stop - start, H, W, C, OH, OW, M
        arrays = (flat(x[start:stop]), weights, flat(dy[start:stop]), dx[start:stop].reshape(-1))
        _backward(*arrays, dkernel, sizes, geometry(window), need_dx)
        return dkernel, dy[start:stop].sum(axis=(0, 1, 2))

    parts = parallel_for(N, images, _grain(kernel, OH, OW))
    dkernel = added([part[0] for part in parts], kernel.shape, x.dtype)
    dbias = added([part[1] for part in parts], (C * M,), x.dtype)
    return dx if need_dx else None, dkernel, dbias
