"""Connects each activation with its gradient, and turns inputs into arrays of floats.

An activation is a plain function `y = f(x)`. Its gradient stands right below it:

    @register("activations")
    def tanh(x): ...

    @gradient_of(tanh)
    def tanh_backward(dy, x, y):
        return dy * (1 - y * y)

`dy` is the gradient of the loss behind the activation, the result is the gradient before it. Most
gradients follow from the output y alone, and layers then need not keep x.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import numpy as np

from nanoconv import config

F = TypeVar("F", bound=Callable[..., np.ndarray])


def gradient_of(activation: Any, needs_input: bool = False) -> Callable[[F], F]:
    """File the decorated function as the gradient of `activation`.

    Args:
        activation: the function that gets the attributes `backward` and `needs_input`.
        needs_input: whether the gradient reads x; where it does not, x may be None.
    """

    def file(backward: F) -> F:
        activation.backward = backward
        activation.needs_input = needs_input
        return backward

    return file


def as_floats(x: Any) -> np.ndarray:
    """Return x as an array of floats: an array keeps its float type, all else becomes floatx."""
    keeps_type = hasattr(x, "dtype") and np.issubdtype(np.asarray(x).dtype, np.floating)
    return np.asarray(x, dtype=None if keeps_type else config.floatx())
