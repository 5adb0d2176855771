"""Running means and sums: the metrics that all others are made of.

A mean over an epoch is not the mean of the batches' means: the last batch may be smaller. So `Mean`
keeps a total and a count.

Reference: https://keras.io/api/metrics/reduction_metrics/
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from nanoconv.core.arrays import Number
from nanoconv.core.registry import serialize
from nanoconv.losses.label_shapes import match_ranks, spread
from nanoconv.losses.loss_wrapper import with_function
from nanoconv.metrics.metric import Metric


def per_sample(
    values: Any, sample_weight: Any, reduce: Callable[..., Any], dtype: str
) -> tuple[np.ndarray, np.ndarray | None]:
    """Return one weighted value for each sample, and the weights.

    Args:
        values: shape (N, ...).
        sample_weight: None, or a shape that broadcasts to that of values, such as (N,) or (N, 1).
        reduce: `np.mean` or `np.sum`, for the axes behind the first.
        dtype: the float type of both answers.

    Returns:
        (values * weights, weights), each of shape (N,) once reduced; weights are None without any.

    Raises:
        ValueError: where the weights do not fit the values.
    """
    values = np.asarray(values, dtype)
    weights = None
    if sample_weight is not None:
        values, weights = match_ranks(values, np.asarray(sample_weight, dtype))
        axes = weights.ndim
        values = reduce(values, axis=tuple(range(axes, values.ndim)))
        weights = spread(weights, values.shape)
        values = values * weights
        weights = reduce(weights, axis=tuple(range(1, axes)))
    return reduce(values, axis=tuple(range(1, values.ndim))), weights


class RunningMean(Metric):
    """A total and a count: what every metric that is a mean keeps.

    Math: total += sum(values * weights), count += sum(weights), result = total / count.

    Args:
        name: the key in History.
        dtype: the float type of the running numbers.
    """

    def __init__(self, name: str | None, dtype: Any = None) -> None:
        super().__init__(dtype, name)
        self.total = self.add_variable((), name="total")
        self.count = self.add_variable((), name="count")

    def add(self, values: Any, sample_weight: Any = None) -> None:
        """Take in values of shape (N, ...), or one number; axes behind the first are averaged.

        Raises:
            ValueError: where the weights do not fit the values.
        """
        values, weights = per_sample(values, sample_weight, np.mean, self.dtype)
        count = np.ones_like(values) if weights is None else weights
        self.total.value[...] += values.sum()
        self.count.value[...] += count.sum()

    def result(self) -> float:
        """Return total / count; 0 before the first value."""
        return Number(self.total.value / self.count.value if self.count.value else 0.0)


class Mean(RunningMean):
    """The weighted mean of everything seen.

    Args:
        name: the key in History.
        dtype: the float type of the running numbers.

    Reference: https://keras.io/api/metrics/reduction_metrics/#mean-class
    """

    def __init__(self, name: str | None = "mean", dtype: Any = None) -> None:
        super().__init__(name, dtype)

    def update_state(self, values: Any, sample_weight: Any = None) -> None:
        """Take in values of shape (N, ...), or one number; axes behind the first are averaged.

        Raises:
            ValueError: where the weights do not fit the values.
        """
        self.add(values, sample_weight)


class Sum(Metric):
    """The weighted sum of everything seen.

    Args:
        name: the key in History.
        dtype: the float type of the running number.

    Reference: https://keras.io/api/metrics/reduction_metrics/#sum-class
    """

    def __init__(self, name: str | None = "sum", dtype: Any = None) -> None:
        super().__init__(dtype, name)
        self.total = self.add_variable((), name="total")

    def update_state(self, values: Any, sample_weight: Any = None) -> None:
        """Take in values of shape (N, ...), or one number.

        Raises:
            ValueError: where the weights do not fit the values.
        """
        values, _ = per_sample(values, sample_weight, np.sum, self.dtype)
        self.total.value[...] += values.sum()

    def result(self) -> float:
        """Return the sum."""
        return Number(self.total.value)


class MeanMetricWrapper(RunningMean):
    """The running mean of a function of (y_true, y_pred).

    Args:
        fn: takes (y_true, y_pred) and options, returns one value for each sample.
        name: the key in History.
        dtype: the float type of the running numbers.
        **kwargs: options passed to the function.

    Reference: https://keras.io/api/metrics/reduction_metrics/#meanmetricwrapper-class
    """

    def __init__(
        self,
        fn: Callable[..., Any],
        name: str | None = None,
        dtype: Any = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(name, dtype)
        self._fn = fn
        self._fn_kwargs = kwargs
        vars(self).update(kwargs)  # metric.threshold and its like, as Keras offers them
        if hasattr(fn, "gradient"):  # a loss
            self._direction = "down"

    def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> None:
        """Take in one batch.

        Args:
            y_true: the truth.
            y_pred: the prediction, shape (N, ...).
            sample_weight: None, or one weight for each sample.

        Raises:
            ValueError: where shapes do not fit.
        """
        self.add(self._fn(y_true, y_pred, **self._fn_kwargs), sample_weight)

    def get_config(self) -> dict[str, Any]:
        """Return the arguments that make this metric again."""
        function = {"fn": serialize(self._fn)} if type(self) is MeanMetricWrapper else {}
        return {**super().get_config(), **function, **self._fn_kwargs}

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> Metric:
        """Make a metric from `get_config()`'s dictionary."""
        return cls(**with_function(config))
