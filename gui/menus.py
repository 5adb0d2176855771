"""The menus, and the keys that do the same."""

from __future__ import annotations

import tkinter as tk
from collections.abc import Callable
from functools import partial
from tkinter import ttk
from typing import Any

from .panels.card import Commands
from .texts import LANGUAGES, Texts

#: The commands of each menu; None is a line between them.
MENUS: dict[str, tuple[str | None, ...]] = {
    "file": ("open_image", None, "save_corrections", "load_corrections", None, "quit"),
    "edit": ("undo", "redo", "clear", "recognise"),
    "model": ("learn", "undo_learning", None, "open_model", "save_as", "restore"),
}
#: The key of a command, as a menu writes it, and as Tk names it.
KEYS: dict[str, tuple[str, ...]] = {
    "open_image": ("Ctrl+I", "<Control-i>"),
    "quit": ("Ctrl+Q", "<Control-q>"),
    "undo": ("Ctrl+Z", "<Control-z>"),
    "redo": ("Ctrl+Y", "<Control-y>", "<Control-Shift-Z>"),
    "clear": ("Esc", "<Escape>"),
    "recognise": ("F5", "<F5>"),
    "learn": ("Enter", "<Return>", "<KP_Enter>"),
    "undo_learning": ("Ctrl+U", "<Control-u>"),
    "open_model": ("Ctrl+O", "<Control-o>"),
    "save_as": ("Ctrl+S", "<Control-s>"),
}


def menu_bar(window: tk.Tk, texts: Texts, commands: Commands, dark: tk.BooleanVar) -> tk.Menu:
    """Return the menu bar, in the language and colours of the moment.

    Args:
        window: whose bar it is.
        texts: the words.
        commands: by name: those of `MENUS`, "use_look", "use_language", and "about".
        dark: whether the dark look is in use.
    """
    bar = tk.Menu(window, tearoff=False)

    def cascade(title: str) -> tk.Menu:
        menu = tk.Menu(bar, tearoff=False)
        bar.add_cascade(label=texts(title), menu=menu)
        return menu

    for title, keys in MENUS.items():
        menu = cascade(title)
        for key in keys:
            if key is None:
                menu.add_separator()
            else:
                accelerator = KEYS.get(key, ("",))[0]
                menu.add_command(label=texts(key), command=commands[key], accelerator=accelerator)
    view = cascade("view")
    view.add_checkbutton(
        label=texts("dark"),
        variable=dark,
        command=lambda: commands["use_look"]("dark" if dark.get() else "light"),
    )
    view.add_separator()
    for language, name in LANGUAGES.items():
        view.add_command(label=name, command=partial(commands["use_language"], language))
    cascade("help").add_command(label=texts("about"), command=commands["about"])
    return bar


def bind_keys(window: tk.Tk, commands: Commands) -> None:
    """Let the keys of `KEYS` do what the menus do, and 0 ... 9 choose a digit."""
    for command, (_, *keys) in KEYS.items():
        for key in keys:
            window.bind(key, partial(_on_key, action=commands[command]))
    for digit in range(10):
        for key in (f"<Key-{digit}>", f"<KP_{digit}>"):
            window.bind(key, partial(_on_key, action=partial(commands["choose"], digit)))


def _on_key(event: tk.Event[Any], action: Callable[[], object]) -> None:
    """Act on a key, unless it is typed into a box."""
    if not isinstance(event.widget, (tk.Entry, ttk.Entry)):
        action()
