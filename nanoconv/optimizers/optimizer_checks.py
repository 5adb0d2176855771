"""Checks of the arguments that all optimizers share: one sentence for each mistake.

Reference: https://keras.io/api/optimizers/
"""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from typing import Any

import numpy as np

from nanoconv.core.variable import Variable


def old_spellings(class_name: str, learning_rate: Any, kwargs: dict[str, Any]) -> Any:
    """Return the learning rate, after what Keras 2 called `lr` and `decay` was looked at.

    Raises:
        ValueError: where other arguments are left.
    """
    unknown = sorted(set(kwargs) - {"lr", "decay"})
    if unknown:
        raise ValueError(
            f"{class_name} got {unknown[0]}={kwargs[unknown[0]]!r}, which it does not know; "
            f"see help({class_name}) for its arguments."
        )
    if kwargs.get("decay") is not None:
        warnings.warn(
            f"decay={kwargs['decay']!r} is ignored, as in Keras 3; write learning_rate="
            f"InverseTimeDecay(rate, decay_steps=1, decay_rate={kwargs['decay']!r}) instead.",
            stacklevel=4,
        )
    if "lr" in kwargs:
        warn_lr(stacklevel=5)
        return kwargs["lr"]
    return learning_rate


def warn_lr(stacklevel: int = 3) -> None:
    """Tell that `lr` is an old name."""
    warnings.warn(
        "lr is the old name of learning_rate; write learning_rate.",
        DeprecationWarning,
        stacklevel=stacklevel,
    )


def check_learning_rate(value: Any) -> float:
    """Return a finite number, or refuse it."""
    number = np.asarray(value)
    if number.ndim or number.dtype.kind not in "fiu" or not np.isfinite(number):
        raise ValueError(
            f"learning_rate is {value!r}, but a finite number, a schedule or a function is needed; "
            "write learning_rate=0.001."
        )
    return float(number)


def check_clipping(
    clipnorm: float | None, clipvalue: float | None, global_clipnorm: float | None
) -> None:
    """Refuse two kinds of clipping at once, and limits below zero."""
    limits = {"clipnorm": clipnorm, "clipvalue": clipvalue, "global_clipnorm": global_clipnorm}
    given = {name: limit for name, limit in limits.items() if limit is not None}
    if len(given) > 1:
        raise ValueError(
            f"{' and '.join(given)} are given, but only one kind of clipping can act; "
            f"write {next(iter(given))}={next(iter(given.values()))!r} alone."
        )
    for name, limit in given.items():
        if not limit >= 0:
            raise ValueError(f"{name} is {limit!r}, but cannot be negative; write {name}=1.0.")


def check_averaging(use_ema: bool, momentum: float, overwrite_frequency: int | None) -> None:
    """Refuse a momentum outside [0, 1] and a frequency that is not a positive integer."""
    if not use_ema:
        return
    if not 0 <= momentum <= 1:
        raise ValueError(
            f"ema_momentum is {momentum!r}, but a number from 0 to 1 is needed; "
            "write ema_momentum=0.99."
        )
    frequency = overwrite_frequency
    if frequency and (not isinstance(frequency, int) or frequency < 1):
        raise ValueError(
            f"ema_overwrite_frequency is {frequency!r}, but an integer of 1 or more, or None, is "
            "needed; write ema_overwrite_frequency=100."
        )


def check_accumulation(steps: int | None) -> None:
    """Refuse to accumulate fewer than two gradients."""
    if steps and (not isinstance(steps, int) or steps < 2):
        raise ValueError(
            f"gradient_accumulation_steps is {steps!r}, but an integer of 2 or more, or None, is "
            "needed; write gradient_accumulation_steps=4."
        )


def check_fraction(name: str, value: Any) -> float:
    """Return a number from 0 to 1, or refuse it."""
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 <= value <= 1:
        raise ValueError(
            f"{name} is {value!r}, but a number from 0 to 1 is needed; write {name}=0.9."
        )
    return float(value)


def check_gradients(grads: Sequence[Any], variables: Sequence[Variable]) -> None:
    """Refuse gradients that do not fit the variables; warn where some are missing."""
    if len(grads) != len(variables):
        raise ValueError(
            f"{len(grads)} gradients came for {len(variables)} variables; "
            "write optimizer.apply(gradients, model.trainable_variables)."
        )
    for g, v in zip(grads, variables, strict=True):
        if g is not None and np.shape(g) != v.shape:
            raise ValueError(
                f"the gradient of {v.path} has shape {np.shape(g)}, but {v.shape} is needed; "
                "give the gradients in the order of the variables."
            )
    missing = [v.path for g, v in zip(grads, variables, strict=True) if g is None]
    if len(missing) == len(variables):
        raise ValueError("no variable got a gradient; give the model a loss with compile(loss=).")
    if missing:
        warnings.warn(f"no gradient came for {missing}; they stay as they are.", stacklevel=3)
