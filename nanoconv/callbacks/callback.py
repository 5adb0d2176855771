"""Defines the hooks that the training loop calls, and that a callback may override.

`fit`, `evaluate` and `predict` know nothing of progress bars or early stopping. They only call the
hooks below, in the order train > epoch > batch, and look at `model.stop_training` afterwards.
"""

from __future__ import annotations

from typing import Any

Logs = dict[str, Any]


class Callback:
    """Base class of callbacks: override the hooks you need, leave the others.

    Attributes:
        params: of this `fit`: `{"verbose": ..., "epochs": ..., "steps": ...}`.
        model: the model that is running.

    `logs` holds the running metrics after a batch (`{"accuracy": 0.9, "loss": 0.1}`) and those of
    the whole epoch, `val_...` included, after an epoch. A callback may add to it.

    Example:
        >>> class Hello(Callback):
        ...     def on_epoch_end(self, epoch, logs=None):
        ...         print(f"epoch {epoch + 1} ended with loss {logs['loss']:.3f}")

    Reference: https://keras.io/api/callbacks/base_callback/
    """

    def __init__(self) -> None:
        self.params: dict[str, Any] | None = None
        self._model: Any = None

    def set_params(self, params: dict[str, Any]) -> None:
        """Receive `params`."""
        self.params = params

    def set_model(self, model: Any) -> None:
        """Receive the model that is running."""
        self._model = model

    @property
    def model(self) -> Any:
        """The model that is running."""
        return self._model

    def on_train_begin(self, logs: Logs | None = None) -> None:
        """Act before the first epoch of `fit`."""

    def on_train_end(self, logs: Logs | None = None) -> None:
        """Act after the last epoch of `fit`; `logs` are those of that epoch."""

    def on_epoch_begin(self, epoch: int, logs: Logs | None = None) -> None:
        """Act before an epoch of training; epochs count from 0."""

    def on_epoch_end(self, epoch: int, logs: Logs | None = None) -> None:
        """Act after an epoch and its validation."""

    def on_train_batch_begin(self, batch: int, logs: Logs | None = None) -> None:
        """Act before a batch of `fit`; batches count from 0 in each epoch."""
        self.on_batch_begin(batch, logs=logs)

    def on_train_batch_end(self, batch: int, logs: Logs | None = None) -> None:
        """Act after a batch of `fit`; `logs` are the means over the epoch so far."""
        self.on_batch_end(batch, logs=logs)

    def on_batch_begin(self, batch: int, logs: Logs | None = None) -> None:
        """Older name of `on_train_batch_begin`."""

    def on_batch_end(self, batch: int, logs: Logs | None = None) -> None:
        """Older name of `on_train_batch_end`."""

    def on_test_begin(self, logs: Logs | None = None) -> None:
        """Act before `evaluate`, or before the validation of an epoch."""

    def on_test_end(self, logs: Logs | None = None) -> None:
        """Act after `evaluate`, or after the validation of an epoch."""

    def on_test_batch_begin(self, batch: int, logs: Logs | None = None) -> None:
        """Act before a batch of `evaluate` or of validation."""

    def on_test_batch_end(self, batch: int, logs: Logs | None = None) -> None:
        """Act after a batch of `evaluate` or of validation."""

    def on_predict_begin(self, logs: Logs | None = None) -> None:
        """Act before `predict`."""

    def on_predict_end(self, logs: Logs | None = None) -> None:
        """Act after `predict`."""

    def on_predict_batch_begin(self, batch: int, logs: Logs | None = None) -> None:
        """Act before a batch of `predict`."""

    def on_predict_batch_end(self, batch: int, logs: Logs | None = None) -> None:
        """Act after a batch of `predict`; `logs["outputs"]` holds its predictions."""
