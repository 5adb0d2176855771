"""A card: the white or dark sheet that a panel lies on."""

from __future__ import annotations

import tkinter as tk
from collections.abc import Callable
from tkinter import ttk
from typing import Any

from ..texts import Texts
from ..theme import Theme
from ..views.tips import Tip

#: What the window can do, by name: the key of its words in `texts`, where it has words.
Commands = dict[str, Callable[..., Any]]


class Card(ttk.Frame):
    """A frame with a margin, and short ways to put words, buttons and tips on it.

    Args:
        parent: the widget it lies in.
        theme: colours, fonts and sizes.
        texts: the words.
        commands: what buttons do.
    """

    def __init__(self, parent: tk.Misc, theme: Theme, texts: Texts, commands: Commands) -> None:
        super().__init__(parent, style="Card.TFrame", padding=theme.px(14))
        self.theme, self.texts = theme, texts
        self.commands = commands
        self.build()

    def build(self) -> None:
        """Make what lies on the card; each panel says what."""

    def row(self) -> ttk.Frame:
        """Return a frame in the card's colour."""
        return ttk.Frame(self, style="Card.TFrame")

    def label(self, parent: tk.Misc, key: str, style: str = "TLabel") -> ttk.Label:
        """Return a label that shows a text, in the language of the moment."""
        label = ttk.Label(parent, style=style)
        self.texts.shown_by(lambda: label.configure(text=self.texts(key)))
        return label

    def button(self, parent: tk.Misc, key: str, style: str = "TButton") -> ttk.Button:
        """Return a button for a command, with its text and, where there is one, a tool tip."""
        command = self.commands[key]
        button = ttk.Button(parent, style=style, command=command, takefocus=False)
        self.texts.shown_by(lambda: button.configure(text=self.texts(key)))
        self.tip(button, f"tip_{key}")
        return button

    def tip(self, widget: tk.Widget, key: str, **values: object) -> None:
        """Give a widget a tool tip, where there is a text for it."""
        if self.texts.has(key):
            Tip(widget, lambda: self.texts(key, **values), self.theme)
