"""The command: python -m gui [model file], or nanoconv-gui."""

from __future__ import annotations

import argparse
import sys


def main(arguments: list[str] | None = None) -> int:
    """Open the window; return 0 when it was closed, 1 where it could not open.

    Args:
        arguments: the command line's; the process's own by default.
    """
    parser = argparse.ArgumentParser(
        prog="nanoconv-gui", description="Draw a digit, and see how a network reads it."
    )
    parser.add_argument("model", nargs="?", help="a model file; the shipped one by default")
    parser.add_argument("--language", choices=("en", "zh"), help="the system's by default")
    parser.add_argument("--look", choices=("light", "dark"), default="light")
    parser.add_argument("--scale", type=float, help="of the display, such as 1.25")
    options = parser.parse_args(arguments)
    try:
        import tkinter
    except ImportError:
        return _sorry(
            "This Python has no tkinter; install it (Debian and Ubuntu: apt install python3-tk, "
            "Fedora: dnf install python3-tkinter, macOS: brew install python-tk)."
        )
    _sharp_on_windows()
    from .app import App
    from .reading import ModelError

    try:
        app = App(options.model, language=options.language, look=options.look, scale=options.scale)
    except ModelError as error:
        return _sorry(str(error))
    except tkinter.TclError as error:
        return _sorry(
            f"The window cannot open ({error}); run this on a desktop, or set DISPLAY to one."
        )
    app.mainloop()
    return 0


def _sorry(sentence: str) -> int:
    print(sentence, file=sys.stderr)
    return 1


def _sharp_on_windows() -> None:
    """Tell Windows that the window draws at the display's own scale, so that it is not blurred."""
    if sys.platform == "win32":
        import contextlib
        import ctypes

        with contextlib.suppress(AttributeError, OSError):  # before Windows 8.1
            ctypes.windll.shcore.SetProcessDpiAwareness(1)
