"""Symbolic tensors: what a layer returns when it is called before there is any data.

Calling a layer on a `SymbolicTensor` computes nothing. It writes down a `Node` (this layer, on
these inputs) and returns another symbolic tensor that knows its shape and the node that made it.
A model is what lies between some input tensors and some output tensors.

Reference: https://keras.io/guides/functional_api/
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, ClassVar

from nanoconv.core import registry

Shape = tuple[int | None, ...]


class SymbolicTensor:
    """A tensor without values: a shape, a type, and the node that will compute it.

    Args:
        shape: with None for sizes that are not known yet, the batch size first.
        dtype: such as `"float32"`.
        name: for messages and diagrams.
        node: the call that makes it.
        index: which of the node's outputs it is.
    """

    def __init__(
        self,
        shape: Shape,
        dtype: str = "float32",
        name: str = "",
        node: Node | None = None,
        index: int = 0,
    ) -> None:
        self.shape: Shape = tuple(shape)
        self.dtype = dtype
        self.name = name
        self.node = node
        self.index = index

    @property
    def ndim(self) -> int:
        """Number of dimensions, the batch included."""
        return len(self.shape)

    def __array__(self, *args: Any, **kwargs: Any) -> Any:
        raise TypeError(
            f"{self.name or 'a symbolic tensor'} holds no values, only the shape {self.shape}; "
            "between layers write layers, such as Activation('relu')(x); call predict() on data."
        )

    # Sums and products with tensors and numbers write down the layer that does the same; all else
    # writes down a function of `nanoconv.ops`.

    #: By name; `nanoconv.ops` sets it.
    operations: ClassVar[dict[str, Any]] = {}

    def __add__(self, other: Any) -> SymbolicTensor:
        if isinstance(other, (int, float)):
            return self._rescaled(1, other)
        return self._merged("Add", other) or self.operations["add"](self, other)

    def __sub__(self, other: Any) -> SymbolicTensor:
        if isinstance(other, (int, float)):
            return self._rescaled(1, -other)
        return self._merged("Subtract", other) or self.operations["subtract"](self, other)

    def __mul__(self, other: Any) -> SymbolicTensor:
        if isinstance(other, (int, float)):
            return self._rescaled(other, 0)
        return self._merged("Multiply", other) or self.operations["multiply"](self, other)

    def __truediv__(self, other: Any) -> SymbolicTensor:
        if isinstance(other, (int, float)):
            return self._rescaled(1 / other, 0)
        return self.operations["divide"](self, other)

    def __rsub__(self, other: Any) -> SymbolicTensor:
        return -self + other

    def __rtruediv__(self, other: Any) -> SymbolicTensor:
        return self.operations["divide"](other, self)

    def __pow__(self, other: Any) -> SymbolicTensor:
        return self.operations["power"](self, other)

    def __matmul__(self, other: Any) -> SymbolicTensor:
        return self.operations["matmul"](self, other)

    def __getitem__(self, key: Any) -> SymbolicTensor:
        return self.operations["get_item"](self, key)

    def __lt__(self, other: Any) -> SymbolicTensor:
        return self.operations["less"](self, other)

    def __gt__(self, other: Any) -> SymbolicTensor:
        return self.operations["greater"](self, other)

    def __iter__(self) -> Any:
        raise TypeError("a symbolic tensor cannot be iterated over; write x[:, i] with a number.")

    def __neg__(self) -> SymbolicTensor:
        return self * -1

    def __abs__(self) -> SymbolicTensor:
        return self.operations["absolute"](self)

    def __array_ufunc__(self, ufunc: Any, method: str, *inputs: Any, **options: Any) -> Any:
        operation = self.operations.get(ufunc.__name__)
        return operation(*inputs) if operation and method == "__call__" else NotImplemented

    __radd__, __rmul__ = __add__, __mul__

    def _merged(self, layer: str, other: Any) -> Any:
        """Return the two tensors merged, or None where the other is none of that shape."""
        if not isinstance(other, SymbolicTensor) or other.ndim != self.ndim:
            return None
        return registry.find("layers", layer)()([self, other])

    def _rescaled(self, scale: float, offset: float) -> SymbolicTensor:
        return registry.find("layers", "Rescaling")(scale, offset)(self)

    def __repr__(self) -> str:
        return f"<SymbolicTensor shape={self.shape}, dtype={self.dtype}, name={self.name}>"


class Node:
    """One call of one layer on symbolic tensors.

    Args:
        layer: who is called.
        inputs: its arguments, in order.
        takes_list: whether the layer was given a list (`Add()([a, b])`) or one tensor.
        training: a `training=` of this call, for calls of the model that leave it open.
    """

    def __init__(
        self,
        layer: Any,
        inputs: Sequence[SymbolicTensor],
        takes_list: bool = False,
        training: bool | None = None,
    ) -> None:
        self.layer = layer
        self.inputs = list(inputs)
        self.takes_list = takes_list
        self.training = training
        self.outputs: list[SymbolicTensor] = []

    def add_output(self, shape: Shape, dtype: str) -> SymbolicTensor:
        """Return a new tensor made by this node."""
        tensor = SymbolicTensor(shape, dtype, self.layer.name, self, len(self.outputs))
        self.outputs.append(tensor)
        return tensor


def flatten(structure: Any) -> list[Any]:
    """Return what nested lists and dictionaries hold, in Keras' order: keys are sorted.

    Args:
        structure: one thing, or lists and dictionaries of such.
    """
    if isinstance(structure, dict):
        structure = [structure[key] for key in sorted(structure)]
    if isinstance(structure, (list, tuple)):
        return [leaf for item in structure for leaf in flatten(item)]
    return [structure]


def map_structure(function: Callable[[Any], Any], structure: Any) -> Any:
    """Apply a function to all that nested lists and dictionaries hold, in the order of `flatten`.

    Args:
        function: of one thing.
        structure: one thing, or lists and dictionaries of such.
    """
    if isinstance(structure, dict):
        found = {key: map_structure(function, structure[key]) for key in sorted(structure)}
        return {key: found[key] for key in structure}
    if isinstance(structure, (list, tuple)):
        return type(structure)(map_structure(function, item) for item in structure)
    return function(structure)


def is_symbolic(x: Any) -> bool:
    """Tell whether `x` is a symbolic tensor, or a list or dictionary of them."""
    leaves = flatten(x)
    return bool(leaves) and all(isinstance(leaf, SymbolicTensor) for leaf in leaves)


def nodes_between(
    inputs: Sequence[SymbolicTensor], outputs: Sequence[SymbolicTensor]
) -> list[Node]:
    """Return the nodes that lead from the inputs to the outputs, each after those it needs.

    Args:
        inputs: where to stop looking backwards.
        outputs: where to start.

    Raises:
        ValueError: where an output depends on a tensor that is not among the inputs.
    """
    known = {id(tensor) for tensor in inputs}
    order: list[Node] = []
    done: set[int] = set()
    stack: list[tuple[Node, bool]] = []

    def need(tensor: SymbolicTensor) -> None:
        if id(tensor) in known:
            return
        if tensor.node is None or not tensor.node.inputs:
            raise ValueError(
                f"an output depends on the input {tensor.name!r} of shape {tensor.shape}, which is "
                "not among the model's inputs; write Model(inputs=[..., that_input], outputs=...)."
            )
        if id(tensor.node) not in done:
            stack.append((tensor.node, False))

    # Depth first without recursion, so that deep models do not meet Python's recursion limit.
    for output in outputs:
        need(output)
        while stack:
            node, ready = stack.pop()
            if id(node) in done:
                continue
            if ready:
                done.add(id(node))
                order.append(node)
                continue
            stack.append((node, True))
            for tensor in reversed(node.inputs):
                need(tensor)
    return order
