"""The feature maps of all layers, one mosaic under the other; click a cell to ask about it."""

from __future__ import annotations

import tkinter as tk
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from tkinter import ttk
from typing import Any

import numpy as np

from ..insight import Cell
from ..theme import Theme
from ..tk_images import hex_to_rgb, ppm, rising, signed

GAP = 3  # pixels between maps
#: A frame: (index of the mosaic, (rows before, columns before, height, width), cell). It begins at
#: the cell, and spans height x width cells.
Mark = tuple[int, tuple[int, int, int, int], Cell]


@dataclass
class Mosaic:
    """Where the maps of one layer lie on the canvas."""

    values: np.ndarray  # (H, W, C); flat layers are (1, 1, C)
    flat: bool
    size: tuple[int, int]  # (height, width) of one map on the screen
    columns: int
    left: int
    top: int

    @property
    def step(self) -> tuple[int, int]:
        """Distance (down, right) from one map to the next."""
        gap = 1 if self.flat else GAP
        return self.size[0] + gap, self.size[1] + gap

    @property
    def height(self) -> int:
        """Of the whole mosaic, in screen pixels."""
        return -(-self.values.shape[2] // self.columns) * self.step[0]

    def pixels(self, paper: np.ndarray) -> np.ndarray:
        """Return the mosaic as an image (height, width, 3) of uint8."""
        H, W, C = self.values.shape
        (h, w), (down, right) = self.size, self.step
        scale = np.abs(self.values).max() or 1.0
        maps = self.values.transpose(2, 0, 1) / scale  # (C, H, W)
        coloured = rising(maps) if self.values.min() >= 0 else signed(maps, paper)
        large = coloured[:, (np.arange(h) * H // h)[:, None], np.arange(w) * W // w]  # (C, h, w, 3)
        rows = -(-C // self.columns)
        tiles = np.empty((rows * self.columns, down, right, 3), np.uint8)
        tiles[:] = paper
        tiles[:C, :h, :w] = large
        tiles = tiles.reshape(rows, self.columns, down, right, 3).swapaxes(1, 2)
        return tiles.reshape(rows * down, self.columns * right, 3)

    def box(self, cell: Cell, height: int = 1, width: int = 1) -> tuple[float, ...]:
        """Return the corners (x0, y0, x1, y1), on the canvas, of height x width cells."""
        row, column, c = (0, 0, *cell)[-3:]
        H, W, _ = self.values.shape
        dy, dx = self.size[0] / H, self.size[1] / W  # of one cell
        x = self.left + (c % self.columns) * self.step[1] + column * dx
        y = self.top + (c // self.columns) * self.step[0] + row * dy
        return x, y, x + width * dx, y + height * dy

    def cell_at(self, x: float, y: float) -> Cell | None:
        """Return the cell that a place on the canvas belongs to."""
        H, W, C = self.values.shape
        down, right = self.step
        if x < self.left or y < self.top or x >= self.left + self.columns * right:
            return None
        map_row, dy = divmod(int(y) - self.top, down)
        map_column, dx = divmod(int(x) - self.left, right)
        c = map_row * self.columns + map_column
        row, column = dy * H // self.size[0], dx * W // self.size[1]
        if c >= C or row >= H or column >= W:
            return None
        return (c,) if self.flat else (row, column, c)


class MapsView(ttk.Frame):
    """A scrolled column of mosaics.

    Args:
        parent: the widget it lies in.
        theme: colours, fonts and sizes.
        on_cell: called with (index of the mosaic, cell) when a cell is clicked.
    """

    def __init__(self, parent: tk.Misc, theme: Theme, on_cell: Callable[[int, Cell], None]) -> None:
        super().__init__(parent, style="Card.TFrame")
        self.theme, self.on_cell = theme, on_cell
        self.canvas = tk.Canvas(
            self, highlightthickness=0, width=theme.px(490), height=theme.px(300)
        )
        self.bar = ttk.Scrollbar(self, orient="vertical", command=self._scroll)
        self.canvas.configure(yscrollcommand=self._scrolled)
        self.canvas.grid(row=0, column=0, sticky="nsew")
        self.bar.grid(row=0, column=1, sticky="ns")
        self.rowconfigure(0, weight=1)
        self.columnconfigure(0, weight=1)
        self.titles: list[str] = []
        self.values: list[np.ndarray] = []
        self.mosaics: list[Mosaic] = []
        self._photos: list[tk.PhotoImage] = []
        self._layout: tuple[Any, ...] = ()
        self._stale: set[int] = set()
        self._marks: list[Mark] = []
        self.canvas.bind("<Configure>", lambda event: self.draw())
        self.canvas.bind("<Button-1>", self._clicked)
        for event, units in (("<Button-4>", -1), ("<Button-5>", 1)):  # the wheel on X11
            self.canvas.bind(event, partial(self._wheel, units))
        self.canvas.bind("<MouseWheel>", lambda e: self._wheel(-1 if e.delta > 0 else 1, e))

    def show(self, titles: Sequence[str], values: Sequence[np.ndarray]) -> None:
        """Show what each layer answered: arrays (H, W, C) or (C,), with a title each."""
        self.titles, self.values = list(titles), list(values)
        self.draw()

    def mark(self, marks: list[Mark]) -> None:
        """Frame these places."""
        self._marks = marks
        self._draw_marks()

    def draw(self) -> None:
        """Lay the mosaics out if their shapes or the width changed, and draw those in sight."""
        layout = (
            self.canvas.winfo_width(),
            self.theme.palette.name,
            self.theme.fonts["head"].actual("family"),
            tuple(self.titles),
            tuple(v.shape for v in self.values),
        )
        if layout != self._layout:
            self._layout = layout
            self._lay_out()
        for mosaic, values in zip(self.mosaics, self.values, strict=True):
            mosaic.values = values.reshape(mosaic.values.shape)
        self._stale = set(range(len(self.mosaics)))
        self._refresh()

    def _lay_out(self) -> None:
        canvas, px, p = self.canvas, self.theme.px, self.theme.palette
        canvas.delete("all")
        canvas.configure(background=p.card)
        self.mosaics, self._photos = [], []
        width, y = canvas.winfo_width(), px(4)
        for title, values in zip(self.titles, self.values, strict=True):
            head, _, tail = title.partition("\n")
            item = canvas.create_text(
                px(4), y, text=head, anchor="nw", font=self.theme.fonts["head"], fill=p.text
            )
            canvas.create_text(
                canvas.bbox(item)[2] + px(8),
                canvas.bbox(item)[3] - px(2),
                text=tail,
                anchor="sw",
                font=self.theme.fonts["small"],
                fill=p.muted,
            )
            y = canvas.bbox(item)[3] + px(5)
            mosaic = self._mosaic(values, px(4), y, width - px(8))
            photo = tk.PhotoImage(master=self)
            canvas.create_image(mosaic.left, mosaic.top, image=photo, anchor="nw")
            self.mosaics.append(mosaic)
            self._photos.append(photo)
            y += mosaic.height + px(12)
        canvas.configure(scrollregion=(0, 0, width, y))
        self._draw_marks()

    def _mosaic(self, values: np.ndarray, left: int, top: int, width: int) -> Mosaic:
        flat = values.ndim != 3
        grid = values.reshape(1, 1, -1) if flat else values
        H, W, C = grid.shape
        if flat:
            side = self.theme.px(13)
            return Mosaic(grid, True, (side, side), max(1, min(C, width // (side + 1))), left, top)
        columns = min(8, C) if width // 8 - GAP >= 28 else 4
        side = min(width // max(columns, 4) - GAP, self.theme.px(64 if W > 8 else 48))
        return Mosaic(grid, False, (max(1, side * H // W), side), columns, left, top)

    def _refresh(self) -> None:
        """Draw the stale mosaics that are in sight."""
        above, below = self.canvas.canvasy(0), self.canvas.canvasy(self.canvas.winfo_height())
        paper = hex_to_rgb(self.theme.palette.card)
        for i in sorted(self._stale):
            mosaic = self.mosaics[i]
            if mosaic.top < below and mosaic.top + mosaic.height > above:
                self._photos[i].configure(data=ppm(mosaic.pixels(paper)), format="ppm")
                self._stale.discard(i)

    def _draw_marks(self) -> None:
        self.canvas.delete("mark")
        for layer, (top, left, height, width), cell in self._marks:
            if layer >= len(self.mosaics):
                continue
            row, column, channel = (0, 0, *cell)[-3:]
            place = cell if len(cell) == 1 else (row + top, column + left, channel)
            x0, y0, x1, y1 = self.mosaics[layer].box(place, height, width)
            box = (round(x0) - 1, round(y0) - 1, round(x1), round(y1))
            self.canvas.create_rectangle(
                *box, outline=self.theme.palette.card, width=3, tags="mark"
            )
            self.canvas.create_rectangle(*box, outline="#ff4d6d", width=1, tags="mark")

    def _clicked(self, event: tk.Event[Any]) -> None:
        x, y = self.canvas.canvasx(event.x), self.canvas.canvasy(event.y)
        for i, mosaic in enumerate(self.mosaics):
            cell = mosaic.cell_at(x, y)
            if cell is not None:
                self.on_cell(i, cell)
                return

    def _scroll(self, *arguments: Any) -> None:
        self.canvas.yview(*arguments)

    def _scrolled(self, first: float, last: float) -> None:
        self.bar.set(first, last)
        if self.mosaics:
            self._refresh()

    def _wheel(self, units: int, event: object) -> None:
        if self.canvas.yview() != (0.0, 1.0):
            self.canvas.yview_scroll(units * 3, "units")
