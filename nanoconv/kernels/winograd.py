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

import numpy as np
from numpy.typing import NDArray

from . import winograd_transforms as transforms
from .jit import flat
from .scratch import scratch
from .shapes import Window
from .workers import added, once, parallel_for

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
GG = np.kron(G, G).astype(np.float32)  # (36, 9): G g G^T for all of a kernel as one product
CACHE = 1 << 20  # bytes of V and M at a time: about a second-level cache
WORK = 1 << 20  # multiplications that are worth a thread of their own
ALL = 7  # position (1, 1) of A dy A^T: the first rows of A are 1, so it is the sum of the tile


class _Tiles:
    """How the tiles lie on the pictures, and the portions they go through in."""

    def __init__(self, x_shape: tuple[int, ...], O: int, window: Window) -> None:
        self.N, self.H, self.W, self.C = x_shape
        self.O, self.top, self.left = O, window.top, window.left
        self.OH, self.OW = window.output_size(self.H, self.W)
        self.TH, self.TW = -(-self.OH // 4), -(-self.OW // 4)
        # So many tiles fill the cache; with many channels U and dU are larger than that, and more
        # tiles at a time make up for reading them.
        portion = max(CACHE // (36 * (self.C + O) * 4), 2 * self.C * O // (self.C + O))
        self.portion = max(1, portion // self.TW)  # in rows of tiles
        row = self.TW * 36 * self.C * O
        self.rows_grain = max(1, WORK // row)
        self.images_grain = max(1, WORK // (row * self.TH))

    def portions(self, start: int, stop: int) -> list[tuple[int, int]]:
        """Cut the rows of tiles start ... stop into equal portions."""
        parts = -(-(stop - start) // self.portion)
        edges = [start + (stop - start) * i // parts for i in range(parts + 1)]
        return list(zip(edges[:-1], edges[1:], strict=True))

    def planes(self, name: str, rows: int, channels: int) -> NDArray:
        """Scratch memory (tiles, 36, channels) for some rows of tiles."""
        return scratch(name, (rows * self.TW, 36, channels), np.float32)

    def input(self, x: NDArray, first: int, last: int) -> NDArray:
        """V (tiles, 36, C) of the rows of tiles first ... last; x is flat."""
        V = self.planes("V", last - first, self.C)
        work = scratch("work", (42 * self.C,), np.float32)
        geometry = self.H, self.W, self.TH, self.TW, self.top, self.left, first, last
        transforms.input_transform(self.C)(x, V.reshape(-1), work, *geometry)
        return V


def _positions(planes: NDArray) -> NDArray:
    """(tiles, 36, channels) seen position by position: (36, tiles, channels)."""
    return planes.transpose(1, 0, 2)


def _transposed(kernel: NDArray) -> NDArray:
    """U^T (36, O, C), as a copy: BLAS is half as fast on a transposed view of small matrices."""
    C, O = kernel.shape[2:]
    gT = kernel.reshape(9, C, O).transpose(0, 2, 1).reshape(9, O * C)
    return (GG @ gT).reshape(36, O, C)


def conv2d_forward(
    x: NDArray, kernel: NDArray, bias: NDArray | None, window: Window, relu: bool = False
) -> NDArray:
    """y = A^T [U * V] A + bias, relu fused in; float32, 3 x 3, stride 1, dilation 1."""
    C, O = kernel.shape[2:]
    tiles = _Tiles(x.shape, O, window)
    y = np.empty((tiles.N, tiles.OH, tiles.OW, O), x.dtype)
    source, target = flat(x), y.reshape(-1)
    shift = np.zeros(O, x.dtype) if bias is None else flat(bias)
    U = once("U", kernel, lambda: (GG @ kernel.reshape(9, C * O)).reshape(36, C, O))
    finish = transforms.output_transform(O)

    def rows(start: int, stop: int) -> None:
        work = scratch("work", (42 * O,), x.dtype)
        for first, last in tiles.portions(start, stop):
            V = tiles.input(source, first, last)
            M = tiles.planes("M", last - first, O)
            np.matmul(_positions(V), U, out=_positions(M))
            geometry = tiles.OH, tiles.OW, tiles.TH, tiles.TW, first, last
            finish(M.reshape(-1), shift, relu, target, work, *geometry)

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
    tiles = _Tiles(x.shape, O, window)
    dx = np.empty(x.shape, x.dtype) if need_dx else None
    source, slope, gate = flat(x), flat(dy), flat(dy if y is None else y)
    UT = once("UT", kernel, lambda: _transposed(kernel)) if need_dx else None
    gradient = transforms.gradient_transform(O)

    def images(start: int, stop: int) -> tuple[NDArray, NDArray]:
        dU, dbias = np.empty((36, C, O), x.dtype), np.zeros(O, x.dtype)
        part = scratch("dU", (36, C, O), x.dtype)
        work = scratch("work", (42 * max(C, O),), x.dtype)
        if dx is not None:
            dx[start:stop] = 0
        for first, last in tiles.portions(start * tiles.TH, stop * tiles.TH):
            V = tiles.input(source, first, last)
            dM = tiles.planes("M", last - first, O)
            geometry = tiles.OH, tiles.OW, tiles.TH, tiles.TW, first, last
            gradient(slope, gate, y is not None, dM.reshape(-1), work, *geometry)
            dbias += np.ones(len(dM), x.dtype) @ dM[:, ALL]
            if first == start * tiles.TH:
                np.matmul(V.transpose(1, 2, 0), _positions(dM), out=dU)
            else:
                dU += np.matmul(V.transpose(1, 2, 0), _positions(dM), out=part)
            if dx is not None:
                dV = V  # no longer needed
                np.matmul(_positions(dM), UT, out=_positions(dV))
                geometry = tiles.H, tiles.W, tiles.TH, tiles.TW, tiles.top, tiles.left, first, last
                scatter = transforms.scatter_transform(C)
                scatter(dV.reshape(-1), dx.reshape(-1), work, *geometry)
        return dU, dbias

    parts = parallel_for(tiles.N, images, tiles.images_grain)
    dU = added([part[0] for part in parts], (36, C * O), x.dtype)
    dkernel = (GG.T @ dU).reshape(kernel.shape)
    return dx, dkernel, added([part[1] for part in parts], (O,), x.dtype)
