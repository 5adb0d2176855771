"""BatchNormalization and LayerNormalization."""

from nanoconv.layers.normalization.batch_normalization import BatchNormalization
from nanoconv.layers.normalization.layer_normalization import LayerNormalization

__all__ = [
    "BatchNormalization",
    "LayerNormalization",
]
