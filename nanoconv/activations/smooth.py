"""Smooth activations: sigmoid, tanh, and those made of them.

y has the shape of x throughout; see `activation_gradients` for dy, x, y. All are stable for
|x| of a thousand.

Reference: https://keras.io/api/layers/activations/
"""

from __future__ import annotations

import math
from functools import cache
from typing import Any

import numpy as np

from nanoconv.activations.activation_gradients import activation, as_floats, gradient_of


@activation()
def linear(x: Any) -> Any:
    """No activation.

    Math: y = x
    """
    return x


@gradient_of(linear)
def linear_backward(dy: np.ndarray, x: np.ndarray | None, y: np.ndarray | None) -> np.ndarray:
    """dx = dy."""
    return dy


@activation()
def sigmoid(x: Any) -> np.ndarray:
    """Logistic sigmoid: maps values into (0, 1).

    Math: y = 1 / (1 + e^-x), computed as e^x / (1 + e^x) for negative x so that nothing overflows
    """
    x = as_floats(x)
    e = np.exp(-np.abs(x))
    return np.where(x >= 0, x.dtype.type(1), e) / (1 + e)


@gradient_of(sigmoid)
def sigmoid_backward(dy: np.ndarray, x: np.ndarray | None, y: np.ndarray) -> np.ndarray:
    """dx = dy y (1 - y)."""
    return dy * y * (1 - y)


@activation()
def tanh(x: Any) -> np.ndarray:
    """Hyperbolic tangent: maps values into (-1, 1).

    Math: y = (e^x - e^-x) / (e^x + e^-x)
    """
    return np.tanh(as_floats(x))


@gradient_of(tanh)
def tanh_backward(dy: np.ndarray, x: np.ndarray | None, y: np.ndarray) -> np.ndarray:
    """dx = dy (1 - y^2)."""
    return dy * (1 - y * y)


@activation()
def exponential(x: Any) -> np.ndarray:
    """Exponential function.

    Math: y = e^x
    """
    return np.exp(as_floats(x))


@gradient_of(exponential)
def exponential_backward(dy: np.ndarray, x: np.ndarray | None, y: np.ndarray) -> np.ndarray:
    """dx = dy y."""
    return dy * y


@activation()
def softplus(x: Any) -> np.ndarray:
    """A smooth ReLU.

    Math: y = log(1 + e^x), computed as max(x, 0) + log(1 + e^-|x|)
    """
    x = as_floats(x)
    return np.maximum(x, 0) + np.log1p(np.exp(-np.abs(x)))


@gradient_of(softplus, needs_input=True)
def softplus_backward(dy: np.ndarray, x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """dx = dy sigmoid(x)."""
    return dy * sigmoid(x)


@activation()
def softsign(x: Any) -> np.ndarray:
    """A tanh with slower tails.

    Math: y = x / (1 + |x|)
    """
    x = as_floats(x)
    return x / (1 + np.abs(x))


@gradient_of(softsign)
def softsign_backward(dy: np.ndarray, x: np.ndarray | None, y: np.ndarray) -> np.ndarray:
    """dx = dy / (1 + |x|)^2 = dy (1 - |y|)^2."""
    return dy * np.square(1 - np.abs(y))


@activation("swish")
def silu(x: Any) -> np.ndarray:
    """Sigmoid linear unit, also called swish.

    Math: y = x sigmoid(x)

    Reference: Ramachandran et al. 2017, https://arxiv.org/abs/1710.05941
    """
    x = as_floats(x)
    return x * sigmoid(x)


@gradient_of(silu, needs_input=True)
def silu_backward(dy: np.ndarray, x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """dx = dy (s + x s (1 - s)), s = sigmoid(x)."""
    s = sigmoid(x)
    return dy * (s + x * s * (1 - s))


@activation()
def gelu(x: Any, approximate: bool = False) -> np.ndarray:
    """Gaussian error linear unit: x times the chance that a standard normal value is below x.

    Math: y = x (1 + erf(x / sqrt(2))) / 2, or with `approximate`
          y = x (1 + tanh(sqrt(2 / pi) (x + 0.044715 x^3))) / 2

    Reference: Hendrycks and Gimpel 2016, https://arxiv.org/abs/1606.08415
    """
    x = as_floats(x)
    return x * _normal_cdf(x, approximate)


@gradient_of(gelu, needs_input=True)
def gelu_backward(
    dy: np.ndarray, x: np.ndarray, y: np.ndarray, approximate: bool = False
) -> np.ndarray:
    """dx = dy (P + x P'), P' being the normal density or the slope of its approximation."""
    P = _normal_cdf(x, approximate)
    if approximate:
        dP = 2 * P * (1 - P) * math.sqrt(2 / math.pi) * (1 + 3 * 0.044715 * x * x)
    else:
        dP = np.exp(-0.5 * x * x) / math.sqrt(2 * math.pi)
    return dy * (P + x * dP)


def _normal_cdf(x: np.ndarray, approximate: bool) -> np.ndarray:
    """Return the chance that a standard normal value is below x."""
    if approximate:
        return 0.5 * (1 + np.tanh(math.sqrt(2 / math.pi) * (x + 0.044715 * x * x * x)))
    return 0.5 * _erfc()(-x / math.sqrt(2)).astype(x.dtype, copy=False)  # float16 has no erfc


@cache
def _erfc() -> Any:
    """Return the complementary error function for arrays, which NumPy lacks."""
    import numba

    @numba.vectorize(["float32(float32)", "float64(float64)"])
    def erfc(x: float) -> float:
        return math.erfc(x)

    return erfc


@activation()
def mish(x: Any) -> np.ndarray:
    """A smooth, self-gated relative of silu.

    Math: y = x tanh(softplus(x))

    Reference: Misra 2019, https://arxiv.org/abs/1908.08681
    """
    x = as_floats(x)
    return x * np.tanh(softplus(x))


@gradient_of(mish, needs_input=True)
def mish_backward(dy: np.ndarray, x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """dx = dy (t + x (1 - t^2) sigmoid(x)), t = tanh(softplus(x))."""
    t = np.tanh(softplus(x))
    return dy * (t + x * (1 - t * t) * sigmoid(x))
