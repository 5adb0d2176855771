"""Training from scratch, with live curves."""

from __future__ import annotations

import tkinter as tk
from functools import partial
from tkinter import ttk

from ..views.curves_view import CurvesView
from .card import Card


class TrainingPanel(Card):
    """How many epochs, start, cancel, and two curves."""

    def build(self) -> None:
        """Make the panel's widgets."""
        px = self.theme.px
        self.columnconfigure(0, weight=1)
        self.intro = ttk.Label(self, style="TLabel", wraplength=px(420), justify="left")
        self.intro.grid(row=0, column=0, sticky="w")
        self.texts.shown_by(lambda: self.intro.configure(text=self.texts("scratch", count="4,000")))
        row = self.row()
        row.grid(row=1, column=0, sticky="ew", pady=px(10))
        self.label(row, "epochs", "Muted.TLabel").grid(row=0, column=0)
        self.epochs = tk.StringVar(self, value="10")
        ttk.Spinbox(row, from_=1, to=99, width=4, textvariable=self.epochs).grid(
            row=0, column=1, padx=px(8)
        )
        self.start = self.button(row, "train", "Accent.TButton")
        self.start.grid(row=0, column=2)
        self.cancel = self.button(row, "cancel")
        self.stage = ttk.Label(row, style="Muted.TLabel")
        self.stage.grid(row=0, column=4, padx=px(10))
        self.progress = ttk.Progressbar(self, maximum=1.0)
        self.progress.grid(row=2, column=0, sticky="ew", pady=(0, px(10)))
        self.loss = CurvesView(self, self.theme, percent=False)
        self.accuracy = CurvesView(self, self.theme, percent=True)
        for i, (curves, key) in enumerate(((self.loss, "loss"), (self.accuracy, "accuracy"))):
            curves.grid(row=3 + i, column=0, sticky="nsew", pady=(0, px(8)))
            self.rowconfigure(3 + i, weight=1)
            self.texts.shown_by(partial(self._name_curves, curves, key))
        self.bind("<Configure>", lambda e: self.intro.configure(wraplength=e.width - px(30)))

    def _name_curves(self, curves: CurvesView, key: str) -> None:
        curves.name(self.texts(key), self.texts("on_training"), self.texts("on_held_out"))

    @property
    def chosen_epochs(self) -> int:
        """The number in the box, from 1 to 99; 10 where it is no number."""
        words = self.epochs.get().strip()
        epochs = min(99, max(1, int(words))) if words.isdigit() else 10
        self.epochs.set(str(epochs))
        return epochs

    def busy(self, busy: bool) -> None:
        """Show Cancel while the network learns."""
        self.start.state(["disabled" if busy else "!disabled"])
        if busy:
            self.cancel.grid(row=0, column=3, padx=(self.theme.px(6), 0))
        else:
            self.cancel.grid_remove()

    def restart(self, epochs: int) -> None:
        """Begin new curves."""
        self.loss.restart(epochs)
        self.accuracy.restart(epochs)

    def report(self, done: float, logs: dict[str, float], epochs: int) -> None:
        """Show how training goes."""
        self.progress.configure(value=done / epochs)
        epoch = min(epochs, int(done) + 1)
        self.stage.configure(text=self.texts("epoch_of", epoch=epoch, epochs=epochs))
        self.loss.add(done, logs.get("loss"), logs.get("val_loss"))
        self.accuracy.add(done, logs.get("accuracy"), logs.get("val_accuracy"))

    def recolour(self) -> None:
        """Draw again in the theme's present colours."""
        self.loss.draw()
        self.accuracy.draw()
