"""Configurations: an object as the dictionary of the arguments that make it again.

Layers, losses, initializers, ... all keep each argument of `__init__` as an attribute of the same
name, so that the signature alone says what a configuration holds.

Reference: https://keras.io/api/models/model_saving_apis/serialization_utils/
"""

from __future__ import annotations

import inspect
from collections.abc import Iterable
from typing import Any, Self

from nanoconv.core.registry import serialize


def arguments_of(
    thing: Any, shared: Iterable[str] = (), left_out: Iterable[str] = ()
) -> dict[str, Any]:
    """Return the arguments of an object's `__init__`, by name, as plain data.

    Args:
        thing: an object that keeps its arguments under their own names; one that it does not keep
            is missing in the result.
        shared: the base class's arguments, which `**options` of `__init__` passes on.
        left_out: arguments that Keras does not write into configurations.
    """
    parameters = inspect.signature(type(thing).__init__).parameters.values()
    variadic = (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD)
    names = [p.name for p in parameters if p.kind not in variadic and p.name != "self"]
    if any(p.kind is p.VAR_KEYWORD for p in parameters):
        names = [*shared, *names]
    left_out = set(left_out)
    return {
        name: serialize(getattr(thing, name))
        for name in names
        if name not in left_out and hasattr(thing, name)
    }


class Configured:
    """Base of what a configuration makes again.

    Keep each argument of `__init__` under its own name, or write a `get_config` of your own.
    """

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
