"""Layer normalization: normalizes each image, or each pixel, by itself and not by the batch.

Reference: Ba, Kiros and Hinton, https://arxiv.org/abs/1607.06450
"""

from __future__ import annotations

from typing import Any

import numpy as np

from nanoconv.core.graph import Shape
from nanoconv.core.registry import register
from nanoconv.layers.base.cache import Cache
from nanoconv.layers.base.layer import Layer


@register("layers")
class LayerNormalization(Layer):
    """y = gamma (x - mean) / √(var + epsilon) + beta, with mean and var of each row of x.

    Args:
        axis: the axes to normalize over; the last by default.
        epsilon: added to the variance, so that nothing is divided by zero.
        center: whether beta is added.
        scale: whether gamma multiplies.
        beta_initializer, gamma_initializer: initial values of beta and gamma.
        beta_regularizer, gamma_regularizer: penalties that join the loss.
        beta_constraint, gamma_constraint: projections after each update.

    Raises:
        ValueError: where x lacks an axis, or its size is not known, and for rms_scaling=True.

    Shapes:
        x (N, ...), gamma and beta with the sizes of `axis`, y of x's shape

    Math (E is the mean over `axis`):
        mean = E x,  var = E (x - mean)²
        inverse = 1 / √(var + epsilon),  normal = (x - mean) inverse,  y = gamma normal + beta
        dbeta = Σ dy,  dgamma = Σ dy normal,  dnormal = gamma dy
        dx = inverse (dnormal - E dnormal - normal E(dnormal normal))

    Example:
        >>> x = np.array([[1.0, 2.0, 3.0], [10.0, 20.0, 30.0]])
        >>> print(LayerNormalization()(x).round(1))
        [[-1.2  0.   1.2]
         [-1.2  0.   1.2]]

    Reference: https://keras.io/api/layers/normalization_layers/layer_normalization/
    """

    per_image = True
    keeps_shape = True

    def __init__(
        self,
        axis: Any = -1,
        epsilon: float = 0.001,
        center: bool = True,
        scale: bool = True,
        beta_initializer: Any = "zeros",
        gamma_initializer: Any = "ones",
        beta_regularizer: Any = None,
        gamma_regularizer: Any = None,
        beta_constraint: Any = None,
        gamma_constraint: Any = None,
        **kwargs: Any,
    ) -> None:
        if kwargs.pop("rms_scaling", False):  # in files of Keras, but no argument any more
            raise ValueError(
                "LayerNormalization got rms_scaling=True, which Keras gave up because it scaled "
                "wrongly; leave it out."
            )
        super().__init__(**kwargs)
        self.axis = sorted(axis) if isinstance(axis, (list, tuple)) else int(axis)
        self._given_axes = self.axis if isinstance(self.axis, list) else [self.axis]
        self.epsilon = epsilon
        self.center = center
        self.scale = scale
        self.keep_options("beta", beta_initializer, beta_regularizer, beta_constraint)
        self.keep_options("gamma", gamma_initializer, gamma_regularizer, gamma_constraint)

    def build(self, input_shape: Shape) -> None:
        """Create gamma and beta."""
        self.sizes = self._sizes(input_shape)
        shape = [size for size in self.sizes if size is not None]
        self.gamma = self.add_parameter(shape, "gamma") if self.scale else None
        self.beta = self.add_parameter(shape, "beta") if self.center else None

    def forward(self, x: np.ndarray, cache: Cache | None = None) -> np.ndarray:
        """Normalize each row by its own mean and variance."""
        axes = self._axes(x.ndim)
        centred = x - x.mean(axis=axes, keepdims=True)
        var = np.square(centred).mean(axis=axes, keepdims=True)
        inverse = 1 / np.sqrt(var + x.dtype.type(self.epsilon))
        normal = centred * inverse
        if cache is not None:
            cache.inverse, cache.normal = inverse, normal
        y = normal if self.gamma is None else normal * self._along_axes(self.gamma.value, x.shape)
        return y if self.beta is None else y + self._along_axes(self.beta.value, x.shape)

    def backward(self, dy: np.ndarray, cache: Cache) -> np.ndarray:
        """Compute dx, and add dgamma and dbeta."""
        normal, axes = cache.normal, self._axes(dy.ndim)
        others = tuple(axis for axis in range(dy.ndim) if axis not in axes)
        if self.beta is not None:
            dbeta = dy.sum(axis=others).reshape(self.beta.shape)
            cache.add_gradient(self.beta, dbeta)
        dnormal = dy
        if self.gamma is not None:
            dgamma = (dy * normal).sum(axis=others).reshape(self.gamma.shape)
            cache.add_gradient(self.gamma, dgamma)
            dnormal = dy * self._along_axes(self.gamma.value, dy.shape)
        mean = dnormal.mean(axis=axes, keepdims=True)
        along = (dnormal * normal).mean(axis=axes, keepdims=True)
        return (dnormal - mean - normal * along) * cache.inverse

    def _axes(self, rank: int) -> tuple[int, ...]:
        """Return the axes to normalize over, from the front, in order."""
        return tuple(sorted(axis % rank for axis in self._given_axes))

    def _sizes(self, shape: Shape) -> list[int | None]:
        """Return the sizes of gamma and beta: in the order of `axis`, as Keras has them."""
        return [shape[axis] for axis in self._given_axes]

    def _along_axes(self, value: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
        """Return gamma or beta with axes of length 1 put in, so that it broadcasts over x."""
        axes = self._axes(len(shape))
        return value.reshape([n if i in axes else 1 for i, n in enumerate(shape)])

    def check_input_shape(self, input_shape: Shape) -> None:
        """Check that x has all axes, of the sizes that the layer was built for."""
        rank = len(input_shape)
        if not all(-rank <= axis < rank and axis % rank for axis in self._given_axes):
            raise ValueError(
                f"{self.name} got an input of shape {tuple(input_shape)}, but normalizes over axis "
                f"{self.axis}; write LayerNormalization(axis=-1)."
            )
        sizes = self._sizes(input_shape)
        expected = self.sizes if self.built else sizes
        if None in expected or sizes != expected:
            raise ValueError(
                f"{self.name} got an input of shape {tuple(input_shape)}, but the sizes on axis "
                f"{self.axis} must be known and stay the same; give the model's Input full sizes, "
                "such as shape=(28, 28, 1)."
            )
