"""Convolution as a matrix product, with compiled loops around it: any window at all.

The patches under the window become the rows of a matrix (im2col), one product with the kernel is
the convolution, and backward the gradients of the patches are added to the pixels they came from
(col2im). A few images are gathered at a time, so that their patches are still in the cache when
BLAS reads them. Images are shared among the threads; the gradients of the kernel are added up in
the order of the images.

Reference: Chellapilla, Puri, Simard, "High performance convolutional neural networks for document
processing", 2006.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from .elementwise import add_bias, mask_relu
from .jit import flat, kernel
from .scratch import scratch
from .shapes import Window
from .workers import added, parallel_for

CACHE = 1 << 20  # bytes of patches at a time: about half of a second-level cache
WORK = 1 << 20  # multiplications that are worth a thread of their own
FEW = 4  # so few channels are quicker to gather tap by tap: whole lines instead of single cells


@kernel
def _im2col(x, columns, N, H, W, C, OH, OW, geometry):
    """columns (N, OH, OW, KH, KW, C) <- the cells of x (N, H, W, C) under each window."""
    KH, KW, SH, SW, DH, DW, top, left = geometry
    i = np.uint64(0)
    channels = np.uint64(C)
    zero = x.dtype.type(0)
    for n in range(N):
        for oh in range(OH):
            for ow in range(OW):
                for kh in range(KH):
                    h = oh * SH + kh * DH - top
                    for kw in range(KW):
                        w = ow * SW + kw * DW - left
                        if 0 <= h < H and 0 <= w < W:
                            cell = np.uint64(((n * H + h) * W + w) * C)
                            for c in range(channels):
                                columns[i + c] = x[cell + c]
                        else:
                            for c in range(channels):
                                columns[i + c] = zero
                        i += channels


@kernel
def _im2planes(x, planes, N, H, W, C, OH, OW, geometry):
    """planes (KH, KW, C, N, OH, OW) <- the same numbers, transposed: one tap after the other."""
    KH, KW, SH, SW, DH, DW, top, left = geometry
    zero = x.dtype.type(0)
    step = np.uint64(SW * C)
    i = np.uint64(0)
    for kh in range(KH):
        for kw in range(KW):
            shift = left - kw * DW  # output ow looks at column ow * SW - shift
            before = np.uint64(min(max(-(-shift // SW), 0), OW))
            until = np.uint64(min(max(-(-(W + shift) // SW), 0), OW))
            for c in range(C):
                for n in range(N):
                    for oh in range(OH):
                        h = oh * SH + kh * DH - top
                        first, last = before, until
                        if not 0 <= h < H or last < first:
                            first, last = np.uint64(OW), np.uint64(OW)
                        for ow in range(first):
                            planes[i + ow] = zero
                        row = np.uint64(((n * H + h) * W - shift) * C + c + np.int64(first * step))
                        if step == np.uint64(1):
                            for ow in range(last - first):
                                planes[i + first + ow] = x[row + ow]
                        else:
                            for ow in range(last - first):
                                planes[i + first + ow] = x[row + ow * step]
                        for ow in range(last, np.uint64(OW)):
                            planes[i + ow] = zero
                        i += np.uint64(OW)


@kernel
def _col2im(columns, x, N, H, W, C, OH, OW, geometry):
    """x (N, H, W, C) += columns (N, OH, OW, KH, KW, C), each where it was taken from."""
    KH, KW, SH, SW, DH, DW, top, left = geometry
    i = np.uint64(0)
    channels = np.uint64(C)
    for n in range(N):
        for oh in range(OH):
            for ow in range(OW):
                for kh in range(KH):
                    h = oh * SH + kh * DH - top
                    for kw in range(KW):
                        w = ow * SW + kw * DW - left
                        if 0 <= h < H and 0 <= w < W:
                            cell = np.uint64(((n * H + h) * W + w) * C)
                            for c in range(channels):
                                x[cell + c] += columns[i + c]
                        i += channels


def geometry(window: Window) -> tuple[int, ...]:
    """What a loop needs to know of a window."""
    sizes = window.KH, window.KW, window.SH, window.SW, window.DH, window.DW
    return *sizes, window.top, window.left


class _Patches:
    """Gathers the patches of some images into scratch memory, and adds their gradients back."""

    def __init__(self, x: NDArray, kernel: NDArray, window: Window) -> None:
        self.x, self.window = x, window
        self.N, self.H, self.W, self.C = x.shape
        self.KH, self.KW, _, self.O = kernel.shape
        self.OH, self.OW = window.output_size(self.H, self.W)
        self.cells = self.OH * self.OW
        self.K = self.KH * self.KW * self.C
        bytes_per_image = self.cells * self.K * x.itemsize
        self.images = max(1, CACHE // max(bytes_per_image, 1))  # at a time
        self.grain = max(1, WORK // max(1, self.cells * self.K * self.O))

    def chunks(self, start: int, stop: int) -> list[tuple[int, int]]:
        """(start, stop) of a few images at a time."""
        starts = range(start, stop, self.images)
        return [(first, min(first + self.images, stop)) for first in starts]

    def gather(self, first: int, last: int) -> NDArray:
        """The patches of images first to last: (images * OH * OW, KH * KW * C)."""
        if self.window.is_pointwise:
            return self.x[first:last].reshape(-1, self.K)
        columns = scratch("columns", ((last - first) * self.cells, self.K), self.x.dtype)
        images = flat(self.x[first:last])
        sizes = last - first, self.H, self.W, self.C, self.OH, self.OW
        if self.C <= FEW:
            _im2planes(images, columns.reshape(-1), *sizes, geometry(self.window))
            return columns.reshape(self.K, -1).T
        _im2col(images, columns.reshape(-1), *sizes, geometry(self.window))
        return columns

    def scatter(self, dcolumns: NDArray, dx: NDArray) -> None:
        """Add the gradients of the patches to dx (images, H, W, C)."""
        sizes = dx.shape[0], self.H, self.W, self.C, self.OH, self.OW
        _col2im(dcolumns.reshape(-1), dx.reshape(-1), *sizes, geometry(self.window))


def conv2d_forward(
    x: NDArray, kernel: NDArray, bias: NDArray | None, window: Window, relu: bool = False
) -> NDArray:
    """y = patches @ kernel + bias, a few images at a time."""
    patches = _Patches(x, kernel, window)
    N, O, cells = patches.N, patches.O, patches.cells
    y = np.empty((N, patches.OH, patches.OW, O), x.dtype)
    weights = kernel.reshape(patches.K, O)
    shift = np.zeros(O, x.dtype) if bias is None else bias

    def images(start: int, stop: int) -> None:
        for first, last in patches.chunks(start, stop):
            rows = y[first:last].reshape(-1, O)
            np.matmul(patches.gather(first, last), weights, out=rows)
            if bias is not None or relu:
                add_bias(rows.reshape(-1), flat(shift), 0, (last - first) * cells, relu)

    parallel_for(N, images, patches.grain)
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
    patches = _Patches(x, kernel, window)
    K, O = patches.K, patches.O
    weights = kernel.reshape(K, O)
    dx = np.zeros(x.shape, x.dtype) if need_dx else None

    def images(start: int, stop: int) -> tuple[NDArray, NDArray]:
        dkernel, dbias = np.zeros((K, O), x.dtype), np.zeros(O, x.dtype)
        for first, last in patches.chunks(start, stop):
            rows = dy[first:last].reshape(-1, O)
            if y is not None:
                masked = scratch("masked", rows.shape, x.dtype)
                mask_relu(flat(rows), flat(y[first:last]), masked.reshape(-1), 0, rows.size)
                rows = masked
            # np.dot, as `@` keeps Python's lock while it makes a small result of large matrices.
            dkernel += np.dot(patches.gather(first, last).T, rows)
            dbias += np.dot(np.ones(len(rows), x.dtype), rows)  # quicker than .sum(axis=0)
            if dx is not None:
                dcolumns = scratch("columns", (rows.shape[0], K), x.dtype)
                np.matmul(rows, weights.T, out=dcolumns)
                patches.scatter(dcolumns, dx[first:last])
        return dkernel, dbias

    parts = parallel_for(patches.N, images, patches.grain)
    dkernel = added([part[0] for part in parts], kernel.shape, x.dtype)
    return dx, dkernel, added([part[1] for part in parts], (O,), x.dtype)
