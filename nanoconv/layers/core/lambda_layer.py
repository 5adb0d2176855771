"""Layers made of a function, and layers that only pass on what they get.

Reference: https://keras.io/api/layers/core_layers/
"""

from __future__ import annotations

import inspect
from typing import Any

import numpy as np

from nanoconv import regularizers
from nanoconv.core import registry
from nanoconv.core.graph import Shape
from nanoconv.core.registry import register
from nanoconv.layers.base.cache import Cache
from nanoconv.layers.base.layer import Layer


@register("layers")
class Lambda(Layer):
    """A function of `nanoconv.ops` as a layer.

    Args:
        function: takes the input (or a list of inputs) and returns the output.
        output_shape: accepted; the shape is found by trying the function.
        mask: not supported, None.
        arguments: more named arguments for the function.

    Shapes:
        x (N, ...), y whatever the function makes of it
    Math:
        y = f(x), dx = f'(x)^T dy by automatic differentiation
    Example:
        >>> Lambda(lambda x: x * x)(np.array([[1.0, 2.0, 3.0]])).tolist()
        [[1.0, 4.0, 9.0]]

    Raises:
        ValueError: when it is saved with a function that has no name of its own.

    Reference: https://keras.io/api/layers/core_layers/lambda/
    """

    def __init__(
        self,
        function: Any,
        output_shape: Any = None,
        mask: Any = None,
        arguments: dict[str, Any] | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.function, self.output_shape, self.mask = function, None, mask
        self.arguments = arguments or {}

    def call(self, inputs: Any, training: Any = None) -> Any:
        """Return the function's result."""
        options = dict(self.arguments)
        if "training" in inspect.signature(self.function).parameters:
            options["training"] = training
        return self.function(inputs, **options)

    def get_config(self) -> dict[str, Any]:
        """Return the layer's arguments; the function by its name, never as code."""
        name = getattr(self.function, "__name__", "<lambda>")
        if name == "<lambda>":
            raise ValueError(
                f"{self.name} is made of a lambda, which a file cannot hold; write a function with "
                "@keras.saving.register_keras_serializable() above it, and Lambda(function)."
            )
        return super().get_config() | {
            "function": {
                "class_name": "function",
                "config": name,
                "module": "builtins",
                "registered_name": registry.get_registered_name(self.function),
            }
        }

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> Any:
        """Make a layer from `get_config()`'s dictionary; the function is found by its name.

        Raises:
            ValueError: where no function of that name was registered or passed.
        """
        function = config["function"]
        name = function.get("registered_name") or function["config"]
        return cls(**{**config, "function": registry.find("", name)})


@register("layers")
class Identity(Layer):
    """A layer that passes on what it gets.

    Shapes:
        x (N, ...), y the same
    Math:
        y = x, dx = dy
    Example:
        >>> Identity()(np.array([[1.0, 2.0]])).tolist()
        [[1.0, 2.0]]

    Reference: https://keras.io/api/layers/core_layers/identity/
    """

    per_image = True

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)

    def forward(self, x: np.ndarray, cache: Cache | None = None) -> np.ndarray:
        """Return x."""
        return x

    def backward(self, dy: np.ndarray, cache: Cache) -> np.ndarray:
        """Return dy."""
        return dy

    def compute_output_shape(self, input_shape: Any) -> Shape:
        """Return the input's shape."""
        return input_shape


@register("layers")
class ActivityRegularization(Layer):
    """A layer that passes on what it gets, and adds a penalty on it to the loss.

    Args:
        l1, l2: factors of the sum of |x| and of x^2, divided by the number of samples.

    Shapes:
        x (N, ...), y the same
    Math:
        y = x, loss = (l1 sum |x| + l2 sum x^2) / N, dx = dy + (l1 sign(x) + 2 l2 x) / N
    Example:
        >>> ActivityRegularization(l2=0.01)(np.array([[1.0, 2.0]])).tolist()
        [[1.0, 2.0]]

    Reference: https://keras.io/api/layers/regularization_layers/activity_regularization/
    """

    def __init__(self, l1: float = 0.0, l2: float = 0.0, **kwargs: Any) -> None:
        super().__init__(activity_regularizer=regularizers.L1L2(l1, l2), **kwargs)
        self.l1, self.l2 = l1, l2

    def forward(self, x: np.ndarray, cache: Cache | None = None) -> np.ndarray:
        """Return x."""
        return x

    def backward(self, dy: np.ndarray, cache: Cache) -> np.ndarray:
        """Return dy; the model adds the penalty's gradient."""
        return dy

    def compute_output_shape(self, input_shape: Any) -> Shape:
        """Return the input's shape."""
        return input_shape
