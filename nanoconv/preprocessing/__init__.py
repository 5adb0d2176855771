"""Prepares images: `ImageDataGenerator`, and functions to read and write single images.

Reference: https://keras.io/api/data_loading/image/
"""

from nanoconv.core import absent
from nanoconv.preprocessing import image

__all__ = ["image"]

_DATASET = "nanoconv.preprocessing.image_dataset:image_dataset_from_directory"
__getattr__, __dir__ = absent.public(__name__, {"image_dataset_from_directory": _DATASET})
