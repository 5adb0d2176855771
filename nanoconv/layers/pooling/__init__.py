"""Maximum and mean of a window, or of the whole image."""

from nanoconv.layers.pooling.global_pooling import GlobalAveragePooling2D, GlobalMaxPooling2D
from nanoconv.layers.pooling.pooling2d import AveragePooling2D, MaxPooling2D

__all__ = [
    "AveragePooling2D",
    "GlobalAveragePooling2D",
    "GlobalMaxPooling2D",
    "MaxPooling2D",
]
