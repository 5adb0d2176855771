"""Saving and loading: which format it is, and who reads or writes it.

Reference: https://keras.io/api/models/model_saving_apis/
"""

from __future__ import annotations

from typing import Any

from nanoconv.saving import archive, disk, hdf5, state


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
    path = disk.as_path(filepath)
    include_optimizer = kwargs.pop("include_optimizer", True)
    if path.endswith(".keras"):
        with disk.replacing(path, overwrite) as temporary:
            archive.write(temporary, model, include_optimizer)


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
    path = disk.as_path(filepath)
    kind = disk.kind_of(path)
    try:
        if kind == "zip":
            return archive.read(path, custom_objects, compile)
        raise NotImplementedError
    except ValueError as error:
        raise ValueError(f"{path!r} cannot be loaded: {error}") from error


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
    import h5py

    path = disk.as_path(filepath)
    _ = model.program  # refuses a model that is not built
    with disk.replacing(path, overwrite) as temporary:
        with h5py.File(temporary, "w") as file:
            state.write(file, model)
        disk.seal(temporary)


def load_weights(model: Any, filepath: Any, skip_mismatch: bool = False, **kwargs: Any) -> None:
    """Read the weights from a file; nothing is written into the model where they do not fit.

    Args:
        model: the model, built.
        filepath: a `.weights.h5`, `.keras` or older `.h5` file.
        skip_mismatch: whether layers that do not fit are left alone, with a warning.

    Raises:
        FileNotFoundError: where there is no such file.
        ValueError: where the file is damaged, or does not fit.

    Reference: https://keras.io/api/models/model_saving_apis/weights_saving_and_loading/
    """
    path = disk.as_path(filepath)
    kind = disk.kind_of(path)
    _ = model.program
    if kind == "zip":
        archive.read_weights(path, model, skip_mismatch)
        return
    disk.check_seal(path)
    with hdf5.reading(path, repr(path)) as file:
        state.plan(file, model, skip_mismatch).carry_out()
