"""Strokes of a pen: points in, antialiased ink out; no Tk, no screenshot.

A stroke is a list of points (x, y) in units of the pad's side.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np

Point = tuple[float, float]
Points = Sequence[Point] | np.ndarray

#: Samples of a curve lie this far apart, in units of the pad's side.
STEP = 0.01


def curve(points: Points, step: float = STEP) -> np.ndarray:
    """Return a smooth line through all points.

    A fast pen leaves few points; straight lines between them would show corners. This is a
    Catmull-Rom spline in its centripetal form, which passes through every point and makes no loops.

    Args:
        points: (N, 2), no two neighbours equal.
        step: distance between samples of the line.

    Returns:
        (M, 2); a single point stays one point.

    Reference: E. Catmull and R. Rom (1974); C. Yuksel et al., "Parameterization and applications
        of Catmull-Rom curves" (2011)
    """
    p = np.asarray(points, np.float64).reshape(-1, 2)  # (N, 2)
    if len(p) < 3:
        return p
    p = np.concatenate([[2 * p[0] - p[1]], p, [2 * p[-1] - p[-2]]])  # (N + 2, 2), ends mirrored
    gaps = np.hypot(*np.diff(p, axis=0).T)  # (N + 1,)
    knots = np.concatenate([[0.0], np.cumsum(np.sqrt(np.maximum(gaps, 1e-12)))])  # (N + 2,)
    counts = np.maximum(1, np.ceil(gaps[1:-1] / step)).astype(int)  # (N - 1,) samples in between
    between = np.repeat(np.arange(len(counts)), counts)  # (M - 1,)
    i = np.arange(len(between)) - np.repeat(np.cumsum(counts) - counts, counts) + 1
    p0, p1, p2, p3 = (p[between + j] for j in range(4))  # (M - 1, 2) each
    t0, t1, t2, t3 = (knots[between + j, None] for j in range(4))  # (M - 1, 1) each
    t = t1 + (t2 - t1) * (i / counts[between])[:, None]
    a1, a2, a3 = _blend(p0, p1, t0, t1, t), _blend(p1, p2, t1, t2, t), _blend(p2, p3, t2, t3, t)
    b1, b2 = _blend(a1, a2, t0, t2, t), _blend(a2, a3, t1, t3, t)
    return np.concatenate([p[1:2], _blend(b1, b2, t1, t2, t)])


def _blend(
    a: np.ndarray, b: np.ndarray, ta: np.ndarray, tb: np.ndarray, t: np.ndarray
) -> np.ndarray:
    """Return the points at t on the straight lines from a at time ta to b at time tb."""
    return a + (b - a) * ((t - ta) / (tb - ta))


def draw_line(ink: np.ndarray, line: np.ndarray, width: float) -> None:
    """Draw a line with a round pen; ink only ever grows darker.

    A pixel's ink is 1 inside the pen's track, 0 outside, and falls linearly over the one pixel that
    the edge passes through.

    Args:
        ink: (H, W) from 0 (paper) to 1 (ink), changed in place.
        line: (M, 2), x and y in pixels; pixel i covers i ... i + 1.
        width: the pen's width in pixels.
    """
    starts, ends = (line[:-1], line[1:]) if len(line) > 1 else (line, line)
    for a, b in zip(starts, ends, strict=True):
        _draw_segment(ink, a, b, width / 2)


def _draw_segment(ink: np.ndarray, a: np.ndarray, b: np.ndarray, radius: float) -> None:
    reach = radius + 1
    H, W = ink.shape
    left, top = np.maximum(np.floor(np.minimum(a, b) - reach).astype(int), 0)
    right, bottom = np.minimum(np.ceil(np.maximum(a, b) + reach).astype(int), (W, H))
    if left >= right or top >= bottom:
        return
    x = np.arange(left, right, dtype=np.float32) + np.float32(0.5 - a[0])  # (w,) from a
    y = np.arange(top, bottom, dtype=np.float32)[:, None] + np.float32(0.5 - a[1])  # (h, 1)
    dx, dy = (float(v) for v in b - a)
    squared = dx * dx + dy * dy
    along = np.clip((x * dx + y * dy) / squared, 0, 1) if squared else np.zeros((1, 1), "f")
    distance = np.hypot(x - along * dx, y - along * dy)  # (h, w) to the nearest point of a ... b
    part = ink[top:bottom, left:right]
    np.maximum(part, np.clip(radius + 0.5 - distance, 0, 1), out=part)


def rasterise(lines: Iterable[np.ndarray], size: int, width: float) -> np.ndarray:
    """Draw lines, given in units of the pad's side, into an image.

    Args:
        lines: each (M, 2).
        size: side of the image in pixels.
        width: the pen's width in units of the pad's side.

    Returns:
        (size, size) float32 from 0 (paper) to 1 (ink).
    """
    ink = np.zeros((size, size), np.float32)
    for line in lines:
        draw_line(ink, line * size, width * size)
    return ink
