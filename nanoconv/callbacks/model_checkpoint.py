"""Saves the model after each epoch or every so many batches."""

from __future__ import annotations

import os
import warnings
from typing import Any

import numpy as np

from nanoconv.callbacks.callback import Logs
from nanoconv.callbacks.monitor import MonitorCallback


class ModelCheckpoint(MonitorCallback):
    """Saves the model, or its weights, after each epoch or every so many batches.

    Args:
        filepath: where to; may hold `{epoch:02d}`, `{batch}` and metrics such as
            `{val_loss:.3f}`. Ends in `.keras` or `.h5`, for weights in `.weights.h5`.
        monitor: the metric to watch for `save_best_only`.
        verbose: 1 tells what it does.
        save_best_only: whether to save only when the metric became better.
        save_weights_only: whether to save weights instead of the whole model.
        mode: `"min"`, `"max"` or `"auto"`.
        save_freq: `"epoch"`, or a number of batches.
        initial_value_threshold: a value to beat before the first save, or None.

    Raises:
        ValueError: where `save_freq` or the file's ending is not one of these.
        KeyError: while training, where `filepath` names a metric that was not reported.
        IsADirectoryError: where the file to write is a folder.

    Example:
        >>> keep = ModelCheckpoint("digits.{epoch:02d}.keras", monitor="loss", save_best_only=True)
        >>> history = model.fit(x, y, callbacks=[keep], verbose=0)  # writes digits.01.keras

    Reference: https://keras.io/api/callbacks/model_checkpoint/
    """

    def __init__(
        self,
        filepath: str | os.PathLike[str],
        monitor: str = "val_loss",
        verbose: int = 0,
        save_best_only: bool = False,
        save_weights_only: bool = False,
        mode: str = "auto",
        save_freq: str | int = "epoch",
        initial_value_threshold: float | None = None,
    ) -> None:
        super().__init__(monitor, mode, initial_value_threshold)
        self.filepath = os.fspath(filepath)
        self.verbose = verbose
        self.save_best_only = save_best_only
        self.save_weights_only = save_weights_only
        self.save_freq = save_freq
        self._epoch = 0
        self._batches = BatchCounter(save_freq)
        endings = (".weights.h5",) if save_weights_only else (".keras", ".h5")
        if not self.filepath.endswith(endings):
            raise ValueError(
                f"filepath is {self.filepath!r}, but must end in {' or '.join(endings)} with "
                f"save_weights_only={save_weights_only}; write "
                f"{os.path.splitext(self.filepath)[0] + endings[0]!r}."
            )

    def on_epoch_begin(self, epoch: int, logs: Logs | None = None) -> None:
        self._epoch = epoch

    def on_train_batch_end(self, batch: int, logs: Logs | None = None) -> None:
        if self._batches.is_due(batch):
            self._save(self._epoch, batch, logs or {})

    def on_epoch_end(self, epoch: int, logs: Logs | None = None) -> None:
        self._find_direction()
        if self.save_freq == "epoch":
            self._save(epoch, None, logs or {})

    def _save(self, epoch: int, batch: int | None, logs: Logs) -> None:
        path = self._path(epoch, batch, logs)
        if not self._should_save(epoch, logs, path):
            return
        if os.path.isdir(path):
            raise IsADirectoryError(
                f"ModelCheckpoint would write {path!r}, but that is a folder; "
                "give filepath= another name."
            )
        os.makedirs(os.path.dirname(path) or ".", exist_ok=True)
        if self.save_weights_only:
            self.model.save_weights(path, overwrite=True)
        else:
            self.model.save(path, overwrite=True)
        self._tell(epoch, f"finished saving model to {path}")

    def _path(self, epoch: int, batch: int | None, logs: Logs) -> str:
        """Return the file name with epoch, batch and metrics filled in; both count from 1."""
        names = {"epoch": epoch + 1, **({} if batch is None else {"batch": batch + 1}), **logs}
        try:
            return self.filepath.format(**names)
        except KeyError as error:
            raise KeyError(
                f"filepath {self.filepath!r} names {error}, but known here are "
                f"{', '.join(names)}; write filepath with these names."
            ) from None

    def _should_save(self, epoch: int, logs: Logs, path: str) -> bool:
        if not self.save_best_only:
            self._tell(epoch, f"saving model to {path}")
            return True
        value = logs.get(self.monitor)
        if value is None or np.ndim(value) > 0:
            warnings.warn(
                f"ModelCheckpoint watches {self.monitor!r}, but got "
                f"{', '.join(logs) or 'nothing' if value is None else 'an array'}, and saves every "
                "time; write ModelCheckpoint(monitor=...) with a reported number.",
                stacklevel=2,
            )
            return True
        best = "None" if self.best is None else f"{self.best:.5f}"
        if not self._is_improvement(value, self.best):
            self._tell(epoch, f"{self.monitor} did not improve from {best}")
            return False
        self._tell(
            epoch, f"{self.monitor} improved from {best} to {value:.5f}, saving model to {path}"
        )
        self.best = value
        return True

    def _tell(self, epoch: int, what: str) -> None:
        if self.verbose > 0:
            print(f"\nEpoch {epoch + 1}: {what}")


class BatchCounter:
    """Counts batches across epochs and tells when the next save is due.

    Args:
        save_freq: `"epoch"` or False for never, or the number of batches between two saves.

    Raises:
        ValueError: for anything else.
    """

    def __init__(self, save_freq: Any) -> None:
        positive = isinstance(save_freq, int) and save_freq is not True and save_freq > 0
        if save_freq != "epoch" and save_freq is not False and not positive:
            raise ValueError(
                f'save_freq is {save_freq!r}, but "epoch" or a number of batches is needed; '
                'write save_freq="epoch".'
            )
        self._interval = 0 if save_freq == "epoch" else int(save_freq)
        self._count = 0
        self._last: int | None = None

    def is_due(self, batch: int) -> bool:
        """Count the batches up to this one (from 0 in each epoch)."""
        if not self._interval:
            return False
        new_epoch = self._last is None or batch <= self._last
        self._count += batch + 1 if new_epoch else batch - (self._last or 0)
        self._last = batch
        if self._count < self._interval:
            return False
        self._count = 0
        return True
