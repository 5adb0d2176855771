"""Functions of `ops` between the layers of a functional model: each call becomes a node.

Reference: https://keras.io/guides/functional_api/
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from nanoconv.core import naming
from nanoconv.core.graph import SymbolicTensor, flatten, map_structure
from nanoconv.layers.base.layer import Layer


class Operation(Layer):
    """A function of `ops` as a layer of a functional model.

    Args:
        function: of arrays or tensors.
        args, options: what it is called with; symbolic tensors stand for the layer's inputs.

    Raises:
        ValueError: when it is saved.
    """

    def __init__(
        self, function: Callable[..., Any], args: tuple[Any, ...], options: dict[str, Any]
    ) -> None:
        super().__init__(name=naming.auto_name(function.__name__))
        self.function, self.args, self.options = function, args, options

    def call(self, inputs: Any) -> Any:
        """Return the function's result, with tensors in the places of symbolic tensors."""
        left = iter(inputs)

        def fill(value: Any) -> Any:
            return next(left) if isinstance(value, SymbolicTensor) else value

        args = map_structure(fill, self.args)
        return self.function(*args, **map_structure(fill, self.options))

    def get_config(self) -> dict[str, Any]:
        """Refuse: a function between layers has no configuration.

        Raises:
            ValueError: always.
        """
        raise ValueError(
            f"{self.name} is a function of nanoconv.ops between layers, which no file can hold; "
            "write a layer with call for it, registered with "
            "@keras.saving.register_keras_serializable()."
        )


def on_symbolic(function: Callable[..., Any], args: tuple[Any, ...], options: Any) -> Any:
    """Write down the call of a function on symbolic tensors; return its symbolic result."""
    inputs = [x for x in flatten([list(args), options]) if isinstance(x, SymbolicTensor)]
    return Operation(function, args, options)(inputs)
