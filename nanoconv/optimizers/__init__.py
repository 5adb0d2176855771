"""Optimizers: how gradients change weights.

`get("adam")` is what `compile(optimizer="adam")` calls. Each file holds one update rule: the
equations are in the class's docstring, the loops over the elements in `nanoconv.kernels`.

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

_family = registry.Family(
    "optimizers",
    'optimizer is {}, but a name or an optimizer of nanoconv is needed; write optimizer="adam".',
    accepts=lambda found: isinstance(found, Optimizer),
    any_case=True,
)
get = _family.get
deserialize = _family.deserialize


def serialize(optimizer: Any) -> Any:
    """Return the dictionary that Keras writes for an optimizer."""
    return _family.serialize(optimizer)


__getattr__, __dir__ = absent.public(__name__)
