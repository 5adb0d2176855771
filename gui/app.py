"""The window. Everything that tests and tools need is on `App`:

app = App(model=None)       the Tk root; a model, a model file, or None for the shipped model
app.pad                     the drawing canvas; answers to ordinary mouse events
app.prediction              (digit, probabilities) for what is drawn, None for an empty pad;
                            up to date after app.update()
app.clear()                 empties the pad
app.learn(digit, wait=True) does what "Learn this" does, and gives the `Lesson`
app.session                 holds the model, the corrections and the way back
"""

from __future__ import annotations

import time
import tkinter as tk
from pathlib import Path
from tkinter import messagebox
from typing import Any

import numpy as np

import nanoconv

from .background import Worker
from .file_actions import FileActions
from .insight import LayerView, heat_map, look
from .learning import Learning
from .menus import bind_keys, menu_bar
from .pad import Pad
from .palettes import LIGHT, PALETTES
from .panels.card import Commands
from .panels.layout import Layout, place_on_screen
from .reading import Reading, load
from .session import SHIPPED, Lesson, Session
from .texts import Texts
from .theme import Theme
from .tk_images import icon, ppm

#: Closed windows stay in memory. Python may collect what is left of them in any thread, but their
#: images and variables can be freed by the main thread alone; another one would wait for it.
_closed: list[App] = []


