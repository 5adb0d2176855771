"""A loss made of a function and its gradient: how every loss of this package is built.

The decorator `gradient_of` ties a gradient to its function; the wrapper turns both into a `Loss`.
A user's own function joins in the same way.
"""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any, TypeVar

import numpy as np

from nanoconv.core.registry import deserialize, find, register, serialize
from nanoconv.losses.label_shapes import match_ranks
from nanoconv.losses.loss import Loss, no_gradient

F = TypeVar("F", bound=Callable[..., Any])


def gradient_of(loss: Any, logits_of: str | None = None) -> Callable[[F], F]:
    """Tie a gradient to its loss function: afterwards `loss.gradient` is the decorated function.

    The gradient takes (y_true, y_pred, weights) and the loss function's own options, and returns
    d sum(loss(y_true, y_pred) * weights) / dy_pred.

    Args:
        loss: the loss function.
        logits_of: the activation whose logits it takes with `from_logits=True`, or None.
    """

    def tie(gradient: F) -> F:
        loss.gradient, loss.logits_of = gradient, logits_of
        return gradient

    return tie


@register("losses")
class LossFunctionWrapper(Loss):
    """A loss made of a function and its gradient.

    Args:
        fn: takes (y_true, y_pred) and options, returns one value for each sample, and carries
            `fn.gradient(y_true, y_pred, weights)` with the same options.
        reduction: see `Loss`.
        name: see `Loss`.
        dtype: see `Loss`.
        **kwargs: options passed to the function and to its gradient.

    Raises:
        ValueError: where the function brings no gradient.
    """

    def __init__(
        self,
        fn: Any,
        reduction: str | None = "sum_over_batch_size",
        name: str | None = None,
        dtype: Any = None,
        **kwargs: Any,
    ) -> None:
        if not callable(getattr(fn, "gradient", None)):
            raise ValueError(no_gradient(getattr(fn, "__name__", type(fn).__name__)))
        super().__init__(name=name, reduction=reduction, dtype=dtype)
        self.fn = fn
        self._fn_kwargs = kwargs
        vars(self).update(kwargs)  # loss.from_logits and its like, as Keras offers them

    def call(self, y_true: np.ndarray, y_pred: np.ndarray) -> np.ndarray:
        """Return the function's values, one for each sample."""
        return self.fn(*match_ranks(y_true, y_pred), **self._fn_kwargs)

    def gradient(self, y_true: np.ndarray, y_pred: np.ndarray, weights: np.ndarray) -> np.ndarray:
        """Return the function's gradient, d sum(values * weights) / dy_pred."""
        t, p = match_ranks(y_true, y_pred)
        return self.fn.gradient(t, p, weights, **self._fn_kwargs).reshape(y_pred.shape)

    @property
    def logits_of(self) -> str | None:
        """The activation whose logits `with_logits()` takes, or None."""
        options = self._fn_kwargs
        if options.get("from_logits") or options.get("axis", -1) != -1:
            return None
        return getattr(self.fn, "logits_of", None)

    def with_logits(self) -> LossFunctionWrapper:
        """Return the same loss for logits: softmax (or sigmoid) and logarithm become one step.

        Log-softmax never takes the logarithm of a rounded zero, and its gradient is (p - y) / N.
        """
        twin = copy.copy(self)
        twin._fn_kwargs = {**self._fn_kwargs, "from_logits": True}
        vars(twin).update(from_logits=True)
        return twin

    def get_config(self) -> dict[str, Any]:
        """Return the arguments that make this loss again."""
        function = {"fn": serialize(self.fn)} if type(self) is LossFunctionWrapper else {}
        return {**super().get_config(), **function, **self._fn_kwargs}

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> Loss:
        """Make a loss from `get_config()`'s dictionary."""
        return cls(**with_function(config))


def with_function(config: dict[str, Any]) -> dict[str, Any]:
    """Return a configuration in which the loss function that `"fn"` names is the function itself.

    Raises:
        ValueError: where nothing has that name.
    """
    fn = config.get("fn")
    if isinstance(fn, str):
        return {**config, "fn": find("losses", fn)}
    return {**config, "fn": deserialize("losses", fn)} if isinstance(fn, dict) else config
