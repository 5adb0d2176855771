"""The registry: finds the class or function of a name such as `"relu"`, or of a configuration.

Every family (layers, losses, ...) files its classes here with `@register("losses", "mse")`. Names
given to `compile`, dictionaries read from files and `custom_objects` are all looked up here, and
only here: nothing that a file names is ever imported.

Reference: https://keras.io/api/models/model_saving_apis/serialization_utils/
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

import numpy as np

T = TypeVar("T")

_known: dict[str, dict[str, Any]] = {}  # family -> name -> class or function
_custom: dict[str, Any] = {}  # registered name ("Package>Name") -> class or function
_scopes: list[dict[str, Any]] = []  # custom_objects of the loads under way, innermost last


def snake_case(name: str) -> str:
    """Return `"max_pooling2d"` for `"MaxPooling2D"`, as Keras names layers."""
    name = re.sub(r"\W+", "", name)
    name = re.sub(r"(.)([A-Z][a-z]+)", r"\1_\2", name)
    return re.sub(r"([a-z])([A-Z])", r"\1_\2", name).lower()


def register(family: str, *aliases: str) -> Callable[[T], T]:
    """File a class or function of nanoconv under its own name, its snake case and its aliases.

    Args:
        family: `"layers"`, `"losses"`, ...: the last part of Keras' module name.
        aliases: further names, such as `"mse"`.
    """

    def file(thing: T) -> T:
        names = _known.setdefault(family, {})
        own = thing.__name__  # type: ignore[attr-defined]
        for name in (own, snake_case(own), *aliases):
            names[name] = thing
        if isinstance(thing, type):
            thing._family = family  # type: ignore[attr-defined]
        return thing

    return file


def register_keras_serializable(
    package: str = "Custom", name: str | None = None
) -> Callable[[T], T]:
    """File a user's class or function, so that files that name it can be loaded.

    Args:
        package: the first half of the registered name.
        name: the second half; the class's own name by default.

    Raises:
        ValueError: where a class lacks `get_config`.

    Reference: https://keras.io/api/models/model_saving_apis/serialization_utils/
    """

    def file(thing: T) -> T:
        own = name or thing.__name__  # type: ignore[attr-defined]
        if isinstance(thing, type) and not hasattr(thing, "get_config"):
            raise ValueError(f"{own} has no get_config; write one that returns its arguments.")
        _custom[f"{package}>{own}"] = thing
        return thing

    return file


def get_registered_name(obj: Any) -> str:
    """Return `"Package>Name"` where a user filed `obj`, else its own name."""
    for name, known in _custom.items():
        if known is obj:
            return name
    return obj.__name__


@contextmanager
def custom_object_scope(custom_objects: dict[str, Any] | None) -> Iterator[None]:
    """Make the user's names known inside a `with` block.

    Args:
        custom_objects: name -> class or function.
    """
    _scopes.append(dict(custom_objects or {}))
    try:
        yield
    finally:
        _scopes.pop()


def custom_objects() -> dict[str, Any]:
    """Return what users filed, by registered name."""
    return _custom


def is_custom(name: Any) -> bool:
    """Tell whether the user filed or passed something of this name."""
    return isinstance(name, str) and (
        name in _custom or f"Custom>{name}" in _custom or any(name in scope for scope in _scopes)
    )


def find(family: str, name: str) -> Any:
    """Return the class or function filed under `name`.

    Args:
        family: where to look.
        name: as a user writes it; the user's own names win.

    Raises:
        ValueError: where nothing has that name; the sentence offers the nearest ones.
    """
    for scope in reversed(_scopes):
        if name in scope:
            return scope[name]
    for custom in (name, f"Custom>{name}"):
        if custom in _custom:
            return _custom[custom]
    names = _known.get(family, {})
    if name in names:
        return names[name]
    raise ValueError(unknown(family, name, names))


def names(*families: str) -> list[str]:
    """Return all names filed in some families."""
    return [name for family in families for name in _known.get(family, {})]


def unknown(what: str, name: Any, known: Any) -> str:
    """Return the sentence for an unknown name, with near matches.

    Args:
        what: what such names stand for, in the plural.
        name: the unknown one.
        known: all names that there are.
    """
    names = sorted(str(k) for k in known)
    near = difflib.get_close_matches(str(name), names, n=3, cutoff=0.5)
    if not near:
        lower = {n.lower(): n for n in names}
        near = [lower[m] for m in difflib.get_close_matches(str(name).lower(), list(lower), n=3)]
    hint = " or ".join(repr(n) for n in near) if near else f"one of {', '.join(names)}"
    return f"{name!r} is not known among nanoconv's {what}; write {hint}."


def serialize(thing: Any) -> Any:
    """Return what Keras writes for an object: module, class name, configuration, as plain data.

    None, numbers and strings stand for themselves, containers for what they hold; a function
    becomes its name. What `get_build_config` and `get_compile_config` return is written, too.

    Args:
        thing: a layer, a loss, an array, ..., or containers of such.
    """
    thing = getattr(thing, "stands_for", thing)  # a layer that serves as an activation
    if thing is None or isinstance(thing, (str, int, float, bool)):
        return thing
    if isinstance(thing, (list, tuple)):
        return [serialize(item) for item in thing]
    if isinstance(thing, dict):
        return {key: serialize(value) for key, value in thing.items()}
    if isinstance(thing, (np.generic, np.ndarray)):
        return thing.tolist()
    if not hasattr(thing, "get_config"):
        return get_registered_name(thing)
    cls = type(thing)
    family = getattr(cls, "_family", None)
    builtin = family is not None and _known[family].get(cls.__name__) is cls
    module = getattr(cls, "keras_module", f"keras.{family}".removesuffix("."))
    serialized = {
        "module": module if builtin else None,
        "class_name": cls.__name__,
        "config": thing.get_config(),
        "registered_name": None if builtin else get_registered_name(cls),
    }
    for key in ("build_config", "compile_config"):
        get = getattr(thing, f"get_{key}", None)
        value = get() if get is not None else None
        if value is not None:
            serialized[key] = value
    return serialized


def deserialize(family: str, config: dict[str, Any]) -> Any:
    """Make an object from `serialize()`'s dictionary.

    Args:
        family: where its class is filed.
        config: with `class_name` and `config`.

    Raises:
        ValueError: where the dictionary is not of that form, or names an unknown class.
    """
    if not isinstance(config, dict) or not isinstance(config.get("class_name"), str):
        raise ValueError(
            f"a {family} configuration is {config!r}, but a dictionary with class_name and config "
            "is needed; write what serialize() returns."
        )
    inner = config.get("config", {})
    if config["class_name"] == "function":  # a user's function, filed by name only
        return find(family, inner)
    registered = config.get("registered_name")
    name = registered if registered in _custom else config["class_name"]
    found: Any = find(family, name)
    return found.from_config(inner) if hasattr(found, "from_config") else found


class Family:
    """The functions `get`, `serialize` and `deserialize` of one kind of objects.

    `initializers.get` and its like are the methods of such an object, or call them.

    Args:
        name: where the classes are filed, and the last part of Keras' module name.
        refusal: the sentence for what `get` cannot use; `{}` stands for it.
        accepts: whether `get` can use an object.
        any_case: whether names are read in any case, as `"ADAM"`.
    """

    def __init__(
        self,
        name: str,
        refusal: str,
        accepts: Callable[[Any], bool] = callable,
        any_case: bool = False,
    ) -> None:
        self.name = name
        self.refusal = refusal
        self.accepts = accepts
        self.any_case = any_case

    def get(self, identifier: Any) -> Any:
        """Return the object that a user's argument stands for.

        Args:
            identifier: None (stays None), a name, a configuration, a class (called without
                arguments), an object or a function.

        Raises:
            ValueError: for an unknown name, and for what is nothing of this kind.
        """
        found = identifier
        if isinstance(found, (str, dict)):
            found = self.deserialize(found)
        if isinstance(found, type):
            found = found()
        if found is None or self.accepts(found):
            return found
        raise ValueError(self.refusal.format(getattr(found, "__name__", repr(found))))

    def serialize(self, thing: Any) -> Any:
        """Return what Keras writes for a `thing` of this kind: a dictionary, a function's name."""
        return serialize(thing)

    def deserialize(self, config: Any, custom_objects: dict[str, Any] | None = None) -> Any:
        """Return the object that `serialize` described.

        Args:
            config: a dictionary, or a name; None stays None.
            custom_objects: the user's own classes and functions, by name.

        Raises:
            ValueError: for an unknown name, and for what `serialize` does not return.
        """
        with custom_object_scope(custom_objects):
            if isinstance(config, str):
                found = find(self.name, self._exact(config))
                return found() if isinstance(found, type) else found
            if isinstance(config, dict) and isinstance(config.get("class_name"), str):
                config = {**config, "class_name": self._exact(config["class_name"])}
            return None if config is None else deserialize(self.name, config)

    def _exact(self, name: str) -> str:
        """Return a name as it is filed."""
        known = _known.get(self.name, {})
        if not self.any_case or name in known or is_custom(name):
            return name
        return {filed.lower(): filed for filed in known}.get(name.lower(), name)
