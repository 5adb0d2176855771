"""The layer that puts several tensors side by side: branches that each found something else.

y = layers.Concatenate()([x, branch])        or        y = layers.concatenate([x, branch])

Reference: https://keras.io/api/layers/merging_layers/concatenate/
"""

from __future__ import annotations

from typing import Any

import numpy as np

from nanoconv.core.graph import Shape
from nanoconv.core.registry import register
from nanoconv.layers.base.argument_checks import check_list
from nanoconv.layers.base.cache import Cache
from nanoconv.layers.base.layer import Layer


@register("layers")
class Concatenate(Layer):
    """y = the inputs one behind the other along one axis.

    Args:
        axis: which; the last by default: channels.

    Raises:
        ValueError: where the inputs differ on another axis, or axis is the batch's.

    Shapes:
        each x (N, ..., Cᵢ), y (N, ..., Σ Cᵢ)

    Math:
        dxᵢ = the part of dy that xᵢ became

    Example:
        >>> Concatenate()([np.zeros((2, 5, 5, 8)), np.zeros((2, 5, 5, 4))]).shape
        (2, 5, 5, 12)

    Reference: https://keras.io/api/layers/merging_layers/concatenate/
    """

    per_image = True
    accepts_list = True

    def __init__(self, axis: int = -1, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.axis = axis

    def forward(self, x: list[np.ndarray], cache: Cache | None = None) -> np.ndarray:
        """Put the inputs one behind the other."""
        if cache is not None:
            cache.edges = np.cumsum([each.shape[self.axis] for each in x])[:-1]
        return np.concatenate(x, axis=self.axis)

    def backward(self, dy: np.ndarray, cache: Cache) -> list[np.ndarray]:
        """Cut dy at the edges between the inputs."""
        parts = np.split(dy, cache.edges, axis=self.axis)
        return [np.ascontiguousarray(part) for part in parts]

    def compute_output_shape(self, input_shape: list[Shape]) -> Shape:
        """Return the shape with the sizes on the axis added up."""
        shape = list(input_shape[0])
        sizes = [each[self.axis] for each in input_shape]
        shape[self.axis] = None if None in sizes else sum(n for n in sizes if n is not None)
        return tuple(shape)

    def check_input_shape(self, input_shape: Any) -> None:
        """Check that the inputs are a list, and agree on all other axes."""
        check_list(input_shape, self.name, "Concatenate()([a, b])")
        rank = len(input_shape[0])
        axis = self.axis % rank
        fits = -rank <= self.axis < rank and axis and all(len(s) == rank for s in input_shape)
        for i in range(rank) if fits else ():
            sizes = {shape[i] for shape in input_shape} - {None}
            fits = fits and (i == axis or len(sizes) <= 1)
        if not fits:
            shapes = ", ".join(str(tuple(shape)) for shape in input_shape)
            raise ValueError(
                f"{self.name} got inputs of shapes {shapes}, but they may differ on axis "
                f"{self.axis} only, which is not the batch's; write Concatenate(axis=-1)."
            )


def concatenate(inputs: Any, axis: int = -1, **kwargs: Any) -> Any:
    """Return `Concatenate(axis, **kwargs)(inputs)`."""
    return Concatenate(axis=axis, **kwargs)(inputs)
