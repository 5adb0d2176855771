"""Accuracies: how often the answer is right.

Each function returns 1 for a hit and 0 for a miss, one for each sample; each class keeps their
running mean.

Reference: https://keras.io/api/metrics/accuracy_metrics/
"""

from __future__ import annotations

from typing import Any

import numpy as np

from nanoconv.config import floatx
from nanoconv.losses.label_shapes import as_float, match_ranks, pair, sparse_labels
from nanoconv.metrics.reduction import MeanMetricWrapper


def accuracy(y_true: Any, y_pred: Any) -> np.ndarray:
    """Return where truth and prediction are equal.

    Shapes: y_true, y_pred (N, ...) -> (N, ...)
    """
    y, p = match_ranks(np.asarray(y_true), np.asarray(y_pred))
    return (y == p).astype(floatx())


def binary_accuracy(y_true: Any, y_pred: Any, threshold: float = 0.5) -> np.ndarray:
    """Return where a probability falls on the side of its label, 0 or 1.

    Shapes: y_true, y_pred (N, ...) -> (N, ...)

    Args:
        y_true: 0 or 1.
        y_pred: probabilities.
        threshold: a probability above it means 1.

    Raises:
        ValueError: where the shapes differ.
    """
    y, p = pair("binary_accuracy", y_true, y_pred)
    return (y == (p > threshold)).astype(floatx())


def categorical_accuracy(y_true: Any, y_pred: Any) -> np.ndarray:
    """Return where the likeliest class is that of the one-hot label.

    Shapes: y_true, y_pred (N, ..., C) -> (N, ...)

    Raises:
        ValueError: where the shapes differ.
    """
    y, p = pair("categorical_accuracy", y_true, y_pred)
    return (y.argmax(-1) == p.argmax(-1)).astype(floatx())


def sparse_categorical_accuracy(y_true: Any, y_pred: Any) -> np.ndarray:
    """Return where the likeliest class is the integer label.

    Shapes: y_true (N, ...) or (N, ..., 1), y_pred (N, ..., C) -> (N, ...)

    Raises:
        ValueError: where the shapes do not fit.
    """
    p = as_float(y_pred)
    labels = sparse_labels(y_true, p)
    return (labels == p.argmax(-1)).astype(floatx())


class Accuracy(MeanMetricWrapper):
    """How often predictions equal labels.

    Args:
        name: the key in History.
        dtype: the float type of the running numbers.

    Reference: https://keras.io/api/metrics/accuracy_metrics/#accuracy-class
    """

    _direction = "up"

    def __init__(self, name: str | None = "accuracy", dtype: Any = None) -> None:
        super().__init__(accuracy, name, dtype)


class BinaryAccuracy(MeanMetricWrapper):
    """How often probabilities fall on the side of their labels.

    Args:
        name: the key in History.
        dtype: the float type of the running numbers.
        threshold: a probability above it means 1.

    Reference: https://keras.io/api/metrics/accuracy_metrics/#binaryaccuracy-class
    """

    _direction = "up"

    def __init__(
        self, name: str | None = "binary_accuracy", dtype: Any = None, threshold: float = 0.5
    ) -> None:
        super().__init__(binary_accuracy, name, dtype, threshold=threshold)


class CategoricalAccuracy(MeanMetricWrapper):
    """How often the likeliest class is that of the one-hot label.

    Args:
        name: the key in History.
        dtype: the float type of the running numbers.

    Reference: https://keras.io/api/metrics/accuracy_metrics/#categoricalaccuracy-class
    """

    _direction = "up"

    def __init__(self, name: str | None = "categorical_accuracy", dtype: Any = None) -> None:
        super().__init__(categorical_accuracy, name, dtype)


class SparseCategoricalAccuracy(MeanMetricWrapper):
    """How often the likeliest class is the integer label.

    Args:
        name: the key in History.
        dtype: the float type of the running numbers.

    Reference: https://keras.io/api/metrics/accuracy_metrics/#sparsecategoricalaccuracy-class
    """

    _direction = "up"

    def __init__(self, name: str | None = "sparse_categorical_accuracy", dtype: Any = None) -> None:
        super().__init__(sparse_categorical_accuracy, name, dtype)
