"""Augmentation: changes each image a little while training, so that a network overfits less.

The layers of this folder stand in front of a model, and return images untouched at inference. What
happens to an image is hashed from the layer's seed, the number of the batch and the image's index
in it: neither threads nor chunks change anything.

Reference: Simard, Steinkraus and Platt, Best practices for convolutional neural networks applied to
    visual document analysis, 2003
"""

from __future__ import annotations

from typing import Any

import numpy as np

from nanoconv import kernels
from nanoconv.config import check_data_format
from nanoconv.core.graph import Shape
from nanoconv.core.registry import register
from nanoconv.layers.base.argument_checks import check_image, one_of
from nanoconv.layers.base.cache import Cache
from nanoconv.layers.base.layer import Layer
from nanoconv.random import SeedGenerator

Range = tuple[float, float]


class Augmentation(Layer):
    """Base of all: draws a few random values for each image, and does nothing at inference.

    A subclass says how many values it draws for each image, and what it does with them.

    Args:
        seed: an integer for repeatable changes.
        data_format: `"channels_last"` or None.

    Raises:
        ValueError: for inputs that are not (N, H, W, C).

    Shapes:
        x (N, H, W, C), y of the same shape

    Math:
        There is no gradient: an image is data, nothing is trained in front of it. `backward` says
        so while training; at inference, where y = x, it returns dy.
    """

    per_image = True
    keeps_shape = True
    draws = 1  # how many uniform values an image gets

    def __init__(
        self, seed: int | None = None, data_format: str | None = None, **kwargs: Any
    ) -> None:
        super().__init__(**kwargs)
        self.seed = seed
        self.seed_generator = SeedGenerator(seed)
        self.data_format = check_data_format(data_format)

    def augment(self, x: np.ndarray, U: np.ndarray, cache: Cache) -> np.ndarray:
        """Return changed images.

        Args:
            x: (N, H, W, C).
            U: (N, draws), uniform in [0, 1).
            cache: of this call, for layers that draw more than a few values.
        """
        raise NotImplementedError

    def forward(self, x: np.ndarray, cache: Cache | None = None) -> np.ndarray:
        """Change the images while training, return them at inference."""
        if cache is None or not cache.training:
            return x
        draws = len(x), self.draws
        U = kernels.hashed_uniform(draws, cache.seed, cache.call, cache.first, "float64")
        return self.augment(x, U, cache)

    def backward(self, dy: np.ndarray, cache: Cache) -> np.ndarray:
        """Return dy at inference; refuse while training."""
        if cache.training:
            raise ValueError(
                f"{self.name} was asked for a gradient, but augmentation has none; put it in front "
                "of all layers that learn, directly behind Input."
            )
        return dy

    def check_input_shape(self, input_shape: Shape) -> None:
        """Check (N, H, W, C)."""
        check_image(input_shape, self.name)


def factor_range(value: Any, name: str, layer: str, least: float = -1.0) -> Range:
    """Return (lower, upper) of a factor that may be one number, for both directions, or two.

    Args:
        value: what the user gave.
        name: of the argument.
        layer: whose.
        least: the smallest factor; 1 is the largest. Where it is 0, one number means (0, value).

    Raises:
        ValueError: for anything but one or two numbers in that range.
    """
    pair = value if isinstance(value, (tuple, list)) else (value, value)
    numbers = [v for v in pair if isinstance(v, (int, float)) and not isinstance(v, bool)]
    if len(pair) != 2 or len(numbers) != 2 or min(numbers) < least or max(numbers) > 1:
        raise ValueError(
            f"{layer} got {name}={value!r}, but one or two numbers from {least:g} to 1 are needed; "
            f"write {name}=0.1 or {name}=({max(least, -0.1):g}, 0.1)."
        )
    if pair is value:
        return min(numbers), max(numbers)
    return max(-abs(value), least), abs(value)


def between(U: np.ndarray, limits: Range) -> np.ndarray:
    """Return values uniform between the limits, of values uniform in [0, 1)."""
    lower, upper = limits
    return lower + (upper - lower) * U


@register("layers")
class RandomFlip(Augmentation):
    """Mirror half of the images.

    Args:
        mode: `"horizontal"` (left and right change places), `"vertical"`, or
            `"horizontal_and_vertical"`: both at once, as in Keras.
        seed: an integer for repeatable changes.
        data_format: `"channels_last"` or None.

    Raises:
        ValueError: for other modes, and inputs that are not (N, H, W, C).

    Shapes:
        x (N, H, W, C), y of the same shape

    Math:
        y[n,h,w,c] = x[n, h, W - 1 - w, c] where U ≤ 1/2, else x[n,h,w,c]
        no gradient while training, see `Augmentation`

    Example:
        >>> y = RandomFlip("horizontal")(np.zeros((2, 28, 28, 1)), training=True)
        >>> y.shape
        (2, 28, 28, 1)

    Reference: https://keras.io/api/layers/preprocessing_layers/image_augmentation/random_flip/
    """

    def __init__(
        self,
        mode: str = "horizontal_and_vertical",
        seed: int | None = None,
        data_format: str | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(seed, data_format, **kwargs)
        modes = ("horizontal", "vertical", "horizontal_and_vertical")
        self.mode = one_of(mode, modes, "mode", self.name)

    def augment(self, x: np.ndarray, U: np.ndarray, cache: Cache) -> np.ndarray:
        """Mirror the images whose value is low."""
        y, chosen = x.copy(), U[:, 0] <= 0.5
        rows = -1 if "vertical" in self.mode else 1
        columns = -1 if "horizontal" in self.mode else 1
        y[chosen] = x[chosen, ::rows, ::columns]
        return y


@register("layers")
class RandomContrast(Augmentation):
    """Make the differences between an image's pixels larger or smaller.

    Args:
        factor: (lower, upper) from 0 to 1: differences are multiplied by a number between
            1 - lower and 1 + upper; one number means (0, factor), as Keras computes it.
        value_range: where pixels lie; results are clipped to it.
        seed: an integer for repeatable changes.

    Raises:
        ValueError: for other factors, and inputs that are not (N, H, W, C).

    Shapes:
        x (N, H, W, C), y of the same shape

    Math (mean is that of one channel of one image, f between 1 - lower and 1 + upper):
        y = mean + f (x - mean), clipped to value_range
        no gradient while training, see `Augmentation`

    Example:
        >>> y = RandomContrast(0.5)(np.full((2, 28, 28, 1), 0.5), training=True)
        >>> round(float(y.mean()), 3)
        0.5

    Reference: https://keras.io/api/layers/preprocessing_layers/image_augmentation/random_contrast/
    """

    def __init__(
        self,
        factor: Any,
        value_range: Any = (0, 255),
        seed: int | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(seed, **kwargs)
        self.factor = factor_range(factor, "factor", self.name, least=0)
        self.value_range = value_range

    def augment(self, x: np.ndarray, U: np.ndarray, cache: Cache) -> np.ndarray:
        """Stretch each channel around its mean."""
        lower, upper = self.factor
        f = between(U, (1 - lower, 1 + upper)).astype(x.dtype)[:, :, None, None]  # (N, 1, 1, 1)
        mean = x.mean(axis=(1, 2), keepdims=True)  # (N, 1, 1, C)
        return np.clip(mean + f * (x - mean), *self.value_range)
