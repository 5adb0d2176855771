"""In which order a graph's layers are listed: from the inputs to the outputs, as Keras does.

The order matters beyond the summary: `get_weights()` and weights files follow it.

Reference: https://keras.io/guides/functional_api/
"""

from __future__ import annotations

from collections.abc import Sequence

from nanoconv.core.graph import Node, SymbolicTensor, nodes_between
from nanoconv.layers.base.layer import Layer


def layers_in_order(
    inputs: Sequence[SymbolicTensor], starts: Sequence[Layer], outputs: Sequence[SymbolicTensor]
) -> list[Layer]:
    """Return each layer once: those farthest from the outputs first.

    Args:
        inputs: the symbolic inputs.
        starts: the input layer of each.
        outputs: the symbolic outputs.

    Raises:
        ValueError: where the inputs do not lead to the outputs, or two layers have one name.
    """
    start_of = {id(tensor): layer for tensor, layer in zip(inputs, starts, strict=True)}
    depths = _depths(nodes_between(inputs, outputs), start_of)
    visits = _visits(outputs, start_of)
    layers = sorted(depths, key=lambda layer: (-depths[layer], visits[layer]))
    layers += [layer for layer in starts if layer not in depths]  # inputs that nothing uses
    names: set[str] = set()
    for layer in layers:
        if layer.name in names:
            raise ValueError(
                f"two layers are named {layer.name!r}, and names must be unique in a model; "
                f"write name='{layer.name}_2' for one of them."
            )
        names.add(layer.name)
    return layers


def _depths(nodes: Sequence[Node], start_of: dict[int, Layer]) -> dict[Layer, int]:
    """Return how many calls lie at most between each layer and the outputs.

    A layer that is called twice has the larger depth of its calls.
    """
    layers: dict[Layer, int] = {}
    calls: dict[int, int] = {}
    for node in reversed(nodes):  # whoever uses a node comes before it
        depth = max(calls.get(id(node), 0), layers.get(node.layer, 0))
        layers[node.layer] = depth
        for tensor in node.inputs:
            start = start_of.get(id(tensor))
            if start is not None:
                layers[start] = max(layers.get(start, 0), depth + 1)
            else:
                calls[id(tensor.node)] = max(calls.get(id(tensor.node), 0), depth + 1)
    return layers


def _visits(outputs: Sequence[SymbolicTensor], start_of: dict[int, Layer]) -> dict[Layer, int]:
    """Number the layers as a walk from the outputs back to the inputs meets them."""
    visits: dict[Layer, int] = {}
    seen: set[int] = set()
    todo = list(reversed(outputs))
    while todo:
        tensor = todo.pop()
        start = start_of.get(id(tensor))
        if start is not None:
            visits.setdefault(start, len(visits))
        elif tensor.node is not None and id(tensor.node) not in seen:
            seen.add(id(tensor.node))
            visits.setdefault(tensor.node.layer, len(visits))
            todo += reversed(tensor.node.inputs)
    return visits
