"""The losses as objects: a function, its options and a reduction, ready for `compile`.

The mathematics is beside the functions; a class takes the options of its function, and `reduction`,
`name` and `dtype`, which are explained at `Loss`. `TABLE` lists them all; the metrics that show
losses (`nanoconv.metrics.from_losses`) are made from the same table.

Reference: https://keras.io/api/losses/
"""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np

from nanoconv.core.registry import register
from nanoconv.losses import crossentropy, hinge_losses, regression
from nanoconv.losses.label_shapes import sparse_labels
from nanoconv.losses.loss import LossFunctionWrapper, init_taking

taking = partial(init_taking, LossFunctionWrapper, "* reduction name dtype")


class CategoricalCrossentropy(LossFunctionWrapper):
    """Cross-entropy for one-hot labels; see `categorical_crossentropy`."""

    __init__ = taking(crossentropy.categorical_crossentropy)


class SparseCategoricalCrossentropy(LossFunctionWrapper):
    """Cross-entropy for integer labels; see `sparse_categorical_crossentropy`."""

    __init__ = init_taking(
        LossFunctionWrapper,
        "from_logits ignore_class reduction axis name dtype",
        crossentropy.sparse_categorical_crossentropy,
    )
    _left_out = ("dtype", "axis")  # the axis is always the last

    def valid(self, y_true: np.ndarray, y_pred: np.ndarray) -> np.ndarray | None:
        """Return which samples are not of the ignored class."""
        ignored = self._fn_kwargs["ignore_class"]
        return None if ignored is None else sparse_labels(y_true, y_pred) != ignored


class BinaryCrossentropy(LossFunctionWrapper):
    """Cross-entropy for yes-or-no labels; see `binary_crossentropy`."""

    __init__ = taking(crossentropy.binary_crossentropy)


class KLDivergence(LossFunctionWrapper):
    """How many nats the prediction wastes; see `kl_divergence`."""

    __init__ = taking(crossentropy.kl_divergence)


class MeanSquaredError(LossFunctionWrapper):
    """Mean of squared errors; see `mean_squared_error`."""

    __init__ = taking(regression.mean_squared_error)


class MeanAbsoluteError(LossFunctionWrapper):
    """Mean of absolute errors; see `mean_absolute_error`."""

    __init__ = taking(regression.mean_absolute_error)


class MeanAbsolutePercentageError(LossFunctionWrapper):
    """Mean of absolute errors in percent; see `mean_absolute_percentage_error`."""

    __init__ = taking(regression.mean_absolute_percentage_error)


class Huber(LossFunctionWrapper):
    """Squared for small errors, linear for large ones; see `huber`."""

    __init__ = taking(regression.huber, name="huber_loss")


class LogCosh(LossFunctionWrapper):
    """A smooth cousin of the Huber loss; see `log_cosh`."""

    __init__ = taking(regression.log_cosh)


class Hinge(LossFunctionWrapper):
    """The support vector machine's loss; see `hinge`."""

    __init__ = taking(hinge_losses.hinge)


class SquaredHinge(LossFunctionWrapper):
    """The square of the hinge; see `squared_hinge`."""

    __init__ = taking(hinge_losses.squared_hinge)


class CategoricalHinge(LossFunctionWrapper):
    """The margin between the right class and the best wrong one; see `categorical_hinge`."""

    __init__ = taking(hinge_losses.categorical_hinge)


_KL = ("kld", "KLD", "kullback_leibler_divergence")
#: Every loss: its function, its class, and further names for the function (and for its metric).
TABLE: tuple[tuple[Any, ...], ...] = (
    (crossentropy.binary_crossentropy, BinaryCrossentropy, "bce", "BCE"),
    (crossentropy.categorical_crossentropy, CategoricalCrossentropy),
    (crossentropy.kl_divergence, KLDivergence, *_KL),
    (crossentropy.sparse_categorical_crossentropy, SparseCategoricalCrossentropy),
    (hinge_losses.categorical_hinge, CategoricalHinge),
    (hinge_losses.hinge, Hinge),
    (hinge_losses.squared_hinge, SquaredHinge),
    (regression.huber, Huber),
    (regression.log_cosh, LogCosh),
    (regression.mean_absolute_error, MeanAbsoluteError, "mae", "MAE"),
    (regression.mean_absolute_percentage_error, MeanAbsolutePercentageError, "mape", "MAPE"),
    (regression.mean_squared_error, MeanSquaredError, "mse", "MSE"),
)
for _function, _class, *_aliases in TABLE:
    register("losses")(_class)
    register("losses", *_aliases)(_function)  # "mean_squared_error" is the function, as in Keras
