"""Saves the state of training, so that a killed training goes on where it stopped.

Everything that the rest of a training depends on goes into one file: weights, optimizer, the state
of random layers, of the library's generator and of `ImageDataGenerator`'s flows, and the epoch. A
kill at any moment leaves the old
backup or the new one, and both whole.
"""

from __future__ import annotations

import json
import os
from typing import Any

import numpy as np

from nanoconv import random
from nanoconv.callbacks.callback import Callback, Logs
from nanoconv.callbacks.model_checkpoint import BatchCounter
from nanoconv.core.safe_files import read_npz, replacing
from nanoconv.core.variable import Variable


class BackupAndRestore(Callback):
    """Saves the state of training, and restores it when `fit` is started again after a kill.

    With `save_freq="epoch"` and the data unchanged, the resumed training ends with the same
    weights, bit for bit. Flows of `ImageDataGenerator` go on where they were, as long as an epoch
    takes each of their batches once; a generator function of your own starts from its beginning.
    With a number of batches, `fit` starts the interrupted epoch again from the weights of the last
    backup. Give this callback last, so that it saves what the others did; those that count epochs
    (`EarlyStopping`, `ReduceLROnPlateau`) count afresh, as in Keras.

    Args:
        backup_dir: a folder for this callback alone.
        save_freq: `"epoch"`, or a number of batches, or False for never.
        double_checkpoint: whether to keep the backup before the last, for a damaged disk.
        delete_checkpoint: whether to remove the backup once training has ended in order.

    Raises:
        ValueError: where `backup_dir` is empty, or `save_freq` is none of these; while training,
            where the model is not built, or is another than the backup's.
        OSError: while training, where the backup is damaged.

    Reference: https://keras.io/api/callbacks/backup_and_restore/
    """

    def __init__(
        self,
        backup_dir: str | os.PathLike[str],
        save_freq: str | int | bool = "epoch",
        double_checkpoint: bool = False,
        delete_checkpoint: bool = True,
    ) -> None:
        super().__init__()
        if not backup_dir:
            raise ValueError(
                'backup_dir is empty, but a folder is needed; write BackupAndRestore("backup").'
            )
        self.backup_dir = os.fspath(backup_dir)
        self.save_freq = save_freq
        self.double_checkpoint = double_checkpoint
        self.delete_checkpoint = delete_checkpoint
        self._batches = BatchCounter(save_freq)
        self._epoch = 0
        self._path = os.path.join(self.backup_dir, "latest.npz")
        self._previous_path = os.path.join(self.backup_dir, "previous.npz")

    def on_train_begin(self, logs: Logs | None = None) -> None:
        if not self.model.built:
            raise ValueError(
                "BackupAndRestore needs a model that is built, but this one has no weights yet; "
                "write model.build((None, 28, 28, 1)) before fit."
            )
        paths = [p for p in (self._path, self._previous_path) if os.path.exists(p)]
        for path in paths:
            try:
                arrays = _read(path)
            except OSError:
                if path == paths[-1]:
                    raise
            else:
                self._restore(arrays)
                return

    def on_epoch_end(self, epoch: int, logs: Logs | None = None) -> None:
        self._epoch = epoch + 1
        if self.save_freq == "epoch":
            self._save()

    def on_train_batch_end(self, batch: int, logs: Logs | None = None) -> None:
        if self._batches.is_due(batch):
            self._save()

    def on_train_end(self, logs: Logs | None = None) -> None:
        if not self.delete_checkpoint:
            return
        for path in (self._path, self._previous_path):
            if os.path.exists(path):
                os.remove(path)
        if os.path.isdir(self.backup_dir) and not os.listdir(self.backup_dir):
            os.rmdir(self.backup_dir)  # files of others in it are left alone, and so is it

    def _variables(self) -> dict[str, Variable]:
        """Return everything that training changes, by its name in the backup."""
        layers = [v for layer in self.model.layers for v in layer.variables]
        model = list({id(v): v for v in [*self.model.weights, *layers]}.values())
        optimizer = self.model.optimizer
        if not optimizer.built:
            optimizer.build(self.model.trainable_variables)
        return {f"model/{i}": v for i, v in enumerate(model)} | {
            f"optimizer/{i}": v for i, v in enumerate(optimizer.variables)
        }

    def _sources(self) -> list[Any]:
        """Return what yields the batches of training and validation, None where it has no state."""
        sources = getattr(self.model, "_sources", [])
        return [source if hasattr(source, "set_state") else None for source in sources]

    def _save(self) -> None:
        state = {
            "epoch": self._epoch,
            "generator": random.generator().bit_generator.state,
            "sources": [source and source.get_state() for source in self._sources()],
        }
        arrays = {name: variable.value for name, variable in self._variables().items()}
        with replacing(self._path) as file:
            np.savez(file, state=np.array(json.dumps(state)), **arrays)  # type: ignore[arg-type]
            if self.double_checkpoint and os.path.exists(self._path):
                file.flush()
                os.fsync(file.fileno())  # the new backup is whole before the old one moves
                os.replace(self._path, self._previous_path)

    def _restore(self, arrays: dict[str, Any]) -> None:
        """Write a backup into model, optimizer and generator; nothing where it does not fit."""
        state = arrays.pop("state")
        variables = self._variables()
        shapes = {name: v.shape for name, v in variables.items()}
        saved = {name: a.shape for name, a in arrays.items()}
        if shapes != saved:
            name = next(n for n in [*shapes, *saved] if shapes.get(n) != saved.get(n))
            raise ValueError(
                f"the backup in {self.backup_dir!r} is of another model: it has {saved.get(name)} "
                f"where this one has {shapes.get(name)}; give backup_dir= another folder."
            )
        random.generator().bit_generator.state = state["generator"]
        for source, saved in zip(self._sources(), state.get("sources", ()), strict=False):
            if source and saved:
                source.set_state(saved)
        for key, variable in variables.items():
            variable.value[...] = arrays[key]
        self._epoch = state["epoch"]
        self.model._initial_epoch = self._epoch  # fit starts there


def _read(path: str) -> dict[str, Any]:
    """Return the arrays of a backup, read whole and checked, and its state.

    Raises:
        OSError: where the file is damaged.
    """
    try:
        arrays = read_npz(path)
        arrays["state"] = json.loads(str(arrays["state"]))
        return arrays
    except (KeyError, ValueError) as error:
        raise OSError(
            f"the backup {path!r} is damaged ({error}); delete it to train from the beginning."
        ) from error
