"""Flatten, Reshape, Permute, and borders."""

from nanoconv.layers.reshaping.borders import Cropping2D, UpSampling2D, ZeroPadding2D
from nanoconv.layers.reshaping.flatten import Flatten, Permute, Reshape

__all__ = [
    "Cropping2D",
    "Flatten",
    "Permute",
    "Reshape",
    "UpSampling2D",
    "ZeroPadding2D",
]
