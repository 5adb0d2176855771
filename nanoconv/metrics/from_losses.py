"""Losses as metrics: the running mean of a loss, to be read beside the one that is trained on.

The mathematics is beside the functions in `nanoconv.losses`; most of the classes are made from the
losses' own table. The arguments `name` (the key in History) and `dtype` (of the running values) are
those of `Metric`; the others the function's.

Reference: https://keras.io/api/metrics/
"""

from __future__ import annotations

from typing import Any

import numpy as np

from nanoconv import losses
from nanoconv.core.arrays import Number
from nanoconv.core.registry import register
from nanoconv.losses.label_shapes import as_float, match_ranks, pair, sparse_labels
from nanoconv.losses.loss import init_taking
from nanoconv.losses.loss_classes import TABLE
from nanoconv.metrics.metric import Mean, MeanMetricWrapper


def _mean_of(
    loss: Any, cls: str | None = None, name: str | None = None, arguments: str = "name dtype *"
) -> Any:
    """Return the class of the metric that shows a loss.

    Args:
        loss: the loss function.
        cls: the class's name, where it is not that of the loss.
        name: the metric's, likewise.
        arguments: as for `init_taking`.
    """
    twin, *aliases = next(row for function, *row in TABLE if function is loss)
    body = {
        "__init__": init_taking(MeanMetricWrapper, arguments, loss, name),
        "__doc__": f"The running mean of `losses.{loss.__name__}`.",
        "__module__": __name__,
    }
    return register("metrics", *aliases)(type(cls or twin.__name__, (MeanMetricWrapper,), body))


BinaryCrossentropy = _mean_of(
    losses.binary_crossentropy, arguments="name dtype from_logits label_smoothing"
)
CategoricalCrossentropy = _mean_of(losses.categorical_crossentropy)
CategoricalHinge = _mean_of(losses.categorical_hinge)
Hinge = _mean_of(losses.hinge)
KLDivergence = _mean_of(losses.kl_divergence)
LogCoshError = _mean_of(losses.log_cosh, "LogCoshError", "logcosh")
MeanAbsoluteError = _mean_of(losses.mean_absolute_error)
MeanAbsolutePercentageError = _mean_of(losses.mean_absolute_percentage_error)
MeanSquaredError = _mean_of(losses.mean_squared_error)
SquaredHinge = _mean_of(losses.squared_hinge)


@register("metrics")
class SparseCategoricalCrossentropy(MeanMetricWrapper):
    """The running mean of `losses.sparse_categorical_crossentropy`.

    As in Keras, samples of the ignored class count as 0 in a mean without weights, and not at all
    in one with weights.
    """

    __init__ = init_taking(
        MeanMetricWrapper, "name dtype *", losses.sparse_categorical_crossentropy
    )

    def update_state(  # type: ignore[override]
        self, y_true: Any, y_pred: Any, sample_weight: Any = None
    ) -> None:
        """Take in one batch; see `MeanMetricWrapper.update_state`."""
        ignored = self._fn_kwargs["ignore_class"]
        if sample_weight is not None and ignored is not None:
            valid = sparse_labels(y_true, as_float(y_pred)) != ignored
            valid, weights = match_ranks(valid, np.asarray(sample_weight))
            sample_weight = valid * weights
        super().update_state(y_true, y_pred, sample_weight)


@register("metrics")
class RootMeanSquaredError(Mean):
    """The root of the running mean of squared errors: an error in the unit of the labels."""

    _direction = "down"

    def __init__(self, name: str | None = "root_mean_squared_error", dtype: Any = None) -> None:
        super().__init__(name, dtype)

    def update_state(  # type: ignore[override]
        self, y_true: Any, y_pred: Any, sample_weight: Any = None
    ) -> None:
        """Take in one batch: truth and prediction of one shape, and weights for the errors.

        Raises:
            ValueError: where shapes do not fit.
        """
        y, p = pair(self.name, y_true, y_pred)
        super().update_state(np.square(p - y), sample_weight)

    def result(self) -> float:
        """Return sqrt(total / count); 0 before the first value."""
        return Number(np.sqrt(super().result()))
