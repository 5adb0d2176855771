"""Hinge losses: no loss once the right answer leads by a margin of 1.

Shapes: y_true, y_pred (N, ..., C) -> (N, ...); a ValueError says where they differ.

The losses of support vector machines. Notation: y truth (y_true), -1 or 1 (labels that are all 0 or
1 become 2 y - 1; one-hot for `categorical_hinge`), p score (y_pred), w one weight for each value, C
the length of the last axis.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from nanoconv.losses.label_shapes import pair
from nanoconv.losses.loss import gradient_of, loss_function


@loss_function
def hinge(y_true: Any, y_pred: Any) -> np.ndarray:
    """Return mean_c max(1 - y p, 0).

    Reference: https://keras.io/api/losses/hinge_losses/#hinge-class
    """
    y, p = _signed("hinge", y_true, y_pred)
    return np.maximum(1 - y * p, 0).mean(-1)


@gradient_of(hinge)
def hinge_gradient(y_true: Any, y_pred: Any, weights: Any) -> np.ndarray:
    """Return dp = -w y / C where y p < 1, else 0."""
    y, p = _signed("hinge", y_true, y_pred)
    return -np.expand_dims(weights, -1) / p.shape[-1] * y * (y * p < 1)


@loss_function
def squared_hinge(y_true: Any, y_pred: Any) -> np.ndarray:
    """Return mean_c max(1 - y p, 0)^2.

    Reference: https://keras.io/api/losses/hinge_losses/#squaredhinge-class
    """
    y, p = _signed("squared_hinge", y_true, y_pred)
    return np.square(np.maximum(1 - y * p, 0)).mean(-1)


@gradient_of(squared_hinge)
def squared_hinge_gradient(y_true: Any, y_pred: Any, weights: Any) -> np.ndarray:
    """Return dp = -2 w y max(1 - y p, 0) / C."""
    y, p = _signed("squared_hinge", y_true, y_pred)
    return np.expand_dims(weights, -1) * (-2 / p.shape[-1]) * y * np.maximum(1 - y * p, 0)


@loss_function
def categorical_hinge(y_true: Any, y_pred: Any) -> np.ndarray:
    """Return max(neg - pos + 1, 0), with pos = sum_c y p and neg = max_c (1 - y) p.

    Reference: https://keras.io/api/losses/hinge_losses/#categoricalhinge-class
    """
    y, p = pair("categorical_hinge", y_true, y_pred)
    return np.maximum(((1 - y) * p).max(-1) - (y * p).sum(-1) + 1, 0)


@gradient_of(categorical_hinge)
def categorical_hinge_gradient(y_true: Any, y_pred: Any, weights: Any) -> np.ndarray:
    """Return dp = w ((1 - y) at the best wrong class - y) where the loss is positive, else 0."""
    y, p = pair("categorical_hinge", y_true, y_pred)
    wrong = (1 - y) * p
    best = np.arange(p.shape[-1]) == wrong.argmax(-1)[..., None]
    active = wrong.max(-1) - (y * p).sum(-1) + 1 > 0
    return np.expand_dims(weights * active, -1) * (best * (1 - y) - y)


def _signed(name: str, y_true: Any, y_pred: Any) -> tuple[np.ndarray, np.ndarray]:
    """Return truth as -1 and 1, and prediction, as arrays of one shape."""
    y, p = pair(name, y_true, y_pred)
    binary = np.all((y == 0) | (y == 1))
    return (2 * y - 1 if binary else y), p
