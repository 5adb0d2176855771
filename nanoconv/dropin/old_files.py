"""Files of any name: today their endings tell the format, and once they did not.

Keras 2 wrote `weights.hdf5`, and TensorFlow's own formats `cp.ckpt` and `saved_model/digits`. Here
such a file has Keras' format of today under the name that the script chose, which is found again
by what is in it.

Reference: https://www.tensorflow.org/tutorials/keras/save_and_load
"""

from __future__ import annotations

import inspect
import os
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

from nanoconv import callbacks, models
from nanoconv.core.safe_files import as_path
from nanoconv.dropin.monkey_patching import Patches, warn
from nanoconv.saving import save_and_load

patches = Patches()
_ENDINGS = (".keras", ".h5", ".hdf5")


def latest_checkpoint(checkpoint_dir: Any, latest_filename: str | None = None) -> str | None:
    """Return the newest file of a folder, or None where there is none."""
    files = [path for path in Path(checkpoint_dir).glob("*") if path.is_file()]
    return str(max(files, key=os.path.getmtime)) if files else None


@patches.replace(models.Model, "save")
def _save(save: Callable[..., None], self: Any, filepath: Any, *args: Any, **kwargs: Any) -> None:
    path = as_path(filepath)
    if path.endswith(_ENDINGS) or "save_format" in kwargs:
        return save(self, filepath, *args, **kwargs)
    warn(f"{path!r} is written in Keras' format for models; write {path + '.keras'!r}.")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # of save_format
        save(self, filepath, *args, save_format="keras", **kwargs)


@patches.replace(models.Model, "save_weights")
def _save_weights(
    save: Callable[..., None], self: Any, filepath: Any, overwrite: bool = True, **kwargs: Any
) -> None:
    path = as_path(filepath)
    if path.endswith(_ENDINGS[1:]):
        return save(self, path, overwrite, **kwargs)
    warn(f"{path!r} is written in Keras' format for weights; write {path + '.weights.h5'!r}.")
    save_and_load.write_weights(self, path, overwrite)


@patches.replace(callbacks.ModelCheckpoint, "__init__")
def _checkpoint(init: Callable[..., None], *args: Any, **kwargs: Any) -> None:
    given = inspect.signature(init).bind(*args, **kwargs).arguments
    checkpoint, path = given["self"], as_path(given["filepath"])
    ending = ".weights.h5" if given.get("save_weights_only") else ".keras"
    if path.endswith(ending) or (ending == ".keras" and path.endswith(".h5")):
        return init(*args, **kwargs)
    warn(f"{path!r} tells no format; write {os.path.splitext(path)[0] + ending!r}.")
    init(**given | {"filepath": path + ending})
    checkpoint.filepath = path


@patches.replace(callbacks.ModelCheckpoint, "_path")
def _path(
    path: Callable[..., str], self: Any, epoch: int, batch: int | None, logs: dict[str, Any]
) -> str:
    """Also fill `{val_acc:.2f}` in."""
    old = {key.replace("accuracy", "acc"): value for key, value in logs.items()}
    return path(self, epoch, batch, old | logs)
