"""What every loss is: a value for each sample, how they become one number, and the gradient.

A loss gives `values`, one for each sample. The reduction turns them into the number that training
makes small, L = sum(values * weights) / divisor, so that `gradient` needs to know only one rule:
d sum(values * weights) / dy_pred.

Every loss of this package is a function with its gradient, tied together by `gradient_of` and
wrapped by `LossFunctionWrapper`. A user's own function joins in the same way.

Reference: https://keras.io/api/losses/
"""

from __future__ import annotations

import copy
import functools
import inspect
from collections.abc import Callable
from typing import Any, Self, TypeVar

import numpy as np

from nanoconv.autodiff.engine import Tensor, node, raw, vjp
from nanoconv.core.arrays import as_array
from nanoconv.core.configuration import Configured
from nanoconv.core.naming import auto_name
from nanoconv.core.registry import deserialize, find, register
from nanoconv.losses.label_shapes import as_float, float_type, match_ranks, weights_like

F = TypeVar("F", bound=Callable[..., Any])

REDUCTIONS = ("sum_over_batch_size", "sum", "mean", "mean_with_sample_weight", "none", None)


class Loss(Configured):
    """Base of all losses. A subclass writes `call` and `gradient`.

    Args:
        name: what the loss is called in messages.
        reduction: `"sum_over_batch_size"` or `"mean"` (the sum divided by the number of values,
            even where samples are weighted), `"sum"`, `"mean_with_sample_weight"` (the sum divided
            by the weights' sum), `"none"` or None (the values themselves).
        dtype: `"float32"` or `"float64"`; None computes in y_pred's float type.

    Raises:
        ValueError: for an unknown reduction or type.

    Reference: https://keras.io/api/losses/#base-loss-api
    """

    _shared = ("name", "reduction")
    _left_out: tuple[str, ...] = ("dtype",)

    def __init__(
        self,
        name: str | None = None,
        reduction: str | None = "sum_over_batch_size",
        dtype: Any = None,
    ) -> None:
        if reduction not in REDUCTIONS:
            raise ValueError(
                f"reduction is {reduction!r}, but must be one of {REDUCTIONS}; "
                'write reduction="sum_over_batch_size".'
            )
        self.name = name or auto_name(type(self).__name__)
        self.reduction = reduction
        self._dtype = None if dtype is None else float_type(dtype)

    @property
    def dtype(self) -> str:
        """The float type that the loss computes in."""
        return float_type(self._dtype)

    @property
    def logits_of(self) -> str | None:
        """`"softmax"` or `"sigmoid"` where `with_logits()` can skip that last activation."""
        return None

    def call(self, y_true: np.ndarray, y_pred: np.ndarray) -> np.ndarray:
        """Return one value for each sample: y_pred's shape without its last axis."""
        raise NotImplementedError(
            f"{type(self).__name__} has no call; write def call(self, y_true, y_pred)."
        )

    def gradient(self, y_true: np.ndarray, y_pred: np.ndarray, weights: np.ndarray) -> np.ndarray:
        """Return d sum(values * weights) / dy_pred, in y_pred's shape.

        Where a class does not say how, `call` is differentiated automatically: it is then written
        with operators and functions of `nanoconv.ops`.

        Args:
            y_true: the truth.
            y_pred: the prediction.
            weights: one for each value of `call`.
        """
        return vjp(functools.partial(self.call, y_true), y_pred, weights)

    def valid(self, y_true: np.ndarray, y_pred: np.ndarray) -> np.ndarray | None:
        """Return which values count, as booleans in their shape; None where all do."""
        return None

    def __call__(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> Any:
        """Return the reduced loss.

        Args:
            y_true: the truth.
            y_pred: the prediction, shape (N, ...).
            sample_weight: None, or one weight for each value, shape (N,) or (N, 1).

        Returns:
            an array without dimensions; the weighted values where the reduction is "none".

        Raises:
            ValueError: where shapes do not fit, a label is out of range, or nothing came.
        """
        t, p = self._cast(raw(y_true), raw(y_pred))
        weighted, weights, divisor = self._weighted(t, p, raw(sample_weight))
        if self.reduction not in (None, "none"):
            weighted, weights = weighted.sum() / weighted.dtype.type(divisor), weights / divisor
        if not isinstance(y_pred, Tensor):
            return as_array(weighted)

        def backward(dy: Any) -> list[Any]:
            share = weights * (raw(dy) if np.ndim(weights) else np.mean(raw(dy)))
            return [self.gradient(t, p, np.asarray(share, p.dtype))]

        return node(self.name, weighted, [y_pred], backward)

    def value_and_gradient(
        self, y_true: Any, y_pred: Any, sample_weight: Any = None
    ) -> tuple[float, np.ndarray]:
        """Return the reduced loss and its gradient with respect to `y_pred`: what training needs.

        Raises:
            ValueError: as for a call, and where the reduction is "none".
        """
        if self.reduction in (None, "none"):
            raise ValueError(
                f"{self.name} has reduction={self.reduction!r}, but training needs one number; "
                'write reduction="sum_over_batch_size".'
            )
        t, p = self._cast(y_true, y_pred)
        weighted, weights, divisor = self._weighted(t, p, sample_weight)
        share = np.asarray(weights / divisor, p.dtype)
        gradient = self.gradient(t, p, share)
        if gradient.shape != p.shape:
            raise ValueError(
                f"{self.name}'s gradient has shape {gradient.shape}, but y_pred has {p.shape}; "
                "return d sum(values * weights) / dy_pred."
            )
        return float(weighted.sum() / divisor), gradient.astype(as_float(y_pred).dtype, copy=False)

    def _cast(self, y_true: Any, y_pred: Any) -> tuple[np.ndarray, np.ndarray]:
        y_pred = as_float(y_pred) if self._dtype is None else np.asarray(y_pred, self._dtype)
        if y_pred.size == 0 and self.reduction not in (None, "none"):
            raise ValueError(
                f"{self.name} got y_pred of shape {y_pred.shape}, but needs at least one sample; "
                "leave empty batches out."
            )
        return np.asarray(y_true, y_pred.dtype), y_pred

    def _weighted(
        self, y_true: np.ndarray, y_pred: np.ndarray, sample_weight: Any
    ) -> tuple[np.ndarray, np.ndarray, float]:
        """Return weighted values, the weight of each, and what the values' sum is divided by.

        Where some values do not count (`valid`), the others' weights grow by total / valid, so that
        dividing by the number of all values still gives the mean.
        """
        values = np.asarray(self.call(y_true, y_pred))
        shape, weights = values.shape, np.ones_like(values)
        valid = self.valid(y_true, y_pred)
        if valid is not None:
            weights = valid.astype(values.dtype)
            if self.reduction in ("mean", "sum_over_batch_size"):
                weights *= valid.size / max(int(valid.sum()), 1)
        if sample_weight is not None:
            weights, given = match_ranks(weights, np.asarray(sample_weight, values.dtype))
            weights = weights * given if valid is not None else given
            values, weights = match_ranks(values, weights)
        divisor: float = 1
        if self.reduction == "mean_with_sample_weight":
            divisor = float(weights.sum()) or np.inf  # no weight, no loss
        if sample_weight is not None:
            weights = weights_like(weights, values.shape if shape else weights.shape)
        weighted = values * weights
        if self.reduction in ("mean", "sum_over_batch_size"):
            divisor = weighted.size
        # One value for the whole batch meets every weight.
        return weighted, weights.reshape(shape) if shape else weights.sum(), divisor


def loss_function(function: F) -> F:
    """Let a loss function with a gradient (see `gradient_of`) take a tensor as prediction."""

    @functools.wraps(function)
    def called(y_true: Any, y_pred: Any, *args: Any, **options: Any) -> Any:
        if not isinstance(y_pred, Tensor):
            return function(y_true, y_pred, *args, **options)
        y, p = raw(y_true), y_pred.value

        def backward(dy: Any) -> list[Any]:
            return [called.gradient(y, p, raw(dy), *args, **options)]  # type: ignore[attr-defined]

        return node(function.__name__, function(y, p, *args, **options), [y_pred], backward)

    return called  # type: ignore[return-value]


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
        fn: takes (y_true, y_pred) and options, returns one value for each sample. It carries
            `fn.gradient(y_true, y_pred, weights)` with the same options, or is written with
            operators and functions of `nanoconv.ops`, and is differentiated automatically.
        reduction: see `Loss`.
        name: see `Loss`.
        dtype: see `Loss`.
        **kwargs: options passed to the function and to its gradient.

    """

    def __init__(
        self,
        fn: Any,
        reduction: str | None = "sum_over_batch_size",
        name: str | None = None,
        dtype: Any = None,
        **kwargs: Any,
    ) -> None:
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
        if not hasattr(self.fn, "gradient"):
            function = functools.partial(self.fn, t, **self._fn_kwargs)
            return vjp(function, p, weights).reshape(y_pred.shape)
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
        options = {k: v for k, v in self._fn_kwargs.items() if k not in self._left_out}
        return {**super().get_config(), **options}

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> Self:
        """Make a loss from `get_config()`'s dictionary."""
        return cls(**with_function(config))


def init_taking(base: Any, arguments: str, function: Any, name: str | None = None) -> Any:
    """Return the `__init__` of a class made of a function: it takes its options and the base's.

    Args:
        base: the class whose `__init__` takes the function first.
        arguments: their names in Keras' order; `*` stands for the function's options.
        function: of (y_true, y_pred) and options.
        name: the default of the argument `name`; the function's own name where None.
    """
    options = dict(list(inspect.signature(function).parameters.items())[2:])
    known = {**inspect.signature(base.__init__).parameters, **options}
    known["name"] = known["name"].replace(default=name or function.__name__)
    names = arguments.replace("*", " ".join(options)).split()
    signature = inspect.Signature([known["self"], *(known[n] for n in names)])

    def __init__(self: Any, *args: Any, **kwargs: Any) -> None:
        try:
            given = signature.bind(self, *args, **kwargs)
        except TypeError as error:
            raise TypeError(f"{type(self).__name__}: {error}; see its help().") from None
        given.apply_defaults()
        base.__init__(given.arguments.pop("self"), function, **given.arguments)

    __init__.__signature__ = signature  # type: ignore[attr-defined]
    return __init__


def with_function(config: dict[str, Any]) -> dict[str, Any]:
    """Return a configuration in which the loss function that `"fn"` names is the function itself.

    Raises:
        ValueError: where nothing has that name.
    """
    fn = config.get("fn")
    if isinstance(fn, str):
        return {**config, "fn": find("losses", fn)}
    return {**config, "fn": deserialize("losses", fn)} if isinstance(fn, dict) else config
