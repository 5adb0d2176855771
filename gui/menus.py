"""The menus, with the keys that do the same."""

from __future__ import annotations

import tkinter as tk
from collections.abc import Callable
from functools import partial
from tkinter import messagebox
from typing import TYPE_CHECKING

import nanoconv
from gui.texts import LANGUAGES

if TYPE_CHECKING:
    from gui.app import App

Entry = tuple[str, Callable[[], object], str] | None


def build_menu(app: App) -> tk.Menu:
    """Return the menu bar, in the language and colours of the moment."""
    bar = tk.Menu(app, tearoff=False)
    files, texts = app.files, app.texts
    _cascade(
        app,
        bar,
        "file",
        ("open_image", files.open_image, "Ctrl+I"),
        None,
        ("save_corrections", files.save_corrections, ""),
        ("load_corrections", files.load_corrections, ""),
        None,
        ("quit", app.close, "Ctrl+Q"),
    )
    _cascade(
        app,
        bar,
        "edit",
        ("undo_stroke", app.undo_stroke, "Ctrl+Z"),
        ("clear", app.clear, "Esc"),
        ("recognise", app.recognise, "F5"),
    )
    _cascade(
        app,
        bar,
        "model",
        ("learn", app.learn_chosen, "Enter"),
        ("undo_learning", app.undo_learning, "Ctrl+Shift+Z"),
        None,
        ("open_model", files.open_model, "Ctrl+O"),
        ("save_as", files.save_as, "Ctrl+S"),
        ("restore", files.restore_shipped, ""),
    )
    view = _cascade(app, bar, "view")
    view.add_checkbutton(
        label=texts("dark"),
        variable=app.dark,
        command=lambda: app.use_look("dark" if app.dark.get() else "light"),
    )
    view.add_separator()
    for language, name in LANGUAGES.items():
        view.add_command(label=name, command=partial(app.use_language, language))
    _cascade(app, bar, "help", ("about", lambda: _about(app), ""))
    return bar


def _cascade(app: App, bar: tk.Menu, title: str, *entries: Entry) -> tk.Menu:
    menu = tk.Menu(bar, tearoff=False)
    for entry in entries:
        if entry is None:
            menu.add_separator()
            continue
        key, command, accelerator = entry
        menu.add_command(label=app.texts(key), command=command, accelerator=accelerator)
    bar.add_cascade(label=app.texts(title), menu=menu)
    return menu


def _about(app: App) -> None:
    words = app.texts("about_text", version=nanoconv.__version__)
    messagebox.showinfo(app.texts("about"), words, parent=app)
