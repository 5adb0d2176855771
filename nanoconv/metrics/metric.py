"""What every metric is: a few running values, updated by each batch, read at the end.

A metric never trains anything; it only tells a human how good the model is. Its values live in
variables, so that `reset_state` starts an epoch afresh. Most metrics are a `Mean`: a mean over an
epoch is not the mean of the batches' means, because the last batch may be smaller, so that it keeps
a total and a count.

Reference: https://keras.io/api/metrics/base_metric/
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Self

import numpy as np

from nanoconv.core.arrays import Number
from nanoconv.core.configuration import Configured
from nanoconv.core.naming import auto_name
from nanoconv.core.registry import register, serialize
from nanoconv.core.variable import Variable
from nanoconv.losses.label_shapes import float_type, match_ranks, weights_like
from nanoconv.losses.loss import with_function


class Metric(Configured):
    """Base of all metrics. A subclass writes `update_state` and `result`.

    Args:
        dtype: `"float32"` or `"float64"`, the type of the running values; None means `floatx()`.
        name: the key in History and on the progress bar.

    Attributes:
        _direction: `"up"` or `"down"`, the way to better; read by callbacks with `mode="auto"`.

    Raises:
        ValueError: for another type.

    Reference: https://keras.io/api/metrics/base_metric/
    """

    _shared = ("name", "dtype")

    def __init__(self, dtype: Any = None, name: str | None = None) -> None:
        self.name = name or auto_name(type(self).__name__)
        self.dtype = float_type(dtype)
        self._variables: list[Variable] = []

    @property
    def variables(self) -> list[Variable]:
        """The metric's running values, those of metrics inside it included."""
        inner = [m for m in vars(self).values() if isinstance(m, Metric)]
        return self._variables + [v for metric in inner for v in metric.variables]

    def add_variable(
        self,
        shape: tuple[int, ...],
        initializer: Any = "zeros",
        dtype: Any = None,
        aggregation: str = "sum",
        name: str | None = None,
    ) -> Variable:
        """Return a new running value, or array of them.

        Args:
            shape: its shape, `()` for one value.
            initializer: the values to begin with; `reset_state` always goes to zero.
            dtype: its type; the metric's by default.
            aggregation: accepted for Keras' sake; there is one computer to gather from.
            name: what it is called.
        """
        value = np.zeros(shape, dtype or self.dtype)
        if initializer not in (None, "zeros"):
            from nanoconv import initializers  # only a user's own metric asks for more than zeros

            value[...] = initializers.get(initializer)(shape)
        variable = Variable(value, name=name or "variable", trainable=False)
        self._variables.append(variable)
        return variable

    def add_weight(
        self,
        shape: tuple[int, ...] = (),
        initializer: Any = None,
        dtype: Any = None,
        name: str | None = None,
    ) -> Variable:
        """Return a new running value; Keras' older name for `add_variable`."""
        return self.add_variable(shape, initializer, dtype, name=name)

    def reset_state(self) -> None:
        """Set all running values to zero, as at the start of an epoch."""
        for variable in self.variables:
            variable.value[...] = 0

    def update_state(self, *args: Any, **kwargs: Any) -> None:
        """Take in one batch: (y_true, y_pred, sample_weight=None)."""
        raise NotImplementedError(
            f"{type(self).__name__} has no update_state; "
            "write def update_state(self, y_true, y_pred, sample_weight=None)."
        )

    def result(self) -> Any:
        """Return the metric over all batches since the last reset."""
        raise NotImplementedError(
            f"{type(self).__name__} has no result; write def result(self), which returns a number."
        )

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Take in one batch and return the result so far."""
        self.update_state(*args, **kwargs)
        return self.result()

    def __repr__(self) -> str:
        return f"<{type(self).__name__} name={self.name}>"


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
        weights = weights_like(weights, values.shape)
        values = values * weights
        weights = reduce(weights, axis=tuple(range(1, axes)))
    return reduce(values, axis=tuple(range(1, values.ndim))), weights


@register("metrics")
class Sum(Metric):
    """The weighted sum of everything seen; for `name` and `dtype` see `Metric`.

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
        self.total.value += values.sum()

    def result(self) -> float:
        """Return the sum."""
        return Number(self.total.value)


@register("metrics")
class Mean(Metric):
    """The weighted mean of everything seen; for `name` and `dtype` see `Metric`.

    Math: total += sum(values * weights), count += sum(weights), result = total / count.

    Reference: https://keras.io/api/metrics/reduction_metrics/#mean-class
    """

    def __init__(self, name: str | None = "mean", dtype: Any = None) -> None:
        super().__init__(dtype, name)
        self.total = self.add_variable((), name="total")
        self.count = self.add_variable((), name="count")

    def update_state(self, values: Any, sample_weight: Any = None) -> None:
        """Take in values of shape (N, ...), or one number; axes behind the first are averaged.

        Raises:
            ValueError: where the weights do not fit the values.
        """
        values, weights = per_sample(values, sample_weight, np.mean, self.dtype)
        self.total.value += values.sum()
        self.count.value += values.size if weights is None else weights.sum()

    def result(self) -> float:
        """Return total / count; 0 before the first value."""
        return Number(self.total.value / self.count.value if self.count.value else 0.0)


@register("metrics")
class MeanMetricWrapper(Mean):
    """The running mean of a function of (y_true, y_pred).

    Args:
        fn: takes (y_true, y_pred) and options, returns one value for each sample.
        name: the key in History.
        dtype: the float type of the running values.
        **kwargs: options passed to the function.

    Reference: https://keras.io/api/metrics/reduction_metrics/#meanmetricwrapper-class
    """

    def __init__(
        self, fn: Callable[..., Any], name: str | None = None, dtype: Any = None, **kwargs: Any
    ) -> None:
        super().__init__(name, dtype)
        self._fn = fn
        self._fn_kwargs = kwargs
        vars(self).update(kwargs)  # metric.threshold and its like, as Keras offers them
        if hasattr(fn, "gradient"):  # a loss
            self._direction = "down"

    def update_state(  # type: ignore[override]  # labels come, too
        self, y_true: Any, y_pred: Any, sample_weight: Any = None
    ) -> None:
        """Take in one batch.

        Args:
            y_true: the truth.
            y_pred: the prediction, shape (N, ...).
            sample_weight: None, or one weight for each sample.

        Raises:
            ValueError: where shapes do not fit.
        """
        super().update_state(self._fn(y_true, y_pred, **self._fn_kwargs), sample_weight)

    def get_config(self) -> dict[str, Any]:
        """Return the arguments that make this metric again."""
        function = {"fn": serialize(self._fn)} if type(self) is MeanMetricWrapper else {}
        return {**super().get_config(), **function, **self._fn_kwargs}

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> Self:
        """Make a metric from `get_config()`'s dictionary."""
        return cls(**with_function(config))
