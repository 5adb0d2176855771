"""Dense layers: three matrix products, each cut where the product is fastest.

BLAS runs on one thread; the work is cut over columns forward and for dx, and over rows of the
kernel for dkernel, so that every thread writes a part of its own and nothing has to be added up.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from .elementwise import add_bias, mask_relu
from .jit import flat
from .workers import parallel_for

WORK = 1 << 23  # multiplications worth a thread of their own: about 0.1 ms, twice the hand-over


def _grain(N: int, across: int) -> int:
    """Columns (each N * across multiplications) that are worth a thread, 16 to fill a vector."""
    return max(16, WORK // max(1, N * across))


def dense_forward(x: NDArray, kernel: NDArray, bias: NDArray | None, relu: bool = False) -> NDArray:
    """y = x kernel + bias, by columns of the kernel."""
    N, (I, O) = x.shape[0], kernel.shape
    y = np.empty((N, O), x.dtype)

    def columns(start: int, stop: int) -> None:
        np.matmul(x, kernel[:, start:stop], out=y[:, start:stop])

    parallel_for(O, columns, _grain(N, I))
    if bias is not None or relu:
        add_bias(y.reshape(-1), flat(np.zeros(O, x.dtype) if bias is None else bias), 0, N, relu)
    return y


def dense_backward(
    x: NDArray, kernel: NDArray, dy: NDArray, y: NDArray | None = None, need_dx: bool = True
) -> tuple[NDArray | None, NDArray, NDArray]:
    """dkernel = x^T dy by rows, dx = dy kernel^T by columns, dbias = sum of dy."""
    N, (I, O) = x.shape[0], kernel.shape
    if y is not None:
        masked = np.empty((N, O), dy.dtype)
        mask_relu(flat(dy), flat(y), masked.reshape(-1), 0, dy.size)
        dy = masked
    dkernel = np.empty((I, O), x.dtype)
    dx = np.empty((N, I), x.dtype) if need_dx else None

    def inputs(start: int, stop: int) -> None:
        np.matmul(x[:, start:stop].T, dy, out=dkernel[start:stop])
        if dx is not None:
            np.matmul(dy, kernel[start:stop].T, out=dx[:, start:stop])

    parallel_for(I, inputs, _grain(N, O))
    return dx, dkernel, dy.sum(axis=0)
