"""From any ink to the 28x28 image that the network gets.

MNIST's digits fill a box of 20x20 pixels, and their centre of mass lies in the middle of 28x28. A
network that learnt from them reads only such images well, so everything here ends in `mnist_image`:
what was drawn, what is shown as the network's view, what is learnt from, and photos.

Reference: Y. LeCun, C. Cortes, C. Burges, "The MNIST database of handwritten digits"
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from .strokes import draw_line

SIDE = 28  # the network's image
BOX = 20  # the digit's longer side in it
MIDDLE = 14.5  # where MNIST's centres of mass lie: in the middle of pixel 14
PEN = 2.6  # the pen's width in it: about that of MNIST's writers
FINE = 4  # a drawing is rasterised this many times finer, then averaged
FAINT = 0.05  # less is paper


class NoInkError(ValueError):
    """There is nothing to read."""


def mnist_image(ink: np.ndarray) -> np.ndarray:
    """Crop to the ink, fit into 20x20 keeping the aspect, put the centre of mass into pixel 14.

    Each pixel of the result is the mean of the part of the original that it covers, so thin lines
    fade instead of breaking up.

    Args:
        ink: (H, W) from 0 (paper) to 1 (ink), any size.

    Returns:
        (28, 28) float32 from 0 to 1.

    Raises:
        NoInkError: where there is no ink.
    """
    ink = crop(np.asarray(ink, np.float32))
    H, W = ink.shape
    scale = max(H, W) / BOX  # pixels of the original in one of ours
    mass = ink.sum()
    centre_y = (ink.sum(1) @ (np.arange(H) + 0.5)) / mass
    centre_x = (ink.sum(0) @ (np.arange(W) + 0.5)) / mass
    rows = _averaging(H, centre_y - scale * MIDDLE, scale)  # (28, H)
    columns = _averaging(W, centre_x - scale * MIDDLE, scale)  # (28, W)
    return np.clip(rows @ ink @ columns.T, 0, 1).astype(np.float32)


def crop(ink: np.ndarray) -> np.ndarray:
    """Return the smallest part of an image that holds all of its ink.

    Raises:
        NoInkError: where there is no ink.
    """
    rows, columns = np.flatnonzero((ink > FAINT).any(1)), np.flatnonzero((ink > FAINT).any(0))
    if not len(rows):
        raise NoInkError("There is no ink to read; draw a digit first.")
    return ink[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]


def _averaging(length: int, start: float, scale: float) -> np.ndarray:
    """Return the matrix (28, length) that averages over 28 windows of `scale` pixels from `start`.

    Entry (i, j) is the share of window i that pixel j covers.
    """
    edges = start + scale * np.arange(SIDE + 1)
    pixels = np.arange(length)
    first = np.maximum(edges[:-1, None], pixels)  # (28, length)
    last = np.minimum(edges[1:, None], pixels + 1)
    return (np.maximum(last - first, 0) / scale).astype(np.float32)


def drawing_image(lines: Sequence[np.ndarray]) -> np.ndarray:
    """Return the network's view of a drawing.

    The pen's width is always the same share of the digit's size, whatever brush was used: a small
    digit drawn with a broad brush still shows how the pen moved.

    Args:
        lines: smooth lines (M, 2) in any unit, one for each stroke.

    Returns:
        (28, 28) float32 from 0 (paper) to 1 (ink).

    Raises:
        NoInkError: where nothing is drawn.
    """
    if not lines:
        raise NoInkError("There is no ink to read; draw a digit first.")
    points = np.concatenate(lines)
    low, extent = points.min(0), np.ptp(points, 0)
    scale = (BOX - PEN) * FINE / max(extent.max(), 1e-6)
    margin = PEN * FINE / 2 + 1
    W, H = np.ceil(extent * scale + 2 * margin).astype(int)
    ink = np.zeros((H, W), np.float32)
    for line in lines:
        draw_line(ink, _thin_out((line - low) * scale + margin), PEN * FINE)
    return mnist_image(ink)


def _thin_out(line: np.ndarray, step: float = 2.0) -> np.ndarray:
    """Leave out points of a line that lie closer than `step` pixels along it."""
    if len(line) < 3:
        return line
    lengths = np.concatenate([[0.0], np.cumsum(np.hypot(*np.diff(line, axis=0).T))])
    kept = np.flatnonzero(np.diff(np.floor(lengths / step), prepend=-1))
    return line[np.union1d(kept, [len(line) - 1])]
