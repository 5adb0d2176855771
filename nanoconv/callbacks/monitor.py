"""Compares a metric with its best value so far, for callbacks that wait for it to improve.

Reference: https://keras.io/api/callbacks/
"""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np

from nanoconv.callbacks.callback import Callback


class MonitorCallback(Callback):
    """Base of callbacks that ask after each epoch whether a metric became better.

    Math:
        mode "min": better when value + min_delta < reference
        mode "max": better when value - min_delta > reference

    Args:
        monitor: the metric to watch, such as `"val_loss"`.
        mode: `"min"`, `"max"`, or `"auto"`: the metric itself tells.
        baseline: the value to beat at first, or None.
        min_delta: changes smaller than this count as none.
    """

    def __init__(
        self,
        monitor: str = "val_loss",
        mode: str = "auto",
        baseline: float | None = None,
        min_delta: float = 0,
    ) -> None:
        super().__init__()
        if mode not in ("auto", "min", "max"):
            warnings.warn(
                f"{type(self).__name__} got mode={mode!r}, but knows auto, min and max, and goes "
                'on with auto; write mode="min".',
                stacklevel=3,
            )
            mode = "auto"
        self.monitor = monitor
        self.mode = mode
        self.best: float | None = baseline
        self.min_delta = abs(min_delta)
        self._higher_is_better: bool | None = None  # known once the model's metrics exist

    def _direction_is_up(self) -> bool:
        """Tell whether higher values are better.

        Raises:
            ValueError: where `mode="auto"` and the metric does not tell.
        """
        if self.mode != "auto":
            return self.mode == "max"
        name = self.monitor.removeprefix("val_")
        metrics = dict(zip(self.model.metrics_names, self.model.metrics, strict=True))
        direction = getattr(metrics.get(name), "_direction", None)
        if direction is not None:
            return direction == "up"
        if name == "loss":
            return False
        raise ValueError(
            f"{type(self).__name__} watches {self.monitor!r}, but cannot tell whether higher is "
            'better; write mode="max" or mode="min".'
        )

    def _find_direction(self) -> bool:
        """Return the direction, asking the model's metrics once."""
        if self._higher_is_better is None:
            self._higher_is_better = self._direction_is_up()
        return self._higher_is_better

    def _is_improvement(self, value: Any, reference: float | None) -> bool:
        """Tell whether `value` beats the reference; anything beats None."""
        if reference is None:
            return True
        # In float32, as Keras compares: 0.7 + 0.1 is then no less than 0.8.
        if self._find_direction():
            return bool(np.float32(value - self.min_delta) > np.float32(reference))
        return bool(np.float32(value + self.min_delta) < np.float32(reference))
