"""Digits as people draw them with a pen: shapes of strokes, and a hand that never draws one twice.

MNIST was written on paper in America. On a screen, and elsewhere, sevens have a bar, nines a long
hooked tail, ones a flag and a base line, fours an open top. The shipped model sees some of these
beside MNIST's digits.

A shape is a string: strokes are separated by `|`, points by spaces, a point is `x,y` in percent of
the digit's box, y downwards. `/` before a point makes a sharp corner of the one before it.
"""

from __future__ import annotations

from itertools import pairwise

import numpy as np

from gui.strokes import curve

SHAPES: dict[int, tuple[str, ...]] = {
    0: (
        "50,0 20,12 5,45 18,85 50,100 82,85 95,50 80,12 50,0",
        "62,3 30,5 8,40 15,85 50,100 85,80 92,40 75,8 45,2",
        "55,2 25,15 20,60 45,98 75,80 80,30 60,4 40,8",
        "35,8 12,40 20,85 55,98 88,70 85,25 55,0 28,12 30,30",
    ),
    1: (
        "50,0 50,50 50,100",
        "58,0 50,50 42,100",
        "25,28 40,15 55,0 / 55,50 55,100",
        "15,35 35,20 55,0 / 55,50 55,100 | 20,100 55,100 90,100",
        "32,18 52,0 / 52,50 52,100 | 30,100 75,99",
        "48,0 52,50 50,97 | 30,98 70,98",
        "12,42 30,28 62,0 / 60,45 55,100",
    ),
    2: (
        "8,25 25,4 60,0 85,20 75,45 40,72 5,98 / 50,97 95,98",
        "12,20 40,0 78,12 78,40 45,75 15,92 12,98 30,85 60,92 95,95",
        "5,15 40,2 80,10 82,35 50,65 0,100 / 95,100",
        "15,25 50,0 85,25 60,60 20,92 5,85 15,72 45,85 75,100 98,88",
        "10,12 60,0 90,20 55,60 10,100 / 50,92 90,100",
    ),
    3: (
        "10,12 45,0 82,15 70,40 38,48 / 75,55 90,78 60,100 8,92",
        "8,2 50,0 88,2 / 40,40 / 75,48 90,75 55,100 5,90",
        "12,18 50,0 80,20 50,45 80,60 85,85 45,100 8,85",
        "20,8 60,2 80,22 45,45 30,48 60,50 88,72 55,98 15,95",
    ),
    4: (
        "62,0 30,40 5,68 / 50,67 98,66 | 68,30 66,65 64,100",
        "20,0 12,35 8,60 / 50,60 95,57 | 78,5 76,50 74,100",
        "70,0 5,70 / 95,70 | 70,0 70,100",
        "15,5 10,30 20,52 55,50 80,45 | 85,0 80,50 75,100",
        "62,0 5,62 / 90,60 | 60,35 60,100",
        "25,0 10,50 / 85,48 | 70,10 62,100",
    ),
    5: (
        "85,2 50,0 20,2 / 15,42 / 50,36 88,55 82,85 45,100 8,90",
        "22,5 18,40 / 60,36 90,62 70,95 30,100 5,88 | 22,4 55,3 92,0",
        "90,0 25,5 / 12,45 / 55,38 85,65 60,95 5,98",
        "80,3 30,0 22,38 55,40 82,62 70,92 35,100 10,85",
    ),
    6: (
        "72,0 35,20 10,58 18,92 55,100 85,80 70,56 35,58 14,76",
        "60,0 30,30 12,70 35,100 78,92 82,65 50,52 18,70",
        "85,8 50,2 18,35 8,75 40,100 80,88 80,62 45,55 12,72",
        "45,0 20,40 15,80 45,100 75,85 65,62 35,65 20,82",
    ),
    7: (
        "5,5 50,3 95,2 / 65,45 42,100",
        "5,5 50,3 95,2 / 65,45 42,100 | 28,52 85,48",
        "5,20 8,3 / 50,4 92,3 / 60,50 45,100",
        "8,18 10,4 / 90,2 / 55,55 35,100 | 30,50 82,50",
        "10,4 85,0 / 88,20 65,60 60,100 | 40,48 90,50",
        "2,8 30,2 55,8 92,2 / 70,30 50,65 45,100",
    ),
    8: (
        "75,12 45,0 20,20 45,45 80,68 65,98 25,95 18,70 50,48 78,25 72,8",
        "50,48 22,30 30,4 65,2 75,28 50,48 15,70 25,98 70,98 82,72 50,48",
        "85,10 50,0 25,22 60,50 80,78 50,100 20,80 45,50 90,8",
        "50,0 25,20 50,45 75,22 50,0 | 50,45 18,72 50,100 82,72 50,45",
    ),
    9: (
        "82,22 55,0 18,20 25,48 60,48 82,20 / 80,60 72,100",
        "80,18 45,0 12,25 35,50 75,35 82,15 / 85,60 70,95 35,100 10,85",
        "78,25 50,2 20,22 38,45 70,38 80,15 85,55 78,90 50,100 22,90",
        "75,10 35,5 20,32 50,42 78,12 / 60,60 45,100",
        "85,5 40,2 12,30 50,48 85,8 / 80,50 82,85 55,102 20,88 8,70",
    ),
}


def strokes(shape: str) -> list[np.ndarray]:
    """Return a shape's strokes as smooth lines (M, 2) in a box of side 1."""
    lines = []
    for stroke in shape.split("|"):
        arcs = [[_point(point) for point in arc.split()] for arc in stroke.split("/")]
        for before, arc in pairwise(arcs):
            arc.insert(0, before[-1])
        lines.append(np.concatenate([curve(arc) for arc in arcs]))
    return lines


def _point(words: str) -> tuple[float, float]:
    """Return (x, y) in the box of side 1 for "25,100"."""
    x, y = words.split(",")
    return float(x) / 100, float(y) / 100


def write(shape: str, generator: np.random.Generator) -> list[np.ndarray]:
    """Draw a shape once, with a hand of its own slant, proportions and tremor.

    Args:
        shape: as in `SHAPES`.
        generator: the hand.

    Returns:
        Smooth lines (M, 2) in a box of side 1, more or less.
    """
    uniform = generator.uniform
    angle, slant = np.radians(uniform(-10, 10)), uniform(-0.25, 0.35)
    stretch = np.array([uniform(0.45, 1.0), 1.0])
    turn = np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])
    waves = generator.normal(0, 0.013, (2, 2, 3))  # for x and y: sine and cosine of 3 wavelengths
    lines = []
    for line in strokes(shape):
        place = generator.normal(0, 0.02, 2)  # strokes meet only roughly
        phase = line @ generator.normal(0, 1.0, 2)
        angles = np.pi * phase[:, None] * np.arange(1, 4)  # (M, 3)
        tremor = np.sin(angles) @ waves[:, 0].T + np.cos(angles) @ waves[:, 1].T  # (M, 2)
        x, y = ((line + tremor - 0.5) * stretch).T
        lines.append(np.stack([x - slant * y, y], 1) @ turn + 0.5 + place)
    return lines


def images(count: int, generator: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Return `count` pen digits as the network sees them, and what they are.

    Returns:
        Images (count, 28, 28) float32 from 0 to 1, labels (count,).
    """
    from gui.preprocessing import drawing_image

    labels = generator.integers(0, 10, count)
    pictures = []
    for label in labels:
        shapes = SHAPES[int(label)]
        pictures.append(drawing_image(write(shapes[generator.integers(len(shapes))], generator)))
    return np.stack(pictures), labels
