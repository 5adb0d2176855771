"""Winograd's convolution of some rows of tiles, forward and backward, as one compiled loop each.

The rows go through a portion at a time, transformed, multiplied and transformed back while they are
in the second-level cache. A loop is made for a number of channels C and of filters O, which it has
as constants (see `winograd_transforms`), and makes its products itself (see `blas`).
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np

from .blas import address, gemm
from .jit import kernel
from .winograd_transforms import (
    gradient_transform,
    input_transform,
    output_transform,
    scatter_transform,
)

ZERO, ONE = np.float32(0), np.float32(1)


@cache
def forward_loop(channels: int, filters: int) -> Callable[..., Any]:
    """y = A^T [U (B^T d B)] A + bias for rows of tiles first ... last, `portion` at a time."""
    C, O = np.uint64(channels), np.uint64(filters)
    tile_C, tile_O = np.uint64(36 * channels), np.uint64(36 * filters)  # from tile to tile

    @kernel
    def loop(x, U, bias, relu, y, V, M, work, x_sizes, y_sizes, first, last, portion, sgemm):
        H, W, TH, TW, top, left = x_sizes
        OH, OW = y_sizes
        for start in range(first, last, portion):
            stop = min(start + portion, last)
            tiles = (stop - start) * TW
            input_transform(x, V, work, H, W, TH, TW, top, left, start, stop, C)
            for p in range(np.uint64(36)):
                v, u, m = address(V, p * C), address(U, p * C * O), address(M, p * O)
                gemm(sgemm, False, False, tiles, O, C, v, tile_C, u, O, ZERO, m, tile_O)
            output_transform(M, bias, relu, y, work, OH, OW, TH, TW, start, stop, O)

    return loop


@cache
def backward_loop(channels: int, filters: int) -> Callable[..., Any]:
    """dU += V^T dM, dbias += sum of dy, dx = B (dM U^T) B^T for rows of tiles first ... last."""
    C, O = np.uint64(channels), np.uint64(filters)
    tile_C, tile_O = np.uint64(36 * channels), np.uint64(36 * filters)  # from tile to tile

    @kernel
    def loop(
        x,
        UT,
        dy,
        y,
        relu,
        dx,
        need_dx,
        dU,
        dbias,
        V,
        M,
        work,
        x_sizes,
        y_sizes,
        first,
        last,
        portion,
        sgemm,
    ):
        H, W, TH, TW, top, left = x_sizes
        OH, OW = y_sizes
        for start in range(first, last, portion):
            stop = min(start + portion, last)
            tiles = (stop - start) * TW
            input_transform(x, V, work, H, W, TH, TW, top, left, start, stop, C)
            gradient_transform(dy, y, relu, M, dbias, work, OH, OW, TH, TW, start, stop, O)
            for p in range(np.uint64(36)):
                v, m, du = address(V, p * C), address(M, p * O), address(dU, p * C * O)
                gemm(sgemm, True, False, C, O, tiles, v, tile_C, m, tile_O, ONE, du, O)
                if need_dx:  # dV takes the memory of V, which has been used
                    ut = address(UT, p * O * C)
                    gemm(sgemm, False, False, tiles, C, O, m, tile_O, ut, C, ZERO, v, tile_C)
            if need_dx:
                scatter_transform(V, dx, work, H, W, TH, TW, top, left, start, stop, C)

    return loop
