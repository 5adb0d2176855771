"""Accuracies: how often the answer is right, or the right answer among the k likeliest.

Each function returns 1 for a hit and 0 for a miss, one for each sample; each class keeps their
running mean, and takes the options of its function, `name` and `dtype`. A ValueError says where
shapes do not fit.

Reference: https://keras.io/api/metrics/accuracy_metrics/
"""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np

from nanoconv.config import floatx
from nanoconv.core.registry import register
from nanoconv.losses.label_shapes import as_float, match_ranks, pair, sparse_labels
from nanoconv.losses.loss import init_taking
from nanoconv.metrics.metric import MeanMetricWrapper

taking = partial(init_taking, MeanMetricWrapper, "name dtype *")


def accuracy(y_true: Any, y_pred: Any) -> np.ndarray:
    """Return where truth and prediction are equal.

    Shapes: y_true, y_pred (N, ...) -> (N, ...)
    """
    y, p = match_ranks(np.asarray(y_true), np.asarray(y_pred))
    try:
        return (y == p).astype(floatx())
    except ValueError:
        raise ValueError(
            f"Accuracy compares labels of shape {y.shape} with predictions of shape {p.shape} one "
            "by one, but these do not fit; write metrics=['accuracy'], which looks for the class."
        ) from None


def binary_accuracy(y_true: Any, y_pred: Any, threshold: float = 0.5) -> np.ndarray:
    """Return where a probability falls on the side of its label, 0 or 1.

    Shapes: y_true, y_pred (N, ...) -> (N, ...)

    Args:
        y_true: 0 or 1.
        y_pred: probabilities.
        threshold: a probability above it means 1.
    """
    y, p = pair("binary_accuracy", y_true, y_pred)
    return (y == (p > threshold)).astype(floatx())


def categorical_accuracy(y_true: Any, y_pred: Any) -> np.ndarray:
    """Return where the likeliest class is that of the one-hot label.

    Shapes: y_true, y_pred (N, ..., C) -> (N, ...)
    """
    y, p = pair("categorical_accuracy", y_true, y_pred)
    return (y.argmax(-1) == p.argmax(-1)).astype(floatx())


def sparse_categorical_accuracy(y_true: Any, y_pred: Any) -> np.ndarray:
    """Return where the likeliest class is the integer label.

    Shapes: y_true (N, ...) or (N, ..., 1), y_pred (N, ..., C) -> (N, ...)
    """
    p = as_float(y_pred)
    labels = sparse_labels(y_true, p)
    return (labels == p.argmax(-1)).astype(floatx())


def top_k_categorical_accuracy(y_true: Any, y_pred: Any, k: int = 5) -> np.ndarray:
    """Return where the class of a one-hot label is among the k likeliest.

    Shapes: y_true, y_pred (N, ..., C) -> (N, ...)

    Args:
        y_true: one-hot labels.
        y_pred: scores.
        k: how many guesses are allowed.
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
    """
    p = as_float(y_pred)
    labels = sparse_labels(y_true, p)[..., None]  # (N, ..., 1)
    if from_sorted_ids:
        return (p[..., :k] == labels).any(-1).astype(floatx())
    known = (labels >= 0) & (labels < p.shape[-1])
    score = np.take_along_axis(p, np.where(known, labels, 0).astype(np.intp), axis=-1)
    better = (p > np.where(np.isnan(score), -np.inf, score)).sum(-1)
    return (known[..., 0] & (better < k)).astype(floatx())


@register("metrics")
class Accuracy(MeanMetricWrapper):
    """How often predictions equal labels.

    Reference: https://keras.io/api/metrics/accuracy_metrics/#accuracy-class
    """

    _direction = "up"
    __init__ = taking(accuracy)


@register("metrics")
class BinaryAccuracy(MeanMetricWrapper):
    """How often probabilities fall on the side of their labels.

    Args:
        name, dtype: see `Metric`.
        threshold: a probability above it means 1.

    Reference: https://keras.io/api/metrics/accuracy_metrics/#binaryaccuracy-class
    """

    _direction = "up"
    __init__ = taking(binary_accuracy)


@register("metrics")
class CategoricalAccuracy(MeanMetricWrapper):
    """How often the likeliest class is that of the one-hot label.

    Reference: https://keras.io/api/metrics/accuracy_metrics/#categoricalaccuracy-class
    """

    _direction = "up"
    __init__ = taking(categorical_accuracy)


@register("metrics")
class SparseCategoricalAccuracy(MeanMetricWrapper):
    """How often the likeliest class is the integer label.

    Reference: https://keras.io/api/metrics/accuracy_metrics/#sparsecategoricalaccuracy-class
    """

    _direction = "up"
    __init__ = taking(sparse_categorical_accuracy)


@register("metrics")
class TopKCategoricalAccuracy(MeanMetricWrapper):
    """How often the class of a one-hot label is among the k likeliest.

    Args:
        k: how many guesses are allowed.
        name, dtype: see `Metric`.

    Reference: https://keras.io/api/metrics/accuracy_metrics/#topkcategoricalaccuracy-class
    """

    _direction = "up"
    __init__ = init_taking(MeanMetricWrapper, "k name dtype", top_k_categorical_accuracy)


@register("metrics")
class SparseTopKCategoricalAccuracy(MeanMetricWrapper):
    """How often an integer label is among the k likeliest classes.

    Args:
        k: how many guesses are allowed.
        name, dtype: see `Metric`.
        from_sorted_ids: whether y_pred holds class numbers, likeliest first, in place of scores.

    Reference: https://keras.io/api/metrics/accuracy_metrics/#sparsetopkcategoricalaccuracy-class
    """

    _direction = "up"
    __init__ = init_taking(
        MeanMetricWrapper, "k name dtype from_sorted_ids", sparse_top_k_categorical_accuracy
    )
