"""Opening and saving: models, images, corrections; what goes wrong becomes one sentence."""

from __future__ import annotations

import tkinter as tk
from collections.abc import Callable
from pathlib import Path
from tkinter import filedialog
from typing import Any

import numpy as np

from .photo import read_photo
from .session import Session
from .texts import Texts

IMAGES = "*.png *.jpg *.jpeg *.bmp *.gif *.tif *.tiff *.webp"


class FileActions:
    """What the File menu does. Each action takes a path, or asks for one.

    Each returns whether it was done; where not, the status line says why, and nothing has changed.

    Args:
        window: the window that asks for names.
        session: what files are read into, and written from.
        texts: the words.
        busy: tells whether something is being learnt; nothing else may change the session then.
        show_photo: called with the ink of an opened image.
        changed: called when the session has changed.
        say: shows a text in the status line.
    """

    def __init__(
        self,
        window: tk.Tk,
        session: Session,
        texts: Texts,
        *,
        busy: Callable[[], bool],
        show_photo: Callable[[np.ndarray], None],
        changed: Callable[[], None],
        say: Callable[..., None],
    ) -> None:
        self.window, self.session, self.texts = window, session, texts
        self.busy, self.show_photo, self.changed, self.say = busy, show_photo, changed, say

    def open_image(self, path: str | Path | None = None) -> bool:
        """Read a photo or scan of a digit."""

        def action(chosen: Path) -> None:
            self.show_photo(read_photo(chosen))
            self.say("opened", name=chosen.name)

        return self._do(action, path or self._ask_open("images", IMAGES))

    def open_model(self, path: str | Path | None = None) -> bool:
        """Read a model; the one in use stays reachable by Undo learning."""

        def action(chosen: Path) -> None:
            self.session.open_model(chosen)
            self.say("opened", name=chosen.name)

        return self._do(action, path or self._ask_open("models", "*.keras *.h5"), learns=True)

    def restore_shipped(self) -> bool:
        """Go back to the model that came with the window."""

        def action(_: Path) -> None:
            self.session.restore_shipped()
            self.say("restored")

        return self._do(action, "shipped", learns=True)

    def save_as(self, path: str | Path | None = None) -> bool:
        """Save the model."""

        def action(chosen: Path) -> None:
            self.say("saved", name=self.session.save_as(chosen).name)

        return self._do(action, path or self._ask_save("models", ".keras"), writes=True)

    def save_corrections(self, path: str | Path | None = None) -> bool:
        """Save all corrections as a small data set."""
        if not len(self.session.corrections):
            self.say("no_corrections")
            return False

        def action(chosen: Path) -> None:
            self.session.corrections.save(chosen)
            self.say("saved", name=chosen.name)

        return self._do(action, path or self._ask_save("correction_files", ".npz"), writes=True)

    def load_corrections(self, path: str | Path | None = None) -> bool:
        """Add the corrections of a file."""

        def action(chosen: Path) -> None:
            self.say("corrections_loaded", count=self.session.load_corrections(chosen))

        return self._do(action, path or self._ask_open("correction_files", "*.npz"), learns=True)

    # ---- asking and failing ---------------------------------------------------------------------

    def _ask_open(self, kind: str, patterns: str) -> str:
        types = [(self.texts(kind), patterns)]
        return filedialog.askopenfilename(parent=self.window, filetypes=types)

    def _ask_save(self, kind: str, suffix: str) -> str:
        return filedialog.asksaveasfilename(
            parent=self.window,
            defaultextension=suffix,
            filetypes=[(self.texts(kind), f"*{suffix}")],
        )

    def _do(
        self,
        action: Callable[[Path], None],
        path: str | Path,
        writes: bool = False,
        learns: bool = False,
    ) -> bool:
        """Act on a path, if one was chosen; turn errors into sentences."""
        if not path:
            return False
        if learns and self.busy():
            self.say("busy")
            return False
        path = Path(path)
        try:
            action(path)
        except OSError as error:
            why: Any = error.strerror or error
            self.say("not_written" if writes else "not_read", name=path.name, why=why)
        except ValueError as error:
            self.say("failed", why=error)
        else:
            self.changed()
            return True
        return False
