"""Gives `gui` the name that it has in the wheel; only editable installs have this on their path."""

import gui

__path__ = gui.__path__  # so that nanoconv_gui.command is gui/command.py
