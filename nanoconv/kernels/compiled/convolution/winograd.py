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

from nanoconv.kernels.compiled.convolution.winograd_loops import backward_loop, forward_loop
from nanoconv.kernels.compiled.jit import flat
from nanoconv.kernels.compiled.scratch import empty, scratch
from nanoconv.kernels.compiled.workers import added, once, parallel_for
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
FLOAT = np.dtype(np.float32)
GG = np.kron(G, G).astype(FLOAT)  # (36, 9): G g G^T for all of a kernel as one product
CACHE = 1 << 19  # bytes of V and M at a time: half of a second-level cache
WORK = 1 << 20  # multiplications that are worth a thread of their own


class _Tiles:
    """How the tiles lie on the pictures."""

    def __init__(self, x_shape: tuple[int, ...], O: int, window: Window) -> None:
        self.N, H, W, self.C = x_shape
        self.O = O
        self.OH, self.OW = window.output_size(H, W)
        self.TH, self.TW = -(-self.OH // 4), -(-self.OW // 4)
        self.sizes = (H, W, self.TH, self.TW, window.top, window.left), (self.OH, self.OW)
        # So many tiles fill the cache; with many channels U and dU are larger than that, and more
        # tiles at a time make up for reading them.
        portion = max(CACHE // (36 * (self.C + O) * 4), 2 * self.C * O // (self.C + O))
        self.portion = max(1, portion // self.TW)  # in rows of tiles
        row = self.TW * 36 * self.C * O
        self.rows_grain = max(1, WORK // row)
        self.images_grain = max(1, WORK // (row * self.TH))

    def memory(self) -> tuple[NDArray, NDArray, NDArray]:
        """Scratch: V and M of a portion, and a tile between the two halves of a transform."""
        tiles = min(self.portion, self.N * self.TH) * self.TW
        V = scratch("V", (tiles * 36 * self.C,), FLOAT)
        M = scratch("M", (tiles * 36 * self.O,), FLOAT)
        return V, M, scratch("work", (42 * max(self.C, self.O),), FLOAT)


_tiles = functools.lru_cache(_Tiles)  # chunk after chunk has the same


def _transformed(kernel: NDArray) -> NDArray:
    """U = G g G^T: (3, 3, C, O) -> flat (36, C, O)."""
    U = empty((36, kernel.size // 9), FLOAT)
    return np.matmul(GG, kernel.reshape(9, -1), out=U).reshape(-1)


def _transposed(kernel: NDArray) -> NDArray:
    """U^T, flat (36, O, C), as a copy: vectors are read along its rows."""
    return _transformed(np.ascontiguousarray(kernel.transpose(0, 1, 3, 2)))


def conv2d_forward(
    x: NDArray, kernel: NDArray, bias: NDArray | None, window: Window, relu: bool = False
) -> NDArray:
    """y = A^T [U * V] A + bias, relu fused in; float32, 3 x 3, stride 1, dilation 1."""
    C, O = kernel.shape[2:]
    tiles = _tiles(x.shape, O, window)
    y = empty((tiles.N, tiles.OH, tiles.OW, O), x.dtype)
    source, target = flat(x), y.reshape(-1)
    shift = np.zeros(O, x.dtype) if bias is None else flat(bias)
    U = once("U", kernel, lambda: _transformed(kernel))
    loop = forward_loop(C, O)

    def rows(start: int, stop: int) -> None:
        memory = *tiles.memory(), *tiles.sizes
        loop(source, U, shift, relu, target, *memory, start, stop, tiles.portion)

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
    source, slope, target = flat(x), flat(dy), dx.reshape(-1)
    gate, relu = slope if y is None else flat(y), y is not None
    UT = once("UT", kernel, lambda: _transposed(kernel))
    loop = backward_loop(C, O)

    def images(start: int, stop: int) -> tuple[NDArray, NDArray]:
        dU, dbias = np.zeros(36 * C * O, x.dtype), np.zeros(O, x.dtype)
        results = target, need_dx, dU, dbias
        memory = *tiles.memory(), *tiles.sizes
        rows = start * tiles.TH, stop * tiles.TH, tiles.portion
        # V is computed again, which costs less than to keep it since forward.
        loop(source, UT, slope, gate, relu, *results, *memory, *rows)
        return dU, dbias

    parts = parallel_for(tiles.N, images, tiles.images_grain)
    dU = added([part[0] for part in parts], (36, C * O), x.dtype)
    dkernel = (GG.T @ dU).reshape(kernel.shape)
    dbias = added([part[1] for part in parts], (O,), x.dtype)
    return dx if need_dx else None, dkernel, dbias
