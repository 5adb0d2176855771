"""How a class or module of nanoconv learns an old way: a function is wrapped, a name added.

Only done when nanoconv takes Keras' place; with a plain `import nanoconv` nothing is changed.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any


def wrap(owner: Any, name: str, around: Callable[[Any], Any]) -> None:
    """Replace a function by what `around` makes of it.

    Args:
        owner: a class or a module.
        name: of its method or function.
        around: takes today's and returns the one that knows old ways, too.
    """
    setattr(owner, name, around(getattr(owner, name)))


def add(owner: Any, name: str, thing: Any) -> None:
    """Give a class or a module an old name.

    Args:
        owner: the class or module.
        name: the old name.
        thing: what it shall mean.
    """
    setattr(owner, name, thing)
