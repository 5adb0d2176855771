"""Correcting the network: choose the true digit, let it learn, see before and after."""

from __future__ import annotations

from functools import partial
from tkinter import ttk
from typing import Any

from ..views.bars_view import percent
from .card import Card


class LearningPanel(Card):
    """Ten digits to choose from, "Learn this", progress, and the result."""

    def build(self) -> None:
        """Make the panel's widgets."""
        px = self.theme.px
        self.columnconfigure(0, weight=1)
        self.label(self, "correct", "Head.TLabel").grid(row=0, column=0, sticky="w")
        digits = self.row()
        digits.grid(row=1, column=0, sticky="ew", pady=px(8))
        self.digits: list[ttk.Button] = []
        for d in range(10):
            button = ttk.Button(
                digits,
                text=d,
                width=2,
                style="Digit.TButton",
                takefocus=False,
                command=partial(self.commands["choose"], d),
            )
            button.grid(row=0, column=d, sticky="ew", padx=(0, px(2)))
            digits.columnconfigure(d, weight=1)
            self.tip(button, "tip_digit", digit=d)
            self.digits.append(button)
        actions = self.row()
        actions.grid(row=2, column=0, sticky="ew")
        actions.columnconfigure((0, 1), weight=1)
        self.learn = self.button(actions, "learn", "Accent.TButton")
        self.learn.grid(row=0, column=0, sticky="ew", padx=(0, px(6)))
        self.undo = self.button(actions, "undo_learning")
        self.undo.grid(row=0, column=1, sticky="ew")
        self.cancel = self.button(actions, "cancel")
        self.progress = ttk.Progressbar(self, maximum=1.0)
        self.progress.grid(row=3, column=0, sticky="ew", pady=(px(10), px(6)))
        self.results = [ttk.Label(self, style="Muted.TLabel") for _ in range(3)]
        for i, label in enumerate(self.results):
            label.grid(row=4 + i, column=0, sticky="w")
        self.lesson: Any = None
        self.chosen: int | None = None
        self.texts.shown_by(self._show_results)

    def choose(self, digit: int | None) -> None:
        """Choose the digit that the drawing really is, or none."""
        self.chosen = digit
        for d, button in enumerate(self.digits):
            button.configure(style="Chosen.TButton" if d == digit else "Digit.TButton")

    def busy(self, busy: bool) -> None:
        """Show Cancel instead of Undo while something is learnt."""
        self.learn.state(["disabled" if busy else "!disabled"])
        if busy:
            self.undo.grid_remove()
            self.cancel.grid(row=0, column=1, sticky="ew")
        else:
            self.cancel.grid_remove()
            self.undo.grid()
            self.progress.configure(value=0)

    def show_lesson(self, lesson: Any | None) -> None:
        """Show a lesson's results, or none."""
        self.lesson = lesson
        self._show_results()

    def _show_results(self) -> None:
        for label in self.results:
            label.configure(text=" ", style="Muted.TLabel")
        lesson, t = self.lesson, self.texts
        if lesson is None or lesson.after is None:
            return
        before, after = lesson.before, lesson.after
        self.results[0].configure(
            text=t(
                "lesson_drawing",
                before=f"{before.digit} ({percent(before.confidence)})",
                after=f"{after.digit} ({percent(after.confidence)})",
            ),
            style="Good.TLabel" if after.digit == lesson.digit else "Bad.TLabel",
        )
        self.results[1].configure(
            text=t(
                "lesson_corrections",
                before=lesson.corrections_before.right,
                after=lesson.corrections_after.right,
                total=lesson.corrections_after.total,
            )
        )
        self.results[2].configure(
            text=t(
                "lesson_held_out",
                before=f"{lesson.held_out_before.share:.1%}",
                after=f"{lesson.held_out_after.share:.1%}",
            )
        )
