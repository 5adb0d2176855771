"""Layers that make one tensor of several, where branches of a model meet again.

    y = layers.Add()([x, branch])        or        y = layers.add([x, branch])

Reference: https://keras.io/api/layers/merging_layers/
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import numpy as np

from nanoconv.core.graph import Shape
from nanoconv.core.registry import register
from nanoconv.layers.base.argument_checks import check_list
from nanoconv.layers.base.cache import Cache
from nanoconv.layers.base.layer import Layer

Arrays = list[np.ndarray]


class Merge(Layer):
    """Element by element: y has the shape of the inputs, sizes of 1 being repeated.

    Inputs of fewer dimensions get dimensions of size 1 behind the batch, as in Keras.

    Shapes:
        each x (N, ...), y (N, ...)
    """

    per_image = True
    accepts_list = True

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)

    def merge(self, xs: Arrays) -> np.ndarray:
        """Return y of inputs of the same rank."""
        raise NotImplementedError

    def merge_gradients(self, dy: np.ndarray, xs: Arrays, y: np.ndarray) -> Arrays:
        """Return each input's gradient, in the shape of y."""
        raise NotImplementedError

    def forward(self, x: list[np.ndarray], cache: Cache | None = None) -> np.ndarray:
        """Merge the inputs."""
        rank = max(each.ndim for each in x)
        xs = [each.reshape(_with_rank(each.shape, rank)) for each in x]
        y = self.merge(xs)
        if cache is not None:
            cache.xs, cache.y, cache.shapes = xs, y, [each.shape for each in x]
        return y

    def backward(self, dy: np.ndarray, cache: Cache) -> list[np.ndarray]:
        """Return the gradient of each input, added up where the input was repeated."""
        gradients = self.merge_gradients(dy, cache.xs, cache.y)
        return [
            _added_up(dx, x.shape).reshape(shape)
            for dx, x, shape in zip(gradients, cache.xs, cache.shapes, strict=True)
        ]

    def compute_output_shape(self, input_shape: list[Shape]) -> Shape:
        """Return the shape that all inputs are repeated to."""
        rank = max(len(shape) for shape in input_shape)
        axes = zip(*(_with_rank(shape, rank) for shape in input_shape), strict=True)
        return tuple(_common_size(sizes) for sizes in axes)

    def check_input_shape(self, input_shape: Any) -> None:
        """Check that the inputs are a list, and that their shapes fit together."""
        check_list(input_shape, self.name, "Add()([a, b])")
        rank = max(len(shape) for shape in input_shape)
        for axis, sizes in enumerate(
            zip(*(_with_rank(shape, rank) for shape in input_shape), strict=True)
        ):
            different = set(sizes) - {None} if axis == 0 else set(sizes) - {None, 1}
            if len(different) > 1:
                shapes = ", ".join(str(tuple(shape)) for shape in input_shape)
                raise ValueError(
                    f"{self.name} got inputs of shapes {shapes}, which differ on axis {axis}; give "
                    "it inputs of one shape, or write Concatenate()."
                )


@register("layers")
class Add(Merge):
    """y = x₁ + x₂ + ...

    Shapes:
        each x (N, ...), y (N, ...)

    Math:
        dxᵢ = dy

    Example:
        >>> Add()([np.array([[1.0, 2.0]]), np.array([[3.0, 4.0]])]).tolist()
        [[4.0, 6.0]]

    Reference: https://keras.io/api/layers/merging_layers/add/
    """

    def merge(self, xs: Arrays) -> np.ndarray:
        """Add up."""
        return functools.reduce(np.add, xs)

    def merge_gradients(self, dy: np.ndarray, xs: Arrays, y: np.ndarray) -> Arrays:
        """Give dy to each."""
        return [dy for _ in xs]


@register("layers")
class Subtract(Merge):
    """y = x₁ - x₂

    Raises:
        ValueError: where there are not two inputs.

    Shapes:
        each x (N, ...), y (N, ...)

    Math:
        dx₁ = dy,  dx₂ = -dy

    Example:
        >>> Subtract()([np.array([[1.0, 2.0]]), np.array([[3.0, 5.0]])]).tolist()
        [[-2.0, -3.0]]

    Reference: https://keras.io/api/layers/merging_layers/subtract/
    """

    def merge(self, xs: Arrays) -> np.ndarray:
        """Subtract the second from the first."""
        return xs[0] - xs[1]

    def merge_gradients(self, dy: np.ndarray, xs: Arrays, y: np.ndarray) -> Arrays:
        """Give dy to the first, -dy to the second."""
        return [dy, -dy]

    def check_input_shape(self, input_shape: Any) -> None:
        """Check that there are two inputs of fitting shapes."""
        super().check_input_shape(input_shape)
        if len(input_shape) != 2:
            raise ValueError(
                f"{self.name} got {len(input_shape)} inputs, but subtracts one from another; "
                "write Subtract()([a, b])."
            )


