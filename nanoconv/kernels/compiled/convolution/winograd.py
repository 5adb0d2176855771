"""Winograd's minimal filtering F(4 x 4, 3 x 3): a 3 x 3 convolution with a quarter of the products.

A 3-tap filter over 6 values gives 4 results with 12 multiplications; Winograd (1980) needs 6. In
two dimensions a tile, 6 x 6 inputs d and a 3 x 3 kernel g, gives 4 x 4 outputs

    y = A^T [(G g G^T) * (B^T d B)] A          (* element by element: 36 products instead of 144)

    d d d d d d                                     The next tile to the right begins 4 pixels
    d d d d d d     B^T d B   V V V V V V           further on: tiles overlap by 2 inputs,
    d d d d d d    -------->  V V V V V V           their outputs lie side by side.
    d d d d d d               V V V V V V   * U  ->  M (6 x 6)   A^T M A    y y y y
    d d d d d d               V V V V V V           ---------->             y y y y
    d d d d d d               V V V V V V                                   y y y y
                              V V V V V V                                   y y y y

Over many tiles and channels the product at each of the 36 positions is a matrix product, and the
whole is an im2col with 36 values a tile instead of 144:

    forward    V = B^T d B,  U = G g G^T,  M_p = V_p U_p,  y = A^T M A        for p = 1 ... 36
    backward   dM = A dy A^T,  dU_p = V_p^T dM_p,  dV_p = dM_p U_p^T,
               dkernel = G^T dU G,  dx = B dV B^T added up over overlapping tiles

Shapes: V (tiles, 36, C), U (36, C, O), M (tiles, 36, O). A few rows of tiles at a time (a block)
are transformed, multiplied and transformed back, while they are in the second-level cache; V is
computed again for backward, which costs less than to keep it. A loop is made for each
count of channels C and of filters O, which it has as constants (see `winograd_transforms`), and
multiplies in registers (see `register_block`).

Accuracy: in float32 the result differs from the direct sum by less than 5e-5 of the largest |y|
(float64 goes through im2col). Where all inputs of an output are zero, it is exactly the bias.

Reference: Lavin and Gray, "Fast algorithms for convolutional neural networks", 2015,
arXiv:1509.09308.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache, lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nanoconv.kernels.compiled.convolution.winograd_transforms import (
    gradient_transform,
    input_transform,
    output_transform,
    scatter_transform,
    zero_outputs,
)
from nanoconv.kernels.compiled.jit import address, kernel
from nanoconv.kernels.compiled.register_block import SUM, ZEROS, product, stripes
from nanoconv.kernels.compiled.scratch import empty, flat, scratch
from nanoconv.kernels.compiled.workers import SUMS, added, once, parallel_for
from nanoconv.kernels.shapes import Window

G = np.array(
    [
        [1 / 4, 0, 0],
        [-1 / 6, -1 / 6, -1 / 6],
        [-1 / 6, 1 / 6, -1 / 6],
        [1 / 24, 1 / 12, 1 / 6],
        [1 / 24, -1 / 12, 1 / 6],
        [0, 0, 1],
    ]
)
FLOAT, BYTE = np.dtype(np.float32), np.dtype(np.uint8)
GG = np.kron(G, G).astype(FLOAT)  # (36, 9): G g G^T for all of a kernel as one product
CACHE = 1 << 19  # bytes of V and M at a time: half of a second-level cache
WORK = 1 << 20  # multiplications that are worth a thread of their own


class _Tiles:
    """How the tiles lie on the images."""

    def __init__(self, x_shape: tuple[int, ...], O: int, window: Window) -> None:
        self.N, H, W, self.C = x_shape
        self.O = O
        self.OH, self.OW = window.output_size(H, W)
        self.TH, self.TW = -(-self.OH // 4), -(-self.OW // 4)
        self.sizes = (H, W, self.TH, self.TW, window.top, window.left), (self.OH, self.OW)
        # So many tiles fill the cache; with many channels U and dU are larger than that, and more
        # tiles at a time make up for reading them.
        tiles = max(CACHE // (36 * (self.C + O) * 4), 2 * self.C * O // (self.C + O))
        self.block = max(1, tiles // self.TW)  # in rows of tiles
        row = self.TW * 36 * self.C * O
        self.rows_grain = max(1, WORK // row)
        self.images_grain = max(1, WORK // (row * self.TH))

    def memory(self) -> tuple[NDArray, NDArray, NDArray]:
        """Scratch: V and M of a block, and a tile between the two halves of a transform."""
        tiles = min(self.block, self.N * self.TH) * self.TW
        V = scratch("V", (tiles * 36 * self.C,), FLOAT)
        M = scratch("M", (tiles * 36 * self.O,), FLOAT)
        return V, M, scratch("work", (42 * max(self.C, self.O),), FLOAT)


_tiles = lru_cache(_Tiles)  # chunk after chunk has the same


def _transformed(kernel: NDArray) -> NDArray:
    """U = G g G^T: (3, 3, C, O) -> flat (36, C, O)."""
    U = empty((36, kernel.size // 9), FLOAT)
    return np.matmul(GG, kernel.reshape(9, -1), out=U).reshape(-1)


def _transposed(kernel: NDArray) -> NDArray:
    """U^T, flat (36, O, C), as a copy: vectors are read along its rows."""
    return _transformed(np.ascontiguousarray(kernel.transpose(0, 1, 3, 2)))


# Loops ------------------------------------------------------------------------------------------


@cache
def forward_loop(channels: int, filters: int) -> Callable[..., Any]:
    """y = A^T [U (B^T d B)] A + bias for rows of tiles first ... last, `block` at a time."""
    C, O = np.uint64(channels), np.uint64(filters)
    tile_C, tile_O = 36 * channels, 36 * filters  # from tile to tile
    cut = stripes(filters)

    @kernel
    def loop(x, U, bias, relu, y, memory, live, x_sizes, y_sizes, rows):
        (V, M, work), (first, last, block) = memory, rows
        H, W, TH, TW, top, left = x_sizes
        OH, OW = y_sizes
        for start in range(first, last, block):
            stop = min(start + block, last)
            tiles = (stop - start) * TW
            input_transform(x, V, work, H, W, TH, TW, top, left, start, stop, C)
            for p in range(np.uint64(36)):
                v, u, m = address(V, p * C), address(U, p * C * O), address(M, p * O)
                a, b = (v, tile_C, 0, 1), (u, 0, filters)  # M_p = V_p U_p
                product(ZEROS, cut, tiles, a, b, (1, channels), (m, tile_O))
            output_transform(M, bias, relu, y, work, OH, OW, TH, TW, start, stop, O)
            zero_outputs(x, bias, relu, y, live, H, W, C, OH, OW, O, TH, top, left, start, stop)

    return loop


@cache
def backward_loop(channels: int, filters: int) -> Callable[..., Any]:
    """dU += V^T dM, dbias += sum of dy, dx = B (dM U^T) B^T for rows of tiles first ... last."""
    C, O = np.uint64(channels), np.uint64(filters)
    tile_C, tile_O = 36 * channels, 36 * filters  # from tile to tile
    cut, cut_C = stripes(filters), stripes(channels)

    @kernel
    def loop(x, UT, dy, y, relu, need_dx, dx, dU, dbias, memory, x_sizes, y_sizes, rows):
        (V, M, work), (first, last, block) = memory, rows
        H, W, TH, TW, top, left = x_sizes
        OH, OW = y_sizes
        for start in range(first, last, block):
            stop = min(start + block, last)
            tiles = (stop - start) * TW
            input_transform(x, V, work, H, W, TH, TW, top, left, start, stop, C)
            gradient_transform(dy, y, relu, M, dbias, work, OH, OW, TH, TW, start, stop, O)
            for p in range(np.uint64(36)):
                v, m, du = address(V, p * C), address(M, p * O), address(dU, p * C * O)
                a, b = (v, 1, 0, tile_C), (m, 0, tile_O)  # dU_p += V_p^T dM_p
                product(SUM, cut, channels, a, b, (1, tiles), (du, filters))
                if need_dx:  # dV_p = dM_p U_p^T, in the memory of V, which is not needed any more
                    ut = address(UT, p * O * C)
                    a, b = (m, tile_O, 0, 1), (ut, 0, channels)
                    product(ZEROS, cut_C, tiles, a, b, (1, filters), (v, tile_C))
            if need_dx:
                scatter_transform(V, dx, work, H, W, TH, TW, top, left, start, stop, C)

    return loop


# Kernels ----------------------------------------------------------------------------------------


def conv2d_forward(
    x: NDArray, kernel: NDArray, bias: NDArray | None, window: Window, relu: bool = False
) -> NDArray:
    """y = A^T [U * V] A + bias, relu fused in; float32, 3 x 3, stride 1, dilation 1."""
    C, O = kernel.shape[2:]
    tiles = _tiles(x.shape, O, window)
    y = empty((tiles.N, tiles.OH, tiles.OW, O), x.dtype)
    shift = np.zeros(O, x.dtype) if bias is None else flat(bias)
    arrays = flat(x), once(_transformed, kernel), shift, relu, y.reshape(-1)
    loop = forward_loop(C, O)

    def rows(start: int, stop: int) -> None:
        live = scratch("live", (6 * (tiles.OW + 2),), BYTE)
        loop(*arrays, tiles.memory(), live, *tiles.sizes, (start, stop, tiles.block))

    parallel_for(tiles.N * tiles.TH, rows, tiles.rows_grain)
    return y


def conv2d_backward(
    x: NDArray,
    kernel: NDArray,
    dy: NDArray,
    window: Window,
    y: NDArray | None = None,
    need_dx: bool = True,
) -> tuple[NDArray | None, NDArray, NDArray]:
    """Gradients through the adjoint transforms; images are shared among the threads."""
    C, O = kernel.shape[2:]
    tiles = _tiles(x.shape, O, window)
    dx = empty(x.shape if need_dx else (0,), x.dtype)
    mask, relu = flat(dy if y is None else y), y is not None
    UT = once(_transposed, kernel)
    arrays = flat(x), UT, flat(dy), mask, relu, need_dx, dx.reshape(-1)
    loop = backward_loop(C, O)

    def images(start: int, stop: int) -> tuple[NDArray, NDArray]:
        dU, dbias = np.zeros(36 * C * O, x.dtype), np.zeros(O, x.dtype)
        rows = start * tiles.TH, stop * tiles.TH, tiles.block
        loop(*arrays, dU, dbias, tiles.memory(), *tiles.sizes, rows)
        return dU, dbias

    dU, dbias = added(parallel_for(tiles.N, images, tiles.images_grain, SUMS) or [images(0, 0)])
    dkernel = (GG.T @ dU.reshape(36, C * O)).reshape(kernel.shape)
    return dx if need_dx else None, dkernel, dbias
