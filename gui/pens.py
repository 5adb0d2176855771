"""Hands that draw the shapes of digits with a pen, and never draw one twice.

The shipped model learns from MNIST's digits and from these. A hand has its own slant, proportions
and tremor; it rounds corners or makes them where there were none, places strokes roughly, begins
late, overshoots, leaves a tick where the pen lands, and a fast one leaves few points.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from .digit_image import drawing_image
from .digit_shapes import SHAPES, points, smooth
from .strokes import curve

#: Moves points (M, 2).
Move = Callable[[np.ndarray], np.ndarray]


@dataclass(frozen=True)
class Hand:
    """How far drawings may be from their shapes; each drawing draws its own amounts.

    Lengths are shares of the digit's height; those of noise are standard deviations.

    Args:
        rotation: degrees to either side.
        slant: degrees to the left and to the right.
        aspect: smallest and largest width, of the shape's own.
        balance: 0.3 lets the upper part take up from 30 % less to 30 % more of the height.
        points: noise of each of the shape's points.
        places: noise of where a stroke lies: strokes meet only roughly.
        tremor: noise of waves along the strokes.
        ends: noise of where strokes begin and end.
        ticks: how many of the ends have a tick.
        rounding: how many of the drawings have no sharp corner.
        haste: how many of the drawings leave only few points.
    """

    rotation: float = 10.0
    slant: tuple[float, float] = (-25.0, 32.0)
    aspect: tuple[float, float] = (0.4, 1.25)
    balance: float = 0.35
    points: float = 0.035
    places: float = 0.03
    tremor: float = 0.015
    ends: float = 0.05
    ticks: float = 0.1
    rounding: float = 0.2
    haste: float = 0.3

    def write(self, shape: str, generator: np.random.Generator) -> list[np.ndarray]:
        """Draw a shape once.

        Args:
            shape: as in `shapes.SHAPES`.
            generator: of all chance.

        Returns:
            Smooth lines (M, 2) in a box of side 1, more or less.
        """
        uniform, normal = generator.uniform, generator.normal
        rounded, hasty = generator.random(2) < (self.rounding, self.haste)
        noise = self.points * uniform(0, 2)
        gap = uniform(0.1, 0.3) if hasty else 0.03  # from point to point
        waves = normal(0, self.tremor, (2, 2, 3))  # for x and y: sine and cosine of 3 wavelengths
        move = self._bent_and_slanted(generator)
        lines = []
        for arcs in points(shape):
            moved = [arc + normal(0, noise, arc.shape) for arc in arcs]
            for before, after in pairwise(moved):
                after[0] = before[-1]
            moved = [_paced(curve(arc), gap) for arc in moved]
            if rounded:
                moved = [np.concatenate([moved[0], *(arc[1:] for arc in moved[1:])])]
            line = self._ended(smooth(moved), generator)
            phase = line @ normal(0, 1.0, 2)
            angles = np.pi * phase[:, None] * np.arange(1, 4)  # (M, 3)
            tremor = np.sin(angles) @ waves[:, 0].T + np.cos(angles) @ waves[:, 1].T  # (M, 2)
            lines.append(move(line + tremor + normal(0, self.places, 2)))
        return lines

    def _ended(self, line: np.ndarray, generator: np.random.Generator) -> np.ndarray:
        """Cut or prolong both ends, and put ticks there."""
        for _ in range(2):  # the end, then the beginning
            more = generator.normal(0, self.ends)
            last = line[-1]
            if more > 0:
                along = last - line[-min(len(line), 6)]
                beyond = last + more * along / max(float(np.hypot(*along)), 1e-6)
                line = np.concatenate([line, beyond[None]])
            else:
                away = np.flatnonzero(np.hypot(*(line - last).T) > -more)
                line = line[: max(4, away.max(initial=0) + 1)]
            if generator.random() < self.ticks:
                angle, length = generator.uniform(0, 2 * np.pi), generator.uniform(0.02, 0.1)
                tick = line[-1] + length * np.array([np.cos(angle), np.sin(angle)])
                line = np.concatenate([line, tick[None]])
            line = line[::-1]
        return line

    def _bent_and_slanted(self, generator: np.random.Generator) -> Move:
        """Return one movement of all of a drawing's points."""
        uniform = generator.uniform
        angle = np.radians(uniform(-self.rotation, self.rotation))
        slant = np.tan(np.radians(uniform(*self.slant)))
        width = np.exp(uniform(*np.log(self.aspect)))
        turn = np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])
        upper, outer = uniform(-self.balance, self.balance, 2) * (1, 0.5)

        def move(line: np.ndarray) -> np.ndarray:
            x, y = line.T
            y = y + upper * y * (1 - y)
            x = (x + outer * x * (1 - x) - 0.5) * width
            return np.stack([x - slant * (y - 0.5), y - 0.5], 1) @ turn + 0.5

        return move


def images(
    count: int, generator: np.random.Generator, hand: Hand | None = None
) -> tuple[np.ndarray, np.ndarray]:
    """Return `count` pen digits as the network sees them, and what they are.

    Args:
        count: how many.
        generator: of all chance.
        hand: that of `Hand()` by default.

    Returns:
        Images (count, 28, 28) float32 from 0 to 1, labels (count,).
    """
    hand = hand or Hand()
    labels = generator.integers(0, 10, count)
    drawn = []
    for label in labels:
        shapes = SHAPES[int(label)]
        lines = hand.write(shapes[generator.integers(len(shapes))], generator)
        drawn.append(drawing_image(lines))
    return np.stack(drawn), labels


def _paced(line: np.ndarray, gap: float) -> np.ndarray:
    """Return points of a line at regular distances of about `gap`, both ends among them."""
    lengths = np.concatenate([[0.0], np.cumsum(np.hypot(*np.diff(line, axis=0).T))])
    at = np.linspace(0, lengths[-1], max(3, round(lengths[-1] / gap) + 1))
    return np.stack([np.interp(at, lengths, line[:, i]) for i in (0, 1)], 1)