@register("layers")
class Multiply(Merge):
    """y = x₁ x₂ ...

    Shapes:
        each x (N, ...), y (N, ...)

    Math:
        dxᵢ = dy Π_{j≠i} xⱼ     (not dy y / xᵢ: x may be zero)

    Example:
        >>> Multiply()([np.array([[1.0, 2.0]]), np.array([[3.0, 4.0]])]).tolist()
        [[3.0, 8.0]]

    Reference: https://keras.io/api/layers/merging_layers/multiply/
    """

    def merge(self, xs: Arrays) -> np.ndarray:
        """Multiply."""
        return functools.reduce(np.multiply, xs)

    def merge_gradients(self, dy: np.ndarray, xs: Arrays, y: np.ndarray) -> Arrays:
        """Give each dy times the others."""
        return [functools.reduce(np.multiply, xs[:i] + xs[i + 1 :], dy) for i in range(len(xs))]


@register("layers")
class Average(Merge):
    """y = (x₁ + x₂ + ...) / k for k inputs.

    Shapes:
        each x (N, ...), y (N, ...)

    Math:
        dxᵢ = dy / k

    Example:
        >>> Average()([np.array([[1.0, 2.0]]), np.array([[3.0, 4.0]])]).tolist()
        [[2.0, 3.0]]

    Reference: https://keras.io/api/layers/merging_layers/average/
    """

    def merge(self, xs: Arrays) -> np.ndarray:
        """Take the mean."""
        return functools.reduce(np.add, xs) / len(xs)

    def merge_gradients(self, dy: np.ndarray, xs: Arrays, y: np.ndarray) -> Arrays:
        """Give each its share of dy."""
        return [dy / len(xs) for _ in xs]


class Extreme(Merge):
    """One of the inputs passes, and it alone gets the gradient.

    Shapes:
        each x (N, ...), y (N, ...)

    Math:
        dxᵢ = dy where xᵢ passed (the first of equal ones), else 0
    """

    def merge_gradients(self, dy: np.ndarray, xs: Arrays, y: np.ndarray) -> Arrays:
        """Give each value of dy to the first of the inputs that equals y there."""
        gradients, free = [], np.ones(y.shape, bool)
        for x in xs:
            chosen = free & (x == y)
            gradients.append(dy * chosen)
            free &= ~chosen
        return gradients


@register("layers")
class Maximum(Extreme):
    """y = the largest of x₁, x₂, ...

    Shapes:
        each x (N, ...), y (N, ...)

    Math:
        dxᵢ = dy where xᵢ is the largest (the first of equal ones), else 0

    Example:
        >>> Maximum()([np.array([[1.0, 5.0]]), np.array([[3.0, 4.0]])]).tolist()
        [[3.0, 5.0]]

    Reference: https://keras.io/api/layers/merging_layers/maximum/
    """

    def merge(self, xs: Arrays) -> np.ndarray:
        """Take the largest."""
        return functools.reduce(np.maximum, xs)


@register("layers")
class Minimum(Extreme):
    """y = the smallest of x₁, x₂, ...

    Shapes:
        each x (N, ...), y (N, ...)

    Math:
        dxᵢ = dy where xᵢ is the smallest (the first of equal ones), else 0

    Example:
        >>> Minimum()([np.array([[1.0, 5.0]]), np.array([[3.0, 4.0]])]).tolist()
        [[1.0, 4.0]]

    Reference: https://keras.io/api/layers/merging_layers/minimum/
    """

    def merge(self, xs: Arrays) -> np.ndarray:
        """Take the smallest."""
        return functools.reduce(np.minimum, xs)


def _with_rank(shape: Any, rank: int) -> tuple[Any, ...]:
    """Return a shape with sizes of 1 put in behind the batch, up to that many dimensions."""
    return (shape[0], *(1,) * (rank - len(shape)), *shape[1:])


def _common_size(sizes: tuple[int | None, ...]) -> int | None:
    """Return the size that sizes of 1 are repeated to."""
    larger = [n for n in sizes if n not in (1, None)]
    return larger[0] if larger else (None if None in sizes else 1)


def _added_up(dx: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
    """Add a gradient up along the axes on which its input was repeated."""
    repeated = tuple(i for i, n in enumerate(shape) if n == 1 and dx.shape[i] != 1)
    return dx.sum(axis=repeated, keepdims=True) if repeated else dx


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
        dxᵢ = the range of dy that xᵢ became

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
        return [np.ascontiguousarray(dx) for dx in np.split(dy, cache.edges, axis=self.axis)]

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


def _function_of(layer: type[Merge]) -> Callable[..., Any]:
    """Return the function that makes such a layer and calls it, under the name in lower case."""

    def merged(inputs: Any, **kwargs: Any) -> Any:
        return layer(**kwargs)(inputs)

    merged.__name__ = merged.__qualname__ = layer.__name__.lower()
    merged.__doc__ = f"Return `{layer.__name__}(**kwargs)(inputs)`."
    return merged


add = _function_of(Add)
subtract = _function_of(Subtract)
multiply = _function_of(Multiply)
average = _function_of(Average)
maximum = _function_of(Maximum)
minimum = _function_of(Minimum)


def concatenate(inputs: Any, axis: int = -1, **kwargs: Any) -> Any:
    """Return `Concatenate(axis, **kwargs)(inputs)`."""
    return Concatenate(axis=axis, **kwargs)(inputs)
