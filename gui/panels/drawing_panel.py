"""The pad and its tools."""

from __future__ import annotations

import tkinter as tk
from tkinter import ttk
from typing import Any

from ..pad import BRUSH, BRUSHES, Pad
from .card import Card


class DrawingPanel(Card):
    """A square pad that grows with the window, and a row of tools under it."""

    def build(self) -> None:
        """Make the panel's widgets."""
        px = self.theme.px
        self.frame = ttk.Frame(self, style="Card.TFrame", width=px(370), height=px(300))
        self.frame.grid(row=0, column=0, sticky="nsew")
        self.rowconfigure(0, weight=1)
        self.columnconfigure(0, weight=1)
        self.pad = Pad(self.frame, self.commands["ink_changed"], px(400))
        self.frame.bind("<Configure>", self._keep_square)

        tools = self.row()
        tools.grid(row=1, column=0, sticky="ew", pady=(px(12), 0))
        for i, key in enumerate(("undo", "redo", "clear", "recognise", "open_image")):
            button = self.button(tools, key)
            button.grid(row=0, column=i, padx=(px(6) if i else 0, 0), sticky="ew")
            tools.columnconfigure(i, weight=1)
        pen = self.row()
        pen.grid(row=2, column=0, sticky="ew", pady=(px(10), 0))
        self.label(pen, "brush", "Muted.TLabel").grid(row=0, column=0, padx=(0, px(8)))
        self.brush = ttk.Scale(
            pen,
            from_=BRUSHES[0],
            to=BRUSHES[1],
            value=BRUSH,
            command=lambda value: self.pad.set_brush(float(value)),
        )
        self.brush.grid(row=0, column=1, sticky="ew")
        self.tip(self.brush, "tip_brush")
        pen.columnconfigure(1, weight=1)
        self.white_paper = tk.BooleanVar(self, value=False)
        switch = ttk.Checkbutton(
            pen,
            variable=self.white_paper,
            takefocus=False,
            command=lambda: self.pad.set_white_paper(self.white_paper.get()),
        )
        switch.grid(row=0, column=2, padx=(px(14), 0))
        self.texts.shown_by(lambda: switch.configure(text=self.texts("white_paper")))
        self.tip(switch, "tip_white_paper")
        self.texts.shown_by(
            lambda: self.pad.set_hint(self.texts("hint"), self.theme.fonts["large"])
        )

    def _keep_square(self, event: tk.Event[Any]) -> None:
        side = max(1, min(event.width, event.height))
        self.pad.place(
            x=(event.width - side) // 2, y=(event.height - side) // 2, width=side, height=side
        )
