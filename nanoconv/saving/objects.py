"""Turns any object of nanoconv into plain data, and back: what files are made of.

Reference: https://keras.io/api/models/model_saving_apis/serialization_utils/
"""

from __future__ import annotations

from typing import Any

from nanoconv import (
    activations,
    constraints,
    initializers,
    layers,
    losses,
    metrics,
    optimizers,
    regularizers,
)
from nanoconv.core import registry
from nanoconv.layers.base.layer_serialization import deserialize as deserialize_layer
from nanoconv.layers.base.layer_serialization import is_layers_module

_FAMILIES = {
    "activations": activations,
    "constraints": constraints,
    "initializers": initializers,
    "losses": losses,
    "metrics": metrics,
    "optimizers": optimizers,
    "optimizers.schedules": optimizers.schedules,
    "regularizers": regularizers,
}


def serialize_keras_object(obj: Any) -> Any:
    """Return an object as plain data: module, class name, configuration.

    Args:
        obj: a layer, model, loss, ...; numbers, texts, lists and dictionaries stand for
            themselves, functions become their names.

    Reference: https://keras.io/api/models/model_saving_apis/serialization_utils/
    """
    return layers.serialize(obj) if isinstance(obj, layers.Layer) else registry.serialize(obj)


def deserialize_keras_object(
    config: Any, custom_objects: dict[str, Any] | None = None, safe_mode: bool = True
) -> Any:
    """Make an object from `serialize_keras_object()`'s answer.

    Args:
        config: the data; what is no configuration is returned as it is.
        custom_objects: your own classes and functions by name.
        safe_mode: accepted for Keras' sake; nothing that a configuration names is ever imported.

    Raises:
        ValueError: where a class or function is not known.

    Reference: https://keras.io/api/models/model_saving_apis/serialization_utils/
    """
    with registry.custom_object_scope(custom_objects):
        return _make(config)


def _make(config: Any) -> Any:
    if isinstance(config, (list, tuple)):
        return [_make(one) for one in config]
    if not isinstance(config, dict):
        return config
    if not isinstance(config.get("class_name"), str):
        return {key: _make(value) for key, value in config.items()}
    module, name = str(config.get("module")), config["class_name"]
    for known in (config.get("registered_name"), name):
        if isinstance(known, str) and registry.is_custom(known):
            thing: Any = registry.find("", known)
            return thing.from_config(config["config"]) if hasattr(thing, "from_config") else thing
    if is_layers_module(module):
        return deserialize_layer(config)
    family = module.removeprefix("keras.")
    if family not in _FAMILIES:
        raise ValueError(
            f"{name!r} comes from the module {module!r}, but nothing that a configuration names is "
            f"imported; pass it as custom_objects={{{name!r}: ...}}, if you trust it."
        )
    return _FAMILIES[family].deserialize(config)


def get_custom_objects() -> dict[str, Any]:
    """Return what was filed with `register_keras_serializable`, by its registered name.

    The dictionary is the one that loading looks into; what you put there is known from then on.
    """
    return registry.custom_objects()


def get_registered_object(
    name: str,
    custom_objects: dict[str, Any] | None = None,
    module_objects: dict[str, Any] | None = None,
) -> Any:
    """Return the class or function filed under a registered name, or None.

    Args:
        name: such as `"Custom>MyLayer"`.
        custom_objects, module_objects: further names to look into.
    """
    if registry.is_custom(name):
        return registry.find("", name)
    return (custom_objects or {}).get(name, (module_objects or {}).get(name))
