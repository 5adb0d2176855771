"""A model that is a graph: any inputs, any outputs, forks and joins.

Reference: https://keras.io/guides/functional_api/
"""

from __future__ import annotations

from typing import Any

from nanoconv.graph import SymbolicTensor, nodes_between
from nanoconv.layers.base import Layer
from nanoconv.models.model import Model
from nanoconv.registry import register


@register("")
class Functional(Model):
    """The layers between symbolic inputs and symbolic outputs.

    Args:
        inputs: a symbolic tensor, or a list or dictionary of them.
        outputs: likewise.
        name: the model's name.

    Raises:
        ValueError: where the inputs do not lead to the outputs.

    Example:
        >>> from nanoconv import Input, Model
        >>> from nanoconv.layers import Dense
        >>> x = Input(shape=(4,))
        >>> model = Model(inputs=x, outputs=Dense(2)(x))
        >>> model.output_shape
        (None, 2)

    Reference: https://keras.io/guides/functional_api/
    """

    keras_module = "keras.src.models.functional"  # the only name by which Keras finds it

    def __init__(
        self, inputs: Any, outputs: Any, name: str | None = None, trainable: bool = True
    ) -> None:
        super().__init__(name=name)
        self._tensors = (_tensors(inputs, "inputs"), _tensors(outputs, "outputs"))
        self._nodes_inside = nodes_between(*self._tensors)
        self._structure = (inputs, outputs)
        start = [tensor.node.layer for tensor in self._tensors[0] if tensor.node is not None]
        self._layers: list[Layer] = list(
            dict.fromkeys([*start, *(node.layer for node in self._nodes_inside)])
        )
        self.built = True
        if not trainable:
            self.trainable = False

    @property
    def layers(self) -> list[Layer]:
        """The layers in topological order, input layers first."""
        return list(self._layers)

    @property
    def graph_tensors(self) -> tuple[list[SymbolicTensor], list[SymbolicTensor]]:
        """The symbolic inputs and outputs."""
        return self._tensors


def _tensors(value: Any, what: str) -> list[SymbolicTensor]:
    """Return a list of symbolic tensors.

    Raises:
        ValueError: where something else came.
    """
    items = list(value.values()) if isinstance(value, dict) else value
    items = list(items) if isinstance(items, (list, tuple)) else [items]
    for item in items:
        if not isinstance(item, SymbolicTensor):
            raise ValueError(
                f"Model got {what}={item!r}, but symbolic tensors are needed; "
                "write x = Input(shape=(28, 28, 1)) and Model(inputs=x, outputs=Dense(10)(x))."
            )
    return items
