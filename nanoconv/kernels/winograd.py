"""Winograd's minimal filtering F(4 x 4, 3 x 3): a 3 x 3 convolution with a quarter of the products.

A 3-tap filter over 6 numbers gives 4 results with 12 multiplications; Winograd (1980) needs 6. In
two dimensions 6 x 6 inputs d and a 3 x 3 kernel g give 4 x 4 outputs

    y = A^T [(G g G^T) * (B^T d B)] A          (* element by element: 36 products instead of 144)

Over many tiles and channels the product at each of the 36 positions is a matrix product, and the
whole is an im2col with 36 numbers a tile instead of 144:

    forward    V = B^T d B,  U = G g G^T,  M_p = V_p U_p,  y = A^T M A        for p = 1 ... 36
    backward   dM = A dy A^T,  dU_p = V_p^T dM_p,  dV_p = dM_p U_p^T,
               dkernel = G^T dU G,  dx = B dV B^T added up over overlapping tiles

Shapes: V (tiles, 36, C), U (36, C, O), M (tiles, 36, O). Tiles go through in portions that stay in
the second-level cache; V is computed again for backward, which costs less than to keep it.

Accuracy: in float32 the result differs from the direct sum by less than 5e-5 of the largest |y|
(float64 goes through im2col).

Reference: Lavin and Gray, "Fast algorithms for convolutional neural networks", 2015,
arXiv:1509.09308.
"""

from __future__ import annotations

import functools

import numpy as np
from numpy.typing import NDArray

from . import winograd_transforms as transforms
from .jit import flat
from .scratch import scratch
from .shapes import Window
from .workers import added, once, parallel_for, split

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
FLOAT = np.dtype(np.float32)
GG = np.kron(G, G).astype(FLOAT)  # (36, 9): G g G^T for all of a kernel as one product
CACHE = 1 << 21  # bytes of V and M at a time: near enough, and few portions to hand out
WORK = 1 << 20  # multiplications that are worth a thread of their own


