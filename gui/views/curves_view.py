"""Loss and accuracy while a network learns."""

from __future__ import annotations

import math
import tkinter as tk

from ..theme import Theme
from .view import View


class CurvesView(View):
    """Draws one metric of training, and the same of held-out digits, over the epochs.

    Args:
        parent, theme: as for `View`.
        percent: whether the values are shares of 1, drawn up to 100%.
    """

    def __init__(self, parent: tk.Misc, theme: Theme, percent: bool) -> None:
        super().__init__(parent, theme, width=300, height=150)
        self.percent = percent
        self.title, self.legend = "", ("", "")
        self.epochs = 1
        self.training: list[tuple[float, float]] = []  # (epochs done, value)
        self.held_out: list[tuple[float, float]] = []

    def name(self, title: str, training: str, held_out: str) -> None:
        """Set the words."""
        self.title, self.legend = title, (training, held_out)
        self.draw()

    def restart(self, epochs: int) -> None:
        """Begin new curves."""
        self.epochs = epochs
        self.training, self.held_out = [], []
        self.draw()

    def add(self, done: float, training: float | None, held_out: float | None) -> None:
        """Add a point to either curve; values that are not finite leave a gap."""
        for curve, value in ((self.training, training), (self.held_out, held_out)):
            if value is not None and math.isfinite(value):
                curve.append((done, value))
        self.draw()

    def draw(self) -> None:
        """Draw for the present size, colours and values."""
        px, p = self.theme.px, self.theme.palette
        self.delete("all")
        self.configure(background=p.card)
        left, right = px(44), self.winfo_width() - px(12)
        top, bottom = px(28), self.winfo_height() - px(22)
        if right <= left or bottom <= top:
            return
        values = [v for _, v in self.training + self.held_out]
        low = min([0.9, *values]) if self.percent else 0.0
        high = 1.0 if self.percent else max([0.1, *values])
        self.write(left, px(10), self.title, "w", "text", "head")
        for i in range(5):
            value = low + (high - low) * i / 4
            y = bottom - (bottom - top) * i / 4
            self.create_line(left, y, right, y, fill=p.track)
            words = f"{value:.1%}" if self.percent else f"{value:.2f}"
            self.write(left - px(6), y, words, "e", font="tiny")
        for epoch in sorted({0, self.epochs, *range(0, self.epochs, max(1, self.epochs // 5))}):
            x = left + (right - left) * epoch / self.epochs
            self.write(x, bottom + px(10), epoch, font="tiny")
        x = right
        for words, curve, name in (
            (self.legend[1], self.held_out, "bad"),
            (self.legend[0], self.training, "accent"),
        ):
            colour = getattr(p, name)
            item = self.write(x, px(10), words, "e", name, "small")
            x = self.bbox(item)[0] - px(14)
            points = [
                coordinate
                for done, value in curve
                for coordinate in (
                    left + (right - left) * done / self.epochs,
                    bottom - (bottom - top) * (value - low) / (high - low),
                )
            ]
            if len(curve) > 1:
                self.create_line(points, fill=colour, width=px(2), joinstyle="round")
            if curve:
                x_end, y_end, r = *points[-2:], px(3)
                self.create_oval(
                    x_end - r, y_end - r, x_end + r, y_end + r, fill=colour, outline=colour
                )
