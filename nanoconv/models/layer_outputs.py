"""What every layer of a model answers to an input: one forward pass, and everything is kept.

Reference: https://keras.io/getting_started/faq/ ("How can I obtain the output of an intermediate
layer?")
"""

from __future__ import annotations

from typing import Any

import numpy as np

from nanoconv.core.graph import SymbolicTensor, nodes_between
from nanoconv.layers.core.input_layer import InputLayer
from nanoconv.models.program import Program


def activations(model: Any, x: Any) -> dict[str, np.ndarray]:
    """Return every layer's output for an input, at inference.

    Args:
        model: a model; it is built for `x` where it is not built yet.
        x: inputs (N, ...), as `predict` takes them, in one batch.

    Returns:
        Layer name -> output (N, ...), each after those it depends on. A layer that is called
        several times has a number behind its name: `"dense"`, `"dense[1]"`. A model inside the
        model counts as one layer.

    Raises:
        ValueError: where the shape of `x` does not fit.

    Example:
        >>> import numpy as np
        >>> from nanoconv import Input, Sequential, layers
        >>> conv, flat = layers.Conv2D(4, 3, name="conv"), layers.Flatten(name="flat")
        >>> model = Sequential([Input((28, 28, 1)), conv, flat])
        >>> {name: y.shape for name, y in model.activations(np.zeros((2, 28, 28, 1))).items()}
        {'conv': (2, 26, 26, 4), 'flat': (2, 2704)}
    """
    model.program_for(x)  # builds the model, where it is not built
    tensors = named_outputs(model)
    ys, _ = Program(model.inputs, list(tensors.values())).forward(model.prepare_inputs(x))
    return dict(zip(tensors, ys, strict=True))


def named_outputs(model: Any) -> dict[str, SymbolicTensor]:
    """Return the outputs of all calls in a model, by the names that `activations` gives them.

    Args:
        model: a built model.
    """
    tensors: dict[str, SymbolicTensor] = {}
    for node in nodes_between(model.inputs, model.outputs):
        if isinstance(node.layer, InputLayer):
            continue
        for tensor in node.outputs:
            name, call = tensor.name, 0
            while name in tensors:
                call += 1
                name = f"{tensor.name}[{call}]"
            tensors[name] = tensor
    return tensors
