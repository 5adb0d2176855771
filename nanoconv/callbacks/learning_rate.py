"""Changes the learning rate while training: by a plan, or when a metric no longer improves."""

from __future__ import annotations

import inspect
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np

from nanoconv.callbacks.callback import Callback, Logs
from nanoconv.callbacks.monitor import MonitorCallback


class LearningRateScheduler(Callback):
    """Sets the learning rate before each epoch to what a function says.

    The rate joins the epoch's logs, and so `History`, as `learning_rate`.

    Args:
        schedule: `schedule(epoch, learning_rate) -> float`; epochs count from 0.
        verbose: 1 tells the new rate.

    Raises:
        ValueError: while training, where the function returns no float.

    Example:
        >>> slower = LearningRateScheduler(lambda epoch, rate: rate if epoch < 1 else rate / 2)
        >>> history = model.fit(x, y, epochs=3, callbacks=[slower], verbose=0)
        >>> [round(float(rate), 5) for rate in history.history["learning_rate"]]
        [0.001, 0.0005, 0.00025]

    Reference: https://keras.io/api/callbacks/learning_rate_scheduler/
    """

    def __init__(self, schedule: Callable[..., float], verbose: int = 0) -> None:
        super().__init__()
        self.schedule = schedule
        self.verbose = verbose

    def on_epoch_begin(self, epoch: int, logs: Logs | None = None) -> None:
        optimizer = self.model.optimizer
        rate = self._ask(epoch, float(np.asarray(optimizer.learning_rate)))
        is_float = isinstance(rate, (float, np.floating))
        if not is_float:
            raise ValueError(
                f"schedule returned {rate!r} for epoch {epoch}, but a float is needed; "
                "write schedule=lambda epoch, rate: float(...)."
            )
        optimizer.learning_rate = rate
        if self.verbose > 0:
            print(f"\nEpoch {epoch + 1}: LearningRateScheduler setting learning rate to {rate}.")

    def _ask(self, epoch: int, rate: float) -> Any:
        """Call the schedule; functions of the epoch alone are welcome too."""
        try:
            inspect.signature(self.schedule).bind(epoch, rate)
        except TypeError:
            return self.schedule(epoch)
        except ValueError:  # a function written in C that does not tell its arguments
            pass
        return self.schedule(epoch, rate)

    def on_epoch_end(self, epoch: int, logs: Logs | None = None) -> None:
        _log_learning_rate(self.model, logs)


class ReduceLROnPlateau(MonitorCallback):
    """Multiplies the learning rate by `factor` after `patience` epochs without improvement.

    The rate joins the epoch's logs, and so `History`, as `learning_rate`.

    Args:
        monitor, mode, min_delta: see `MonitorCallback`.
        factor: new rate / old rate, below 1.
        patience: epochs without improvement to wait for.
        verbose: 1 tells the new rate.
        cooldown: epochs to rest after a reduction.
        min_lr: the rate to stop at.
        kwargs: none are known.

    Raises:
        ValueError: where factor is 1 or more.
        TypeError: for an unknown argument.

    Reference: https://keras.io/api/callbacks/reduce_lr_on_plateau/
    """

    def __init__(
        self,
        monitor: str = "val_loss",
        factor: float = 0.1,
        patience: int = 10,
        verbose: int = 0,
        mode: str = "auto",
        min_delta: float = 1e-4,
        cooldown: int = 0,
        min_lr: float = 0.0,
        **kwargs: Any,
    ) -> None:
        super().__init__(monitor, mode, min_delta=min_delta)
        if kwargs:
            raise TypeError(
                f"ReduceLROnPlateau got {', '.join(kwargs)}, which it does not know; "
                "write ReduceLROnPlateau(min_delta=1e-4)."
            )
        if factor >= 1.0:
            raise ValueError(
                f"factor is {factor}, but must be below 1 to reduce the learning rate; "
                "write ReduceLROnPlateau(factor=0.1)."
            )
        self.factor = factor
        self.patience = patience
        self.verbose = verbose
        self.cooldown = cooldown
        self.min_lr = min_lr
        self._reset()

    def _reset(self) -> None:
        self.best = None
        self.wait = 0
        self.cooldown_counter = 0

    def in_cooldown(self) -> bool:
        """Tell whether it rests after a reduction."""
        return self.cooldown_counter > 0

    def on_train_begin(self, logs: Logs | None = None) -> None:
        self._reset()

    def on_epoch_end(self, epoch: int, logs: Logs | None = None) -> None:
        self._find_direction()
        logs = {} if logs is None else logs
        _log_learning_rate(self.model, logs)
        value = logs.get(self.monitor)
        if value is None:
            warnings.warn(
                f"ReduceLROnPlateau watches {self.monitor!r}, but this epoch reported only "
                f"{', '.join(logs)}; write ReduceLROnPlateau(monitor=...) with one of these.",
                stacklevel=2,
            )
            return
        if self.in_cooldown():
            self.cooldown_counter -= 1
            self.wait = 0
        if self._is_improvement(value, self.best):
            self.best = value
            self.wait = 0
        elif not self.in_cooldown():
            self.wait += 1
            if self.wait >= self.patience and self._reduce(epoch):
                self.cooldown_counter = self.cooldown
                self.wait = 0

    def _reduce(self, epoch: int) -> bool:
        """Lower the rate unless it is at its minimum; tell whether it was lowered."""
        optimizer = self.model.optimizer
        old = float(np.asarray(optimizer.learning_rate))
        if old <= np.float32(self.min_lr):
            return False
        new = max(old * self.factor, self.min_lr)
        optimizer.learning_rate = new
        if self.verbose > 0:
            print(f"\nEpoch {epoch + 1}: ReduceLROnPlateau reducing learning rate to {new}.")
        return True


def _log_learning_rate(model: Any, logs: Logs | None) -> None:
    """Add the present rate to the logs, where `History` and the progress bar find it."""
    if logs is not None:
        logs["learning_rate"] = float(np.asarray(model.optimizer.learning_rate))
