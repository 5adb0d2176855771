"""Collects the metrics of every epoch in lists."""

from __future__ import annotations

from typing import Any

from nanoconv.callbacks.callback import Callback, Logs


class History(Callback):
    """Collects the logs of every epoch; `fit` returns one.

    Attributes:
        history: metric name -> its values, one for each epoch that reported it.
        epoch: the epochs that ran, from 0.
        params: those of `Callback`.

    Example:
        >>> history = model.fit(x, y, epochs=2, verbose=0)
        >>> {name: len(values) for name, values in history.history.items()}
        {'accuracy': 2, 'loss': 2}

    Reference: https://keras.io/api/callbacks/
    """

    def __init__(self) -> None:
        super().__init__()
        self.history: dict[str, list[Any]] = {}
        self.epoch: list[int] = []

    def on_train_begin(self, logs: Logs | None = None) -> None:
        self.epoch = []

    def on_epoch_end(self, epoch: int, logs: Logs | None = None) -> None:
        self.epoch.append(epoch)
        for name, value in (logs or {}).items():
            self.history.setdefault(name, []).append(value)
        self.model.history = self
