"""Connects each activation with its gradient, and turns inputs into arrays of floats.

An activation is a plain function `y = f(x)`. Its gradient stands right below it:

    @activation()
    def tanh(x): ...

    @gradient_of(tanh)
    def tanh_backward(dy, x, y):
        return dy * (1 - y * y)

`dy` is the gradient of the loss behind the activation, the result is the gradient before it. Most
gradients follow from the output y alone, and layers then need not keep x.
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from typing import Any, TypeVar

import numpy as np

from nanoconv import config
from nanoconv.autodiff.engine import Tensor, node
from nanoconv.core import registry
from nanoconv.core.graph import SymbolicTensor

F = TypeVar("F", bound=Callable[..., Any])


def activation(*aliases: str) -> Callable[[F], F]:
    """Register a function of an array, and let it take tensors and symbolic tensors, too.

    Args:
        aliases: other names of Keras for it.
    """

    def make(function: F) -> F:
        @functools.wraps(function)
        def called(x: Any, *args: Any, **options: Any) -> Any:
            if isinstance(x, SymbolicTensor):
                layer = registry.find("layers", "Activation")
                return layer(
                    functools.partial(called, *args, **options) if args or options else called
                )(x)
            if not isinstance(x, Tensor):
                return function(x, *args, **options)
            y = function(x.value, *args, **options)
            back = functools.partial(called.backward, x=x.value, y=y)  # type: ignore[attr-defined]
            return node(
                function.__name__,
                y,
                [x],
                lambda dy: [back(dy, **_named(function, args), **options)],
            )

        return registry.register("activations", *aliases)(called)  # type: ignore[return-value]

    return make


def _named(function: Callable[..., Any], args: tuple[Any, ...]) -> dict[str, Any]:
    """Return positional options by name."""
    return dict(zip(list(inspect.signature(function).parameters)[1:], args, strict=False))


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
