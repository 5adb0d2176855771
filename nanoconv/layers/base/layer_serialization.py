"""From a layer to its saved configuration, and back.

Nothing that a configuration names is ever imported or run: classes come from nanoconv's registry
and from `custom_objects` alone.

Reference: https://keras.io/api/models/model_saving_apis/serialization_utils/
"""

from __future__ import annotations

import difflib
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from nanoconv.core import absent, registry
from nanoconv.layers.base.layer import Layer

# What constructors raise where a file names wrong arguments.
_WRONG = (TypeError, ValueError, KeyError, AttributeError, IndexError, OverflowError)
MODELS = ("Sequential", "Functional", "Model")

# What one save or load has met so far. A layer that two models share is written twice, with one
# number: while writing, layer -> dictionaries; while reading, number -> layer.
_written: ContextVar[dict[Layer, list[dict[str, Any]]] | None] = ContextVar("written", default=None)
_made: ContextVar[dict[int, Layer] | None] = ContextVar("made", default=None)


class LayerConfigError(ValueError):
    """A layer's configuration cannot be followed; the sentence names the layer."""


@contextmanager
def sharing() -> Iterator[None]:
    """Keep track of layers that several models share, inside a `with` block."""
    written, made = _written.set({}), _made.set({})
    try:
        yield
    finally:
        _written.reset(written)
        _made.reset(made)


def serialize(layer: Layer) -> dict[str, Any]:
    """Return the dictionary that Keras writes for a layer.

    Args:
        layer: a layer or a model.
    """
    config = registry.serialize(layer)
    written = _written.get()
    if written is not None:
        same = written.setdefault(layer, [])
        same.append(config)
        if len(same) > 1:
            for one in same:
                one["shared_object_id"] = id(layer)
    return config


def deserialize(config: Any, custom_objects: dict[str, Any] | None = None) -> Layer:
    """Make a layer from `serialize()`'s dictionary.

    Args:
        config: a dictionary with `class_name` and `config`; files of Keras are read the same way.
        custom_objects: the user's own classes by name.

    Raises:
        LayerConfigError: a ValueError; where the class is not known or is no layer, or its
            arguments are wrong.
    """
    if not isinstance(config, dict) or not isinstance(config.get("class_name"), str):
        raise LayerConfigError(
            f"a layer's configuration is {_short(config)}, but a dictionary with class_name and "
            "config is needed; write what keras.layers.serialize(layer) returns."
        )
    number, made = config.get("shared_object_id"), _made.get()
    if made is not None and isinstance(number, int) and number in made:
        return made[number]
    inner = config.get("config")
    name = inner.get("name") if isinstance(inner, dict) else None
    with registry.custom_object_scope(custom_objects):
        cls = _find_class(config, name or config.get("name"))
        try:
            layer = cls.from_config(inner if isinstance(inner, dict) else {})
            if isinstance(config.get("build_config"), dict) and not layer.built:
                layer.build_from_config(config["build_config"])
        except LayerConfigError:
            raise  # a layer inside this model, named already
        except _WRONG as error:
            raise LayerConfigError(
                f"layer {_short(name)} of class {cls.__name__} cannot be made: {error}"
            ) from error
    if made is not None and isinstance(number, int):
        made[number] = layer
    return layer


def _find_class(config: dict[str, Any], name: Any) -> type[Layer]:
    """Return the class that a configuration names, if nanoconv or the user knows it."""
    class_name, module = config["class_name"], config.get("module")
    registered = config.get("registered_name")
    family = "" if class_name in MODELS else "layers"
    known = f"{registered}" if registry.is_custom(registered) else class_name
    what = f"layer {_short(name)} of class {_short(class_name)}"
    if not registry.is_custom(known):
        if class_name in ("Lambda", "__lambda__", "function") and not _is_named(config):
            raise LayerConfigError(
                f"{what} is program code, and loading never runs code from a file, whatever "
                "safe_mode says; write a layer class of your own for it, and pass it as "
                f"custom_objects={{{class_name!r}: MyLayer}}."
            )
        if module is not None and not is_layers_module(module):
            raise LayerConfigError(
                f"{what} comes from the module {_short(module)}, but nothing that a file names is "
                f"imported; pass the class as custom_objects={{{_short(class_name)}: ...}}, if you "
                "trust it."
            )
    try:
        cls = registry.find(family, known)
    except ValueError:
        near = difflib.get_close_matches(class_name, registry.names("", "layers"), n=1)
        hint = f"write {near[0]!r}, or pass" if near else "pass"
        refused = absent.advice("layers", class_name)  # what an import of the name says
        raise LayerConfigError(
            f"{what} is not known"
            + (f" ({refused.removesuffix('.')}); pass" if refused else f"; {hint}")
            + f" your own class as custom_objects={{{_short(class_name)}: ...}}."
        ) from None
    if not (isinstance(cls, type) and issubclass(cls, Layer)):
        raise LayerConfigError(
            f"{what} is {cls!r}, which is no layer; pass a class derived from keras.layers.Layer."
        )
    return cls


def _is_named(config: dict[str, Any]) -> bool:
    """Tell whether a Lambda layer names a function that the user has passed or registered."""
    inner = config.get("config")
    function = inner.get("function") if isinstance(inner, dict) else None
    if not isinstance(function, dict) or function.get("class_name") != "function":
        return False
    return registry.is_custom(function.get("registered_name") or function.get("config"))


def is_layers_module(module: Any) -> bool:
    """Tell whether Keras keeps layers and models in a module of this name."""
    path = str(module).split(".")
    if path[0] not in ("keras", "tf_keras", "nanoconv"):
        return False
    inside = [part for part in path[1:] if part not in ("src", "engine")]
    return not inside or inside[0] in ("layers", "models", "sequential", "functional")


def _short(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:57]}..."
