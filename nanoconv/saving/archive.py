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
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO, Any, BinaryIO

from nanoconv.core import allocation
from nanoconv.core.safe_files import Budget, FileRefused, damage_named
from nanoconv.layers.base.layer_serialization import serialize, sharing
from nanoconv.saving import hdf5, weight_places
from nanoconv.saving.model_configs import model_from_config, parse_json

KERAS_VERSION = "3.15.0"  # whose format it is
_CONFIG, _METADATA, _WEIGHTS = "config.json", "metadata.json", "model.weights.h5"


def write(file: IO[bytes], model: Any, include_optimizer: bool = True) -> None:
    """Write a model into a new `.keras` file.

    Args:
        file: open for writing.
        model: the model.
        include_optimizer: whether compile settings and optimizer state are written, too.
    """
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
    weights = hdf5.made(lambda group: weight_places.write(group, model, include_optimizer))
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr(_METADATA, json.dumps(metadata))
        archive.writestr(_CONFIG, json.dumps(config))
        archive.writestr(_WEIGHTS, weights)


def read(file: BinaryIO, budget: Budget, compile: bool = True) -> Any:
    """Make a model from a `.keras` file.

    Args:
        file: open to read.
        budget: of memory for it.
        compile: whether to compile it as it was.

    Raises:
        ValueError: where the file is damaged, or names something unknown.
    """
    config = parse_json(_member(file, _CONFIG, budget), _CONFIG)
    with weights(file, budget) as group:
        total = hdf5.total_bytes(group)
        budget.spend(total, "the arrays in it")
        with allocation.limited_to(total):
            model = model_from_config(config, compile)
        weight_places.plan(group, model).carry_out()
    return model


@contextmanager
def weights(file: BinaryIO, budget: Budget) -> Iterator[Any]:
    """Open the weights inside a `.keras` file.

    Args:
        file: open to read.
        budget: of memory for it.

    Raises:
        ValueError: where the file is damaged.
    """
    with hdf5.reading(io.BytesIO(_member(file, _WEIGHTS, budget))) as group:
        yield group


def _member(file: BinaryIO, name: str, budget: Budget) -> bytes:
    """Return one file of an archive, after a look at its size; zip compares its checksum."""
    with damage_named("it"), zipfile.ZipFile(file) as archive:
        if name not in archive.namelist():
            raise FileRefused(
                f"it holds no {name}, so that it is no model of Keras; save the model again."
            )
        budget.spend(archive.getinfo(name).file_size, name)
        return archive.read(name)
