"""Small tools around training, with Keras' names.

Reference: https://keras.io/api/utils/
"""

from nanoconv import absent
from nanoconv.random import set_random_seed
from nanoconv.utils.dataset import PyDataset
from nanoconv.utils.images import array_to_img, img_to_array, load_img, save_img
from nanoconv.utils.numerical import normalize, to_categorical
from nanoconv.utils.plot_digits import plot_misread
from nanoconv.utils.plot_history import plot_history
from nanoconv.utils.plot_model import plot_model
from nanoconv.utils.progbar import Progbar

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

__getattr__ = absent.refuse(__name__)
