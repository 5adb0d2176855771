"""Top-k accuracies: how often the right answer is among the k likeliest.

Reference: https://keras.io/api/metrics/accuracy_metrics/
"""

from __future__ import annotations

from typing import Any

import numpy as np

from nanoconv.config import floatx
from nanoconv.losses.label_shapes import as_float, pair, sparse_labels
from nanoconv.metrics.reduction import MeanMetricWrapper


def top_k_categorical_accuracy(y_true: Any, y_pred: Any, k: int = 5) -> np.ndarray:
    """Return where the class of a one-hot label is among the k likeliest.

    Shapes: y_true, y_pred (N, ..., C) -> (N, ...)

    Args:
        y_true: one-hot labels.
        y_pred: scores.
        k: how many guesses are allowed.

    Raises:
        ValueError: where the shapes differ.
    """
    y, p = pair("top_k_categorical_accuracy", y_true, y_pred)
    return sparse_top_k_categorical_accuracy(y.argmax(-1), p, k)


def sparse_top_k_categorical_accuracy(
    y_true: Any, y_pred: Any, k: int = 5, from_sorted_ids: bool = False
) -> np.ndarray:
    """Return where an integer label is among the k likeliest classes.

    Shapes: y_true (N, ...) or (N, ..., 1), y_pred (N, ..., C) -> (N, ...)

    Math: fewer than k classes score higher than the label's class.

    Args:
        y_true: integer labels.
        y_pred: scores; or class numbers, likeliest first.
        k: how many guesses are allowed.
        from_sorted_ids: whether y_pred holds class numbers.

    Raises:
        ValueError: where the shapes do not fit.
    """
    p = as_float(y_pred)
    labels = sparse_labels(y_true, p)[..., None]  # (N, ..., 1)
    if from_sorted_ids:
        return (p[..., :k] == labels).any(-1).astype(floatx())
    known = (labels >= 0) & (labels < p.shape[-1])
    score = np.take_along_axis(p, np.where(known, labels, 0).astype(np.intp), axis=-1)
    better = (p > np.where(np.isnan(score), -np.inf, score)).sum(-1)
    return (known[..., 0] & (better < k)).astype(floatx())


class TopKCategoricalAccuracy(MeanMetricWrapper):
    """How often the class of a one-hot label is among the k likeliest.

    Args:
        k: how many guesses are allowed.
        name: the key in History.
        dtype: the float type of the running numbers.

    Reference: https://keras.io/api/metrics/accuracy_metrics/#topkcategoricalaccuracy-class
    """

    _direction = "up"

    def __init__(
        self, k: int = 5, name: str | None = "top_k_categorical_accuracy", dtype: Any = None
    ) -> None:
        super().__init__(top_k_categorical_accuracy, name, dtype, k=k)


class SparseTopKCategoricalAccuracy(MeanMetricWrapper):
    """How often an integer label is among the k likeliest classes.

    Args:
        k: how many guesses are allowed.
        name: the key in History.
        dtype: the float type of the running numbers.
        from_sorted_ids: whether y_pred holds class numbers, likeliest first, in place of scores.

    Reference: https://keras.io/api/metrics/accuracy_metrics/#sparsetopkcategoricalaccuracy-class
    """

    _direction = "up"

    def __init__(
        self,
        k: int = 5,
        name: str | None = "sparse_top_k_categorical_accuracy",
        dtype: Any = None,
        from_sorted_ids: bool = False,
    ) -> None:
        super().__init__(
            sparse_top_k_categorical_accuracy, name, dtype, k=k, from_sorted_ids=from_sorted_ids
        )
