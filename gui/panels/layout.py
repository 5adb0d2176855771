"""Where everything lies in the window."""

from __future__ import annotations

import tkinter as tk
from tkinter import ttk

from ..texts import Texts
from ..theme import Theme
from .card import Commands
from .drawing_panel import DrawingPanel
from .inside_panel import InsidePanel
from .learning_panel import LearningPanel
from .reading_panel import ReadingPanel
from .training_panel import TrainingPanel


class Layout(ttk.Frame):
    """Three columns of panels, and the status line.

    Args:
        window: what it fills.
        theme, texts, commands: as for `Card`, for all panels.

    Attributes:
        drawing, learning, reading, inside, training: the panels.
        status: the label that says what happened last.
        model_name: the label that names the model and counts the corrections.
    """

    def __init__(self, window: tk.Tk, theme: Theme, texts: Texts, commands: Commands) -> None:
        super().__init__(window)
        self.drawing = DrawingPanel(self, theme, texts, commands)
        self.learning = LearningPanel(self, theme, texts, commands)
        self.reading = ReadingPanel(self, theme, texts, commands)
        sheet = ttk.Frame(self, style="Card.TFrame", padding=(theme.px(4), theme.px(8)))
        self.notebook = ttk.Notebook(sheet)
        self.notebook.pack(fill="both", expand=True)
        self.inside = InsidePanel(self.notebook, theme, texts, commands)
        self.training = TrainingPanel(self.notebook, theme, texts, commands)
        self.notebook.add(self.inside)
        self.notebook.add(self.training)
        texts.shown_by(lambda: self.notebook.tab(0, text=texts("layers")))
        texts.shown_by(lambda: self.notebook.tab(1, text=texts("training")))
        line = ttk.Frame(self)
        self.status = ttk.Label(line, style="Status.TLabel")
        self.model_name = ttk.Label(line, style="Status.TLabel")
        self.status.pack(side="left", padx=theme.px(10), pady=(0, theme.px(6)))
        self.model_name.pack(side="right", padx=theme.px(10), pady=(0, theme.px(6)))

        gap = theme.px(8)
        self.drawing.grid(row=0, column=0, sticky="nsew", padx=gap, pady=gap)
        self.learning.grid(row=1, column=0, sticky="ew", padx=gap, pady=(0, gap))
        self.reading.grid(row=0, column=1, rowspan=2, sticky="nsew", pady=gap)
        sheet.grid(row=0, column=2, rowspan=2, sticky="nsew", padx=gap, pady=gap)
        line.grid(row=2, column=0, columnspan=3, sticky="ew")
        self.columnconfigure(0, weight=2, minsize=theme.px(430))
        self.columnconfigure(1, minsize=theme.px(330))
        self.columnconfigure(2, weight=3, minsize=theme.px(480))
        self.rowconfigure(0, weight=1)
        self.pack(fill="both", expand=True)

    def recolour(self) -> None:
        """Draw again in the theme's present colours."""
        for panel in (self.reading, self.inside, self.training):
            panel.recolour()


def place_on_screen(window: tk.Tk, theme: Theme) -> None:
    """Give the window its size, at most that of the screen."""
    window.update_idletasks()
    width = min(theme.px(1400), window.winfo_screenwidth())
    height = min(theme.px(780), window.winfo_screenheight() - theme.px(40))
    window.geometry(f"{width}x{height}")
    window.minsize(min(theme.px(1240), width), min(theme.px(640), height))
