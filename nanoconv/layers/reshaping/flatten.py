"""Flatten, Reshape and Permute: layers that only move values to other places."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from nanoconv.config import check_data_format
from nanoconv.core.graph import Shape
from nanoconv.core.registry import register
from nanoconv.layers.base.cache import Cache
from nanoconv.layers.base.layer import Layer


@register("layers")
class Flatten(Layer):
    """y = x with all dimensions behind the batch laid out in one row.

    Args:
        data_format: `"channels_last"` or None.

    Shapes:
        x (N, H, W, C), y (N, H W C), row by row: the channels of a pixel stay side by side

    Math:
        y[n, (h W + w) C + c] = x[n,h,w,c],  dx = dy in the shape of x

    Example:
        >>> Flatten()(np.zeros((2, 5, 5, 32))).shape
        (2, 800)

    Reference: https://keras.io/api/layers/reshaping_layers/flatten/
    """

    per_image = True

    def __init__(self, data_format: str | None = None, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.data_format = check_data_format(data_format)

    def forward(self, x: np.ndarray, cache: Cache | None = None) -> np.ndarray:
        """Lay each image out in one row."""
        if cache is not None:
            cache.x_shape = x.shape
        return x.reshape(x.shape[0], math.prod(x.shape[1:]))  # (N, H W C)

    def backward(self, dy: np.ndarray, cache: Cache) -> np.ndarray:
        """Give the rows their shape back."""
        return dy.reshape(cache.x_shape)  # (N, H, W, C)

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        """Return (N, H W C), or (N, None) where a size is not known."""
        sizes = [s for s in input_shape[1:] if s is not None]
        return (input_shape[0], math.prod(sizes) if len(sizes) == len(input_shape) - 1 else None)


@register("layers")
class Reshape(Layer):
    """y = x in another shape, row by row.

    Args:
        target_shape: of one image, without the batch size; one size may be -1, for what is left.

    Raises:
        ValueError: where x does not have as many values as that shape.

    Shapes:
        x (N, ...), y (N, *target_shape)

    Math:
        dx = dy in the shape of x

    Example:
        >>> Reshape((4, -1))(np.zeros((2, 12))).shape
        (2, 4, 3)

    Reference: https://keras.io/api/layers/reshaping_layers/reshape/
    """

    per_image = True

    def __init__(self, target_shape: Any, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        sizes = tuple(int(size) for size in target_shape)
        if sizes.count(-1) > 1 or any(size < 1 and size != -1 for size in sizes):
            raise ValueError(
                f"{self.name} got target_shape={target_shape!r}, but positive sizes and at most "
                "one -1 are needed; write Reshape((28, 28, 1))."
            )
        self.target_shape = sizes

    def forward(self, x: np.ndarray, cache: Cache | None = None) -> np.ndarray:
        """Give each image the target shape."""
        if cache is not None:
            cache.x_shape = x.shape
        return x.reshape(self.compute_output_shape(x.shape))  # (N, *target_shape)

    def backward(self, dy: np.ndarray, cache: Cache) -> np.ndarray:
        """Give each image its shape back."""
        return dy.reshape(cache.x_shape)

    def compute_output_shape(self, input_shape: Shape) -> Any:
        """Return (N, *target_shape), with -1 worked out where x's sizes are known."""
        N, *sizes = input_shape
        known = math.prod(size for size in self.target_shape if size != -1)
        total = None if None in sizes else math.prod(size for size in sizes if size is not None)
        left = None if total is None else total // known
        return (N, *(left if size == -1 else size for size in self.target_shape))

    def check_input_shape(self, input_shape: Shape) -> None:
        """Check that x has as many values as the target shape."""
        sizes = [size for size in input_shape[1:] if size is not None]
        target = self.compute_output_shape(input_shape)[1:]
        if len(sizes) == len(input_shape) - 1 and math.prod(sizes) != math.prod(target):
            raise ValueError(
                f"{self.name} got an input of shape {tuple(input_shape)}, whose {math.prod(sizes)} "
                f"values do not fill target_shape={self.target_shape}; write Reshape((-1,)), or a "
                "shape with as many values."
            )


@register("layers")
class Permute(Layer):
    """y = x with its axes in another order.

    Args:
        dims: the order, counted from 1 because the batch stays in front; (2, 1, 3) swaps H and W.

    Raises:
        ValueError: where dims is not an order of x's axes.

    Shapes:
        x (N, d₁, d₂, ...), y (N, d_{dims[0]}, d_{dims[1]}, ...)

    Math:
        dx = dy with its axes in the order of x

    Example:
        >>> Permute((2, 1))(np.zeros((2, 3, 4))).shape
        (2, 4, 3)

    Reference: https://keras.io/api/layers/reshaping_layers/permute/
    """

    per_image = True

    def __init__(self, dims: Any, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.dims = tuple(dims)
        if sorted(self.dims) != list(range(1, len(self.dims) + 1)):
            raise ValueError(
                f"{self.name} got dims={dims!r}, but each axis from 1 on is needed once; "
                "write Permute((2, 1, 3))."
            )

    def forward(self, x: np.ndarray, cache: Cache | None = None) -> np.ndarray:
        """Put the axes into the order of dims."""
        return np.ascontiguousarray(x.transpose(0, *self.dims))

    def backward(self, dy: np.ndarray, cache: Cache) -> np.ndarray:
        """Put the axes back."""
        return np.ascontiguousarray(dy.transpose(np.argsort((0, *self.dims))))

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        """Return the sizes in the order of dims."""
        return (input_shape[0], *(input_shape[axis] for axis in self.dims))

    def check_input_shape(self, input_shape: Shape) -> None:
        """Check that x has as many axes as dims."""
        if len(input_shape) != len(self.dims) + 1:
            raise ValueError(
                f"{self.name} got an input of shape {tuple(input_shape)}, but dims={self.dims} is "
                f"an order of {len(self.dims)} axes behind the batch; write one number for each."
            )
