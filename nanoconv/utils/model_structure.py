"""Questions to ask of a model's graph: which calls, from where, of what shapes."""

from __future__ import annotations

from collections import Counter
from typing import Any

from nanoconv.core.graph import Node, Shape, nodes_between


def is_chain(model: Any) -> bool:
    """Tell whether the layers follow one another, so that no column need name connections."""
    nodes = model_nodes(model)
    uses = Counter(id(tensor) for node in nodes for tensor in node.inputs)
    calls = Counter(id(node.layer) for node in nodes)
    return (
        all(len(node.inputs) <= 1 for node in nodes)
        and all(count == 1 for count in uses.values())
        and all(count == 1 for count in calls.values())
    )


def model_nodes(model: Any) -> list[Node]:
    """Return the calls that make up a model, each after those it needs; none while unbuilt."""
    return nodes_between(model.inputs, model.outputs) if model.built else []


def layer_sources(model: Any) -> dict[str, list[str]]:
    """Return, for each layer's name, the outputs it is called on, such as `"conv2d[0][0]"`."""
    sources: dict[str, list[str]] = {}
    for node in model_nodes(model):
        found = sources.setdefault(node.layer.name, [])
        for tensor in node.inputs:
            call = 0
            if tensor.node is not None:
                call = tensor.node.layer._nodes.index(tensor.node)
            found.append(f"{tensor.name}[{call}][{tensor.index}]")
    return sources


def output_shapes(layer: Any) -> list[Shape]:
    """Return the shapes of a layer's outputs; an empty list while they are not known."""
    if getattr(layer, "_nodes", None):
        return [tensor.shape for tensor in layer._nodes[-1].outputs]
    if not layer.built:
        return []
    if hasattr(layer, "outputs"):  # a model
        return [tensor.shape for tensor in layer.outputs]
    return [layer.compute_output_shape(layer.build_shape)]
