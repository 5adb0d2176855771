"""Monkey-patching: classes and modules of nanoconv get the arguments and names of Keras 1 and 2.

    patches = Patches()

    @patches.replace(models.Model, "compile")
    def _metrics_third(compile, self, *args, **kwargs):
        ...                                   # what the old call meant
        compile(self, *args, **kwargs)        # the method of today

Nothing is changed before `apply()`, which `install_as_keras` calls: a plain `import nanoconv` gives
the classes as they are written.
"""

from __future__ import annotations

import functools
import sys
import warnings
from collections.abc import Callable
from types import FrameType
from typing import Any


class Patches:
    """The patches of one file, in the order in which they are written there."""

    def __init__(self) -> None:
        self._waiting: list[Callable[[], None]] = []

    def replace(self, owner: Any, *names: str) -> Callable[[Callable[..., Any]], Any]:
        """Return a decorator that puts a function in the place of others.

        Of several patches of one function, the last is called first.

        Args:
            owner: a class or a module.
            names: of its methods or functions; the decorated function gets that of today before
                the arguments of the call.
        """

        def decorate(function: Callable[..., Any]) -> Any:
            for name in names:
                self._waiting.append(functools.partial(_replace, owner, name, function))
            return function

        return decorate

    def add(self, owner: Any, **things: Any) -> None:
        """Give a class or a module further things, by name."""
        for name, thing in things.items():
            self._waiting.append(functools.partial(setattr, owner, name, thing))

    def apply(self) -> None:
        """Patch everything, once."""
        while self._waiting:
            self._waiting.pop(0)()


def _replace(owner: Any, name: str, function: Callable[..., Any]) -> None:
    today = getattr(owner, name)

    @functools.wraps(today)
    def call(*args: Any, **kwargs: Any) -> Any:
        return function(today, *args, **kwargs)

    setattr(owner, name, call)


def warn(message: str) -> None:
    """Say what is old and what to write, at the script's line: the nearest outside nanoconv."""
    frame = sys._getframe(1)
    while frame.f_back and _name(frame).startswith(("nanoconv.", "importlib.")):
        frame = frame.f_back
    registry = frame.f_globals.setdefault("__warningregistry__", {})
    file, line = frame.f_code.co_filename, frame.f_lineno
    warnings.warn_explicit(message, DeprecationWarning, file, line, _name(frame), registry)


def _name(frame: FrameType) -> str:
    """Return the name of the module whose code runs; a script without a name is `__main__`."""
    return frame.f_globals.get("__name__", "__main__")
