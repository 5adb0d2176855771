"""Losses of measured quantities: how far the prediction is from the truth.

Shapes: y_true, y_pred (N, ..., C) -> (N, ...); a ValueError says where they differ.

Each is a mean over the last axis, so its gradient carries 1 / C. Notation: y truth, p prediction,
w one weight for each value, C the length of the last axis.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from nanoconv.config import epsilon
from nanoconv.losses.label_shapes import pair
from nanoconv.losses.loss import gradient_of, loss_function


@loss_function
def mean_squared_error(y_true: Any, y_pred: Any) -> np.ndarray:
    """Return mean_c (y - p)^2.

    Reference: https://keras.io/api/losses/regression_losses/#meansquarederror-class
    """
    y, p = pair("mean_squared_error", y_true, y_pred)
    return np.square(y - p).mean(-1)


@gradient_of(mean_squared_error)
def mean_squared_error_gradient(y_true: Any, y_pred: Any, weights: Any) -> np.ndarray:
    """Return dp = w 2 (p - y) / C."""
    y, p = pair("mean_squared_error", y_true, y_pred)
    return np.expand_dims(weights, -1) * (2 / p.shape[-1]) * (p - y)


@loss_function
def mean_absolute_error(y_true: Any, y_pred: Any) -> np.ndarray:
    """Return mean_c |y - p|.

    Reference: https://keras.io/api/losses/regression_losses/#meanabsoluteerror-class
    """
    y, p = pair("mean_absolute_error", y_true, y_pred)
    return np.abs(y - p).mean(-1)


@gradient_of(mean_absolute_error)
def mean_absolute_error_gradient(y_true: Any, y_pred: Any, weights: Any) -> np.ndarray:
    """Return dp = w sign(p - y) / C; 0 where both are equal."""
    y, p = pair("mean_absolute_error", y_true, y_pred)
    return np.expand_dims(weights, -1) / p.shape[-1] * np.sign(p - y)


@loss_function
def mean_absolute_percentage_error(y_true: Any, y_pred: Any) -> np.ndarray:
    """Return 100 mean_c |y - p| / max(|y|, eps).

    Reference: https://keras.io/api/losses/regression_losses/#meanabsolutepercentageerror-class
    """
    y, p = pair("mean_absolute_percentage_error", y_true, y_pred)
    return 100 * np.abs((y - p) / np.maximum(np.abs(y), epsilon())).mean(-1)


@gradient_of(mean_absolute_percentage_error)
def mean_absolute_percentage_error_gradient(y_true: Any, y_pred: Any, weights: Any) -> np.ndarray:
    """Return dp = w 100 sign(p - y) / max(|y|, eps) / C."""
    y, p = pair("mean_absolute_percentage_error", y_true, y_pred)
    w = np.expand_dims(weights, -1) * (100 / p.shape[-1])
    return w * np.sign(p - y) / np.maximum(np.abs(y), epsilon())


@loss_function
def huber(y_true: Any, y_pred: Any, delta: float = 1.0) -> np.ndarray:
    """Return the Huber loss: squared for small errors, linear for large ones.

    Math, with e = p - y: mean_c of e^2 / 2 where |e| <= delta, else delta |e| - delta^2 / 2.

    Args:
        y_true, y_pred: see above.
        delta: where the parabola ends.

    Reference: https://keras.io/api/losses/regression_losses/#huber-class
    """
    y, p = pair("huber", y_true, y_pred)
    e = np.abs(p - y)
    return np.where(e <= delta, e * e / 2, delta * e - delta * delta / 2).mean(-1)


@gradient_of(huber)
def huber_gradient(y_true: Any, y_pred: Any, weights: Any, delta: float = 1.0) -> np.ndarray:
    """Return dp = w clip(p - y, -delta, delta) / C."""
    y, p = pair("huber", y_true, y_pred)
    return np.expand_dims(weights, -1) / p.shape[-1] * np.clip(p - y, -delta, delta)


@loss_function
def log_cosh(y_true: Any, y_pred: Any) -> np.ndarray:
    """Return mean_c log cosh(p - y), a smooth cousin of the Huber loss.

    Math, with e = |p - y|: log cosh e = e + log(1 + exp(-2 e)) - log 2, which never overflows.

    Reference: https://keras.io/api/losses/regression_losses/#logcosh-class
    """
    y, p = pair("log_cosh", y_true, y_pred)
    e = np.abs(p - y)
    return (e + np.log1p(np.exp(-2 * e)) - np.log(2.0).astype(e.dtype)).mean(-1)


@gradient_of(log_cosh)
def log_cosh_gradient(y_true: Any, y_pred: Any, weights: Any) -> np.ndarray:
    """Return dp = w tanh(p - y) / C."""
    y, p = pair("log_cosh", y_true, y_pred)
    return np.expand_dims(weights, -1) / p.shape[-1] * np.tanh(p - y)
