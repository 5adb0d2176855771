"""Dropout and noise: layers that disturb training on purpose, so that a network overfits less.

What they draw is hashed from the seed, the number of the batch, and the index in it: backward
finds the same values again without storing them, and threads change nothing.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from nanoconv import kernels
from nanoconv.config import check_data_format
from nanoconv.core.graph import Shape
from nanoconv.core.registry import register
from nanoconv.layers.base.argument_checks import check_image, share
from nanoconv.layers.base.cache import Cache
from nanoconv.layers.base.layer import Layer
from nanoconv.random import SeedGenerator


class Noise(Layer):
    """Base of all: y = x at inference, and something random while training.

    Args:
        seed: an integer for repeatable values.
    """

    per_image = True
    keeps_shape = True

    def __init__(self, seed: int | None = None, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.seed = seed
        self.seed_generator = SeedGenerator(seed)

    def forward(self, x: np.ndarray, cache: Cache | None = None) -> np.ndarray:
        """Disturb x while training, return it at inference."""
        return self.disturb(x, cache) if cache is not None and cache.training else x

    def backward(self, dy: np.ndarray, cache: Cache) -> np.ndarray:
        """Compute dx; noise that is multiplied with x is hashed again."""
        return self.disturb(dy, cache) if cache.training else dy

    def disturb(self, x: np.ndarray, cache: Cache) -> np.ndarray:
        """Multiply x by the random values of this call."""
        raise NotImplementedError


@register("layers")
class Dropout(Noise):
    """y = x with a random share of its values set to zero, while training.

    Args:
        rate: the share that is dropped, from 0 to 1.
        noise_shape: not supported, None; see SpatialDropout2D for dropping whole channels.
        seed: an integer for repeatable masks.

    Raises:
        ValueError: where rate is not between 0 and 1, or noise_shape is given.

    Shapes:
        x (N, ...), y of the same shape

    Math (U is uniform in [0, 1), hashed from seed, batch number and index):
        m = (U < 1 - rate) / (1 - rate),  y = m * x,  dx = m * dy;  at inference y = x

    Example:
        >>> x = np.ones((1, 1000))
        >>> sorted(set(Dropout(0.5)(x, training=True).ravel().tolist()))
        [0.0, 2.0]
        >>> np.array_equal(Dropout(0.5)(x), x)
        True

    Reference: Srivastava et al., 2014, https://jmlr.org/papers/v15/srivastava14a.html,
        https://keras.io/api/layers/regularization_layers/dropout/
    """

    def __init__(
        self, rate: float, noise_shape: Any = None, seed: int | None = None, **kwargs: Any
    ) -> None:
        super().__init__(seed, **kwargs)
        if noise_shape is not None:
            raise ValueError(
                f"{self.name} got noise_shape={noise_shape!r}, but nanoconv drops single values; "
                "leave it out, or write SpatialDropout2D(rate) to drop whole channels."
            )
        self.rate = share(rate, "rate", self.name)
        self.noise_shape = None

    def disturb(self, x: np.ndarray, cache: Cache) -> np.ndarray:
        """Compute m * x."""
        return kernels.dropout(x, self.rate, cache.seed, cache.call, cache.first)


@register("layers")
class SpatialDropout2D(Noise):
    """y = x with a random share of its channels set to zero, while training.

    Neighbouring pixels are much alike, so dropping single ones hides little.

    Args:
        rate: the share that is dropped, from 0 to 1.
        data_format: `"channels_last"` or None.
        seed: an integer for repeatable masks.
        name, dtype: as for every layer.

    Raises:
        ValueError: where rate is not between 0 and 1, and for inputs that are not (N, H, W, C).

    Shapes:
        x (N, H, W, C), y of the same shape

    Math (U is uniform in [0, 1), one for each image and channel):
        m[n,c] = (U < 1 - rate) / (1 - rate),  y = m * x,  dx = m * dy;  at inference y = x

    Example:
        >>> y = SpatialDropout2D(0.5)(np.ones((4, 9, 9, 16)), training=True)
        >>> sorted(set(y.mean(axis=(1, 2)).ravel().tolist()))
        [0.0, 2.0]

    Reference: Tompson et al., https://arxiv.org/abs/1411.4280,
        https://keras.io/api/layers/regularization_layers/spatial_dropout2d/
    """

    def __init__(
        self,
        rate: float,
        data_format: str | None = None,
        seed: int | None = None,
        name: str | None = None,
        dtype: Any = None,
    ) -> None:
        super().__init__(seed, name=name, dtype=dtype)
        self.rate = share(rate, "rate", self.name)
        self.data_format = check_data_format(data_format)

    def disturb(self, x: np.ndarray, cache: Cache) -> np.ndarray:
        """Compute m * x."""
        return kernels.dropout_channels(x, self.rate, cache.seed, cache.call, cache.first)

    def check_input_shape(self, input_shape: Shape) -> None:
        """Check (N, H, W, C)."""
        check_image(input_shape, self.name)


@register("layers")
class GaussianNoise(Noise):
    """y = x + normal noise, while training.

    Args:
        stddev: standard deviation of the noise, from 0 to 1.
        seed: an integer for repeatable noise.

    Raises:
        ValueError: where stddev is not between 0 and 1.

    Shapes:
        x (N, ...), y of the same shape

    Math (Z is standard normal):
        y = x + stddev Z,  dx = dy;  at inference y = x

    Example:
        >>> y = GaussianNoise(0.1)(np.ones((100, 100)), training=True)
        >>> round(float(y.mean()), 1), round(float(y.std()), 1)
        (1.0, 0.1)

    Reference: https://keras.io/api/layers/regularization_layers/gaussian_noise/
    """

    def __init__(self, stddev: float, seed: int | None = None, **kwargs: Any) -> None:
        super().__init__(seed, **kwargs)
        self.stddev = share(stddev, "stddev", self.name)

    def disturb(self, x: np.ndarray, cache: Cache) -> np.ndarray:
        """Compute x + stddev Z."""
        return x + x.dtype.type(self.stddev) * normal(x, cache)

    def backward(self, dy: np.ndarray, cache: Cache) -> np.ndarray:
        """Return dy: the noise was added."""
        return dy


@register("layers")
class GaussianDropout(Noise):
    """y = x times normal noise around 1, while training; as strong as Dropout of the same rate.

    Args:
        rate: as for Dropout, from 0 to below 1.
        seed: an integer for repeatable noise.

    Raises:
        ValueError: where rate is not between 0 and 1.

    Shapes:
        x (N, ...), y of the same shape

    Math (Z is standard normal):
        m = 1 + √(rate / (1 - rate)) Z,  y = m * x,  dx = m * dy;  at inference y = x

    Example:
        >>> y = GaussianDropout(0.5)(np.ones((100, 100)), training=True)
        >>> round(float(y.mean())), round(float(y.std()))
        (1, 1)

    Reference: https://keras.io/api/layers/regularization_layers/gaussian_dropout/
    """

    def __init__(self, rate: float, seed: int | None = None, **kwargs: Any) -> None:
        super().__init__(seed, **kwargs)
        self.rate = share(rate, "rate", self.name)
        if rate == 1:
            raise ValueError(
                f"{self.name} got rate=1, but noise is finite below 1; write rate=0.5."
            )

    def disturb(self, x: np.ndarray, cache: Cache) -> np.ndarray:
        """Compute m * x."""
        stddev = x.dtype.type(math.sqrt(self.rate / (1 - self.rate)))
        return x * (1 + stddev * normal(x, cache))


def normal(x: np.ndarray, cache: Cache) -> np.ndarray:
    """Return standard normal values of x's shape for this call."""
    return kernels.hashed_normal(x.shape, cache.seed, cache.call, cache.first, x.dtype)