class _Tiles:
    """How the tiles lie on the pictures, and the four transforms of some rows of tiles."""

    def __init__(self, x_shape: tuple[int, ...], O: int, window: Window) -> None:
        self.N, H, W, self.C = x_shape
        self.O = O
        self.OH, self.OW = window.output_size(H, W)
        self.TH, self.TW = -(-self.OH // 4), -(-self.OW // 4)
        self.x_geometry = H, W, self.TH, self.TW, window.top, window.left
        self.y_geometry = self.OH, self.OW, self.TH, self.TW
        # So many tiles fill the cache; with many channels U and dU are larger than that, and more
        # tiles at a time make up for reading them.
        portion = max(CACHE // (36 * (self.C + O) * 4), 2 * self.C * O // (self.C + O))
        self.portion = max(1, portion // self.TW)  # in rows of tiles
        row = self.TW * 36 * self.C * O
        self.rows_grain = max(1, WORK // row)
        self.images_grain = max(1, WORK // (row * self.TH))

    def portions(self, start: int, stop: int) -> list[tuple[int, int]]:
        """Cut the rows of tiles start ... stop into equal portions."""
        parts = split(stop - start, -(-(stop - start) // self.portion))
        return [(start + first, start + last) for first, last in parts]

    def memory(self, portions: list[tuple[int, int]]) -> tuple[NDArray, NDArray, NDArray]:
        """Scratch for the largest portion: V and M, and a tile between two halves of a transform."""
        tiles = max(last - first for first, last in portions) * self.TW
        V = scratch("V", (tiles, 36, self.C), FLOAT)
        M = scratch("M", (tiles, 36, self.O), FLOAT)
        return V, M, scratch("work", (42 * max(self.C, self.O),), FLOAT)

    def input(self, x: NDArray, V: NDArray, work: NDArray, first: int, last: int) -> None:
        """V = B^T d B, (tiles, 36, C)."""
        transform = transforms.input_transform(self.C)
        transform(x, V.reshape(-1), work, *self.x_geometry, first, last)

    def output(
        self,
        M: NDArray,
        bias: NDArray,
        relu: bool,
        y: NDArray,
        work: NDArray,
        first: int,
        last: int,
    ) -> None:
        """y = A^T M A + bias."""
        transform = transforms.output_transform(self.O)
        transform(M.reshape(-1), bias, relu, y, work, *self.y_geometry, first, last)

    def gradient(
        self,
        dy: NDArray,
        y: NDArray | None,
        dM: NDArray,
        dbias: NDArray,
        work: NDArray,
        first: int,
        last: int,
    ) -> None:
        """dM = A dy A^T, (tiles, 36, O), and dbias += sum of dy; only where y > 0 if y is given."""
        gate = dy if y is None else y
        transform = transforms.gradient_transform(self.O)
        geometry = *self.y_geometry, first, last
        transform(dy, gate, y is not None, dM.reshape(-1), dbias, work, *geometry)

    def scatter(self, dV: NDArray, dx: NDArray, work: NDArray, first: int, last: int) -> None:
        """dx += B dV B^T."""
        transform = transforms.scatter_transform(self.C)
        transform(dV.reshape(-1), dx, work, *self.x_geometry, first, last)


_tiles = functools.lru_cache(_Tiles)  # chunk after chunk has the same


def _positions(planes: NDArray) -> NDArray:
    """(tiles, 36, channels) seen position by position: (36, tiles, channels)."""
    return planes.transpose(1, 0, 2)


def _transformed(kernel: NDArray) -> NDArray:
    """U = G g G^T: (3, 3, C, O) -> (36, C, O)."""
    C, O = kernel.shape[2:]
    return (GG @ kernel.reshape(9, C * O)).reshape(36, C, O)


def _transposed(kernel: NDArray) -> NDArray:
    """U^T (36, O, C), as a copy: BLAS is half as fast on a transposed view of small matrices."""
    return _transformed(np.ascontiguousarray(kernel.transpose(0, 1, 3, 2)))


def conv2d_forward(
    x: NDArray, kernel: NDArray, bias: NDArray | None, window: Window, relu: bool = False
) -> NDArray:
    """y = A^T [U * V] A + bias, relu fused in; float32, 3 x 3, stride 1, dilation 1."""
    O = kernel.shape[3]
    tiles = _tiles(x.shape, O, window)
    y = np.empty((tiles.N, tiles.OH, tiles.OW, O), x.dtype)
    source, target = flat(x), y.reshape(-1)
    shift = np.zeros(O, x.dtype) if bias is None else flat(bias)
    U = once("U", kernel, lambda: _transformed(kernel))

    def rows(start: int, stop: int) -> None:
        portions = tiles.portions(start, stop)
        all_V, all_M, work = tiles.memory(portions)
        for first, last in portions:
            count = (last - first) * tiles.TW
            V, M = all_V[:count], all_M[:count]
            tiles.input(source, V, work, first, last)
            np.matmul(_positions(V), U, out=_positions(M))
            tiles.output(M, shift, relu, target, work, first, last)

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
    dx = np.empty(x.shape, x.dtype) if need_dx else None
    source, slope, gate = flat(x), flat(dy), None if y is None else flat(y)

    def images(start: int, stop: int) -> tuple[NDArray, NDArray]:
        dU, dbias = np.zeros((36, C, O), x.dtype), np.zeros(O, x.dtype)
        product = scratch("dU", dU.shape, FLOAT)
        if dx is not None:
            dx[start:stop] = 0
            dsource = dx.reshape(-1)
            UT = once("UT", kernel, lambda: _transposed(kernel))
        portions = tiles.portions(start * tiles.TH, stop * tiles.TH)
        all_V, all_M, work = tiles.memory(portions)
        for first, last in portions:
            count = (last - first) * tiles.TW
            V, dM = all_V[:count], all_M[:count]
            tiles.input(source, V, work, first, last)  # again: cheaper than to keep it
            tiles.gradient(slope, gate, dM, dbias, work, first, last)
            dU += np.matmul(V.transpose(1, 2, 0), _positions(dM), out=product)
            if dx is not None:
                dV = V  # its memory: V itself has been used
                np.matmul(_positions(dM), UT, out=_positions(dV))
                tiles.scatter(dV, dsource, work, first, last)
        return dU, dbias

    parts = parallel_for(tiles.N, images, tiles.images_grain)
    dU = added([part[0] for part in parts], (36, C * O), x.dtype)
    dkernel = (GG.T @ dU).reshape(kernel.shape)
    return dx, dkernel, added([part[1] for part in parts], (O,), x.dtype)
