"""The losses as objects: a function, its options and a reduction, ready for `compile`.

The mathematics is beside the functions; here is only what Keras' classes take. The arguments
`reduction`, `name` and `dtype` are explained at `Loss`, the others at the function.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from nanoconv.core.registry import register
from nanoconv.losses import crossentropy, divergence, hinge_losses, regression
from nanoconv.losses.label_shapes import sparse_labels
from nanoconv.losses.loss_wrapper import LossFunctionWrapper

MEAN = "sum_over_batch_size"


@register("losses")
class CategoricalCrossentropy(LossFunctionWrapper):
    """Cross-entropy for one-hot labels; see `categorical_crossentropy`."""

    def __init__(
        self,
        from_logits: bool = False,
        label_smoothing: float = 0.0,
        axis: int = -1,
        reduction: str | None = MEAN,
        name: str | None = "categorical_crossentropy",
        dtype: Any = None,
    ) -> None:
        super().__init__(
            crossentropy.categorical_crossentropy,
            reduction,
            name,
            dtype,
            from_logits=from_logits,
            label_smoothing=label_smoothing,
            axis=axis,
        )


@register("losses")
class SparseCategoricalCrossentropy(LossFunctionWrapper):
    """Cross-entropy for integer labels; see `sparse_categorical_crossentropy`."""

    def __init__(
        self,
        from_logits: bool = False,
        ignore_class: int | None = None,
        reduction: str | None = MEAN,
        axis: int = -1,
        name: str | None = "sparse_categorical_crossentropy",
        dtype: Any = None,
    ) -> None:
        super().__init__(
            crossentropy.sparse_categorical_crossentropy,
            reduction,
            name,
            dtype,
            from_logits=from_logits,
            ignore_class=ignore_class,
            axis=axis,
        )

    def valid(self, y_true: np.ndarray, y_pred: np.ndarray) -> np.ndarray | None:
        """Return which samples are not of the ignored class."""
        ignored = self._fn_kwargs["ignore_class"]
        return None if ignored is None else sparse_labels(y_true, y_pred) != ignored

    def get_config(self) -> dict[str, Any]:
        """Return the arguments that make this loss again; the axis is always the last."""
        config = super().get_config()
        del config["axis"]
        return config


@register("losses")
class BinaryCrossentropy(LossFunctionWrapper):
    """Cross-entropy for yes-or-no labels; see `binary_crossentropy`."""

    def __init__(
        self,
        from_logits: bool = False,
        label_smoothing: float = 0.0,
        axis: int = -1,
        reduction: str | None = MEAN,
        name: str | None = "binary_crossentropy",
        dtype: Any = None,
    ) -> None:
        super().__init__(
            crossentropy.binary_crossentropy,
            reduction,
            name,
            dtype,
            from_logits=from_logits,
            label_smoothing=label_smoothing,
            axis=axis,
        )


@register("losses")
class MeanSquaredError(LossFunctionWrapper):
    """Mean of squared errors; see `mean_squared_error`."""

    def __init__(
        self,
        reduction: str | None = MEAN,
        name: str | None = "mean_squared_error",
        dtype: Any = None,
    ) -> None:
        super().__init__(regression.mean_squared_error, reduction, name, dtype)


@register("losses")
class MeanAbsoluteError(LossFunctionWrapper):
    """Mean of absolute errors; see `mean_absolute_error`."""

    def __init__(
        self,
        reduction: str | None = MEAN,
        name: str | None = "mean_absolute_error",
        dtype: Any = None,
    ) -> None:
        super().__init__(regression.mean_absolute_error, reduction, name, dtype)


@register("losses")
class MeanAbsolutePercentageError(LossFunctionWrapper):
    """Mean of absolute errors in percent; see `mean_absolute_percentage_error`."""

    def __init__(
        self,
        reduction: str | None = MEAN,
        name: str | None = "mean_absolute_percentage_error",
        dtype: Any = None,
    ) -> None:
        super().__init__(regression.mean_absolute_percentage_error, reduction, name, dtype)


@register("losses")
class Huber(LossFunctionWrapper):
    """Squared for small errors, straight for large ones; see `huber`."""

    def __init__(
        self,
        delta: float = 1.0,
        reduction: str | None = MEAN,
        name: str | None = "huber_loss",
        dtype: Any = None,
    ) -> None:
        super().__init__(regression.huber, reduction, name, dtype, delta=delta)


@register("losses")
class LogCosh(LossFunctionWrapper):
    """A smooth cousin of the Huber loss; see `log_cosh`."""

    def __init__(
        self,
        reduction: str | None = MEAN,
        name: str | None = "log_cosh",
        dtype: Any = None,
    ) -> None:
        super().__init__(regression.log_cosh, reduction, name, dtype)


@register("losses")
class KLDivergence(LossFunctionWrapper):
    """How many nats the prediction wastes; see `kl_divergence`."""

    def __init__(
        self,
        reduction: str | None = MEAN,
        name: str | None = "kl_divergence",
        dtype: Any = None,
    ) -> None:
        super().__init__(divergence.kl_divergence, reduction, name, dtype)


@register("losses")
class Hinge(LossFunctionWrapper):
    """The support vector machine's loss; see `hinge`."""

    def __init__(
        self,
        reduction: str | None = MEAN,
        name: str | None = "hinge",
        dtype: Any = None,
    ) -> None:
        super().__init__(hinge_losses.hinge, reduction, name, dtype)


@register("losses")
class SquaredHinge(LossFunctionWrapper):
    """The square of the hinge; see `squared_hinge`."""

    def __init__(
        self,
        reduction: str | None = MEAN,
        name: str | None = "squared_hinge",
        dtype: Any = None,
    ) -> None:
        super().__init__(hinge_losses.squared_hinge, reduction, name, dtype)


@register("losses")
class CategoricalHinge(LossFunctionWrapper):
    """The margin between the right class and the best wrong one; see `categorical_hinge`."""

    def __init__(
        self,
        reduction: str | None = MEAN,
        name: str | None = "categorical_hinge",
        dtype: Any = None,
    ) -> None:
        super().__init__(hinge_losses.categorical_hinge, reduction, name, dtype)
