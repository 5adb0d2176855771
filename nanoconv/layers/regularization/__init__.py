"""Dropout and its relatives: noise that is only there in training."""

from nanoconv.layers.regularization.dropout import (
    Dropout,
    GaussianDropout,
    GaussianNoise,
    SpatialDropout2D,
)

__all__ = [
    "Dropout",
    "GaussianDropout",
    "GaussianNoise",
    "SpatialDropout2D",
]