class App(tk.Tk):
    """The window of the drawing program.

    Args:
        model: reads digits; a model, the path of a model file, or None for the shipped one.
        language: "en" or "zh"; the system's by default.
        look: "light" or "dark".
        scale: pixels for one pixel at 96 dots per inch; the display's own by default.

    Raises:
        ModelError: where the model does not read digits of 28x28 pixels.
        tkinter.TclError: where there is no display.
    """

    def __init__(
        self,
        model: Any = None,
        *,
        language: str | None = None,
        look: str = "light",
        scale: float | None = None,
    ) -> None:
        self.session = _session_for(model)
        super().__init__(className="nanoconv")
        self.withdraw()  # until everything is in its place
        self.texts = Texts(language)
        self.theme = Theme(self, scale)
        self.image: np.ndarray | None = None  # what the network gets, 28x28
        self._reading: Reading | None = None
        self._stale = False
        self._status: tuple[str, dict[str, Any]] = ("ready", {})
        self.dark = tk.BooleanVar(self, value=look == "dark")
        self.theme.use_language(self.texts.language)
        self.theme.use(PALETTES.get(look, LIGHT))
        worker = Worker(self)
        self.files = FileActions(
            self,
            self.session,
            self.texts,
            busy=lambda: worker.busy,
            show_photo=self.show_photo,
            changed=self.model_changed,
            say=self.say,
        )
        self.commands: Commands = {
            "ink_changed": self.ink_changed,
            "undo": self.undo,
            "redo": self.redo,
            "clear": self.clear,
            "recognise": self.recognise,
            "choose": self.choose,
            "learn": self.learn_chosen,
            "cancel": worker.cancel,
            "undo_learning": self.undo_learning,
            "train": self.train,
            "open_image": self.files.open_image,
            "save_corrections": self.files.save_corrections,
            "load_corrections": self.files.load_corrections,
            "open_model": self.files.open_model,
            "save_as": self.files.save_as,
            "restore": self.files.restore_shipped,
            "use_look": self.use_look,
            "use_language": self.use_language,
            "about": self.about,
            "quit": self.close,
        }
        self.panels = Layout(self, self.theme, self.texts, self.commands)
        self.learning = Learning(
            self.session,
            worker,
            self.panels.learning,
            self.panels.training,
            self.say,
            self.model_changed,
        )
        self.texts.shown_by(self._show_words)
        bind_keys(self, self.commands)
        self.protocol("WM_DELETE_WINDOW", self.close)
        self.icon = tk.PhotoImage(master=self, data=ppm(icon(64)), format="ppm")
        self.iconphoto(True, self.icon)
        place_on_screen(self, self.theme)
        self.deiconify()

    # ---- the interface for tests and tools ------------------------------------------------------

    @property
    def pad(self) -> Pad:
        """The drawing canvas."""
        return self.panels.drawing.pad

    @property
    def prediction(self) -> Reading | None:
        """(digit, probabilities) for what is drawn, or None where the pad is empty."""
        if self._stale:
            self.recognise()
        return self._reading

    def clear(self) -> None:
        """Empty the pad."""
        self.pad.clear()
        self.choose(None)
        self.panels.learning.show_lesson(None)

    def learn(self, digit: int, wait: bool = True) -> Lesson | None:
        """Teach the model that the drawing is `digit`, as "Learn this" does.

        Args:
            digit: 0 ... 9.
            wait: whether to return only when it is learnt; the window stays alive meanwhile.

        Returns:
            The lesson with before and after; None where nothing was learnt, such as from an empty
            pad (the status line says why), or where `wait` is False.
        """
        if self.prediction is None:
            self.say("draw_first")
            return None
        assert self.image is not None
        if not self.learning.start_lesson(self.image, digit) or not wait:
            return None
        while self.learning.busy:
            self.update()
            time.sleep(0.005)
        return self.learning.last_lesson

    # ---- recognising ----------------------------------------------------------------------------

    def recognise(self) -> None:
        """Read what is drawn, and show it everywhere."""
        self._stale = False
        self.image = self.pad.drawing.image(self.pad.brush)
        if self.image is None:
            self._reading = None
            self.panels.reading.show(None, None, None)
            self.panels.inside.show(self._look(np.zeros((28, 28), np.float32)))
            return
        self._reading = self.session.read(self.image)
        batch = self.session.as_batch(self.image[None])
        heat = heat_map(self.session.model, batch, self._reading.digit).reshape(28, 28)
        self.panels.reading.show(self._reading, self.image, heat)
        self.panels.inside.show(self._look(self.image))

    def _look(self, image: np.ndarray) -> list[LayerView]:
        return look(self.session.model, self.session.as_batch(image[None]))

    def ink_changed(self) -> None:
        """Recognise as soon as all events at hand are worked off."""
        if not self._stale:
            self._stale = True
            self.after_idle(self._recognise_if_stale)

    def _recognise_if_stale(self) -> None:
        if self._stale:
            self.recognise()

    def model_changed(self) -> None:
        """Show what the session's model, which is another one now, makes of the drawing."""
        self.recognise()
        self._show_state()

    # ---- actions --------------------------------------------------------------------------------

    def choose(self, digit: int | None) -> None:
        """Choose the digit that the drawing really is."""
        self.panels.learning.choose(digit)

    def show_photo(self, ink: np.ndarray) -> None:
        """Put an opened image's ink on the pad."""
        self.pad.show_photo(ink)

    def undo(self) -> None:
        """Take the last stroke, Clear or opened photo back."""
        if not self.pad.undo():
            self.say("nothing_to_undo")

    def redo(self) -> None:
        """Do again what was undone."""
        if not self.pad.redo():
            self.say("nothing_to_redo")

    def undo_learning(self) -> None:
        """Go back to the model before the last change."""
        if self.learning.busy:
            self.say("busy")
        elif self.session.undo():
            self.panels.learning.show_lesson(None)
            self.model_changed()
            self.say("undone")
        else:
            self.say("nothing_to_undo")

    def learn_chosen(self) -> None:
        """Learn that the drawing is the chosen digit."""
        digit = self.panels.learning.chosen
        if digit is None:
            self.say("draw_first" if self.pad.empty else "choose_first")
        else:
            self.learn(digit, wait=False)

    def train(self) -> None:
        """Train a network like this one from scratch."""
        self.learning.start_training()

    def say(self, key: str, **values: Any) -> None:
        """Show a text in the status line."""
        self._status = (key, values)
        self.panels.status.configure(text=self.texts(key, **values))

    def use_language(self, language: str) -> None:
        """Show all words in another language: "en" or "zh"."""
        self.theme.use_language(language)
        self.texts.use(language)

    def use_look(self, name: str) -> None:
        """Show everything in another look: "light" or "dark"."""
        self.dark.set(name == "dark")
        self.theme.use(PALETTES[name])
        self._show_menu()
        self.panels.recolour()

    def about(self) -> None:
        """Say what the program is."""
        words = self.texts("about_text", version=nanoconv.__version__)
        messagebox.showinfo(self.texts("about"), words, parent=self)

    def close(self) -> None:
        """Close the window; ask first where something learnt is not saved."""
        if self.session.unsaved:
            answer = messagebox.askyesnocancel("nanoconv", self.texts("unsaved"), parent=self)
            if answer is None or (answer and not self.files.save_as()):
                return
        self.destroy()

    def destroy(self) -> None:
        """Stop learning, and close the window without asking; a second time does nothing."""
        if self not in _closed:
            _closed.append(self)
            self.learning.worker.stop()
            super().destroy()

    def report_callback_exception(self, kind: Any, error: Any, trace: Any) -> None:
        """Tell of an unexpected error in the status line, where Tk would print a traceback."""
        self.say("failed", why=str(error) or kind.__name__)

    # ---- words ----------------------------------------------------------------------------------

    def _show_words(self) -> None:
        self.title(self.texts("title"))
        self._show_menu()
        key, values = self._status
        self.say(key, **values)
        self._show_state()
        self.recognise()

    def _show_menu(self) -> None:
        self.configure(menu=menu_bar(self, self.texts, self.commands, self.dark))

    def _show_state(self) -> None:
        path = self.session.path
        name = "unnamed" if path is None else "shipped" if path == SHIPPED else None
        words = self.texts(
            "status_right",
            model=self.texts(name) if name else Path(str(path)).name,
            changed="*" if self.session.unsaved else "",
            count=len(self.session.corrections),
        )
        self.panels.model_name.configure(text=words)


def _session_for(model: Any) -> Session:
    """Return a session with a model, a model file, or the shipped model."""
    if isinstance(model, (str, Path)):
        session = Session(load(model))
        session.path = Path(model)
        return session
    return Session(model)
