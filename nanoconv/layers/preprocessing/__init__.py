"""Rescaling and random changes of images."""

from nanoconv.layers.preprocessing.augmentation import RandomContrast, RandomFlip
from nanoconv.layers.preprocessing.elastic_transform import RandomElasticTransform
from nanoconv.layers.preprocessing.random_warps import RandomRotation, RandomTranslation, RandomZoom
from nanoconv.layers.preprocessing.rescaling import Rescaling

__all__ = [
    "RandomContrast",
    "RandomElasticTransform",
    "RandomFlip",
    "RandomRotation",
    "RandomTranslation",
    "RandomZoom",
    "Rescaling",
]
