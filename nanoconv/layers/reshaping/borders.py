"""Padding, cropping and upsampling: layers that change the size of images."""

from __future__ import annotations

from typing import Any

import numpy as np

from nanoconv.config import check_data_format
from nanoconv.core.graph import Shape
from nanoconv.core.registry import register
from nanoconv.layers.base.argument_checks import check_image, pair
from nanoconv.layers.base.cache import Cache
from nanoconv.layers.base.layer import Layer

Sides = tuple[tuple[int, int], tuple[int, int]]


def sides(value: Any, name: str, layer: str) -> Sides:
    """Return ((top, bottom), (left, right)) of an argument that may be one number, two or four.

    Raises:
        ValueError: for anything else.
    """
    both = value if isinstance(value, (tuple, list)) else (value, value)
    four = tuple(tuple(v) if isinstance(v, (tuple, list)) else (v, v) for v in both)
    numbers = [number for side in four for number in side]
    fits = len(four) == 2 and all(len(side) == 2 for side in four)
    if not fits or not all(isinstance(n, (int, np.integer)) and n >= 0 for n in numbers):
        raise ValueError(
            f"{layer} got {name}={value!r}, but one, two or four whole numbers of pixels are "
            f"needed; write {name}=1, {name}=(1, 2) or {name}=((1, 1), (2, 2))."
        )
    top, bottom, left, right = (int(n) for n in numbers)
    return (top, bottom), (left, right)


