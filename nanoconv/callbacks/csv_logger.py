"""Writes the metrics of every epoch into a CSV file."""

from __future__ import annotations

import csv
import os
from typing import Any

import numpy as np

from nanoconv.callbacks.callback import Callback, Logs


class CSVLogger(Callback):
    """Writes one row for each epoch into a CSV file: the epoch (from 0) and its metrics.

    Args:
        filename: the file; folders that are missing are made.
        separator: what stands between two columns.
        append: whether to continue a file that is there, instead of writing a new one.

    Reference: https://keras.io/api/callbacks/csv_logger/
    """

    def __init__(
        self, filename: str | os.PathLike[str], separator: str = ",", append: bool = False
    ) -> None:
        super().__init__()
        self.filename = os.fspath(filename)
        self.sep = separator
        self.append = append
        self.keys: list[str] = []

    def on_train_begin(self, logs: Logs | None = None) -> None:
        os.makedirs(os.path.dirname(self.filename) or ".", exist_ok=True)
        self.keys = []
        if not self.append:
            with open(self.filename, "w"):
                pass  # a file from before is emptied

    def on_epoch_end(self, epoch: int, logs: Logs | None = None) -> None:
        logs = logs or {}
        if not self.keys:
            self.keys = sorted(logs)
            if not any(key.startswith("val_") for key in self.keys):
                # Validation may come later (validation_freq=2) and needs its columns now.
                self.keys += [f"val_{key}" for key in self.keys]
        # Opened for each row, so that those written survive a crash; newline="" because the csv
        # module writes its own line ends.
        with open(self.filename, "a", newline="", encoding="utf-8") as file:
            writer = csv.DictWriter(file, ["epoch", *self.keys], delimiter=self.sep)
            if file.tell() == 0:
                writer.writeheader()
            row = {key: _cell(logs.get(key, "NA")) for key in self.keys}
            writer.writerow({"epoch": epoch, **row})


def _cell(value: Any) -> Any:
    """Return what a cell shows: lists and arrays become `"[1, 2]"`."""
    return f'"[{", ".join(map(str, value))}]"' if np.ndim(value) > 0 else value
