"""Regularizers: a penalty on large weights, added to the loss.

A regularizer is called with a weight and returns its penalty; `gradient` returns what the penalty
adds to the weight's gradient.

Reference: https://keras.io/api/layers/regularizers/
"""

from __future__ import annotations

import functools
import math
from typing import Any

import numpy as np

from nanoconv.autodiff.engine import vjp
from nanoconv.core import absent, registry
from nanoconv.core.configuration import Configured
from nanoconv.core.registry import register

__all__ = [
    "L1",
    "L1L2",
    "L2",
    "Regularizer",
    "deserialize",
    "get",
    "l1",
    "l1_l2",
    "l2",
    "serialize",
]


@register("regularizers")
class Regularizer(Configured):
    """Base of all regularizers: write `__call__`, and `gradient` for speed."""

    def __call__(self, x: Any) -> float:
        """Return the penalty of a weight.

        Args:
            x: the weight, any shape.
        """
        return 0.0

    def gradient(self, x: Any) -> np.ndarray:
        """Return the gradient of the penalty, an array of x's shape and type.

        Where a class does not say how, the penalty is differentiated automatically: it is then
        written with operators and functions of `nanoconv.ops`.
        """
        return vjp(self, np.asarray(x))


@register("regularizers", "l1_l2")
class L1L2(Regularizer):
    """A penalty on the sizes of weights and on their squares.

    Math: loss = l1 sum |x| + l2 sum x^2, gradient = l1 sign(x) + 2 l2 x

    Args:
        l1, l2: the factors, 0 or more. As in Keras there is no 1/2 in front of the squares.

    Raises:
        ValueError: for a factor that is negative or not a finite number.
    """

    def __init__(self, l1: float = 0.0, l2: float = 0.0) -> None:
        self.l1 = _factor("l1", 0.0 if l1 is None else l1)
        self.l2 = _factor("l2", 0.0 if l2 is None else l2)

    def __call__(self, x: Any) -> float:
        return L1(self.l1)(x) + L2(self.l2)(x)

    def gradient(self, x: Any) -> np.ndarray:
        """Return l1 sign(x) + 2 l2 x."""
        return L1(self.l1).gradient(x) + L2(self.l2).gradient(x)


@register("regularizers")
class L1(Regularizer):
    """A penalty on the sizes of weights, which drives the useless ones to zero.

    Math: loss = l1 sum |x|, gradient = l1 sign(x)

    Args:
        l1: the factor, 0 or more.
    """

    def __init__(self, l1: float = 0.01) -> None:
        self.l1 = _factor("l1", 0.01 if l1 is None else l1)

    def __call__(self, x: Any) -> float:
        return self.l1 * float(np.abs(np.asarray(x)).sum())

    def gradient(self, x: Any) -> np.ndarray:
        """Return l1 sign(x)."""
        return self.l1 * np.sign(np.asarray(x))


@register("regularizers")
class L2(Regularizer):
    """A penalty on the squares of weights, which keeps all of them small.

    Math: loss = l2 sum x^2, gradient = 2 l2 x

    Args:
        l2: the factor, 0 or more.
    """

    def __init__(self, l2: float = 0.01) -> None:
        self.l2 = _factor("l2", 0.01 if l2 is None else l2)

    def __call__(self, x: Any) -> float:
        return self.l2 * float(np.square(np.asarray(x)).sum())

    def gradient(self, x: Any) -> np.ndarray:
        """Return 2 l2 x."""
        return 2 * self.l2 * np.asarray(x)


l1 = L1
l2 = L2
l1_l2 = L1L2


def _factor(name: str, value: Any) -> float:
    is_number = isinstance(value, (int, float, np.integer, np.floating))
    if not is_number or not math.isfinite(value) or value < 0:
        raise ValueError(
            f"{name} is {value!r}, but a finite number of 0 or more is needed; write {name}=1e-4."
        )
    return float(value)


_family = registry.Family(
    "regularizers",
    "regularizer is {}, but a name, a Regularizer or a function is needed; write "
    "kernel_regularizer='l2'.",
    accepts=callable,
)


def get(identifier: Any) -> Any:
    """Return the regularizer that an identifier stands for.

    Args:
        identifier: None, a name, a saved configuration, a `Regularizer`, or a function written with
            operators and functions of `nanoconv.ops`, which is differentiated automatically.

    Raises:
        ValueError: for unknown names.

    Reference: https://keras.io/api/layers/regularizers/
    """
    regularizer = _family.get(identifier)
    if regularizer is not None and not hasattr(regularizer, "gradient"):
        regularizer.gradient = functools.partial(vjp, regularizer)
    return regularizer


deserialize = _family.deserialize


def serialize(regularizer: Any) -> Any:
    """Return the dictionary that Keras writes for a regularizer."""
    return _family.serialize(regularizer)


__getattr__, __dir__ = absent.public(__name__)
