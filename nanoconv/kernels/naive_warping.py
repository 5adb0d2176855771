"""The definition of warping: each pixel of a turned, shifted or scaled picture, one by one.

Slow, and meant to be read; `warping` is tested against this file. A place between four pixels gets
a mean of them, the nearer the heavier.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray


def warp(
    x: NDArray,
    rows: NDArray,
    columns: NDArray,
    interpolation: str,
    fill_mode: str,
    fill_value: float,
) -> NDArray:
    """Each output pixel from the input pixels around the place it looks up."""
    _, H, W, C = x.shape
    y = np.zeros((*rows.shape, C), x.dtype)
    for n, oh, ow in np.ndindex(rows.shape):
        place = float(rows[n, oh, ow]), float(columns[n, oh, ow])
        if interpolation == "nearest":
            place = _round(place[0]), _round(place[1])
        r, c = math.floor(place[0]), math.floor(place[1])
        t, u = place[0] - r, place[1] - c
        for i, j, weight in (
            (r, c, (1 - t) * (1 - u)),
            (r, c + 1, (1 - t) * u),
            (r + 1, c, t * (1 - u)),
            (r + 1, c + 1, t * u),
        ):
            h, w = _real_cell(i, H, fill_mode), _real_cell(j, W, fill_mode)
            outside = h is None or w is None
            y[n, oh, ow] += weight * (fill_value if outside else x[n, h, w])
    return y


def _round(place: float) -> float:
    """The nearest whole number; halves go away from zero."""
    return math.copysign(math.floor(abs(place) + 0.5), place)


def _real_cell(i: int, n: int, fill_mode: str) -> int | None:
    """The cell of 0 ... n - 1 that stands for cell i, or None where none does."""
    if 0 <= i < n:
        return i
    if fill_mode == "constant":
        return None
    if fill_mode == "nearest":
        return min(max(i, 0), n - 1)
    if fill_mode == "wrap":
        return i % n
    i %= 2 * n  # reflect: the picture and its mirror image, again and again
    return i if i < n else 2 * n - 1 - i
