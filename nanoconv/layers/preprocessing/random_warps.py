"""Augmentation that moves pixels: rotates, shifts and zooms images.

All of them ask, for each pixel p of the output, where in the input it comes from, and look there:

    s(p) = c + M (p - c) - t        c: the image's centre, M: a 2 x 2 matrix, t: a shift

Reference: https://keras.io/api/layers/preprocessing_layers/image_augmentation/
"""

from __future__ import annotations

from typing import Any

import numpy as np

from nanoconv import kernels
from nanoconv.core.affine import affine_places
from nanoconv.core.registry import register
from nanoconv.layers.base.argument_checks import one_of
from nanoconv.layers.base.cache import Cache
from nanoconv.layers.preprocessing.augmentation import Augmentation, between, factor_range

FILL_MODES = ("reflect", "wrap", "constant", "nearest")
INTERPOLATIONS = ("nearest", "bilinear")


class Warp(Augmentation):
    """Base of the layers that move pixels: how to look between pixels and outside the image.

    Args:
        fill_mode: what lies outside: `"reflect"` (the image's mirror image), `"wrap"` (the image
            again), `"nearest"` (its last pixel) or `"constant"` (`fill_value`).
        interpolation: `"bilinear"` (between four pixels) or `"nearest"` (the nearest one).
        seed: an integer for repeatable changes.
        fill_value: see fill_mode.
        data_format: `"channels_last"` or None.

    Raises:
        ValueError: for other modes, and inputs that are not (N, H, W, C).
    """

    def __init__(
        self,
        fill_mode: str,
        interpolation: str,
        seed: int | None,
        fill_value: float,
        data_format: str | None,
        **kwargs: Any,
    ) -> None:
        super().__init__(seed, data_format, **kwargs)
        self.fill_mode = one_of(fill_mode, FILL_MODES, "fill_mode", self.name)
        self.interpolation = one_of(interpolation, INTERPOLATIONS, "interpolation", self.name)
        self.fill_value = fill_value

    def augment(self, x: np.ndarray, U: np.ndarray, cache: Cache) -> np.ndarray:
        """Look up each pixel at c + M (p - c) - t."""
        H, W = x.shape[1:3]
        M, t = self.transform(U, H, W)
        return self.look_up(x, *affine_places(M, -t, H, W))

    def transform(self, U: np.ndarray, H: int, W: int) -> tuple[np.ndarray, np.ndarray]:
        """Return M (N, 2, 2) and t (N, 2), rows before columns, for random values U (N, draws)."""
        raise NotImplementedError

    def look_up(self, x: np.ndarray, rows: np.ndarray, columns: np.ndarray) -> np.ndarray:
        """Return x at these places (N, H, W)."""
        options = self.interpolation, self.fill_mode, self.fill_value
        return kernels.warp(x, rows.astype(x.dtype), columns.astype(x.dtype), *options)


