"""ReLU and its variants, and the piecewise linear approximations of the smooth activations.

y has the shape of x throughout; see `activation_gradients` for dy, x, y.

Reference: https://keras.io/api/layers/activations/
"""

from __future__ import annotations

from typing import Any

import numpy as np

from nanoconv.activations.activation_gradients import activation, as_floats, gradient_of

# Chosen so that layers of LeCun-normal weights keep mean 0 and variance 1 (Klambauer et al. 2017).
SELU_ALPHA = 1.6732632423543772
SELU_SCALE = 1.0507009873554805


@activation()
def relu(
    x: Any, negative_slope: float = 0.0, max_value: float | None = None, threshold: float = 0.0
) -> np.ndarray:
    """Rectified linear unit: negative values become zero.

    Math: y = max(x, 0); in general
          y = max_value where x >= max_value, x where threshold < x < max_value,
              negative_slope (x - threshold) where x <= threshold

    Args:
        x: any shape.
        negative_slope: slope below the threshold.
        max_value: the largest value of y, or None.
        threshold: values up to it are damped.

    Reference: https://keras.io/api/layers/activations/#relu-function
    """
    x = as_floats(x)
    y = np.maximum(x, 0) if threshold == 0 else np.where(x > threshold, x, x.dtype.type(0))
    if max_value is not None:
        y = np.clip(y, 0, max_value)
    if negative_slope != 0:
        y = y - negative_slope * np.maximum(threshold - x, 0)
    return y


@gradient_of(relu)
def relu_backward(
    dy: np.ndarray,
    x: np.ndarray | None,
    y: np.ndarray,
    negative_slope: float = 0.0,
    max_value: float | None = None,
    threshold: float = 0.0,
) -> np.ndarray:
    """dx = dy where y > 0, else 0; options other than the defaults read x.

    At the kinks, too, dx is that of Keras on TensorFlow: it passes at max_value, but not at the 6
    of relu6, and is 0 at the threshold unless this is leaky_relu.
    """
    if x is None or (negative_slope == 0 and max_value is None and threshold == 0):
        return dy * (y > 0)
    if max_value is None and threshold == 0:
        return leaky_relu_backward(dy, x, y, negative_slope)
    passes = x > threshold
    if max_value is not None:
        is_relu6 = max_value == 6 and threshold == 0
        passes &= (x < max_value) if is_relu6 else (x <= max_value)
    return dy * (passes + dy.dtype.type(negative_slope) * (x < threshold))


@activation()
def relu6(x: Any) -> np.ndarray:
    """ReLU that saturates at 6.

    Math: y = min(max(x, 0), 6)
    """
    return np.clip(as_floats(x), 0, 6)


@gradient_of(relu6)
def relu6_backward(dy: np.ndarray, x: np.ndarray | None, y: np.ndarray) -> np.ndarray:
    """dx = dy where 0 < y < 6, else 0."""
    return dy * ((y > 0) & (y < 6))


@activation()
def leaky_relu(x: Any, negative_slope: float = 0.2) -> np.ndarray:
    """ReLU that lets a share of negative values through.

    Math: y = x where x > 0, else negative_slope x

    Reference: Maas et al. 2013, Rectifier Nonlinearities Improve Neural Network Acoustic Models
    """
    x = as_floats(x)
    return np.where(x > 0, x, negative_slope * x)


@gradient_of(leaky_relu, needs_input=True)
def leaky_relu_backward(
    dy: np.ndarray, x: np.ndarray, y: np.ndarray, negative_slope: float = 0.2
) -> np.ndarray:
    """dx = dy where x > 0, else negative_slope dy."""
    return np.where(x > 0, dy, negative_slope * dy)


@activation()
def elu(x: Any, alpha: float = 1.0) -> np.ndarray:
    """Exponential linear unit.

    Math: y = x where x > 0, else alpha (e^x - 1)

    Reference: Clevert et al. 2016, https://arxiv.org/abs/1511.07289
    """
    x = as_floats(x)
    return np.where(x > 0, x, alpha * np.expm1(np.minimum(x, 0)))


@gradient_of(elu, needs_input=True)
def elu_backward(dy: np.ndarray, x: np.ndarray, y: np.ndarray, alpha: float = 1.0) -> np.ndarray:
    """dx = dy where x > 0, else dy alpha e^x."""
    return dy * np.where(x > 0, dy.dtype.type(1), alpha * np.exp(np.minimum(x, 0)))


@activation()
def selu(x: Any) -> np.ndarray:
    """Scaled exponential linear unit: keeps mean 0 and variance 1 through deep networks.

    Math: y = scale elu(x, alpha), scale = 1.0507, alpha = 1.6733

    Reference: Klambauer et al. 2017, https://arxiv.org/abs/1706.02515
    """
    return SELU_SCALE * elu(x, SELU_ALPHA)


@gradient_of(selu, needs_input=True)
def selu_backward(dy: np.ndarray, x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """dx = scale times the gradient of elu."""
    return SELU_SCALE * elu_backward(dy, x, y, SELU_ALPHA)


@activation()
def hard_sigmoid(x: Any) -> np.ndarray:
    """A sigmoid of three straight segments.

    Math: y = min(max(x / 6 + 1/2, 0), 1)
    """
    return np.clip(as_floats(x) / 6 + 0.5, 0, 1)


@gradient_of(hard_sigmoid)
def hard_sigmoid_backward(dy: np.ndarray, x: np.ndarray | None, y: np.ndarray) -> np.ndarray:
    """dx = dy / 6 where 0 < y < 1, else 0."""
    return dy * ((y > 0) & (y < 1)) / 6


@activation("hard_swish")
def hard_silu(x: Any) -> np.ndarray:
    """A silu without the exponential, also called hard swish.

    Math: y = x hard_sigmoid(x)

    Reference: Howard et al. 2019, https://arxiv.org/abs/1905.02244
    """
    x = as_floats(x)
    return x * hard_sigmoid(x)


@gradient_of(hard_silu, needs_input=True)
def hard_silu_backward(dy: np.ndarray, x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """dx = dy (h + x h'), h = hard_sigmoid(x)."""
    h = hard_sigmoid(x)
    return dy * h + x * hard_sigmoid_backward(dy, x, h)


@activation()
def hard_tanh(x: Any) -> np.ndarray:
    """A tanh of three straight segments.

    Math: y = min(max(x, -1), 1)
    """
    return np.clip(as_floats(x), -1, 1)


@gradient_of(hard_tanh, needs_input=True)
def hard_tanh_backward(dy: np.ndarray, x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """dx = dy where -1 <= x <= 1, else 0."""
    return dy * (np.abs(x) <= 1)
