"""Affine maps of images: where in the input each pixel of the output comes from.

    s(p) = c + M (p - c) + t        c: the image's centre, M: a 2 x 2 matrix, t: a shift

Layers and `ImageDataGenerator` draw M and t; `kernels.warp` looks the pixels up.
"""

from __future__ import annotations

import numpy as np


def affine_places(M: np.ndarray, t: np.ndarray, H: int, W: int) -> tuple[np.ndarray, np.ndarray]:
    """Return s(p) for all pixels p of N images: its rows and its columns, each (N, H, W).

    Args:
        M: matrices (N, 2, 2), rows before columns.
        t: shifts (N, 2), in pixels.
        H, W: the images' size.
    """
    c = np.array([(H - 1) / 2, (W - 1) / 2])
    offset = c - M @ c + t  # s = M p + offset
    h, w = np.ogrid[:H, :W]
    rows, columns = (
        M[:, i, 0, None, None] * h + M[:, i, 1, None, None] * w + offset[:, i, None, None]
        for i in (0, 1)
    )
    return rows, columns
