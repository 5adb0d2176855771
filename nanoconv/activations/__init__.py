"""Activations: nonlinear functions between two layers, each with its gradient beside it.

`get("relu")` is what `Dense(10, activation="relu")` calls. Your own activation is a function with a
gradient:

    @nanoconv.activations.gradient_of(square, needs_input=True)
    def square_backward(dy, x, y):
        return dy * 2 * x

Reference: https://keras.io/api/layers/activations/
"""

from __future__ import annotations

import functools
from typing import Any

import numpy as np

from nanoconv.activations.activation_gradients import gradient_of
from nanoconv.activations.normalized import log_softmax, softmax
from nanoconv.activations.rectified import (
    elu,
    hard_sigmoid,
    hard_silu,
    hard_tanh,
    leaky_relu,
    relu,
    relu6,
    selu,
)
from nanoconv.activations.smooth import (
    exponential,
    gelu,
    linear,
    mish,
    sigmoid,
    silu,
    softplus,
    softsign,
    tanh,
)
from nanoconv.autodiff.engine import vjp
from nanoconv.core import absent, registry

swish = silu
hard_swish = hard_silu

__all__ = [
    "deserialize",
    "elu",
    "exponential",
    "gelu",
    "get",
    "gradient_of",
    "hard_sigmoid",
    "hard_silu",
    "hard_swish",
    "hard_tanh",
    "leaky_relu",
    "linear",
    "log_softmax",
    "mish",
    "relu",
    "relu6",
    "selu",
    "serialize",
    "sigmoid",
    "silu",
    "softmax",
    "softplus",
    "softsign",
    "swish",
    "tanh",
]


class LayerActivation:
    """A layer without weights, such as `LeakyReLU()`, in the place of an activation.

    Args:
        layer: anything with `forward(x, cache)` and `backward(dy, cache)`.
    """

    needs_input = True

    def __init__(self, layer: Any) -> None:
        self.stands_for = layer  # what a saved configuration holds

    def __call__(self, x: Any) -> np.ndarray:
        return self.stands_for.forward(np.asarray(x), None)

    def backward(self, dy: np.ndarray, x: np.ndarray, y: np.ndarray) -> np.ndarray:
        """Return dx, by running the layer once more with a cache of its own."""
        from nanoconv.layers.base.cache import Cache

        cache = Cache()
        self.stands_for.forward(x, cache)
        return self.stands_for.backward(dy, cache)


_family = registry.Family(
    "activations",
    "activation is {}, but a name, a function or a layer without weights is needed; write "
    "activation='relu'.",
    accepts=callable,
)


def get(identifier: Any) -> Any:
    """Return the activation that an identifier stands for.

    Args:
        identifier: None (linear), a name, a saved configuration, a function of nanoconv, a layer
            without weights, or your own function: with a `.backward(dy, x, y)`, or written with
            operators and functions of `nanoconv.ops`, and then differentiated automatically.

    Returns:
        A function with the attributes `backward` and `needs_input`.

    Raises:
        ValueError: for unknown names, and layers with weights.
    """
    identifier = getattr(identifier, "same_as", identifier)  # such as tf.nn.relu
    if identifier is None:
        return linear
    if isinstance(identifier, (str, dict)):
        identifier = deserialize(identifier)
    if hasattr(identifier, "forward") and hasattr(identifier, "backward"):
        return _from_layer(identifier)
    activation = _family.get(identifier)
    if isinstance(activation, np.ufunc):  # which takes no attributes
        activation = functools.partial(activation)
    if not hasattr(activation, "backward"):
        activation.backward = lambda dy, x, y: vjp(activation, x, dy)
    if not hasattr(activation, "needs_input"):
        activation.needs_input = True
    return activation


def _from_layer(layer: Any) -> Any:
    if getattr(layer, "weights", None):
        raise ValueError(
            f"activation {layer!r} is a layer with weights, but an activation has none; "
            "add it to the model as a layer of its own."
        )
    return LayerActivation(layer)


def serialize(activation: Any) -> Any:
    """Return an activation's name, or the dictionary Keras writes for a function of the user's."""
    if isinstance(activation, LayerActivation):
        return registry.serialize(activation)
    if activation.__module__.startswith(__name__):
        return activation.__name__
    registered = registry.get_registered_name(activation)
    return {
        "module": "builtins",
        "class_name": "function",
        "config": registered,
        "registered_name": "function",
    }


def deserialize(config: Any, custom_objects: dict[str, Any] | None = None) -> Any:
    """Return the activation that `serialize` described.

    Args:
        config: a name or a dictionary.
        custom_objects: the user's own names.
    """
    if isinstance(config, dict) and config.get("module") == "keras.layers":
        with registry.custom_object_scope(custom_objects):
            return registry.deserialize("layers", config)
    return _family.deserialize(config, custom_objects)


__getattr__, __dir__ = absent.public(__name__)
