"""One small image, every pixel a visible square."""

from __future__ import annotations

import tkinter as tk

import numpy as np

from ..digit_image import SIDE
from ..theme import Theme
from ..tk_images import hex_to_rgb, magnify, ppm, signed


class TileView(tk.Canvas):
    """Shows 28x28 pixels.

    Args:
        parent: the widget it lies in.
        theme: colours and sizes.
        side: about how large, for 96 dots per inch; it becomes a multiple of 28.
    """

    def __init__(self, parent: tk.Misc, theme: Theme, side: int = 140) -> None:
        self.theme = theme
        self.times = max(1, round(theme.px(side) / SIDE))
        length = self.times * SIDE
        super().__init__(parent, width=length, height=length, highlightthickness=1)
        self.pixels = np.zeros((SIDE, SIDE, 3), np.uint8)
        self.photo = tk.PhotoImage(master=self)
        self.create_image(1, 1, image=self.photo, anchor="nw")

    def show_ink(self, image: np.ndarray | None) -> None:
        """Show an image (28, 28) from 0 (black) to 1 (white), or nothing."""
        ink = np.zeros((SIDE, SIDE)) if image is None else image
        self._show(np.repeat((np.clip(ink, 0, 1) * 255).astype(np.uint8)[..., None], 3, 2))

    def show_heat(self, heat: np.ndarray | None, ink: np.ndarray | None) -> None:
        """Show what pushed for (blue) and against (orange), over the ink in grey; or nothing."""
        paper = hex_to_rgb(self.theme.palette.track)
        if heat is None or ink is None:
            self._show(np.broadcast_to(paper.astype(np.uint8), (SIDE, SIDE, 3)))
            return
        contrast = hex_to_rgb(self.theme.palette.muted) - paper
        grey = paper + 0.35 * ink[..., None] * contrast
        strongest = np.abs(heat).max() or 1.0
        self._show(signed(np.sign(heat) * np.sqrt(np.abs(heat) / strongest), grey))

    def _show(self, pixels: np.ndarray) -> None:
        self.pixels = pixels
        self.configure(highlightbackground=self.theme.palette.line)
        self.photo.configure(data=ppm(magnify(pixels, self.times)), format="ppm")
