"""Checks of the arguments that all optimizers share: one sentence for each mistake."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np


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


def check_options(optimizer: Any) -> None:
    """Refuse two kinds of clipping at once, and limits, momenta and frequencies out of range."""
    given = {
        name: getattr(optimizer, name) for name in ("clipnorm", "clipvalue", "global_clipnorm")
    }
    given = {name: limit for name, limit in given.items() if limit is not None}
    if len(given) > 1:
        raise ValueError(
            f"{' and '.join(given)} are given, but only one kind of clipping can act; "
            f"write {next(iter(given))}={next(iter(given.values()))!r} alone."
        )
    for name, limit in given.items():
        if not limit >= 0:
            raise ValueError(f"{name} is {limit!r}, but cannot be negative; write {name}=1.0.")
    if optimizer.use_ema:
        if not 0 <= optimizer.ema_momentum <= 1:
            raise ValueError(
                f"ema_momentum is {optimizer.ema_momentum!r}, but a number from 0 to 1 is needed; "
                "write ema_momentum=0.99."
            )
        _check_count(optimizer, "ema_overwrite_frequency", 1, 100)
    _check_count(optimizer, "gradient_accumulation_steps", 2, 4)


def _check_count(optimizer: Any, name: str, least: int, example: int) -> None:
    count = getattr(optimizer, name)
    if count and (not isinstance(count, int) or count < least):
        raise ValueError(
            f"{name} is {count!r}, but an integer of {least} or more, or None, is needed; "
            f"write {name}={example}."
        )


def check_fraction(name: str, value: Any) -> float:
    """Return a number from 0 to 1, or refuse it."""
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 <= value <= 1:
        raise ValueError(
            f"{name} is {value!r}, but a number from 0 to 1 is needed; write {name}=0.9."
        )
    return float(value)
