"""Stops training when a metric no longer improves."""

from __future__ import annotations

import warnings
from typing import Any

from nanoconv.callbacks.callback import Logs
from nanoconv.callbacks.monitor import MonitorCallback


class EarlyStopping(MonitorCallback):
    """Stops training after `patience` epochs in which a metric did not become better.

    Args:
        monitor, mode, min_delta: see `MonitorCallback`.
        patience: epochs without improvement to wait for.
        verbose: 1 tells what it does.
        baseline: a value that must be beaten as well before waiting starts afresh.
        restore_best_weights: whether training ends with the weights of the best epoch.
        start_from_epoch: epochs to let pass before watching.

    Raises:
        ValueError: where `mode="auto"` and the metric does not tell its direction.

    Example:
        >>> patient = EarlyStopping(patience=3, restore_best_weights=True)
        >>> history = model.fit(
        ...     x, y, validation_split=0.1, epochs=100, callbacks=[patient], verbose=0
        ... )

    Reference: https://keras.io/api/callbacks/early_stopping/
    """

    def __init__(
        self,
        monitor: str = "val_loss",
        min_delta: float = 0,
        patience: int = 0,
        verbose: int = 0,
        mode: str = "auto",
        baseline: float | None = None,
        restore_best_weights: bool = False,
        start_from_epoch: int = 0,
    ) -> None:
        super().__init__(monitor, mode, min_delta=min_delta)
        self.patience = patience
        self.verbose = verbose
        self.baseline = baseline
        self.restore_best_weights = restore_best_weights
        self.start_from_epoch = start_from_epoch
        self._reset()

    def _reset(self) -> None:
        self.wait = 0
        self.stopped_epoch = 0
        self.best = None
        self.best_epoch = 0
        self.best_weights: list[Any] | None = None

    def on_train_begin(self, logs: Logs | None = None) -> None:
        self._reset()

    def on_epoch_end(self, epoch: int, logs: Logs | None = None) -> None:
        self._find_direction()
        value = self.get_monitor_value(logs)
        if value is None or epoch < self.start_from_epoch:
            return
        if self.restore_best_weights and self.best_weights is None:
            self._remember(epoch)  # something to go back to even if nothing beats a NaN
        self.wait += 1
        if self._is_improvement(value, self.best):
            self.best = value
            self._remember(epoch)
            if self.baseline is None or self._is_improvement(value, self.baseline):
                self.wait = 0
        elif self.wait >= self.patience and epoch > 0:
            self.stopped_epoch = epoch
            self.model.stop_training = True

    def _remember(self, epoch: int) -> None:
        """Keep this epoch's weights as the best so far."""
        self.best_epoch = epoch
        if self.restore_best_weights:
            self.best_weights = self.model.get_weights()

    def on_train_end(self, logs: Logs | None = None) -> None:
        if self.stopped_epoch > 0 and self.verbose > 0:
            print(f"Epoch {self.stopped_epoch + 1}: early stopping")
        if self.best_weights is None:
            return
        if self.verbose > 0:
            print(f"Restoring model weights from the end of the best epoch: {self.best_epoch + 1}.")
        self.model.set_weights(self.best_weights)

    def get_monitor_value(self, logs: Logs | None) -> Any:
        """Return the watched metric, or None with a warning where it was not reported."""
        value = (logs or {}).get(self.monitor)
        if value is None:
            warnings.warn(
                f"EarlyStopping watches {self.monitor!r}, but this epoch reported only "
                f"{', '.join(logs or {}) or 'nothing'}; write EarlyStopping(monitor=...) with one "
                "of these.",
                stacklevel=2,
            )
        return value
