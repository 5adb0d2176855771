"""Winograd's convolution of some rows of tiles, forward and backward, as one compiled loop each.

The rows go through a portion at a time, transformed, multiplied and transformed back while they are
in the second-level cache. A loop is made for a number of channels C and of filters O, which it has
as constants (see `winograd_transforms`), and multiplies in registers (see `register_block`).
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np

from nanoconv.kernels.compiled.convolution.winograd_transforms import (
    gradient_transform,
    input_transform,
    output_transform,
    scatter_transform,
)
from nanoconv.kernels.compiled.jit import address, kernel
from nanoconv.kernels.compiled.register_block import SUM, ZEROS, product, stripes


@cache
def forward_loop(channels: int, filters: int) -> Callable[..., Any]:
    """y = A^T [U (B^T d B)] A + bias for rows of tiles first ... last, `portion` at a time."""
    C, O = np.uint64(channels), np.uint64(filters)
    tile_C, tile_O = 36 * channels, 36 * filters  # from tile to tile
    cut = stripes(filters)

    @kernel
    def loop(x, U, bias, relu, y, V, M, work, x_sizes, y_sizes, first, last, portion):
        H, W, TH, TW, top, left = x_sizes
        OH, OW = y_sizes
        for start in range(first, last, portion):
            stop = min(start + portion, last)
            tiles = (stop - start) * TW
            input_transform(x, V, work, H, W, TH, TW, top, left, start, stop, C)
            for p in range(np.uint64(36)):
                v, u, m = address(V, p * C), address(U, p * C * O), address(M, p * O)
                rows, columns = (v, tile_C, 0, 1), (u, 0, filters)
                product(ZEROS, cut, tiles, rows, columns, (1, channels), (m, tile_O))
            output_transform(M, bias, relu, y, work, OH, OW, TH, TW, start, stop, O)

    return loop


@cache
def backward_loop(channels: int, filters: int) -> Callable[..., Any]:
    """dU += V^T dM, dbias += sum of dy, dx = B (dM U^T) B^T for rows of tiles first ... last."""
    C, O = np.uint64(channels), np.uint64(filters)
    tile_C, tile_O = 36 * channels, 36 * filters  # from tile to tile
    cut, cut_C = stripes(filters), stripes(channels)

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
                rows, columns = (v, 1, 0, tile_C), (m, 0, tile_O)
                product(SUM, cut, channels, rows, columns, (1, tiles), (du, filters))
                if need_dx:  # dV takes the memory of V, which has been used
                    ut = address(UT, p * O * C)
                    rows, columns = (m, tile_O, 0, 1), (ut, 0, channels)
                    product(ZEROS, cut_C, tiles, rows, columns, (1, filters), (v, tile_C))
            if need_dx:
                scatter_transform(V, dx, work, H, W, TH, TW, top, left, start, stop, C)

    return loop
