"""A card: the white or dark sheet that a panel lies on."""

from __future__ import annotations

import tkinter as tk
from collections.abc import Callable
from tkinter import ttk

from gui.texts import Texts
from gui.theme import Theme
from gui.views.tips import Tip


class Card(ttk.Frame):
    """A frame with a margin, and short ways to put words, buttons and tips on it.

    Args:
        parent: the widget it lies in.
        theme: colours, fonts and sizes.
        texts: the words.
    """

    def __init__(self, parent: tk.Misc, theme: Theme, texts: Texts) -> None:
        super().__init__(parent, style="Card.TFrame", padding=theme.px(14))
        self.theme, self.texts = theme, texts

    def row(self) -> ttk.Frame:
        """Return a frame in the card's colour."""
        return ttk.Frame(self, style="Card.TFrame")

    def label(self, parent: tk.Misc, key: str, style: str = "TLabel") -> ttk.Label:
        """Return a label that shows a text, in the language of the moment."""
        label = ttk.Label(parent, style=style)
        self.texts.shown_by(lambda: label.configure(text=self.texts(key)))
        return label

    def button(
        self, parent: tk.Misc, key: str, command: Callable[[], object], style: str = "TButton"
    ) -> ttk.Button:
        """Return a button with a text and, where there is one, a tool tip."""
        button = ttk.Button(parent, style=style, command=command, takefocus=False)
        self.texts.shown_by(lambda: button.configure(text=self.texts(key)))
        self.tip(button, f"tip_{key}")
        return button

    def tip(self, widget: tk.Widget, key: str, **values: object) -> None:
        """Give a widget a tool tip, where there is a text for it."""
        if self.texts.has(key):
            Tip(widget, lambda: self.texts(key, **values), self.theme)
