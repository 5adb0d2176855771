"""Where everything lies in the window, and which keys do what."""

from __future__ import annotations

import tkinter as tk
from collections.abc import Callable
from functools import partial
from tkinter import ttk
from typing import TYPE_CHECKING, Any

from gui.panels.drawing import DrawingPanel
from gui.panels.inside import InsidePanel
from gui.panels.learning import LearningPanel
from gui.panels.reading import ReadingPanel
from gui.panels.training import TrainingPanel
from gui.pictures import icon, ppm

if TYPE_CHECKING:
    from gui.app import App


def build(app: App) -> None:
    """Lay out three columns and the status line."""
    px, theme, texts = app.theme.px, app.theme, app.texts
    gap = px(8)
    draw_commands: dict[str, Callable[[], Any]] = {
        "change": app.ink_changed,
        "undo_stroke": app.undo_stroke,
        "clear": app.clear,
        "recognise": app.recognise,
        "open_image": app.files.open_image,
    }
    learn_commands: dict[str, Callable[..., Any]] = {
        "choose": app.choose,
        "learn": app.learn_chosen,
        "cancel": app.learning.cancel,
        "undo_learning": app.undo_learning,
    }
    train_commands = {"train": app.learning.start_training, "cancel": app.learning.cancel}
    app.drawing_panel = DrawingPanel(app, theme, texts, draw_commands)
    app.learning_panel = LearningPanel(app, theme, texts, learn_commands)
    app.reading_panel = ReadingPanel(app, theme, texts)
    sheet = ttk.Frame(app, style="Card.TFrame", padding=(px(4), px(8)))
    app.notebook = ttk.Notebook(sheet)
    app.notebook.pack(fill="both", expand=True)
    app.inside_panel = InsidePanel(app.notebook, theme, texts)
    app.training_panel = TrainingPanel(app.notebook, theme, texts, train_commands)
    app.notebook.add(app.inside_panel)
    app.notebook.add(app.training_panel)
    line = ttk.Frame(app)
    app.status = ttk.Label(line, style="Status.TLabel")
    app.state_label = ttk.Label(line, style="Status.TLabel")
    app.status.pack(side="left", padx=px(10), pady=(0, px(6)))
    app.state_label.pack(side="right", padx=px(10), pady=(0, px(6)))

    app.drawing_panel.grid(row=0, column=0, sticky="nsew", padx=gap, pady=gap)
    app.learning_panel.grid(row=1, column=0, sticky="ew", padx=gap, pady=(0, gap))
    app.reading_panel.grid(row=0, column=1, rowspan=2, sticky="nsew", pady=gap)
    sheet.grid(row=0, column=2, rowspan=2, sticky="nsew", padx=gap, pady=gap)
    line.grid(row=2, column=0, columnspan=3, sticky="ew")
    app.columnconfigure(0, weight=2, minsize=px(430))
    app.columnconfigure(1, minsize=px(330))
    app.columnconfigure(2, weight=3, minsize=px(480))
    app.rowconfigure(0, weight=1)
    app.icon = tk.PhotoImage(master=app, data=ppm(icon(64)), format="ppm")
    app.iconphoto(True, app.icon)


def bind_keys(app: App) -> None:
    keys: dict[str, Callable[[], Any]] = {
        "<Escape>": app.clear,
        "<Control-z>": app.undo_stroke,
        "<Control-Shift-Z>": app.undo_learning,
        "<F5>": app.recognise,
        "<Return>": app.learn_chosen,
        "<KP_Enter>": app.learn_chosen,
        "<Control-o>": app.files.open_model,
        "<Control-i>": app.files.open_image,
        "<Control-s>": app.files.save_as,
        "<Control-q>": app.close,
    }
    for key, action in keys.items():
        app.bind(key, partial(_on_key, action=action))
    for digit in range(10):
        for key in (f"<Key-{digit}>", f"<KP_{digit}>"):
            app.bind(key, partial(_on_key, action=partial(app.choose, digit)))
    app.protocol("WM_DELETE_WINDOW", app.close)


def _on_key(event: tk.Event[Any], action: Callable[[], Any]) -> None:
    """Act on a key, unless it is typed into a box."""
    if not isinstance(event.widget, (tk.Entry, ttk.Entry)):
        action()


def place_on_screen(app: App) -> None:
    app.update_idletasks()
    width = min(app.theme.px(1400), app.winfo_screenwidth())
    height = min(app.theme.px(780), app.winfo_screenheight() - app.theme.px(40))
    app.geometry(f"{width}x{height}")
    app.minsize(min(app.theme.px(1240), width), min(app.theme.px(640), height))
