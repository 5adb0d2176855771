"""A canvas that is drawn anew for every size."""

from __future__ import annotations

import tkinter as tk
from typing import Literal

from ..theme import Theme

Anchor = Literal["w", "center", "e"]


class View(tk.Canvas):
    """What all drawn views share.

    Args:
        parent: the widget it lies in.
        theme: colours, fonts and sizes.
        width, height: for 96 dots per inch, until the window's layout says otherwise.
    """

    def __init__(self, parent: tk.Misc, theme: Theme, width: int, height: int) -> None:
        super().__init__(
            parent, width=theme.px(width), height=theme.px(height), highlightthickness=0
        )
        self.theme = theme
        self.bind("<Configure>", lambda event: self.draw())

    def draw(self) -> None:
        """Draw for the present size, colours and values; each view says how."""

    def write(
        self,
        x: float,
        y: float,
        text: str | float,
        anchor: Anchor = "center",
        colour: str = "muted",
        font: str = "body",
    ) -> int:
        """Put words somewhere, in a colour of the palette; return the canvas' item."""
        return self.create_text(
            x,
            y,
            text=text,
            anchor=anchor,
            fill=getattr(self.theme.palette, colour),
            font=self.theme.fonts[font],
        )
