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
from nanoconv.losses.loss import Loss, LossFunctionWrapper, gradient_of, no_gradient
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


def get(identifier: Any) -> Any:
    """Return the loss that a user means.

    Args:
        identifier: None, a name such as `"mse"` (a function) or `"MeanSquaredError"` (an object), a
            configuration, a class, an object or a function.

    Returns:
        a function, a `Loss`, or None.

    Raises:
        ValueError: for an unknown name, or something that is no loss.

    Reference: https://keras.io/api/losses/
    """
    found = identifier
    if isinstance(identifier, str):
        found = registry.find("losses", identifier)
    elif isinstance(identifier, dict):
        found = deserialize(identifier)
    if isinstance(found, type):
        found = found()
    if found is None or callable(found):
        return found
    raise ValueError(
        f"loss is {identifier!r}, but a name, a Loss or a function is needed; "
        'write loss="sparse_categorical_crossentropy".'
    )


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
        ValueError: as `get`, and where a user's function or class brings no gradient.
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
    if type(loss).gradient is Loss.gradient:
        raise ValueError(no_gradient(type(loss).__name__))
    return loss


def serialize(loss: Any) -> Any:
    """Return a loss's configuration; a function's name."""
    return registry.serialize(loss)


def deserialize(name: Any, custom_objects: dict[str, Any] | None = None) -> Any:
    """Make a loss from `serialize()`'s answer.

    Args:
        name: a configuration or a name.
        custom_objects: the user's own names.
    """
    with registry.custom_object_scope(custom_objects):
        if isinstance(name, str):
            return registry.find("losses", name)
        return registry.deserialize("losses", name)


__getattr__, __dir__ = absent.public(__name__)
