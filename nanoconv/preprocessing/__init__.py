"""Prepares images: `ImageDataGenerator`, and functions to read and write single images.

Reference: https://keras.io/api/data_loading/image/
"""

from nanoconv.core import absent
from nanoconv.preprocessing import image

__all__ = ["image"]

__getattr__, __dir__ = absent.public(__name__)
