"""Patches under a window, gathered into a matrix and added back: im2col and col2im.

A row of the matrix is the patch of one output; images and matrices are flat arrays:

    image of 4 x 4       3 x 3 window, 2 x 2 outputs
    a b c d              (0, 0)   a b c e f g i j k
    e f g h              (0, 1)   b c d f g h j k l
    i j k l              (1, 0)   e f g i j k m n o
    m n o p              (1, 1)   f g h j k l n o p
"""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

import numpy as np

from nanoconv.kernels.compiled.jit import kernel
from nanoconv.kernels.shapes import Window

FEW = 4  # so few channels are quicker to gather tap by tap: whole rows instead of single cells
POINTWISE, TAPS, CELLS = 0, 1, 2  # how patches are gathered: not at all, by taps, by cells


class Plan(NamedTuple):
    """What a compiled loop needs to know of a convolution or a pool: sizes alone."""

    H: int
    W: int
    C: int
    OH: int
    OW: int
    O: int
    K: int  # KH * KW * C, the length of a patch
    window: Window


@lru_cache
def plan(x_shape: tuple[int, ...], O: int, window: Window) -> Plan:
    """The plan of a convolution of images x_shape (N, H, W, C) to O channels."""
    _, H, W, C = x_shape
    sizes = H, W, C, *window.output_size(H, W), O, window.KH * window.KW * C
    return Plan(*sizes, window)


def gathering(C: int, window: Window) -> int:
    """How patches of C channels are gathered."""
    return POINTWISE if window.is_pointwise else TAPS if C <= FEW else CELLS


@kernel
def im2col(x, columns, N, plan):
    """columns (N, OH, OW, KH, KW, C) <- the cells of x (N, H, W, C) under each window."""
    H, W, C, OH, OW = plan.H, plan.W, plan.C, plan.OH, plan.OW
    KH, KW, SH, SW, DH, DW, top, _, left, _ = plan.window
    i = np.uint64(0)
    channels, row = np.uint64(C), np.uint64(KW * C)  # a row of a patch lies side by side
    zero = x.dtype.type(0)
    for n in range(N):
        for oh in range(OH):
            for ow in range(OW):
                for kh in range(KH):
                    h, left_most = oh * SH + kh * DH - top, ow * SW - left
                    if 0 <= h < H and DW == 1 and left_most >= 0 and left_most + KW <= W:
                        cell = np.uint64(((n * H + h) * W + left_most) * C)
                        for c in range(row):
                            columns[i + c] = x[cell + c]
                        i += row
                        continue
                    for kw in range(KW):
                        w = left_most + kw * DW
                        if 0 <= h < H and 0 <= w < W:
                            cell = np.uint64(((n * H + h) * W + w) * C)
                            for c in range(channels):
                                columns[i + c] = x[cell + c]
                        else:
                            for c in range(channels):
                                columns[i + c] = zero
                        i += channels


@kernel
def im2planes(x, planes, N, plan):
    """planes (KH, KW, C, N, OH, OW) <- the same values, transposed: one tap after the other."""
    H, W, C, OH, OW = plan.H, plan.W, plan.C, plan.OH, plan.OW
    KH, KW, SH, SW, DH, DW, top, _, left, _ = plan.window
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
def col2im(columns, x, N, plan):
    """x (N, H, W, C) += columns (N, OH, OW, KH, KW, C), each where it was taken from."""
    H, W, C, OH, OW = plan.H, plan.W, plan.C, plan.OH, plan.OW
    KH, KW, SH, SW, DH, DW, top, _, left, _ = plan.window
    i = np.uint64(0)
    channels, row = np.uint64(C), np.uint64(KW * C)
    for n in range(N):
        for oh in range(OH):
            for ow in range(OW):
                for kh in range(KH):
                    h, left_most = oh * SH + kh * DH - top, ow * SW - left
                    if 0 <= h < H and DW == 1 and left_most >= 0 and left_most + KW <= W:
                        cell = np.uint64(((n * H + h) * W + left_most) * C)
                        for c in range(row):
                            x[cell + c] += columns[i + c]
                        i += row
                        continue
                    for kw in range(KW):
                        w = left_most + kw * DW
                        if 0 <= h < H and 0 <= w < W:
                            cell = np.uint64(((n * H + h) * W + w) * C)
                            for c in range(channels):
                                x[cell + c] += columns[i + c]
                        i += channels
