"""Files of any name: today their endings tell the format, and once they did not.

Keras 2 wrote `weights.hdf5`, and TensorFlow's own formats `cp.ckpt` and `saved_model/digits`. Here
such a file has Keras' format of today under the name that the script chose, which is found again
by what is in it.

Reference: https://www.tensorflow.org/tutorials/keras/save_and_load
"""

from __future__ import annotations

import functools
import inspect
import os
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

from nanoconv import callbacks, models
from nanoconv.core.safe_files import as_path
from nanoconv.dropin.teaching import wrap
from nanoconv.saving import save_and_load

_ENDINGS = (".keras", ".h5", ".hdf5")


def accept() -> None:
    """Teach models and ModelCheckpoint names of any ending."""
    wrap(models.Model, "save", _saving)
    wrap(models.Model, "save_weights", _saving_weights)
    wrap(callbacks.ModelCheckpoint, "__init__", _checkpointing)
    wrap(callbacks.ModelCheckpoint, "_path", _naming)


def latest_checkpoint(checkpoint_dir: Any, latest_filename: str | None = None) -> str | None:
    """Return the newest file of a folder, or None where there is none.

    Args:
        checkpoint_dir: the folder.
        latest_filename: accepted.
    """
    files = [path for path in Path(checkpoint_dir).glob("*") if path.is_file()]
    return str(max(files, key=os.path.getmtime)) if files else None


def _saving(save: Callable[..., None]) -> Callable[..., None]:
    """Return `save` for names of any ending."""

    @functools.wraps(save)
    def call(self: Any, filepath: Any, *args: Any, **kwargs: Any) -> None:
        if not str(filepath).endswith(_ENDINGS):
            kwargs.setdefault("save_format", "keras")
        save(self, filepath, *args, **kwargs)

    return call


def _saving_weights(save: Callable[..., None]) -> Callable[..., None]:
    """Return `save_weights` for names of any ending."""

    @functools.wraps(save)
    def call(self: Any, filepath: Any, overwrite: bool = True, **kwargs: Any) -> None:
        path = as_path(filepath)
        if path.endswith(_ENDINGS[1:]):
            return save(self, path, overwrite, **kwargs)
        warnings.warn(
            f"{path!r} is written in Keras' format for weights; write {path + '.weights.h5'!r}.",
            DeprecationWarning,
            stacklevel=2,
        )
        save_and_load.write_weights(self, path, overwrite)

    return call


def _checkpointing(init: Callable[..., None]) -> Callable[..., None]:
    """Return ModelCheckpoint's `__init__` for names of any ending."""
    signature = inspect.signature(init)

    @functools.wraps(init)
    def call(*args: Any, **kwargs: Any) -> None:
        given = signature.bind(*args, **kwargs).arguments
        checkpoint, path = given["self"], as_path(given["filepath"])
        ending = ".weights.h5" if given.get("save_weights_only") else ".keras"
        if path.endswith(ending) or (ending == ".keras" and path.endswith(".h5")):
            return init(*args, **kwargs)
        warnings.warn(
            f"{path!r} tells no format; write {os.path.splitext(path)[0] + ending!r}.",
            DeprecationWarning,
            stacklevel=3,
        )
        init(**given | {"filepath": path + ending})
        checkpoint.filepath = path

    return call


def _naming(path: Callable[..., str]) -> Callable[..., str]:
    """Return ModelCheckpoint's `_path` that also fills `{val_acc:.2f}` in."""

    @functools.wraps(path)
    def call(self: Any, epoch: int, batch: int | None, logs: dict[str, Any]) -> str:
        old = {key.replace("accuracy", "acc"): value for key, value in logs.items()}
        return path(self, epoch, batch, old | logs)

    return call
