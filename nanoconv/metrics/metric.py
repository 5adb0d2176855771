"""What every metric is: a few running numbers, updated by each batch, read at the end.

A metric never trains anything; it only tells a human how good the model is. Its numbers live in
variables, so that `reset_state` starts an epoch afresh.

Reference: https://keras.io/api/metrics/base_metric/
"""

from __future__ import annotations

from typing import Any

import numpy as np

from nanoconv.core.naming import auto_name
from nanoconv.core.variable import Variable
from nanoconv.losses.label_shapes import float_type


class Metric:
    """Base of all metrics. A subclass writes `update_state` and `result`.

    Args:
        dtype: `"float32"` or `"float64"`; None means `floatx()`.
        name: the key in History and on the progress bar.

    Attributes:
        _direction: `"up"` or `"down"`, the way to better; read by callbacks with `mode="auto"`.

    Raises:
        ValueError: for another type.

    Reference: https://keras.io/api/metrics/base_metric/
    """

    def __init__(self, dtype: Any = None, name: str | None = None) -> None:
        self.name = name or auto_name(type(self).__name__)
        self._dtype = float_type(dtype)
        self._variables: list[Variable] = []

    @property
    def dtype(self) -> str:
        """The float type of the running numbers."""
        return self._dtype

    @property
    def variables(self) -> list[Variable]:
        """The metric's running numbers, those of metrics inside it included."""
        inner = (m for m in vars(self).values() if isinstance(m, Metric))
        return [*self._variables, *(v for metric in inner for v in metric.variables)]

    def add_variable(
        self,
        shape: tuple[int, ...],
        initializer: Any = "zeros",
        dtype: Any = None,
        aggregation: str = "sum",
        name: str | None = None,
    ) -> Variable:
        """Return a new running number, or array of them.

        Args:
            shape: its shape, `()` for one number.
            initializer: the values to begin with; `reset_state` always goes to zero.
            dtype: its type; the metric's by default.
            aggregation: accepted for Keras' sake; there is one computer to gather from.
            name: what it is called.
        """
        value = np.zeros(shape, dtype or self.dtype)
        if initializer not in (None, "zeros"):
            from nanoconv import initializers  # only a user's own metric asks for more than zeros

            value[...] = initializers.get(initializer)(shape)
        variable = Variable(value, name=name or "variable", trainable=False)
        self._variables.append(variable)
        return variable

    def add_weight(
        self,
        shape: tuple[int, ...] = (),
        initializer: Any = None,
        dtype: Any = None,
        name: str | None = None,
    ) -> Variable:
        """Return a new running number; Keras' older name for `add_variable`."""
        return self.add_variable(shape, initializer, dtype, name=name)

    def reset_state(self) -> None:
        """Set all running numbers to zero, as at the start of an epoch."""
        for variable in self.variables:
            variable.value[...] = 0

    def update_state(self, *args: Any, **kwargs: Any) -> None:
        """Take in one batch: (y_true, y_pred, sample_weight=None)."""
        raise NotImplementedError(
            f"{type(self).__name__} has no update_state; "
            "write def update_state(self, y_true, y_pred, sample_weight=None)."
        )

    def result(self) -> Any:
        """Return the metric over all batches since the last reset."""
        raise NotImplementedError(
            f"{type(self).__name__} has no result; write def result(self), which returns a number."
        )

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Take in one batch and return the result so far."""
        self.update_state(*args, **kwargs)
        return self.result()

    def get_config(self) -> dict[str, Any]:
        """Return the arguments that make this metric again."""
        return {"name": self.name, "dtype": self.dtype}

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> Metric:
        """Make a metric from `get_config()`'s dictionary."""
        return cls(**config)

    def __repr__(self) -> str:
        return f"<{type(self).__name__} name={self.name}>"
