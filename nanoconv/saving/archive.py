"""The `.keras` format: a zip archive of three files.

    metadata.json      which program wrote it, and when
    config.json        architecture and compile settings
    model.weights.h5   all variables, the optimizer's included (see `state`)

Reference: https://keras.io/api/models/model_saving_apis/model_saving_and_loading/
"""

from __future__ import annotations

import datetime
import io
import json
import os
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from nanoconv.core import allocation
from nanoconv.layers.base.layer_serialization import serialize, sharing
from nanoconv.saving import hdf5, weight_places
from nanoconv.saving.disk import damaged
from nanoconv.saving.model_configs import model_from_config, parse_json

KERAS_VERSION = "3.15.0"  # whose format it is
_CONFIG, _METADATA, _WEIGHTS = "config.json", "metadata.json", "model.weights.h5"
_LARGEST_CONFIG = 1 << 28
_MOST_EXPANSION = 100  # of a compressed member; Keras and nanoconv store them as they are


def write(path: str, model: Any, include_optimizer: bool = True) -> None:
    """Write a model into a new `.keras` file.

    Args:
        path: of the file.
        model: the model.
        include_optimizer: whether compile settings and optimizer state are written, too.
    """
    import h5py

    import nanoconv

    with sharing():
        config = serialize(model)
    if not include_optimizer:
        config.pop("compile_config", None)
    metadata = {
        "keras_version": KERAS_VERSION,
        "nanoconv_version": nanoconv.__version__,
        "date_saved": datetime.datetime.now().strftime("%Y-%m-%d@%H:%M:%S"),
    }
    weights = io.BytesIO()
    with h5py.File(weights, "w") as file:
        weight_places.write(file, model, include_optimizer)
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(_METADATA, json.dumps(metadata))
        archive.writestr(_CONFIG, json.dumps(config))
        archive.writestr(_WEIGHTS, weights.getbuffer())


def read(path: str, compile: bool = True) -> Any:
    """Make a model from a `.keras` file.

    Args:
        path: of the file.
        compile: whether to compile it as it was.

    Raises:
        ValueError: where the file is damaged, or names something unknown.
    """
    config = parse_json(_member(path, _CONFIG, _LARGEST_CONFIG), _CONFIG)
    with weights(path) as file:
        with allocation.limited_to(hdf5.total_bytes(file)):
            model = model_from_config(config, compile)
        weight_places.plan(file, model).carry_out()
    return model


@contextmanager
def weights(path: str) -> Iterator[Any]:
    """Open the weights inside a `.keras` file.

    Args:
        path: of the `.keras` file.

    Raises:
        ValueError: where the file is damaged.
    """
    with hdf5.reading(io.BytesIO(_member(path, _WEIGHTS))) as file:
        yield file


def _member(path: str, name: str, largest: int | None = None) -> bytes:
    """Return one file of an archive, after a look at its size; zip checks its checksum."""
    try:
        with zipfile.ZipFile(path) as archive:
            info = archive.getinfo(name)
            limit = os.path.getsize(path) * _MOST_EXPANSION
            if info.file_size > min(limit, largest or limit):
                raise ValueError(
                    f"{name} claims {info.file_size} bytes in an archive of "
                    f"{os.path.getsize(path)}, which no model needs; save the model again."
                )
            return archive.read(info)
    except KeyError:
        raise ValueError(
            f"it holds no {name}, so that it is no model of Keras; save the model again."
        ) from None
    except (
        zipfile.BadZipFile,
        zlib.error,
        EOFError,
        NotImplementedError,
        OSError,
        RuntimeError,
    ) as error:
        raise damaged(error) from error
