"""Losses: one number that says how wrong the model is, and the gradient that makes it less wrong.

Each loss is a function with its gradient beside it (`crossentropy`, `regression`, `hinge_losses`),
and a class that adds a reduction (`loss_classes`). `get` reads what a user gives to `compile`.

Reference: https://keras.io/api/losses/
"""

from __future__ import annotations

from typing import Any

from nanoconv.core import absent, registry
from nanoconv.losses.crossentropy import (
    binary_crossentropy,
    categorical_crossentropy,
    kl_divergence,
    sparse_categorical_crossentropy,
)
from nanoconv.losses.hinge_losses import categorical_hinge, hinge, squared_hinge
from nanoconv.losses.label_shapes import kind_of_labels
from nanoconv.losses.loss import Loss, LossFunctionWrapper, gradient_of
from nanoconv.losses.loss_classes import (
    BinaryCrossentropy,
    CategoricalCrossentropy,
    CategoricalHinge,
    Hinge,
    Huber,
    KLDivergence,
    LogCosh,
    MeanAbsoluteError,
    MeanAbsolutePercentageError,
    MeanSquaredError,
    SparseCategoricalCrossentropy,
    SquaredHinge,
)
from nanoconv.losses.regression import (
    huber,
    log_cosh,
    mean_absolute_error,
    mean_absolute_percentage_error,
    mean_squared_error,
)

__all__ = [
    "BinaryCrossentropy",
    "CategoricalCrossentropy",
    "CategoricalHinge",
    "Hinge",
    "Huber",
    "KLDivergence",
    "LogCosh",
    "Loss",
    "LossFunctionWrapper",
    "MeanAbsoluteError",
    "MeanAbsolutePercentageError",
    "MeanSquaredError",
    "SparseCategoricalCrossentropy",
    "SquaredHinge",
    "as_loss",
    "binary_crossentropy",
    "categorical_crossentropy",
    "categorical_hinge",
    "deserialize",
    "get",
    "gradient_of",
    "hinge",
    "huber",
    "kl_divergence",
    "log_cosh",
    "mean_absolute_error",
    "mean_absolute_percentage_error",
    "mean_squared_error",
    "serialize",
    "sparse_categorical_crossentropy",
    "squared_hinge",
]


_family = registry.Family(
    "losses",
    "loss is {}, but a name, a Loss or a function is needed; "
    'write loss="sparse_categorical_crossentropy".',
)
get = _family.get


def serialize(loss: Any) -> Any:
    """Return the dictionary that Keras writes for a loss; a function's name."""
    return _family.serialize(loss)


def deserialize(name: Any, custom_objects: dict[str, Any] | None = None) -> Any:
    """Return the loss that `serialize` described.

    Args:
        name: a dictionary, or a name.
        custom_objects: the user's own classes and functions, by name.
    """
    return _family.deserialize(name, custom_objects)


def as_loss(
    identifier: Any,
    y_true_shape: tuple[int, ...] | None = None,
    y_pred_shape: tuple[int, ...] | None = None,
) -> Loss | None:
    """Return a `Loss` that can be trained with.

    Args:
        identifier: as for `get`; `"crossentropy"` and `"ce"` choose by the shapes.
        y_true_shape: the labels' shape, needed for these two names.
        y_pred_shape: the prediction's shape, needed for these two names.

    Returns:
        a `Loss`; None for None.

    Raises:
        ValueError: as `get`.
    """
    name = identifier if isinstance(identifier, str) else None
    if str(identifier).lower() in ("crossentropy", "ce") and y_true_shape and y_pred_shape:
        identifier = f"{kind_of_labels(y_true_shape, y_pred_shape)}_crossentropy"
    loss = get(identifier)
    if loss is None:
        return None
    if not isinstance(loss, Loss):
        own = getattr(loss, "__name__", registry.snake_case(type(loss).__name__))
        return LossFunctionWrapper(loss, name=name or own)
    return loss


__getattr__, __dir__ = absent.public(__name__)
