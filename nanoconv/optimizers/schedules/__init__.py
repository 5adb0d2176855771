"""Schedules: learning rates that change from step to step.

    SGD(learning_rate=CosineDecay(0.1, decay_steps=1000))

Reference: https://keras.io/api/optimizers/learning_rate_schedules/
"""

from __future__ import annotations

from nanoconv.core import absent, registry
from nanoconv.optimizers.schedules.cosine import CosineDecay, CosineDecayRestarts
from nanoconv.optimizers.schedules.decay import (
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
serialize = _family.serialize
deserialize = _family.deserialize

__getattr__, __dir__ = absent.public(__name__)
