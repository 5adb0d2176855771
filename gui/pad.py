"""The pad: a canvas that one draws on with mouse, pen or touch.

It keeps strokes, and shows the very ink that is rasterised in memory; the screen is never read.
"""

from __future__ import annotations

import tkinter as tk
from collections.abc import Callable
from typing import Any

import numpy as np

from .drawing import Drawing
from .strokes import curve, draw_line
from .tk_images import ppm

BRUSH = 0.05  # of the pad's side
BRUSHES = (0.02, 0.12)


class Pad(tk.Canvas):
    """A square to draw in.

    Args:
        parent: the widget it lies in.
        on_change: called whenever the ink changed.
        side: its side in pixels until the window's layout says otherwise.

    Attributes:
        drawing: the strokes, and the photo that they lie on.
        brush: the pen's width, in units of the pad's side.
        white_paper: whether ink is black on white; it is white on black otherwise.
    """

    def __init__(self, parent: tk.Misc, on_change: Callable[[], None], side: int = 400) -> None:
        super().__init__(
            parent,
            width=side,
            height=side,
            highlightthickness=0,
            borderwidth=0,
            cursor="pencil",
            takefocus=True,
        )
        self.on_change = on_change
        self.drawing = Drawing()
        self.brush = BRUSH
        self.white_paper = False
        self.hint = ""
        self._side = side
        self._settled = np.zeros((side, side), np.float32)  # all but the newest stretch of line
        self._tk_image = tk.PhotoImage(master=self)
        self.create_image(0, 0, image=self._tk_image, anchor="nw")
        self._hint_item = self.create_text(0, 0, fill="#8a93a5", justify="center")
        self._redraw_pending = False
        self.bind("<Button-1>", self._pen_down)
        self.bind("<B1-Motion>", self._pen_move)
        self.bind("<ButtonRelease-1>", self._pen_up)
        self.bind("<Configure>", self._resized)

    @property
    def empty(self) -> bool:
        """Whether there is nothing to read."""
        return not self.drawing

    # ---- the pen --------------------------------------------------------------------------------

    def _place(self, event: tk.Event[Any]) -> tuple[float, float]:
        return (event.x + 0.5) / self._side, (event.y + 0.5) / self._side

    def _pen_down(self, event: tk.Event[Any]) -> None:
        self.focus_set()
        self.drawing.begin(*self._place(event))
        self._changed()

    def _pen_move(self, event: tk.Event[Any]) -> None:
        if not self.drawing.extend(*self._place(event)):
            return
        stroke = self.drawing.strokes[-1]
        if len(stroke) > 2:  # the stretch before the last one has its final shape now
            self._settle(_stretch(stroke, len(stroke) - 2))
        self._changed()

    def _pen_up(self, event: tk.Event[Any]) -> None:
        self._pen_move(event)
        if self.drawing.strokes:
            stroke = self.drawing.strokes[-1]
            self._settle(_stretch(stroke, len(stroke) - 1))
            self._changed()

    def _settle(self, line: np.ndarray) -> None:
        draw_line(self._settled, line * self._side, self.brush * self._side)

    # ---- what buttons and menus do --------------------------------------------------------------

    def undo(self) -> bool:
        """Take the last stroke, Clear or opened photo back; tell whether there was one."""
        undone = self.drawing.undo()
        self._rasterise()
        return undone

    def redo(self) -> bool:
        """Do again what was undone; tell whether there was something."""
        redone = self.drawing.redo()
        self._rasterise()
        return redone

    def clear(self) -> None:
        """Take all ink away."""
        self.drawing.clear()
        self._rasterise()

    def show_photo(self, ink: np.ndarray) -> None:
        """Show an opened image instead of what was there; strokes go on top of it."""
        self.drawing.show_photo(ink)
        self._rasterise()

    def set_brush(self, width: float) -> None:
        """Change the pen's width, of what is drawn already, too."""
        self.brush = min(max(width, BRUSHES[0]), BRUSHES[1])
        self._rasterise()

    def set_white_paper(self, white: bool) -> None:
        """Show black ink on white paper, or the other way round."""
        self.white_paper = white
        self._later()

    def set_hint(self, text: str, font: Any) -> None:
        """Set the words that an empty pad shows."""
        self.hint = text
        self.itemconfigure(self._hint_item, font=font)
        self._later()

    # ---- showing --------------------------------------------------------------------------------

    def _resized(self, event: tk.Event[Any]) -> None:
        side = min(event.width, event.height)
        if side != self._side and side > 1:
            self._side = side
            self._rasterise()

    def _rasterise(self) -> None:
        """Draw everything anew."""
        self._settled = self.drawing.raster(self._side, self.brush)
        self._changed()

    def _changed(self) -> None:
        self._later()
        self.on_change()

    def _later(self) -> None:
        if not self._redraw_pending:
            self._redraw_pending = True
            self.after_idle(self._show)

    def _show(self) -> None:
        self._redraw_pending = False
        ink = self._settled
        stroke = self.drawing.strokes[-1] if self.drawing.strokes else []
        if stroke:  # the newest stretch, straight until the next point tells its shape
            ink = ink.copy()
            draw_line(ink, np.array(stroke[-2:]) * self._side, self.brush * self._side)
        shade = (ink * 255).astype(np.uint8)
        self._tk_image.configure(data=ppm(255 - shade if self.white_paper else shade), format="ppm")
        self.configure(background="white" if self.white_paper else "black")
        words = self.hint if self.empty else ""
        self.itemconfigure(self._hint_item, text=words, width=self._side * 0.8)
        self.coords(self._hint_item, self._side / 2, self._side / 2)


def _stretch(stroke: list[tuple[float, float]], end: int) -> np.ndarray:
    """Return the smooth line that leads to point `end` of a stroke."""
    if end < 1:
        return np.array(stroke[:1])
    first = max(0, end - 2)
    line = curve(stroke[first : end + 2])
    start, stop = np.array(stroke[end - 1]), np.array(stroke[end])
    at = [int(np.argmin(((line - p) ** 2).sum(1))) for p in (start, stop)]
    return line[min(at) : max(at) + 1]
