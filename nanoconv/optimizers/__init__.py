"""Optimizers: how gradients change weights.

`get("adam")` is what `compile(optimizer="adam")` calls. Each file holds one update rule: the
equations are in the class's docstring, the loops over the numbers in `nanoconv.kernels`.

Reference: https://keras.io/api/optimizers/
"""

from __future__ import annotations

from typing import Any

from nanoconv.core import absent, registry
from nanoconv.optimizers import schedules
from nanoconv.optimizers.adadelta import Adadelta
from nanoconv.optimizers.adagrad import Adagrad
from nanoconv.optimizers.adam import Adam, AdamW
from nanoconv.optimizers.adamax import Adamax
from nanoconv.optimizers.nadam import Nadam
from nanoconv.optimizers.optimizer import Optimizer
from nanoconv.optimizers.rmsprop import RMSprop
from nanoconv.optimizers.sgd import SGD

__all__ = [
    "SGD",
    "Adadelta",
    "Adagrad",
    "Adam",
    "AdamW",
    "Adamax",
    "Nadam",
    "Optimizer",
    "RMSprop",
    "deserialize",
    "get",
    "schedules",
    "serialize",
]

# Keras reads these names in any case: "Adam", "adam", "ADAM".
_BY_LOWER_CASE = {
    name.lower(): name for name in __all__ if name[0].isupper() and name != "Optimizer"
}


def get(identifier: Any) -> Any:
    """Return the optimizer that an identifier stands for.

    Args:
        identifier: None (stays None), a name in any case, a saved configuration, a class or an
            optimizer.

    Raises:
        ValueError: for anything else.
    """
    if isinstance(identifier, str):
        identifier = registry.find("optimizers", _exact(identifier))
    elif isinstance(identifier, dict):
        identifier = deserialize(identifier)
    if isinstance(identifier, type):
        identifier = identifier()
    if identifier is None or isinstance(identifier, Optimizer):
        return identifier
    raise ValueError(
        f"optimizer is {identifier!r}, but a name or an optimizer of nanoconv is needed; "
        'write optimizer="adam".'
    )


def _exact(name: str) -> str:
    return _BY_LOWER_CASE.get(name.lower(), name)


def serialize(optimizer: Optimizer) -> Any:
    """Return the dictionary that Keras writes for an optimizer."""
    return registry.serialize(optimizer)


def deserialize(config: dict[str, Any], custom_objects: dict[str, Any] | None = None) -> Any:
    """Return the optimizer that `serialize` described, without what it remembered.

    Args:
        config: a dictionary with `class_name` and `config`.
        custom_objects: further names.
    """
    name = config.get("class_name") if isinstance(config, dict) else None
    if isinstance(name, str):
        config = {**config, "class_name": _exact(name)}
    with registry.custom_object_scope(custom_objects):
        return registry.deserialize("optimizers", config)


__getattr__, __dir__ = absent.public(__name__)
