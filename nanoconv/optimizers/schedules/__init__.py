"""Schedules: learning rates that change from step to step.

    SGD(learning_rate=CosineDecay(0.1, decay_steps=1000))

Reference: https://keras.io/api/optimizers/learning_rate_schedules/
"""

from __future__ import annotations

from typing import Any

from nanoconv.core import absent, registry
from nanoconv.optimizers.schedules.decay import (
    CosineDecay,
    CosineDecayRestarts,
    ExponentialDecay,
    InverseTimeDecay,
    PiecewiseConstantDecay,
    PolynomialDecay,
)
from nanoconv.optimizers.schedules.schedule import LearningRateSchedule

__all__ = [
    "CosineDecay",
    "CosineDecayRestarts",
    "ExponentialDecay",
    "InverseTimeDecay",
    "LearningRateSchedule",
    "PiecewiseConstantDecay",
    "PolynomialDecay",
    "deserialize",
    "serialize",
]


_family = registry.Family(
    "optimizers.schedules", "{} is no learning rate schedule; write CosineDecay(0.1, 1000)."
)
deserialize = _family.deserialize


def serialize(learning_rate_schedule: Any) -> Any:
    """Return the dictionary that Keras writes for a schedule, `learning_rate_schedule`."""
    return _family.serialize(learning_rate_schedule)


__getattr__, __dir__ = absent.public(__name__)
