"""Rotate, shift, zoom and bend images: all of them one lookup, in a compiled loop.

Reference: Jaderberg et al., "Spatial transformer networks", 2015 (bilinear sampling)
"""

from __future__ import annotations

from functools import partial

import numpy as np
from numpy.typing import NDArray

from nanoconv.kernels.compiled.jit import kernel
from nanoconv.kernels.compiled.scratch import flat
from nanoconv.kernels.compiled.workers import parallel_for

GRAIN = 1 << 13  # output pixels that are worth a thread of their own
CONSTANT, NEAREST, WRAP, REFLECT = range(4)
MODES = {"constant": CONSTANT, "nearest": NEAREST, "wrap": WRAP, "reflect": REFLECT}


@kernel
def _real_cell(i, n, mode):
    """The cell of 0 ... n - 1 that stands for cell i, or -1 where none does."""
    if 0 <= i < n:
        return i
    if mode == CONSTANT:
        return -1
    if mode == NEAREST:
        return 0 if i < 0 else n - 1
    if mode == WRAP:
        return i % n
    i %= 2 * n  # the image and its mirror image, again and again
    return i if i < n else 2 * n - 1 - i


@kernel
def _warp(x, rows, columns, y, sizes, mode, bilinear, fill, start, stop):
    """y (N, P, C): each of P output pixels from the pixels around its place in x (N, H, W, C)."""
    H, W, C, P = sizes
    one = x.dtype.type(1)
    half = x.dtype.type(0.5)
    for n in range(start, stop):
        for p in range(n * P, (n + 1) * P):
            row, column = rows[p], columns[p]
            if not bilinear:  # halves go away from zero
                row = np.copysign(np.floor(np.abs(row) + half), row)
                column = np.copysign(np.floor(np.abs(column) + half), column)
            r, c = np.floor(row), np.floor(column)
            t, u = row - r, column - c
            for below in range(2):
                h = _real_cell(np.int64(r) + below, H, mode)
                a = t if below else one - t
                for right in range(2):
                    w = _real_cell(np.int64(c) + right, W, mode)
                    weight = a * (u if right else one - u)
                    if h < 0 or w < 0:
                        for channel in range(C):
                            y[p * C + channel] += weight * fill
                    else:
                        cell = ((n * H + h) * W + w) * C
                        for channel in range(C):
                            y[p * C + channel] += weight * x[cell + channel]


def warp(
    x: NDArray,
    rows: NDArray,
    columns: NDArray,
    interpolation: str = "bilinear",
    fill_mode: str = "reflect",
    fill_value: float = 0.0,
) -> NDArray:
    """Each output pixel from the input pixels around the place it looks up."""
    N, H, W, C = x.shape
    P = rows[0].size if N else 0
    y = np.zeros((*rows.shape, C), x.dtype)
    places = flat(rows.astype(x.dtype, copy=False)), flat(columns.astype(x.dtype, copy=False))
    options = MODES[fill_mode], interpolation == "bilinear", x.dtype.type(fill_value)
    images = partial(_warp, flat(x), *places, y.reshape(-1), (H, W, C, P), *options)
    parallel_for(N, images, max(1, GRAIN // max(1, P)))
    return y
