"""The contract of a schedule: the number of the step in, the learning rate out.

Reference: https://keras.io/api/optimizers/learning_rate_schedules/
"""

from __future__ import annotations

from typing import Any

import numpy as np

from nanoconv import config
from nanoconv.core.arrays import Array, as_array
from nanoconv.core.configuration import Configured
from nanoconv.core.registry import register


@register("optimizers.schedules")
class LearningRateSchedule(Configured):
    """Base of all schedules: write `rate(step)`.

    A schedule of your own may also define `__call__(step)` itself, as in Keras. Its arguments must
    be kept under their own names, or `get_config` be written; a dataclass does that.
    """

    def __post_init__(self) -> None:
        """Refuse what is no number of steps."""
        for name in ("decay_steps", "first_decay_steps"):
            steps = getattr(self, name, 1)
            if not steps > 0:
                raise ValueError(f"{name} is {steps!r}, but must be positive; write {name}=1000.")

    def rate(self, step: np.ndarray) -> Any:
        """Return the learning rate.

        Args:
            step: number of finished steps, in double precision; any shape.
        """
        raise NotImplementedError(f"{type(self).__name__} needs a method rate(self, step).")

    def __call__(self, step: Any) -> Array:
        """Return the learning rate of the step after `step` finished ones, as `config.floatx()`.

        Args:
            step: a number or an array of them.
        """
        return as_array(np.asarray(self.rate(np.asarray(step, float)), config.floatx()))