@register("layers")
class RandomRotation(Warp):
    """Rotate each image around its centre.

    Args:
        factor: (lower, upper) from -1 to 1, as shares of 360 degrees, counter-clockwise; one number
            means (-factor, factor).
        fill_mode, interpolation, seed, fill_value, data_format: see `Warp`.

    Raises:
        ValueError: for other factors or modes, and inputs that are not (N, H, W, C).

    Shapes:
        x (N, H, W, C), y of the same shape

    Math (angle uniform between 2π lower and 2π upper; rows before columns):
        M = [[cos angle, sin angle], [-sin angle, cos angle]],  t = 0
        no gradient while training, see `Augmentation`

    Example:
        >>> y = RandomRotation(0.1)(np.ones((2, 28, 28, 1)), training=True)
        >>> y.shape
        (2, 28, 28, 1)

    Reference: https://keras.io/api/layers/preprocessing_layers/image_augmentation/random_rotation/
    """

    def __init__(
        self,
        factor: Any,
        fill_mode: str = "reflect",
        interpolation: str = "bilinear",
        seed: int | None = None,
        fill_value: float = 0.0,
        data_format: str | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(fill_mode, interpolation, seed, fill_value, data_format, **kwargs)
        self.factor = factor_range(factor, "factor", self.name)

    def transform(self, U: np.ndarray, H: int, W: int) -> tuple[np.ndarray, np.ndarray]:
        """Return rotations."""
        angle = 2 * np.pi * between(U[:, 0], self.factor)
        cos, sin = np.cos(angle), np.sin(angle)
        M = np.array([[cos, sin], [-sin, cos]]).transpose(2, 0, 1)  # (2, 2, N) -> (N, 2, 2)
        return M, np.zeros((len(U), 2))


@register("layers")
class RandomTranslation(Warp):
    """Shift each image.

    Args:
        height_factor: (lower, upper) from -1 to 1, as shares of the height, downwards; one number
            means (-factor, factor).
        width_factor: likewise to the right.
        fill_mode, interpolation, seed, fill_value, data_format: see `Warp`.

    Raises:
        ValueError: for other factors or modes, and inputs that are not (N, H, W, C).

    Shapes:
        x (N, H, W, C), y of the same shape

    Math (f uniform between lower and upper, for height and width):
        M = 1,  t = (H f_height, W f_width)
        no gradient while training, see `Augmentation`

    Example:
        >>> y = RandomTranslation(0.1, 0.1)(np.ones((2, 28, 28, 1)), training=True)
        >>> y.shape
        (2, 28, 28, 1)

    Reference: https://keras.io/api/layers/preprocessing_layers/image_augmentation/random_translation/
    """

    draws = 2

    def __init__(
        self,
        height_factor: Any,
        width_factor: Any,
        fill_mode: str = "reflect",
        interpolation: str = "bilinear",
        seed: int | None = None,
        fill_value: float = 0.0,
        data_format: str | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(fill_mode, interpolation, seed, fill_value, data_format, **kwargs)
        self.height_factor, self.width_factor = height_factor, width_factor
        self.height_range = factor_range(height_factor, "height_factor", self.name)
        self.width_range = factor_range(width_factor, "width_factor", self.name)

    def transform(self, U: np.ndarray, H: int, W: int) -> tuple[np.ndarray, np.ndarray]:
        """Return shifts."""
        down = H * between(U[:, 0], self.height_range)
        right = W * between(U[:, 1], self.width_range)
        return np.tile(np.eye(2), (len(U), 1, 1)), np.stack([down, right], axis=1)


@register("layers")
class RandomZoom(Warp):
    """Zoom each image around its centre.

    Args:
        height_factor: (lower, upper) above -1, up to 1; positive ones zoom out: the output shows
            1 + factor times the image's height; one number means (-factor, factor).
        width_factor: likewise; None zooms both by the same number.
        fill_mode, interpolation, seed, fill_value, data_format: see `Warp`.

    Raises:
        ValueError: for other factors or modes, and inputs that are not (N, H, W, C).

    Shapes:
        x (N, H, W, C), y of the same shape

    Math (f uniform between lower and upper, for height and width):
        M = [[1 + f_height, 0], [0, 1 + f_width]],  t = 0
        no gradient while training, see `Augmentation`

    Example:
        >>> y = RandomZoom(0.2)(np.ones((2, 28, 28, 1)), training=True)
        >>> y.shape
        (2, 28, 28, 1)

    Reference: https://keras.io/api/layers/preprocessing_layers/image_augmentation/random_zoom/
    """

    draws = 2

    def __init__(
        self,
        height_factor: Any,
        width_factor: Any = None,
        fill_mode: str = "reflect",
        interpolation: str = "bilinear",
        seed: int | None = None,
        fill_value: float = 0.0,
        data_format: str | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(fill_mode, interpolation, seed, fill_value, data_format, **kwargs)
        self.height_factor, self.width_factor = height_factor, width_factor
        self.height_range = factor_range(height_factor, "height_factor", self.name)
        self.width_range = self.height_range
        if width_factor is not None:
            self.width_range = factor_range(width_factor, "width_factor", self.name)
        if min(*self.height_range, *self.width_range) <= -1:
            raise ValueError(
                f"{self.name} got a factor of -1, which would zoom in without end; "
                "write RandomZoom(0.2)."
            )

    def transform(self, U: np.ndarray, H: int, W: int) -> tuple[np.ndarray, np.ndarray]:
        """Return zooms."""
        M = np.zeros((len(U), 2, 2))
        M[:, 0, 0] = 1 + between(U[:, 0], self.height_range)
        M[:, 1, 1] = 1 + between(U[:, 0 if self.width_factor is None else 1], self.width_range)
        return M, np.zeros((len(U), 2))
