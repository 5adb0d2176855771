"""Losses as metrics: the running mean of a loss, to be read beside the one that is trained on.

The mathematics is beside the functions in `nanoconv.losses`. The arguments `name` (the key in
History) and `dtype` (of the running numbers) are those of `Mean`; the others the function's.

Reference: https://keras.io/api/metrics/
"""

from __future__ import annotations

from typing import Any

import numpy as np

from nanoconv import losses
from nanoconv.core.arrays import Number
from nanoconv.losses.label_shapes import as_float, match_ranks, pair, sparse_labels
from nanoconv.metrics.reduction import MeanMetricWrapper, RunningMean


class BinaryCrossentropy(MeanMetricWrapper):
    """The running mean of `losses.binary_crossentropy`."""

    def __init__(
        self,
        name: str | None = "binary_crossentropy",
        dtype: Any = None,
        from_logits: bool = False,
        label_smoothing: float = 0,
    ) -> None:
        super().__init__(
            losses.binary_crossentropy,
            name,
            dtype,
            from_logits=from_logits,
            label_smoothing=label_smoothing,
        )


class CategoricalCrossentropy(MeanMetricWrapper):
    """The running mean of `losses.categorical_crossentropy`."""

    def __init__(
        self,
        name: str | None = "categorical_crossentropy",
        dtype: Any = None,
        from_logits: bool = False,
        label_smoothing: float = 0,
        axis: int = -1,
    ) -> None:
        super().__init__(
            losses.categorical_crossentropy,
            name,
            dtype,
            from_logits=from_logits,
            label_smoothing=label_smoothing,
            axis=axis,
        )


class SparseCategoricalCrossentropy(MeanMetricWrapper):
    """The running mean of `losses.sparse_categorical_crossentropy`.

    As in Keras, samples of the ignored class count as 0 in a mean without weights, and not at all
    in one with weights.
    """

    def __init__(
        self,
        name: str | None = "sparse_categorical_crossentropy",
        dtype: Any = None,
        from_logits: bool = False,
        ignore_class: int | None = None,
        axis: int = -1,
    ) -> None:
        super().__init__(
            losses.sparse_categorical_crossentropy,
            name,
            dtype,
            from_logits=from_logits,
            ignore_class=ignore_class,
            axis=axis,
        )

    def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> None:
        """Take in one batch; see `MeanMetricWrapper.update_state`."""
        ignored = self._fn_kwargs["ignore_class"]
        if sample_weight is not None and ignored is not None:
            valid = sparse_labels(y_true, as_float(y_pred)) != ignored
            valid, weights = match_ranks(valid, np.asarray(sample_weight))
            sample_weight = valid * weights
        super().update_state(y_true, y_pred, sample_weight)


class RootMeanSquaredError(RunningMean):
    """The root of the running mean of squared errors: an error in the unit of the labels."""

    _direction = "down"

    def __init__(self, name: str | None = "root_mean_squared_error", dtype: Any = None) -> None:
        super().__init__(name, dtype)

    def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> None:
        """Take in one batch: truth and prediction of one shape, and weights for the errors.

        Raises:
            ValueError: where shapes do not fit.
        """
        y, p = pair(self.name, y_true, y_pred)
        self.add(np.square(p - y), sample_weight)

    def result(self) -> float:
        """Return sqrt(total / count); 0 before the first value."""
        return Number(np.sqrt(super().result()))


class CategoricalHinge(MeanMetricWrapper):
    """The running mean of `losses.categorical_hinge`."""

    def __init__(self, name: str | None = "categorical_hinge", dtype: Any = None) -> None:
        super().__init__(losses.categorical_hinge, name, dtype)


class Hinge(MeanMetricWrapper):
    """The running mean of `losses.hinge`."""

    def __init__(self, name: str | None = "hinge", dtype: Any = None) -> None:
        super().__init__(losses.hinge, name, dtype)


class KLDivergence(MeanMetricWrapper):
    """The running mean of `losses.kl_divergence`."""

    def __init__(self, name: str | None = "kl_divergence", dtype: Any = None) -> None:
        super().__init__(losses.kl_divergence, name, dtype)


class LogCoshError(MeanMetricWrapper):
    """The running mean of `losses.log_cosh`."""

    def __init__(self, name: str | None = "logcosh", dtype: Any = None) -> None:
        super().__init__(losses.log_cosh, name, dtype)


class MeanAbsoluteError(MeanMetricWrapper):
    """The running mean of `losses.mean_absolute_error`."""

    def __init__(self, name: str | None = "mean_absolute_error", dtype: Any = None) -> None:
        super().__init__(losses.mean_absolute_error, name, dtype)


class MeanAbsolutePercentageError(MeanMetricWrapper):
    """The running mean of `losses.mean_absolute_percentage_error`."""

    def __init__(
        self, name: str | None = "mean_absolute_percentage_error", dtype: Any = None
    ) -> None:
        super().__init__(losses.mean_absolute_percentage_error, name, dtype)


class MeanSquaredError(MeanMetricWrapper):
    """The running mean of `losses.mean_squared_error`."""

    def __init__(self, name: str | None = "mean_squared_error", dtype: Any = None) -> None:
        super().__init__(losses.mean_squared_error, name, dtype)


class SquaredHinge(MeanMetricWrapper):
    """The running mean of `losses.squared_hinge`."""

    def __init__(self, name: str | None = "squared_hinge", dtype: Any = None) -> None:
        super().__init__(losses.squared_hinge, name, dtype)
