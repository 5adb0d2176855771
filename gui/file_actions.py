"""Opening and saving: models, images, corrections; what goes wrong becomes one sentence."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from tkinter import filedialog
from typing import TYPE_CHECKING, Any

from gui.photo import read_photo

if TYPE_CHECKING:
    from gui.app import App

IMAGES = "*.png *.jpg *.jpeg *.bmp *.gif *.tif *.tiff *.webp"


class FileActions:
    """What the File menu does. Each action takes a path, or asks for one.

    Each returns whether it was done; where not, the status line says why, and nothing has changed.

    Args:
        app: the window.
    """

    def __init__(self, app: App) -> None:
        self.app = app

    def open_image(self, path: str | Path | None = None) -> bool:
        """Read a photo or scan of a digit."""

        def action(chosen: str | Path) -> None:
            self.app.pad.show_picture(read_photo(chosen))
            self.app.say("opened", name=Path(chosen).name)

        return self._do(action, path or self._ask_open("images", IMAGES))

    def open_model(self, path: str | Path | None = None) -> bool:
        """Read a model; the one in use stays reachable by Undo learning."""

        def action(chosen: str | Path) -> None:
            self.app.session.open_model(chosen)
            self.app.model_changed()
            self.app.say("opened", name=Path(chosen).name)

        return self._do(action, path or self._ask_open("models", "*.keras *.h5"), learns=True)

    def restore_shipped(self) -> bool:
        """Go back to the model that came with the window."""

        def action(_: Any) -> None:
            self.app.session.restore_shipped()
            self.app.model_changed()
            self.app.say("restored")

        return self._do(action, "shipped", learns=True)

    def save_as(self, path: str | Path | None = None) -> bool:
        """Save the model."""

        def action(chosen: str | Path) -> None:
            saved = self.app.session.save_as(chosen)
            self.app.state_changed()
            self.app.say("saved", name=saved.name)

        return self._do(action, path or self._ask_save("models", ".keras"), writes=True)

    def save_corrections(self, path: str | Path | None = None) -> bool:
        """Save all corrections as a small data set."""
        if not len(self.app.session.corrections):
            self.app.say("no_corrections")
            return False

        def action(chosen: str | Path) -> None:
            self.app.session.corrections.save(chosen)
            self.app.say("saved", name=Path(chosen).name)

        return self._do(action, path or self._ask_save("correction_files", ".npz"), writes=True)

    def load_corrections(self, path: str | Path | None = None) -> bool:
        """Add the corrections of a file."""

        def action(chosen: str | Path) -> None:
            count = self.app.session.load_corrections(chosen)
            self.app.state_changed()
            self.app.say("corrections_loaded", count=count)

        return self._do(action, path or self._ask_open("correction_files", "*.npz"), learns=True)

    # ---- asking and failing ---------------------------------------------------------------------

    def _ask_open(self, kind: str, patterns: str) -> str:
        types = [(self.app.texts(kind), patterns)]
        return filedialog.askopenfilename(parent=self.app, filetypes=types)

    def _ask_save(self, kind: str, suffix: str) -> str:
        return filedialog.asksaveasfilename(
            parent=self.app,
            defaultextension=suffix,
            filetypes=[(self.app.texts(kind), f"*{suffix}")],
        )

    def _do(
        self,
        action: Callable[[str | Path], None],
        path: str | Path,
        writes: bool = False,
        learns: bool = False,
    ) -> bool:
        """Act on a path, if one was chosen; turn errors into sentences."""
        app = self.app
        if not path:
            return False
        if learns and app.learning.busy:
            app.say("busy")
            return False
        try:
            action(path)
        except OSError as error:
            why = error.strerror or str(error)
            app.say("not_written" if writes else "not_read", name=Path(path).name, why=why)
        except ValueError as error:
            app.say("failed", why=error)
        else:
            return True
        return False
