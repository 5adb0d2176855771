"""Constraints: project weights back into a set after each step of the optimizer.

A constraint is called with a weight and returns an allowed weight near it.

Reference: https://keras.io/api/layers/constraints/
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from nanoconv import config
from nanoconv.core import absent, registry
from nanoconv.core.configuration import Configured
from nanoconv.core.registry import register

__all__ = [
    "Constraint",
    "MaxNorm",
    "MinMaxNorm",
    "NonNeg",
    "UnitNorm",
    "deserialize",
    "get",
    "max_norm",
    "min_max_norm",
    "non_neg",
    "serialize",
    "unit_norm",
]

Axis = int | Sequence[int] | None


@register("constraints")
class Constraint(Configured):
    """Base of all constraints: write `__call__`."""

    def __call__(self, w: Any) -> np.ndarray:
        """Return an allowed weight of w's shape and type; w itself stays as it is.

        Args:
            w: the weight.
        """
        return np.asarray(w)


@register("constraints")
class NonNeg(Constraint):
    """Negative weights become zero."""

    def __call__(self, w: Any) -> np.ndarray:
        return np.maximum(np.asarray(w), 0)


@register("constraints")
class MaxNorm(Constraint):
    """Weights that lead to one unit are scaled down where their norm is too large.

    Math: w <- w min(|w|, max_value) / (|w| + 1e-7), norms taken over `axis`

    Args:
        max_value: the largest norm.
        axis: what one norm runs over: 0 for a dense kernel (I, O), (0, 1, 2) for a convolution's
            (KH, KW, C, O).

    Reference: Srivastava et al. 2014, https://jmlr.org/papers/v15/srivastava14a.html
    """

    def __init__(self, max_value: float = 2, axis: Axis = 0) -> None:
        self.max_value = max_value
        self.axis = axis

    def __call__(self, w: Any) -> np.ndarray:
        w, norm = _with_norm(w, self.axis)
        return w * (np.clip(norm, 0, self.max_value) / (config.epsilon() + norm))


@register("constraints")
class UnitNorm(Constraint):
    """Weights that lead to one unit get the norm 1.

    Math: w <- w / (|w| + 1e-7), norms taken over `axis`

    Args:
        axis: see `MaxNorm`.
    """

    def __init__(self, axis: Axis = 0) -> None:
        self.axis = axis

    def __call__(self, w: Any) -> np.ndarray:
        w, norm = _with_norm(w, self.axis)
        return w / (config.epsilon() + norm)


@register("constraints")
class MinMaxNorm(Constraint):
    """Weights that lead to one unit are scaled towards a norm between two limits.

    Math: target = rate clip(|w|, min_value, max_value) + (1 - rate) |w|
          w <- w target / (|w| + 1e-7), norms taken over `axis`

    Args:
        min_value, max_value: the limits.
        rate: 1 puts the norm within the limits at once, less does so step by step.
        axis: see `MaxNorm`.
    """

    def __init__(
        self,
        min_value: float = 0.0,
        max_value: float = 1.0,
        rate: float = 1.0,
        axis: Axis = 0,
    ) -> None:
        self.min_value = min_value
        self.max_value = max_value
        self.rate = rate
        self.axis = axis

    def __call__(self, w: Any) -> np.ndarray:
        w, norm = _with_norm(w, self.axis)
        allowed = np.clip(norm, self.min_value, self.max_value)
        target = self.rate * allowed + (1 - self.rate) * norm
        return w * (target / (config.epsilon() + norm))


max_norm = MaxNorm
min_max_norm = MinMaxNorm
non_neg = NonNeg
unit_norm = UnitNorm


def _with_norm(w: Any, axis: Axis) -> tuple[np.ndarray, np.ndarray]:
    """Return w as an array and its norms over `axis`, kept as axes of length 1."""
    w = np.asarray(w)
    axes = tuple(axis) if isinstance(axis, (list, tuple)) else axis  # a list after JSON
    return w, np.sqrt(np.square(w).sum(axis=axes, keepdims=True))


_family = registry.Family(
    "constraints",
    "{} is not one of nanoconv's constraints; write a name such as 'max_norm', or a function c(w).",
)
get = _family.get
deserialize = _family.deserialize


def serialize(constraint: Any) -> Any:
    """Return the dictionary that Keras writes for a constraint."""
    return _family.serialize(constraint)


__getattr__, __dir__ = absent.public(__name__)
