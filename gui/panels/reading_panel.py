"""What the network reads: the digit, how sure it is, what it got, and which ink counted."""

from __future__ import annotations

from tkinter import ttk
from typing import Any

import numpy as np

from ..views.bars_view import BarsView, percent
from ..views.tiles_view import TileView
from .card import Card


class ReadingPanel(Card):
    """Shows a `Reading`."""

    def build(self) -> None:
        """Make the panel's widgets."""
        px = self.theme.px
        self.columnconfigure(0, weight=1)
        self.label(self, "reading", "Head.TLabel").grid(row=0, column=0, sticky="w")
        answer = self.row()
        answer.grid(row=1, column=0, sticky="ew")
        self.digit = ttk.Label(answer, style="Huge.TLabel", width=2, anchor="center")
        self.digit.grid(row=0, column=0)
        self.sure = ttk.Label(answer, style="Large.TLabel", wraplength=px(190), justify="left")
        self.sure.grid(row=0, column=1, sticky="w", padx=(px(8), 0))
        self.bars = BarsView(self, self.theme)
        self.bars.grid(row=2, column=0, sticky="ew", pady=(px(6), px(12)))
        tiles = self.row()
        tiles.grid(row=3, column=0, sticky="ew")
        tiles.columnconfigure((0, 1), weight=1, uniform="tiles")
        self.preview, self.heat = TileView(tiles, self.theme), TileView(tiles, self.theme)
        self.label(tiles, "network_sees", "Muted.TLabel").grid(row=0, column=0, sticky="sw")
        self.heat_title = ttk.Label(tiles, style="Muted.TLabel", wraplength=px(130))
        self.heat_title.grid(row=0, column=1, sticky="sw")
        for column, (tile, tip) in enumerate(((self.preview, "tip_sees"), (self.heat, "tip_heat"))):
            tile.grid(row=1, column=column, sticky="nw", pady=(px(4), 0))
            self.tip(tile, tip)
        self._shown: tuple[Any, ...] = (None, None, None)
        self.texts.shown_by(lambda: self.show(*self._shown))

    def show(self, reading: Any | None, image: np.ndarray | None, heat: np.ndarray | None) -> None:
        """Show a reading, the image it is of, and its heat map; or that the pad is empty."""
        self._shown = (reading, image, heat)
        self.preview.show_ink(image)
        self.heat.show_heat(heat, image)
        if reading is None:
            self.digit.configure(text="–")
            self.sure.configure(text=self.texts("empty"), style="Muted.TLabel")
            self.heat_title.configure(text=self.texts("heat_empty"))
            self.bars.show(None)
            return
        self.digit.configure(text=reading.digit)
        words = self.texts("sure", percent=percent(reading.confidence))
        self.sure.configure(text=words, style="Large.TLabel")
        self.heat_title.configure(text=self.texts("heat", digit=reading.digit))
        self.bars.show(reading.probabilities)

    def recolour(self) -> None:
        """Draw again in the theme's present colours."""
        self.show(*self._shown)
