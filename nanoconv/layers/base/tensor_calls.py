"""Layers and automatic differentiation: the two ways in which one meets the other.

A layer that is called on a tensor is one record of the tape, whose gradient is the layer's own
`backward`: the fast kernels serve there, too. And a layer that only has a `call`, written in
functions of `nanoconv.ops`, gets its `backward` from a tape.

Reference: https://keras.io/guides/making_new_layers_and_models_via_subclassing/
"""

from __future__ import annotations

import inspect
from typing import Any

import numpy as np

from nanoconv.autodiff.engine import Tape, Tensor, node, raw
from nanoconv.core.graph import flatten, map_structure
from nanoconv.layers.base.cache import Cache


def on_tape(inputs: Any) -> bool:
    """Tell whether a call must be recorded: a tape is recording, or a tensor comes in."""
    return Tensor.recording() or any(isinstance(x, Tensor) for x in flatten(inputs))


def sublayers(layer: Any) -> list[Any]:
    """Return the layers among a layer's attributes, and in lists and dictionaries of those."""
    from nanoconv.layers.base.layer import Layer as kind  # which imports this file

    found: dict[Any, None] = {}

    def look(value: Any) -> None:
        if isinstance(value, kind):
            found[value] = None
        elif isinstance(value, (list, tuple)):
            for item in value:
                look(item)
        elif isinstance(value, dict):
            look(list(value.values()))

    look(vars(layer))
    return list(found)


def added_losses(layer: Any) -> list[Any]:
    """Return what `add_loss` was given in the last call of a layer and of the layers inside it."""
    return [*layer._losses, *(x for inner in sublayers(layer) for x in added_losses(inner))]


def penalties(layer: Any) -> list[Any]:
    """Return the regularizers' penalties of a layer's parameters, recorded where a tape watches."""

    def penalty(v: Any) -> Any:
        value = v.regularizer(v.value)
        return node("a penalty", value, [v], lambda dy: [dy * v.regularizer.gradient(v.value)])

    return [penalty(v) for v in layer.trainable_variables if v.regularizer is not None]


def record(layer: Any, inputs: Any, training: bool | None) -> Any:
    """Call a layer on tensors, so that the tapes that watch record it.

    A layer with `forward` and `backward` is one record; one with `call` records what it does.

    Args:
        layer: the layer; it is built where it is not.
        inputs: a tensor or array, or a list of such for layers that take one.
        training: whether this is a training pass.
    """
    takes_list = isinstance(inputs, (list, tuple)) and layer.accepts_list
    tensors = [
        x if isinstance(x, Tensor) else Tensor(raw(x)) for x in (inputs if takes_list else [inputs])
    ]
    shapes = [x.shape for x in tensors]
    layer.build_for(shapes if takes_list else shapes[0])
    layer.check_input_shape(shapes if takes_list else shapes[0])
    if layer.by_call:
        return call(layer, tensors if takes_list else tensors[0], training)
    xs = [np.ascontiguousarray(x.value, layer.dtype) for x in tensors]
    random = layer.seed_generator
    seed, number = random.next_call() if training and random else (0, 0)
    cache = Cache(bool(training), seed=seed, call=number)
    y = layer.forward(xs if takes_list else xs[0], cache)
    parameters = layer.trainable_variables

    def backward(dy: Any) -> list[Any]:
        cache.gradients = {}
        dx = layer.backward(np.ascontiguousarray(dy, layer.dtype), cache)
        return [*(dx if takes_list else [dx]), *map(cache.gradients.get, parameters)]

    output = node(layer.name, y, [*tensors, *parameters], backward)
    layer._losses = []
    if layer.activity_regularizer is not None:
        regularizer, share = layer.activity_regularizer, 1 / len(y)
        value = np.asarray(regularizer(y) * share, layer.dtype)
        layer.add_loss(
            node("a penalty", value, [output], lambda dy: [dy * regularizer.gradient(y) * share])
        )
    return output


def call(layer: Any, inputs: Any, training: bool | None) -> Any:
    """Return layer.call(inputs), with `training` where it takes it."""
    options = {"training": training} if takes_training(layer) else {}
    layer._losses = []
    return layer.call(inputs, **options)


def takes_training(layer: Any) -> bool:
    """Tell whether the method `call` of a layer has an argument `training`."""
    return "training" in inspect.signature(layer.call).parameters


def forward_by_call(layer: Any, x: Any, cache: Cache | None) -> Any:
    """Compute the output of a layer that only has a `call`; keep a tape for `backward_by_call`.

    Raises:
        NotImplementedError: where the layer has neither `forward` nor `call`.
    """
    if not layer.by_call:
        raise NotImplementedError(
            f"{type(layer).__name__} needs a method forward(self, x, cache) with a method "
            "backward(self, dy, cache), or a method call(self, x) in functions of nanoconv.ops."
        )
    xs = map_structure(Tensor, x)
    if cache is None:
        return map_structure(raw, call(layer, xs, False))
    with Tape() as tape:
        tape.watch(*flatten(xs))
        y = call(layer, xs, cache.training)
    cache.tape, cache.xs, cache.y, cache.losses = tape, xs, y, added_losses(layer)
    return map_structure(raw, y)


def backward_by_call(layer: Any, dy: Any, cache: Cache) -> Any:
    """Return dx of the call that `forward_by_call` recorded; add the parameters' gradients.

    Raises:
        NotImplementedError: where the layer has a forward of its own, but no backward.
    """
    if not layer.by_call:
        raise NotImplementedError(
            f"{type(layer).__name__} needs a method backward(self, dy, cache)."
        )
    parameters = layer.trainable_variables
    targets, dys = [cache.y, *cache.losses], [dy, *(np.ones_like(raw(x)) for x in cache.losses)]
    dx, gradients = cache.tape.gradient(targets, (cache.xs, parameters), dys, "zero")
    for variable, gradient in zip(parameters, gradients, strict=True):
        cache.add_gradient(variable, np.array(raw(gradient)))
    return map_structure(lambda d: np.asarray(raw(d)), dx)
