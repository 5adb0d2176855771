"""Small tools around training, with Keras' names.

Reference: https://keras.io/api/utils/
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from nanoconv.core import absent
from nanoconv.random import set_random_seed
from nanoconv.utils.image_files import array_to_img, img_to_array, load_img, save_img
from nanoconv.utils.numerical import normalize, to_categorical
from nanoconv.utils.progbar import Progbar
from nanoconv.utils.py_dataset import PyDataset

if TYPE_CHECKING:
    from nanoconv.plots.plot_history import plot_history as plot_history
    from nanoconv.plots.plot_model import plot_model as plot_model
    from nanoconv.plots.plot_tiles import plot_misread as plot_misread
    from nanoconv.preprocessing.image_dataset import (
        image_dataset_from_directory as image_dataset_from_directory,
    )

Sequence = PyDataset

__all__ = [
    "Progbar",
    "PyDataset",
    "Sequence",
    "array_to_img",
    "image_dataset_from_directory",
    "img_to_array",
    "load_img",
    "normalize",
    "plot_history",
    "plot_misread",
    "plot_model",
    "save_img",
    "set_random_seed",
    "to_categorical",
]

_SAVING = (
    *("CustomObjectScope", "custom_object_scope", "get_custom_objects", "get_registered_name"),
    *("get_registered_object", "register_keras_serializable"),
    *("serialize_keras_object", "deserialize_keras_object"),
)
__getattr__, __dir__ = absent.public(
    __name__,
    {
        **{name: f"nanoconv.saving:{name}" for name in _SAVING},
        "clear_session": "nanoconv.backend:clear_session",
        "image_dataset_from_directory": (
            "nanoconv.preprocessing.image_dataset:image_dataset_from_directory"
        ),
        "plot_history": "nanoconv.plots.plot_history:plot_history",
        "plot_misread": "nanoconv.plots.plot_tiles:plot_misread",
        "plot_model": "nanoconv.plots.plot_model:plot_model",
    },
)
