"""Arrays into what Tk can show: colours, magnified pixels, mosaics of maps.

Tk reads binary PPM from memory, which takes no library and a millisecond.

Reference: https://netpbm.sourceforge.net/doc/ppm.html
"""

from __future__ import annotations

import numpy as np

#: Colours from nothing to much: dark blue, teal, pale yellow.
_RISING = ((9, 11, 18), (33, 70, 122), (36, 132, 150), (112, 196, 140), (246, 238, 160))
#: Colours from against (orange) through nothing to for (blue).
_AGAINST, _FOR = (240, 120, 40), (64, 140, 255)


def hex_to_rgb(colour: str) -> np.ndarray:
    """Return (3,) for a colour such as "#1c2330"."""
    return np.array([int(colour[i : i + 2], 16) for i in (1, 3, 5)], np.float32)


def ppm(pixels: np.ndarray) -> bytes:
    """Return an image (H, W, 3) or (H, W) of uint8 as a PPM or PGM file."""
    kind = b"P6" if pixels.ndim == 3 else b"P5"
    H, W = pixels.shape[:2]
    return b"%s %d %d 255\n" % (kind, W, H) + np.ascontiguousarray(pixels).tobytes()


def magnify(pixels: np.ndarray, times: int) -> np.ndarray:
    """Return every pixel as a square of `times` x `times`."""
    return pixels.repeat(times, 0).repeat(times, 1)


def rising(values: np.ndarray) -> np.ndarray:
    """Colour values from 0 to 1: (...) -> (..., 3) uint8."""
    return _RISING_TABLE[(np.clip(values, 0, 1) * 255).astype(np.uint8)]


def _table(stops: tuple[tuple[int, ...], ...]) -> np.ndarray:
    at = np.linspace(0, 255, len(stops))
    channels = [np.interp(np.arange(256), at, channel) for channel in np.array(stops).T]
    return np.stack(channels, 1).astype(np.uint8)


_RISING_TABLE = _table(_RISING)


def signed(values: np.ndarray, paper: np.ndarray) -> np.ndarray:
    """Colour values from -1 (orange) over 0 (the paper's colour) to 1 (blue): (..., 3) uint8."""
    values = np.clip(values, -1, 1)[..., None]
    colours = np.where(values < 0, np.array(_AGAINST), np.array(_FOR))
    return (paper + np.abs(values) * (colours - paper)).astype(np.uint8)


def rounded(
    width: int, height: int, radius: float, fill: str, border: str, paper: str
) -> np.ndarray:
    """Return a rectangle with round corners and a border of one pixel, (height, width, 3) uint8."""
    y = np.abs(np.arange(height)[:, None] + 0.5 - height / 2) - height / 2 + radius
    x = np.abs(np.arange(width)[None, :] + 0.5 - width / 2) - width / 2 + radius
    outside = (
        np.hypot(np.maximum(x, 0), np.maximum(y, 0)) + np.minimum(np.maximum(x, y), 0) - radius
    )
    whole = np.clip(0.5 - outside, 0, 1)[..., None]
    inner = np.clip(-0.5 - outside, 0, 1)[..., None]
    edge = hex_to_rgb(paper) + whole * (hex_to_rgb(border) - hex_to_rgb(paper))
    return (edge + inner * (hex_to_rgb(fill) - edge)).astype(np.uint8)


def icon(size: int) -> np.ndarray:
    """Return the program's icon, (size, size, 3) uint8: a digit drawn by its own pen."""
    from .digit_shapes import SHAPES, strokes
    from .strokes import rasterise

    ground = rounded(size, size, size / 5, "#2f6fed", "#2f6fed", "#ffffff").astype(np.float32)
    lines = [line * 0.6 + 0.2 for line in strokes(SHAPES[8][0])]
    ink = rasterise(lines, size, 0.1)[..., None]
    return (ground + ink * (255 - ground)).astype(np.uint8)
