"""Running a callback by hand: the same logs for nanoconv's and for Keras' own."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any


class FakeOptimizer:
    """A learning rate that can be read and set."""

    def __init__(self, learning_rate: float = 0.5) -> None:
        self.learning_rate = learning_rate


class FakeModel:
    """A model that notes what callbacks do with it; its weights tell the epoch."""

    def __init__(self) -> None:
        self.optimizer = FakeOptimizer()
        self.metrics: list[Any] = []
        self.stop_training = False
        self.epoch = -1
        self.restored: Any = None
        self.saved: list[str] = []

    @property
    def metrics_names(self) -> list[str]:
        return [metric.name for metric in self.metrics]

    def get_weights(self) -> list[int]:
        return [self.epoch]

    def set_weights(self, weights: list[int]) -> None:
        self.restored = weights[0]

    def save(self, path: str, overwrite: bool = True) -> None:
        self.saved.append(path)

    def save_weights(self, path: str, overwrite: bool = True) -> None:
        self.saved.append(f"weights {path}")


def drive(
    callback: Any,
    epochs: Sequence[dict[str, Any]],
    model: Any = None,
    batches: int = 0,
    params: dict[str, Any] | None = None,
    first_epoch: int = 0,
) -> Any:
    """Take a callback through a training; return the model and the logs after each epoch.

    Args:
        callback: nanoconv's or Keras'.
        epochs: the logs of each epoch.
        model: a `FakeModel` by default.
        batches: number of batches of each epoch, with the epoch's logs.
        params: given to `set_params`.
        first_epoch: the number of the first epoch.
    """
    model = model or FakeModel()
    callback.set_params(params or {"verbose": 0, "epochs": len(epochs), "steps": batches})
    callback.set_model(model)
    callback.on_train_begin()
    seen = []
    for epoch, logs in enumerate(epochs, first_epoch):
        callback.on_epoch_begin(epoch)
        for batch in range(batches):
            callback.on_train_batch_begin(batch)
            callback.on_train_batch_end(batch, dict(logs))
        model.epoch = epoch
        logs = dict(logs)
        callback.on_epoch_end(epoch, logs)
        seen.append(logs)
        if model.stop_training:
            break
    callback.on_train_end()
    return model, seen


def visible(text: str) -> list[str]:
    """Return the lines that a terminal shows: colours dropped, rewritten lines rewritten."""
    text = re.sub(r"\x1b\[[0-9;]*m", "", text)
    lines = []
    for line in text.split("\n"):
        shown: list[str] = []
        column = 0
        for character in line:
            if character == "\r":
                column = 0
            elif character == "\b":
                column = max(column - 1, 0)
            else:
                shown[column : column + 1] = [character]
                column += 1
        lines.append("".join(shown).rstrip())
    return lines


def without_times(lines: list[str]) -> list[str]:
    """Return lines in which all durations read `T`."""
    return [re.sub(r"\b\d+(ms|us|s)\b", "T", line) for line in lines]
