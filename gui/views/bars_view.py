"""Ten probabilities as bars."""

from __future__ import annotations

import tkinter as tk

import numpy as np

from ..theme import Theme
from .view import View

ROW = 24  # height of one digit's row


class BarsView(View):
    """Shows how probable each digit is."""

    def __init__(self, parent: tk.Misc, theme: Theme) -> None:
        super().__init__(parent, theme, width=260, height=10 * ROW)
        self.values: np.ndarray | None = None
        self.labels = [self.create_text(0, 0, text=str(d), anchor="w") for d in range(10)]
        self.tracks = [self.create_rectangle(0, 0, 0, 0, width=0) for _ in range(10)]
        self.fills = [self.create_rectangle(0, 0, 0, 0, width=0) for _ in range(10)]
        self.percentages = [self.create_text(0, 0, anchor="e") for _ in range(10)]

    def show(self, probabilities: np.ndarray | None) -> None:
        """Show ten probabilities, or none."""
        self.values = probabilities
        self.draw()

    def draw(self) -> None:
        """Draw for the present size and colours."""
        px, p, fonts = self.theme.px, self.theme.palette, self.theme.fonts
        width = self.winfo_width()
        left, right = px(20), width - px(52)
        values = np.zeros(10) if self.values is None else self.values
        best = -1 if self.values is None else int(values.argmax())
        self.configure(background=p.card)
        for d in range(10):
            y = px(ROW) * d + px(ROW) // 2
            half = px(5)
            chosen = d == best
            font = fonts["head" if chosen else "body"]
            self.coords(self.labels[d], 0, y)
            self.itemconfigure(self.labels[d], font=font, fill=p.text if chosen else p.muted)
            self.coords(self.tracks[d], left, y - half, right, y + half)
            self.itemconfigure(self.tracks[d], fill=p.track)
            length = float(values[d]) * max(0, right - left)
            self.coords(self.fills[d], left, y - half, left + length, y + half)
            visible = "normal" if length >= 0.5 else "hidden"
            self.itemconfigure(self.fills[d], fill=p.accent if chosen else p.muted, state=visible)
            self.coords(self.percentages[d], width - px(2), y)
            words = "" if self.values is None else percent(float(values[d]))
            self.itemconfigure(
                self.percentages[d], text=words, font=font, fill=p.text if chosen else p.muted
            )


def percent(share: float) -> str:
    """Return a share of 1 as a percentage; one decimal where it matters."""
    if 0.0005 <= share < 0.1 or 0.99 <= share < 0.9995:
        return f"{share:.1%}"
    return f"{share:.0%}"
