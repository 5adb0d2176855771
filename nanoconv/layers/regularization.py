"""Layers that make training harder on purpose, so that a network does not learn by heart."""

from __future__ import annotations

from typing import Any

import numpy as np

from nanoconv import kernels
from nanoconv.graph import Shape
from nanoconv.layers.base import Layer
from nanoconv.layers.cache import Cache
from nanoconv.random import SeedGenerator
from nanoconv.registry import register


@register("layers")
class Dropout(Layer):
    """y = x with a random share of its values set to zero, while training.

    Args:
        rate: the share that is dropped, from 0 to 1.
        noise_shape: not supported, None; see SpatialDropout2D for dropping whole channels.
        seed: an integer for repeatable masks.

    Raises:
        ValueError: where rate is not between 0 and 1, or noise_shape is given.

    Shapes:
        x (N, ...), y of the same shape

    Math (U is uniform in [0, 1), hashed from seed, batch number and place):
        m = (U < 1 - rate) / (1 - rate),  y = m * x,  dx = m * dy;  at inference y = x

    Reference: Srivastava et al., 2014, https://jmlr.org/papers/v15/srivastava14a.html,
        https://keras.io/api/layers/regularization_layers/dropout/
    """

    per_image = True

    def __init__(
        self, rate: float, noise_shape: Any = None, seed: int | None = None, **kwargs: Any
    ) -> None:
        super().__init__(**kwargs)
        if isinstance(rate, bool) or not isinstance(rate, (int, float)) or not 0 <= rate <= 1:
            raise ValueError(
                f"{self.name} got rate={rate!r}, but the share to drop lies between 0 and 1; "
                "write Dropout(0.25)."
            )
        if noise_shape is not None:
            raise ValueError(
                f"{self.name} got noise_shape={noise_shape!r}, but nanoconv drops single values; "
                "leave it out, or write SpatialDropout2D(rate) to drop whole channels."
            )
        self.rate = rate
        self.noise_shape = None
        self.seed = seed
        self.seed_generator = SeedGenerator(seed)

    def forward(self, x: np.ndarray, cache: Cache | None = None) -> np.ndarray:
        """Compute m * x while training, x at inference."""
        return self._mask(x, cache) if cache is not None and cache.training else x

    def backward(self, dy: np.ndarray, cache: Cache) -> np.ndarray:
        """Compute m * dy; the mask is hashed again, not stored."""
        return self._mask(dy, cache) if cache.training else dy

    def _mask(self, x: np.ndarray, cache: Cache) -> np.ndarray:
        return kernels.dropout(x, self.rate, cache.seed, cache.call, cache.first)

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        """Return the same shape."""
        return input_shape