class Border2D(Layer):
    """A layer on images that changes their size.

    Args:
        data_format: `"channels_last"` or None.
    """

    per_image = True

    def __init__(self, data_format: str | None = None, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.data_format = check_data_format(data_format)

    def check_input_shape(self, input_shape: Shape) -> None:
        """Check (N, H, W, C)."""
        check_image(input_shape, self.name)


@register("layers")
class ZeroPadding2D(Border2D):
    """y = x with rows and columns of zeros around it.

    Args:
        padding: one number of pixels for all sides, (rows, columns), or
            ((top, bottom), (left, right)).
        data_format: `"channels_last"` or None.

    Raises:
        ValueError: for other paddings, and inputs that are not (N, H, W, C).

    Shapes:
        x (N, H, W, C), y (N, top + H + bottom, left + W + right, C)

    Math:
        y[n, top + h, left + w, c] = x[n,h,w,c], zero elsewhere;  dx[n,h,w,c] = dy[n, top + h, ...]

    Example:
        >>> ZeroPadding2D(1)(np.ones((1, 1, 1, 1)))[0, :, :, 0].tolist()
        [[0.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 0.0]]

    Reference: https://keras.io/api/layers/reshaping_layers/zero_padding2d/
    """

    def __init__(
        self, padding: Any = (1, 1), data_format: str | None = None, **kwargs: Any
    ) -> None:
        super().__init__(data_format, **kwargs)
        self.padding = sides(padding, "padding", self.name)

    def forward(self, x: np.ndarray, cache: Cache | None = None) -> np.ndarray:
        """Put zeros around x."""
        return np.pad(x, ((0, 0), *self.padding, (0, 0)))

    def backward(self, dy: np.ndarray, cache: Cache) -> np.ndarray:
        """Cut the border off."""
        return cut(dy, self.padding)

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        """Return (N, top + H + bottom, left + W + right, C)."""
        N, H, W, C = input_shape
        rows, columns = (sum(side) for side in self.padding)
        return (N, None if H is None else H + rows, None if W is None else W + columns, C)


@register("layers")
class Cropping2D(Border2D):
    """y = x without its outermost rows and columns.

    Args:
        cropping: one number of pixels for all sides, (rows, columns), or
            ((top, bottom), (left, right)).
        data_format: `"channels_last"` or None.

    Raises:
        ValueError: for other croppings, and inputs of which nothing would be left.

    Shapes:
        x (N, H, W, C), y (N, H - top - bottom, W - left - right, C)

    Math:
        y[n,h,w,c] = x[n, top + h, left + w, c];  dx = dy with zeros around it

    Example:
        >>> Cropping2D(((1, 0), (2, 2)))(np.zeros((2, 8, 8, 3))).shape
        (2, 7, 4, 3)

    Reference: https://keras.io/api/layers/reshaping_layers/cropping2d/
    """

    def __init__(
        self, cropping: Any = ((0, 0), (0, 0)), data_format: str | None = None, **kwargs: Any
    ) -> None:
        super().__init__(data_format, **kwargs)
        self.cropping = sides(cropping, "cropping", self.name)

    def forward(self, x: np.ndarray, cache: Cache | None = None) -> np.ndarray:
        """Cut the border off."""
        return cut(x, self.cropping)

    def backward(self, dy: np.ndarray, cache: Cache) -> np.ndarray:
        """Put zeros around dy."""
        return np.pad(dy, ((0, 0), *self.cropping, (0, 0)))

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        """Return (N, H - top - bottom, W - left - right, C)."""
        N, H, W, C = input_shape
        rows, columns = (sum(side) for side in self.cropping)
        return (N, None if H is None else H - rows, None if W is None else W - columns, C)

    def check_input_shape(self, input_shape: Shape) -> None:
        """Check (N, H, W, C), and that something is left of it."""
        super().check_input_shape(input_shape)
        if any(size is not None and size < 1 for size in self.compute_output_shape(input_shape)):
            raise ValueError(
                f"{self.name} got an input of shape {tuple(input_shape)}, of which "
                f"cropping={self.cropping} leaves nothing; write a smaller cropping."
            )


@register("layers")
class UpSampling2D(Border2D):
    """y = x with every row and column repeated.

    Args:
        size: (SH, SW), how often, or one number for both.
        data_format: `"channels_last"` or None.
        interpolation: `"nearest"`; others are not supported.

    Raises:
        ValueError: for other arguments, and inputs that are not (N, H, W, C).

    Shapes:
        x (N, H, W, C), y (N, H SH, W SW, C)

    Math:
        y[n,i,j,c] = x[n, ⌊i / SH⌋, ⌊j / SW⌋, c];  dx = the sum of dy over all copies

    Example:
        >>> x = np.array([[1.0, 2.0]]).reshape(1, 1, 2, 1)
        >>> UpSampling2D(2)(x)[0, :, :, 0].tolist()
        [[1.0, 1.0, 2.0, 2.0], [1.0, 1.0, 2.0, 2.0]]

    Reference: https://keras.io/api/layers/reshaping_layers/up_sampling2d/
    """

    def __init__(
        self,
        size: Any = (2, 2),
        data_format: str | None = None,
        interpolation: str = "nearest",
        **kwargs: Any,
    ) -> None:
        super().__init__(data_format, **kwargs)
        self.size = pair(size, "size", self.name)
        if interpolation != "nearest":
            raise ValueError(
                f"{self.name} got interpolation={interpolation!r}, but nanoconv repeats pixels; "
                'write interpolation="nearest".'
            )
        self.interpolation = interpolation

    def forward(self, x: np.ndarray, cache: Cache | None = None) -> np.ndarray:
        """Repeat rows and columns."""
        SH, SW = self.size
        return x.repeat(SH, axis=1).repeat(SW, axis=2)

    def backward(self, dy: np.ndarray, cache: Cache) -> np.ndarray:
        """Add up the gradients of all copies of a pixel."""
        (SH, SW), (N, OH, OW, C) = self.size, dy.shape
        copies = dy.reshape(N, OH // SH, SH, OW // SW, SW, C)  # (N, H, SH, W, SW, C)
        return copies.sum(axis=(2, 4))  # (N, H, W, C)

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        """Return (N, H SH, W SW, C)."""
        (SH, SW), (N, H, W, C) = self.size, input_shape
        return (N, None if H is None else H * SH, None if W is None else W * SW, C)


def cut(x: np.ndarray, border: Sides) -> np.ndarray:
    """Return images without their border."""
    _, H, W, _ = x.shape
    (top, bottom), (left, right) = border
    return np.ascontiguousarray(x[:, top : H - bottom, left : W - right])
