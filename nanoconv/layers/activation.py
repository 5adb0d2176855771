"""Activation functions as layers, with the options that they take."""

from __future__ import annotations

import functools
import inspect
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np

from nanoconv import activations
from nanoconv.core.graph import Shape
from nanoconv.core.registry import register
from nanoconv.layers.base.argument_checks import non_negative
from nanoconv.layers.base.cache import Cache
from nanoconv.layers.base.layer import Layer


@register("layers")
class Activation(Layer):
    """y = activation(x), element by element (softmax: row by row).

    Args:
        activation: a name or a function of `activations`.

    Shapes:
        x (N, ...), y of the same shape

    Math:
        y = activation(x),  dx = dy * activation'(x)

    Example:
        >>> Activation("relu")(np.array([-1.0, 2.0])).tolist()
        [0.0, 2.0]

    Reference: https://keras.io/api/layers/core_layers/activation/
    """

    per_image = True
    keeps_shape = True

    def __init__(self, activation: Any, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.activation = activations.get(activation)

    def forward(self, x: np.ndarray, cache: Cache | None = None) -> np.ndarray:
        """Compute activation(x)."""
        return self.activate(x, cache)

    def backward(self, dy: np.ndarray, cache: Cache) -> np.ndarray:
        """Compute dy * activation'(x)."""
        return self.activation_backward(dy, cache)


def choose(function: Callable[..., np.ndarray], **options: Any) -> Any:
    """Return an activation with its options chosen: the function itself where all are defaults."""
    parameters = inspect.signature(function).parameters
    if all(parameters[name].default == value for name, value in options.items()):
        return function
    chosen: Any = functools.partial(function, **options)
    chosen.backward = functools.partial(function.backward, **options)  # type: ignore[attr-defined]
    chosen.needs_input = True
    return chosen


@register("layers")
class ReLU(Activation):
    """y = max(x, 0), with Keras' options.

    Args:
        max_value: the largest value of y, or None.
        negative_slope: slope below the threshold.
        threshold: values up to it are damped.

    Raises:
        ValueError: where one of them is negative.

    Shapes:
        x (N, ...), y of the same shape

    Math:
        y = min(x, max_value) where x > threshold, else negative_slope (x - threshold)
        dx = dy where threshold < x <= max_value, 0 above, negative_slope dy below the threshold

    Example:
        >>> ReLU(max_value=1.0)(np.array([-1.0, 0.5, 3.0])).tolist()
        [0.0, 0.5, 1.0]

    Reference: https://keras.io/api/layers/activation_layers/relu/
    """

    def __init__(
        self,
        max_value: float | None = None,
        negative_slope: float = 0.0,
        threshold: float = 0.0,
        **kwargs: Any,
    ) -> None:
        slope = non_negative(negative_slope, "negative_slope", "ReLU")
        threshold = non_negative(threshold, "threshold", "ReLU")
        if max_value is not None:
            max_value = non_negative(max_value, "max_value", "ReLU")
        options = {"negative_slope": slope, "max_value": max_value, "threshold": threshold}
        super().__init__(choose(activations.relu, **options), **kwargs)
        self.max_value, self.negative_slope, self.threshold = max_value, slope, threshold


@register("layers")
class LeakyReLU(Activation):
    """y = x where x > 0, else negative_slope x.

    Args:
        negative_slope: the share of negative values that passes.
        kwargs: as for `Layer`; `alpha`, its old name, works with a warning.

    Raises:
        ValueError: where it is negative.

    Shapes:
        x (N, ...), y of the same shape

    Math:
        dx = dy where x > 0, else negative_slope dy

    Example:
        >>> LeakyReLU(negative_slope=0.5)(np.array([-2.0, 3.0])).tolist()
        [-1.0, 3.0]

    Reference: https://keras.io/api/layers/activation_layers/leaky_relu/
    """

    def __init__(self, negative_slope: float = 0.3, **kwargs: Any) -> None:
        if "alpha" in kwargs:
            negative_slope = kwargs.pop("alpha")
            warnings.warn(
                "alpha= is an old name; write negative_slope=.", DeprecationWarning, stacklevel=2
            )
        slope = non_negative(negative_slope, "negative_slope", "LeakyReLU")
        super().__init__(choose(activations.leaky_relu, negative_slope=slope), **kwargs)
        self.negative_slope = slope


@register("layers")
class ELU(Activation):
    """y = x where x > 0, else alpha (eˣ - 1).

    Args:
        alpha: -alpha is what y tends to for very negative x.

    Shapes:
        x (N, ...), y of the same shape

    Math:
        dx = dy where x > 0, else dy alpha eˣ

    Example:
        >>> ELU()(np.array([0.0, 3.0])).tolist()
        [0.0, 3.0]

    Reference: https://keras.io/api/layers/activation_layers/elu/
    """

    def __init__(self, alpha: float = 1.0, **kwargs: Any) -> None:
        super().__init__(choose(activations.elu, alpha=alpha), **kwargs)
        self.alpha = alpha


@register("layers")
class Softmax(Activation):
    """Scores become probabilities that add up to one.

    Args:
        axis: where the classes lie: one axis or several.

    Shapes:
        x (N, ..., K), y of the same shape

    Math:
        y_k = e^{x_k} / Σ_j e^{x_j},  dx_k = y_k (dy_k - Σ_j dy_j y_j)

    Example:
        >>> Softmax()(np.array([[5.0, 5.0, 5.0, 5.0]])).tolist()
        [[0.25, 0.25, 0.25, 0.25]]

    Reference: https://keras.io/api/layers/activation_layers/softmax/
    """

    def __init__(self, axis: Any = -1, **kwargs: Any) -> None:
        axes = tuple(axis) if isinstance(axis, (list, tuple)) else axis
        super().__init__(choose(activations.softmax, axis=axes), **kwargs)
        self.axis = axis


@register("layers")
class PReLU(Layer):
    """y = x where x > 0, else alpha x, with alpha learned.

    Args:
        alpha_initializer: initial values of alpha.
        alpha_regularizer: penalty that joins the loss.
        alpha_constraint: projection after each update.
        shared_axes: axes of x with one alpha; `[1, 2]` for one alpha in each channel.

    Shapes:
        x (N, ...), alpha of one image's shape with 1 for shared axes, y of x's shape

    Math:
        y = max(x, 0) + alpha min(x, 0)
        dx = dy where x > 0, alpha dy where x < 0, 0 at 0
        dalpha = Σ dy min(x, 0) over N and shared axes

    Example:
        >>> from nanoconv.initializers import Constant
        >>> quarter = Constant(0.25)
        >>> PReLU(alpha_initializer=quarter)(np.array([[-4.0, 4.0]])).tolist()
        [[-1.0, 4.0]]

    Reference: He et al., https://arxiv.org/abs/1502.01852,
        https://keras.io/api/layers/activation_layers/prelu/
    """

    per_image = True
    keeps_shape = True

    def __init__(
        self,
        alpha_initializer: Any = "Zeros",
        alpha_regularizer: Any = None,
        alpha_constraint: Any = None,
        shared_axes: Any = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.keep_options("alpha", alpha_initializer, alpha_regularizer, alpha_constraint)
        self.shared_axes = [shared_axes] if isinstance(shared_axes, int) else shared_axes

    def build(self, input_shape: Shape) -> None:
        """Create alpha."""
        shared = self.shared_axes or ()
        sizes = [1 if axis in shared else n for axis, n in enumerate(input_shape)][1:]
        if None in sizes:
            raise ValueError(
                f"{self.name} got an input of shape {tuple(input_shape)}, but needs the sizes of "
                "all axes that are not shared; write PReLU(shared_axes=[1, 2])."
            )
        self.alpha = self.add_parameter([n for n in sizes if n is not None], "alpha")

    def forward(self, x: np.ndarray, cache: Cache | None = None) -> np.ndarray:
        """Compute max(x, 0) + alpha min(x, 0)."""
        if cache is not None:
            cache.x = x
        return np.maximum(x, 0) + self.alpha.value * np.minimum(x, 0)

    def backward(self, dy: np.ndarray, cache: Cache) -> np.ndarray:
        """Compute dx, and add dalpha."""
        x, alpha = cache.x, self.alpha.value
        shared = tuple(axis for axis in (self.shared_axes or ()) if axis > 0)
        dalpha = (dy * np.minimum(x, 0)).sum(axis=(0, *shared), keepdims=True)
        cache.add_gradient(self.alpha, dalpha.reshape(alpha.shape))
        return dy * ((x > 0) + alpha * (x < 0))

    def check_input_shape(self, input_shape: Shape) -> None:
        """Check that images have the shape that alpha was built for."""
        if self.built:
            sizes = zip(input_shape[1:], self.alpha.shape, strict=False)
            fits = all(n in (None, size) or size == 1 for n, size in sizes)
            if not fits or len(input_shape) != 1 + self.alpha.ndim:
                raise ValueError(
                    f"{self.name} got an input of shape {tuple(input_shape)}, but it was built for "
                    f"{self.build_shape}; give it inputs of that shape."
                )
