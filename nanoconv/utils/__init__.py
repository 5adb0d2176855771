"""Small tools around training, with Keras' names.

Reference: https://keras.io/api/utils/
"""

from __future__ import annotations

from nanoconv.core import absent
from nanoconv.plots.plot_digits import plot_misread
from nanoconv.plots.plot_history import plot_history
from nanoconv.plots.plot_model import plot_model
from nanoconv.random import set_random_seed
from nanoconv.utils.image_files import array_to_img, img_to_array, load_img, save_img
from nanoconv.utils.numerical import normalize, to_categorical
from nanoconv.utils.progbar import Progbar
from nanoconv.utils.py_dataset import PyDataset

Sequence = PyDataset

__all__ = [
    "Progbar",
    "PyDataset",
    "Sequence",
    "array_to_img",
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
    __name__, {**dict.fromkeys(_SAVING, "nanoconv.saving"), "clear_session": "nanoconv.backend"}
)
