"""Tool tips: a small note that appears when the pointer rests on a widget."""

from __future__ import annotations

import tkinter as tk
from collections.abc import Callable

from ..theme import Theme

DELAY_MS = 600


class Tip:
    """Gives a widget a tool tip.

    Args:
        widget: whose it is.
        words: returns the text, in the language of the moment.
        theme: colours and fonts.
    """

    def __init__(self, widget: tk.Widget, words: Callable[[], str], theme: Theme) -> None:
        self.widget, self.words, self.theme = widget, words, theme
        self.window: tk.Toplevel | None = None
        self._timer: str | None = None
        widget.bind("<Enter>", self._wait, add=True)
        for event in ("<Leave>", "<Button>", "<Destroy>"):
            widget.bind(event, self.hide, add=True)

    def _wait(self, event: object) -> None:
        self.hide()
        self._timer = self.widget.after(DELAY_MS, self.show)

    def show(self) -> None:
        """Show the note under the widget."""
        p, px = self.theme.palette, self.theme.px
        self.window = tk.Toplevel(self.widget)
        self.window.wm_overrideredirect(True)
        tk.Label(
            self.window,
            text=self.words(),
            background=p.text,
            foreground=p.card,
            font=self.theme.fonts["small"],
            padx=px(8),
            pady=px(4),
            wraplength=px(320),
            justify="left",
        ).pack()
        x = self.widget.winfo_rootx() + px(8)
        y = self.widget.winfo_rooty() + self.widget.winfo_height() + px(6)
        self.window.wm_geometry(f"+{x}+{y}")

    def hide(self, event: object = None) -> None:
        """Take the note away."""
        if self._timer is not None:
            self.widget.after_cancel(self._timer)
            self._timer = None
        if self.window is not None:
            self.window.destroy()
            self.window = None
