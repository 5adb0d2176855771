"""Softmax: scores become probabilities that add up to one.

Reference: https://keras.io/api/layers/activations/#softmax-function
"""

from __future__ import annotations

from typing import Any

import numpy as np

from nanoconv.activations.activation_gradients import activation, as_floats, gradient_of


@activation()
def softmax(x: Any, axis: int = -1) -> np.ndarray:
    """Turn scores into probabilities.

    Shapes: x, y (..., K) for K classes on `axis`
    Math:   y_k = e^x_k / sum_j e^x_j; the largest score is subtracted first, which changes nothing
            but keeps e^x finite

    Args:
        x: scores, also called logits.
        axis: where the classes lie.
    """
    x = as_floats(x)
    e = np.exp(x - x.max(axis=axis, keepdims=True))
    return e / e.sum(axis=axis, keepdims=True)


@gradient_of(softmax)
def softmax_backward(
    dy: np.ndarray, x: np.ndarray | None, y: np.ndarray, axis: int = -1
) -> np.ndarray:
    """dx_k = y_k (dy_k - sum_j dy_j y_j)."""
    return y * (dy - (dy * y).sum(axis=axis, keepdims=True))


@activation()
def log_softmax(x: Any, axis: int = -1) -> np.ndarray:
    """Logarithm of softmax, exact even where a probability would round to zero.

    Shapes: x, y (..., K) for K classes on `axis`
    Math:   y_k = x_k - log(sum_j e^x_j)
    """
    x = as_floats(x)
    x = x - x.max(axis=axis, keepdims=True)
    return x - np.log(np.exp(x).sum(axis=axis, keepdims=True))


@gradient_of(log_softmax)
def log_softmax_backward(
    dy: np.ndarray, x: np.ndarray | None, y: np.ndarray, axis: int = -1
) -> np.ndarray:
    """dx_k = dy_k - e^y_k sum_j dy_j."""
    return dy - np.exp(y) * dy.sum(axis=axis, keepdims=True)
