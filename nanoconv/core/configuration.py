"""Configurations: an object as the dictionary of the arguments that make it again.

Layers, losses, initializers, ... all keep each argument of `__init__` as an attribute of the same
name, so that the signature alone says what a configuration holds. Users' classes need not: what
they were made with is remembered, as Keras does.

Reference: https://keras.io/api/models/model_saving_apis/serialization_utils/
"""

from __future__ import annotations

import contextlib
import inspect
from collections.abc import Iterable
from typing import Any, Self

from nanoconv.core.registry import serialize


class Remembering:
    """Base of what remembers the arguments of `__init__`, where its class is a user's."""

    __slots__ = ("_given",)  # and not among the attributes, where models look for layers
    _given: dict[str, Any]

    def __new__(cls, *args: Any, **kwargs: Any) -> Any:
        """Make an object and remember the arguments; `__init__` answers for wrong ones."""
        thing = super().__new__(cls)
        if not cls.__module__.startswith("nanoconv."):
            with contextlib.suppress(TypeError):
                bound = inspect.signature(cls.__init__).bind_partial(thing, *args, **kwargs)
                thing._given = bound.arguments
        return thing


def arguments_of(
    thing: Any, shared: Iterable[str] = (), left_out: Iterable[str] = ()
) -> dict[str, Any]:
    """Return the arguments of an object's `__init__`, by name, as plain data.

    Args:
        thing: an object that keeps its arguments under their own names, or is `Remembering`; an
            argument of which neither is true is missing in the result.
        shared: the base class's arguments, which `**options` of `__init__` passes on.
        left_out: arguments that Keras does not write into configurations.
    """
    parameters = inspect.signature(type(thing).__init__).parameters.values()
    variadic = (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD)
    names = [p.name for p in parameters if p.kind not in variadic and p.name != "self"]
    if any(p.kind is p.VAR_KEYWORD for p in parameters):
        names = [*shared, *names]
    given = getattr(thing, "_given", {})
    left_out = set(left_out)
    return {
        name: serialize(given[name] if name in given else getattr(thing, name))
        for name in names
        if name not in left_out and (name in given or hasattr(thing, name))
    }


class Configured(Remembering):
    """Base of what a configuration makes again."""

    #: See `arguments_of`.
    _shared: tuple[str, ...] = ()
    _left_out: tuple[str, ...] = ()

    def get_config(self) -> dict[str, Any]:
        """Return the arguments that make this object again."""
        return arguments_of(self, self._shared, self._left_out)

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> Self:
        """Make an object from `get_config()`'s dictionary."""
        return cls(**config)
