"""Saves and loads models and weights, in the format that the name or the content says.

Reference: https://keras.io/api/models/model_saving_apis/
"""

from __future__ import annotations

import os
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from nanoconv.core import registry
from nanoconv.core.safe_files import Budget, as_path, replacing, shortened
from nanoconv.saving import archive, disk, hdf5, legacy, weight_places

_H5 = (".h5", ".hdf5")


def save_model(
    model: Any, filepath: Any, overwrite: bool = True, zipped: bool | None = None, **kwargs: Any
) -> None:
    """Save architecture, weights, compile settings and optimizer state as one file.

    The file appears under its name when it is complete, so that a program killed while saving
    leaves the previous file as it was.

    Args:
        model: the model.
        filepath: ending in `.keras`, or in `.h5` or `.hdf5` for Keras' older format.
        overwrite: whether an existing file may be replaced.
        zipped: only True or None.
        kwargs: `include_optimizer=False` leaves compile settings and optimizer out.

    Raises:
        ValueError: for another ending.
        FileExistsError: where the file exists and overwrite is False.

    Reference: https://keras.io/api/models/model_saving_apis/model_saving_and_loading/
    """
    path = as_path(filepath)
    include_optimizer = kwargs.pop("include_optimizer", True)
    kind = _format(path, kwargs.pop("save_format", None))
    _refuse("save_model", kwargs)
    if zipped not in (None, True):
        raise ValueError(
            f"zipped is {zipped!r}, but nanoconv saves one file, not a folder; leave zipped out."
        )
    with replacing(path, overwrite) as file:
        if kind == "keras":
            archive.write(file, model, include_optimizer)
        else:
            data = hdf5.made(lambda group: legacy.write(group, model, include_optimizer))
            disk.write_sealed(file, data)


def _format(path: str, save_format: Any) -> str:
    """Return `"keras"` or `"h5"`, by a file's ending.

    Raises:
        ValueError: for another ending, or a format that is none of these.
    """
    if save_format is not None:
        warnings.warn(
            f"save_format={save_format!r} is Keras 2's way; the file's ending decides, so leave "
            "save_format out.",
            DeprecationWarning,
            stacklevel=4,
        )
    if save_format not in (None, "keras", "h5", "hdf5"):
        raise ValueError(
            f"save_format is {save_format!r}, but nanoconv writes 'keras' and 'h5' files; write "
            "model.save('model.keras')."
        )
    if path.endswith(".keras") or (save_format == "keras" and not path.endswith(_H5)):
        return "keras"
    if path.endswith(_H5) or save_format in ("h5", "hdf5"):
        return "h5"
    raise ValueError(
        f"filepath is {path!r}, but must end in .keras, .h5 or .hdf5; write "
        f"{os.path.splitext(path)[0] + '.keras'!r}."
    )


def _refuse(method: str, arguments: dict[str, Any]) -> None:
    """Refuse arguments that are left."""
    for name, value in arguments.items():
        if value is not None:
            raise ValueError(
                f"{method} got {name}={value!r}, which nanoconv does not support; leave {name} out."
            )


def load_model(
    filepath: Any,
    custom_objects: dict[str, Any] | None = None,
    compile: bool = True,
    safe_mode: bool = True,
) -> Any:
    """Load a whole model; what the file holds decides, not its name.

    Args:
        filepath: a `.keras`, `.h5` or `.hdf5` file of nanoconv or Keras.
        custom_objects: your own classes and functions by name.
        compile: whether to compile it as it was, optimizer state included.
        safe_mode: accepted for Keras' sake; nanoconv never runs code from a file.

    Returns:
        the model, ready to train on where training stopped.

    Raises:
        FileNotFoundError: where there is no such file.
        ValueError: where the file is damaged, or names something unknown.

    Reference: https://keras.io/api/models/model_saving_apis/model_saving_and_loading/
    """
    path = as_path(filepath)
    with (
        disk.opened(path) as (kind, file),
        _naming(path),
        registry.custom_object_scope(custom_objects),
    ):
        budget = Budget(os.path.getsize(path))
        if kind == "zip":
            return archive.read(file, budget, compile)
        disk.check_seal(file)
        with hdf5.reading(file) as group:
            return legacy.read(group, budget, compile)


