"""Metrics: numbers for humans. They are read while training, and never trained on.

`get` reads what a user writes; `resolve` is what `compile` does with it, where `"accuracy"` means
one of three metrics, by the shapes of labels and predictions.

Reference: https://keras.io/api/metrics/
"""

from __future__ import annotations

from typing import Any

from nanoconv.core import absent, registry
from nanoconv.losses import (
    binary_crossentropy,
    categorical_crossentropy,
    categorical_hinge,
    hinge,
    huber,
    kl_divergence,
    log_cosh,
    mean_absolute_error,
    mean_absolute_percentage_error,
    mean_squared_error,
    sparse_categorical_crossentropy,
    squared_hinge,
)
from nanoconv.losses.label_shapes import kind_of_labels
from nanoconv.metrics.accuracy import (
    Accuracy,
    BinaryAccuracy,
    CategoricalAccuracy,
    SparseCategoricalAccuracy,
    SparseTopKCategoricalAccuracy,
    TopKCategoricalAccuracy,
    binary_accuracy,
    categorical_accuracy,
    sparse_categorical_accuracy,
    sparse_top_k_categorical_accuracy,
    top_k_categorical_accuracy,
)
from nanoconv.metrics.confusion import Precision, Recall, confusion_matrix
from nanoconv.metrics.f_score import F1Score, FBetaScore
from nanoconv.metrics.from_losses import (
    BinaryCrossentropy,
    CategoricalCrossentropy,
    CategoricalHinge,
    Hinge,
    KLDivergence,
    LogCoshError,
    MeanAbsoluteError,
    MeanAbsolutePercentageError,
    MeanSquaredError,
    RootMeanSquaredError,
    SparseCategoricalCrossentropy,
    SquaredHinge,
)
from nanoconv.metrics.metric import Mean, MeanMetricWrapper, Metric, Sum

__all__ = [
    "Accuracy",
    "BinaryAccuracy",
    "BinaryCrossentropy",
    "CategoricalAccuracy",
    "CategoricalCrossentropy",
    "CategoricalHinge",
    "F1Score",
    "FBetaScore",
    "Hinge",
    "KLDivergence",
    "LogCoshError",
    "Mean",
    "MeanAbsoluteError",
    "MeanAbsolutePercentageError",
    "MeanMetricWrapper",
    "MeanSquaredError",
    "Metric",
    "Precision",
    "Recall",
    "RootMeanSquaredError",
    "SparseCategoricalAccuracy",
    "SparseCategoricalCrossentropy",
    "SparseTopKCategoricalAccuracy",
    "SquaredHinge",
    "Sum",
    "TopKCategoricalAccuracy",
    "binary_accuracy",
    "binary_crossentropy",
    "categorical_accuracy",
    "categorical_crossentropy",
    "categorical_hinge",
    "confusion_matrix",
    "deserialize",
    "get",
    "hinge",
    "huber",
    "kl_divergence",
    "log_cosh",
    "mean_absolute_error",
    "mean_absolute_percentage_error",
    "mean_squared_error",
    "resolve",
    "serialize",
    "sparse_categorical_accuracy",
    "sparse_categorical_crossentropy",
    "sparse_top_k_categorical_accuracy",
    "squared_hinge",
    "top_k_categorical_accuracy",
]


_family = registry.Family(
    "metrics",
    'metric is {}, but a name, a Metric or a function is needed; write metrics=["accuracy"].',
)
get = _family.get
deserialize = _family.deserialize


def serialize(metric: Any) -> Any:
    """Return the dictionary that Keras writes for a metric; a function's name."""
    return _family.serialize(metric)


def resolve(
    identifier: Any, y_true_shape: tuple[int, ...], y_pred_shape: tuple[int, ...]
) -> Metric:
    """Return the metric that `compile` makes of a user's word, under that word as its name.

    `"accuracy"` (`"acc"`) and `"crossentropy"` (`"ce"`) choose by shape: binary for one output
    unit, sparse for integer labels, else categorical.

    Args:
        identifier: as for `get`.
        y_true_shape: the labels' shape, (N, ...).
        y_pred_shape: the prediction's shape, (N, ...).

    Raises:
        ValueError: as `get`, and for None.
    """
    if identifier is None:
        raise ValueError('metric is None, but a name is needed; write metrics=["accuracy"].')
    family = {"accuracy": "accuracy", "acc": "accuracy", "ce": "crossentropy"}
    word = str(identifier).lower()
    chosen = identifier
    if word in family or word == "crossentropy":
        kind = kind_of_labels(y_true_shape, y_pred_shape)
        chosen = f"{kind}_{family.get(word, word)}"
    metric = get(chosen)
    if not isinstance(metric, Metric):
        own = getattr(metric, "__name__", registry.snake_case(type(metric).__name__))
        metric = MeanMetricWrapper(metric, own)
    if isinstance(identifier, str):
        metric.name = identifier
    return metric


__getattr__, __dir__ = absent.public(__name__)
