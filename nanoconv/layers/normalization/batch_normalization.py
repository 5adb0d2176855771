"""Batch normalization: gives each channel mean 0 and variance 1, then a learned scale and shift.

Reference: Ioffe and Szegedy, https://arxiv.org/abs/1502.03167
"""

from __future__ import annotations

from typing import Any

import numpy as np

from nanoconv import initializers, kernels
from nanoconv.core.graph import Shape
from nanoconv.core.registry import register
from nanoconv.layers.base.argument_checks import check_last, known_last, share
from nanoconv.layers.base.cache import Cache
from nanoconv.layers.base.layer import Layer


@register("layers")
class BatchNormalization(Layer):
    """y = gamma (x - mean) / √(var + epsilon) + beta, channel by channel.

    A layer sees inputs whose scale drifts as the layers before it learn. This one takes the drift
    out: whatever comes in, each channel leaves with a mean beta and a standard deviation gamma that
    are learned. Networks then train with larger steps and depend less on their initial weights.

    It has two ways of working, and most mistakes with it come from mixing them up:

    - *Training*: mean and var are those of the batch, over all its images and pixels. An image's
      result then depends on the other images, and gradients flow through mean and var as well. Two
      running averages remember them; they are state, not parameters: no gradient, no optimizer.
    - *Inference*: mean and var are the running averages, constants. The layer is one multiplication
      and one addition, and an image's result does not depend on other images.

    `trainable = False` means inference always, in `fit` too, as in Keras: a frozen layer neither
    learns gamma and beta nor moves its averages.

    Args:
        axis: where the channels lie; the last axis by default.
        momentum: how much of the running averages stays at each step; 0.99 needs some hundred
            steps before inference is any good, so short trainings want 0.9.
        epsilon: added to the variance, so that a constant channel is not divided by zero.
        center: whether beta is added.
        scale: whether gamma multiplies; superfluous before a linear layer.
        beta_initializer, gamma_initializer: initial values of beta and gamma.
        moving_mean_initializer, moving_variance_initializer: initial values of the averages.
        beta_regularizer, gamma_regularizer: penalties that join the loss.
        beta_constraint, gamma_constraint: projections after each update.
        renorm, renorm_clipping, renorm_momentum, synchronized: not supported, their defaults only.

    Raises:
        ValueError: for unsupported arguments, an axis that x lacks, and unknown channels.

    Shapes:
        x (N, ..., C), gamma, beta, `moving_mean` and `moving_variance` (C,), y as x

    Math (sums over the M values of a channel):
        mean = Σ x / M,  var = Σ (x - mean)² / M     biased, for the running variance too
        inverse = 1 / √(var + epsilon),  normal = (x - mean) inverse,  y = gamma normal + beta
        moving = momentum moving + (1 - momentum) batch
        dbeta = Σ dy,  dgamma = Σ dy normal
        inference: dx = gamma inverse dy
        training:  dx = gamma inverse (dy - dbeta / M - normal dgamma / M)
            the second term comes through mean, which each x moves by dx / M; the third through
            var, which each x moves by 2 (x - mean) dx / M

    Example:
        >>> x = np.array([[1.0], [2.0], [3.0]])
        >>> y = BatchNormalization()(x, training=True)
        >>> round(abs(float(y.mean())), 2), round(float(y.std()), 2)
        (0.0, 1.0)

    Reference: https://keras.io/api/layers/normalization_layers/batch_normalization/
    """

    keeps_shape = True

    def __init__(
        self,
        axis: int = -1,
        momentum: float = 0.99,
        epsilon: float = 0.001,
        center: bool = True,
        scale: bool = True,
        beta_initializer: Any = "zeros",
        gamma_initializer: Any = "ones",
        moving_mean_initializer: Any = "zeros",
        moving_variance_initializer: Any = "ones",
        beta_regularizer: Any = None,
        gamma_regularizer: Any = None,
        beta_constraint: Any = None,
        gamma_constraint: Any = None,
        renorm: bool = False,
        renorm_clipping: Any = None,
        renorm_momentum: float = 0.99,
        synchronized: bool = False,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        refused = {"renorm": renorm, "renorm_clipping": renorm_clipping}
        for key, value in {**refused, "synchronized": synchronized}.items():
            if value:
                raise ValueError(
                    f"{self.name} got {key}={value!r}, but nanoconv normalizes by the batch on one "
                    f"machine; leave {key} out."
                )
        self.renorm, self.renorm_clipping, self.synchronized = False, None, False
        self.renorm_momentum = renorm_momentum
        self.axis = int(axis)
        self.momentum = share(momentum, "momentum", self.name)
        self.epsilon = epsilon
        self.center = center
        self.scale = scale
        self.keep_options("beta", beta_initializer, beta_regularizer, beta_constraint)
        self.keep_options("gamma", gamma_initializer, gamma_regularizer, gamma_constraint)
        self.moving_mean_initializer = initializers.get(moving_mean_initializer)
        self.moving_variance_initializer = initializers.get(moving_variance_initializer)

    def build(self, input_shape: Shape) -> None:
        """Create gamma, beta and the running averages, all (C,)."""
        shape = (known_last(self._channels_last(input_shape), self.name),)
        self.gamma = self.add_parameter(shape, "gamma") if self.scale else None
        self.beta = self.add_parameter(shape, "beta") if self.center else None
        self.moving_mean = self.add_weight(
            shape, self.moving_mean_initializer, trainable=False, name="moving_mean"
        )
        self.moving_variance = self.add_weight(
            shape, self.moving_variance_initializer, trainable=False, name="moving_variance"
        )

    def forward(self, x: np.ndarray, cache: Cache | None = None) -> np.ndarray:
        """Normalize by the batch while training, by the running averages at inference."""
        rows = self._to_rows(x)  # (M, C)
        if cache is not None:
            cache.shape, cache.by_batch = x.shape, cache.training and self.trainable
        by_batch = cache is not None and cache.by_batch
        if by_batch:
            mean, var = self._batch_moments(rows)
        else:
            mean, var = self.moving_mean.value, self.moving_variance.value
        inverse = 1 / np.sqrt(var + rows.dtype.type(self.epsilon))
        gamma = np.ones_like(mean) if self.gamma is None else self.gamma.value
        beta = np.zeros_like(mean) if self.beta is None else self.beta.value
        y = kernels.normalize_forward(rows, mean, gamma * inverse, beta)  # gamma normal + beta
        if cache is not None:
            cache.rows, cache.mean, cache.inverse = rows, mean, inverse
        return self._from_rows(y, x.shape)

    def backward(self, dy: np.ndarray, cache: Cache) -> np.ndarray:
        """Compute dx, and add dgamma and dbeta."""
        gamma = np.ones_like(cache.mean) if self.gamma is None else self.gamma.value
        dx, dgamma, dbeta = kernels.normalize_backward(  # (M, C), (C,), (C,)
            self._to_rows(dy), cache.rows, cache.mean, cache.inverse, gamma, cache.by_batch
        )
        if self.gamma is not None:
            cache.add_gradient(self.gamma, dgamma)
        if self.beta is not None:
            cache.add_gradient(self.beta, dbeta)
        return self._from_rows(dx, cache.shape)

    def _batch_moments(self, rows: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return mean and biased variance of each channel, and move the running averages."""
        mean, var = kernels.batch_moments(rows)
        m = self.momentum
        for moving, batch in ((self.moving_mean, mean), (self.moving_variance, var)):
            moving.value[...] = m * moving.value + (1 - m) * batch
        return mean, var

    def _to_rows(self, x: np.ndarray) -> np.ndarray:
        """Return x as (M, C), the channels in columns."""
        last = np.moveaxis(x, self.axis, -1)
        return last.reshape(-1, last.shape[-1])  # (N, ..., C) -> (M, C)

    def _from_rows(self, rows: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
        """Return rows (M, C) in the shape of x."""
        last = self._channels_last(shape)
        return np.moveaxis(rows.reshape(last), -1, self.axis)  # (M, C) -> (N, ..., C)

    def _channels_last(self, shape: Any) -> Any:
        """Return a shape with the channels' axis moved to its end."""
        rest = list(shape)
        channels = rest.pop(self.axis)
        return (*rest, channels)

    def check_input_shape(self, input_shape: Shape) -> None:
        """Check that x has the channels' axis, with as many channels as the layer was built for."""
        if not -len(input_shape) <= self.axis < len(input_shape) or self.axis == 0:
            raise ValueError(
                f"{self.name} got an input of shape {tuple(input_shape)}, which has no channels on "
                f"axis {self.axis}; write BatchNormalization(axis=-1)."
            )
        if self.built:
            size = self.moving_mean.shape[0]
            check_last(self._channels_last(input_shape), size, self.name, "channels")