@contextmanager
def _naming(path: str) -> Iterator[None]:
    """Put the file's name in front of whatever is wrong with it; cut what a file makes too long."""
    try:
        yield
    except ValueError as error:
        raise ValueError(f"{path!r} cannot be loaded: {shortened(str(error))}") from error


def save_weights(model: Any, filepath: Any, overwrite: bool = True, **kwargs: Any) -> None:
    """Save the weights alone, and the optimizer's state.

    Args:
        model: the model.
        filepath: ending in `.weights.h5`.
        overwrite: whether an existing file may be replaced.

    Raises:
        ValueError: for another ending, or where the model is not built.
        FileExistsError: where the file exists and overwrite is False.

    Reference: https://keras.io/api/models/model_saving_apis/weights_saving_and_loading/
    """
    path = as_path(filepath)
    _refuse("save_weights", {k: v for k, v in kwargs.items() if k != "save_format"})
    if not path.endswith(_H5):
        raise ValueError(
            f"filepath is {path!r}, but must end in .weights.h5; write "
            f"{os.path.splitext(path)[0] + '.weights.h5'!r}."
        )
    _ = model.program  # refuses a model that is not built
    modern = path.endswith(".weights.h5")
    if not modern:
        warnings.warn(
            f"{path!r} is written in Keras 2's format for weights, without optimizer state; "
            f"write {os.path.splitext(path)[0] + '.weights.h5'!r} for the format of today.",
            DeprecationWarning,
            stacklevel=3,
        )
    write_weights(model, path, overwrite, weight_places.write if modern else legacy.write_weights)


def write_weights(
    model: Any,
    path: str,
    overwrite: bool,
    write: Callable[[Any, Any], None] = weight_places.write,
) -> None:
    """Write the weights into a file of any name.

    Args:
        model: the model.
        path: of the file.
        overwrite: whether an existing file may be replaced.
        write: writes them into an open HDF5 file, in one of the formats.
    """
    with replacing(path, overwrite) as file:
        disk.write_sealed(file, hdf5.made(lambda group: write(group, model)))


def load_weights(model: Any, filepath: Any, skip_mismatch: bool = False, **kwargs: Any) -> None:
    """Read the weights from a file; nothing is written into the model where they do not fit.

    Args:
        model: the model, built.
        filepath: a `.weights.h5`, `.keras` or older `.h5` file.
        skip_mismatch: whether layers that do not fit are left alone, with a warning.
        kwargs: `by_name=True` matches layers by name (older `.h5` files only).

    Raises:
        FileNotFoundError: where there is no such file.
        ValueError: where the file is damaged, or does not fit.

    Reference: https://keras.io/api/models/model_saving_apis/weights_saving_and_loading/
    """
    path = as_path(filepath)
    by_name = bool(kwargs.pop("by_name", None))
    _refuse("load_weights", kwargs)
    _ = model.program  # refuses a model that is not built
    with disk.opened(path) as (kind, file), _naming(path):
        if kind == "hdf5":
            disk.check_seal(file)
        budget = Budget(os.path.getsize(path))
        with archive.weights(file, budget) if kind == "zip" else hdf5.reading(file) as group:
            older = group if _names_layers(group) else hdf5.member(group, "model_weights")
            if older is not None:
                plan = legacy.plan_weights(older, model, skip_mismatch, by_name)
            elif by_name:
                raise ValueError(
                    "by_name=True needs a file that knows the layers' names, an older .h5 file; "
                    "leave by_name out."
                )
            else:
                plan = weight_places.plan(group, model, skip_mismatch)
            plan.carry_out()


def _names_layers(group: Any) -> bool:
    return "layer_names" in group.attrs or "layer_names0" in group.attrs
