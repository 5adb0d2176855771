"""The same architecture again, with weights of its own.

Reference: https://keras.io/api/models/model/#clone_model-function
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from nanoconv.layers.base.layer import Layer
from nanoconv.layers.core.input_layer import InputLayer
from nanoconv.models.functional import Functional
from nanoconv.models.functional_config import GraphReader
from nanoconv.models.sequential import Sequential


def clone_model(
    model: Any,
    input_tensors: Any = None,
    clone_function: Callable[[Layer], Layer] | None = None,
    call_function: Any = None,
    recursive: bool = False,
    **kwargs: Any,
) -> Any:
    """Make a model of the same layers, with fresh weights, not compiled.

    Args:
        model: a Sequential model or a `Model(inputs, outputs)`.
        input_tensors: not supported, None.
        clone_function: takes a layer, returns the layer to use in its place; by default an equal
            one. Input layers are always copied.
        call_function: not supported, None.
        recursive: whether `clone_function` is asked for the layers of nested models, rather than
            for those models.

    Raises:
        ValueError: where the model is of another kind, or an unsupported argument is given.

    Reference: https://keras.io/api/models/model/#clone_model-function
    """
    for name, value in {
        "input_tensors": input_tensors,
        "call_function": call_function,
        **kwargs,
    }.items():
        if value is not None:
            raise ValueError(
                f"clone_model got {name}={value!r}, which nanoconv does not support; leave {name} "
                "out, and call the clone on your tensors."
            )
    if not isinstance(model, (Sequential, Functional)):
        raise ValueError(
            f"clone_model got {model!r}, but a Sequential model or a Model(inputs, outputs) is "
            "needed; make another one with its class."
        )

    def copy(layer: Layer) -> Layer:
        if isinstance(layer, InputLayer):
            return InputLayer.from_config(layer.get_config())
        if recursive and isinstance(layer, (Sequential, Functional)):
            return clone_model(layer, clone_function=clone_function, recursive=True)
        if clone_function is not None:
            return clone_function(layer)
        return type(layer).from_config(layer.get_config())

    config = model.get_config()
    if isinstance(model, Functional):
        by_name = {layer.name: layer for layer in model.layers}
        graph = GraphReader(config, lambda one: copy(by_name[one["name"]]))
        return type(model)(graph.inputs, graph.outputs, model.name, model.trainable)
    start = [copy(model.input_layer)] if model.input_layer is not None else []
    return type(model)(start + [copy(layer) for layer in model.layers], model.trainable, model.name)
