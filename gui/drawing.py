"""What is on the pad: strokes and an opened photo, with undo and redo."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from .digit_image import drawing_image, mnist_image
from .strokes import Point, curve, draw_line

NEAREST = 0.006  # points closer than this say more of the mouse's grid than of the hand
UNDO_DEPTH = 200
SIDE = 400  # strokes on a photo are rasterised at this size, whatever the window's


class _Ink(NamedTuple):
    """One state of the drawing; never changed, except that the pen prolongs the newest stroke."""

    strokes: Sequence[list[Point]] = ()
    photo: np.ndarray | None = None


class Drawing:
    """Ink that can be drawn, cleared, undone and redone.

    Points are in units of the pad's side, so that neither the window's size nor the display's
    scaling can change what was drawn.
    """

    def __init__(self) -> None:
        self._ink = _Ink()
        self._past: list[_Ink] = []
        self._future: list[_Ink] = []
        self._pen_down = False

    def __bool__(self) -> bool:
        return bool(self.strokes) or self.photo is not None

    @property
    def strokes(self) -> Sequence[list[Point]]:
        """The points of each stroke."""
        return self._ink.strokes

    @property
    def photo(self) -> np.ndarray | None:
        """An opened image's ink (H, W) from 0 to 1, that the strokes lie on; or None."""
        return self._ink.photo

    # ---- changes that can be undone -------------------------------------------------------------

    def begin(self, x: float, y: float) -> None:
        """Put the pen down: begin a stroke."""
        self._change(_Ink((*self.strokes, [_on_pad(x, y)]), self.photo))
        self._pen_down = True

    def extend(self, x: float, y: float) -> bool:
        """Move the pen; tell whether that made a new point (it may have hardly moved)."""
        point = _on_pad(x, y)
        if not self._pen_down or math.dist(self.strokes[-1][-1], point) < NEAREST:
            return False
        self.strokes[-1].append(point)
        return True

    def clear(self) -> None:
        """Take all ink away."""
        if self:
            self._change(_Ink())
        self._pen_down = False

    def show_photo(self, ink: np.ndarray) -> None:
        """Put an opened image's ink (H, W) in place of all that was there."""
        self._change(_Ink((), ink))

    def _change(self, ink: _Ink) -> None:
        self._past = [*self._past, self._ink][-UNDO_DEPTH:]
        self._future = []
        self._ink, self._pen_down = ink, False

    def undo(self) -> bool:
        """Take the last change back; tell whether there was one."""
        return self._go(self._past, self._future)

    def redo(self) -> bool:
        """Do again what was undone last; tell whether there was something."""
        return self._go(self._future, self._past)

    def _go(self, source: list[_Ink], other: list[_Ink]) -> bool:
        self._pen_down = False
        if not source:
            return False
        other.append(self._ink)
        self._ink = source.pop()
        return True

    # ---- what it looks like ---------------------------------------------------------------------

    def lines(self) -> list[np.ndarray]:
        """Return each stroke as a smooth line (M, 2)."""
        return [curve(stroke) for stroke in self.strokes]

    def raster(self, side: int, brush: float) -> np.ndarray:
        """Return the ink as an image (side, side), with a pen of the width `brush`."""
        ink = np.zeros((side, side), np.float32)
        if self.photo is not None:
            ink[:] = _fitted(self.photo, side)
        for line in self.lines():
            draw_line(ink, line * side, brush * side)
        return ink

    def image(self, brush: float) -> np.ndarray | None:
        """Return the network's view (28, 28), or None where there is no ink.

        Without a photo the brush does not matter: `drawing_image` has a pen of its own.
        """
        if self.photo is None:
            return drawing_image(self.lines()) if self.strokes else None
        return mnist_image(self.raster(SIDE, brush) if self.strokes else self.photo)


def _on_pad(x: float, y: float) -> Point:
    return min(max(x, 0.0), 1.0), min(max(y, 0.0), 1.0)


def _fitted(ink: np.ndarray, side: int) -> np.ndarray:
    """Return (side, side): a photo in the middle of the pad, as large as fits."""
    H, W = ink.shape
    scale = max(H, W) / side
    rows = np.clip(((np.arange(side) + 0.5) * scale - (side * scale - H) / 2), -1, H).astype(int)
    columns = np.clip(((np.arange(side) + 0.5) * scale - (side * scale - W) / 2), -1, W).astype(int)
    padded = np.pad(ink, 1)
    return padded[np.clip(rows + 1, 0, H + 1)[:, None], np.clip(columns + 1, 0, W + 1)]
