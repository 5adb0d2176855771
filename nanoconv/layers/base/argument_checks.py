"""Arguments and shapes that several layers check.

Each function returns what it checked, or raises a ValueError whose one sentence says what came,
what is needed and what to write.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from nanoconv.core import registry
from nanoconv.core.graph import Shape

# Arguments of which nanoconv takes Keras' default alone: why, and what to write instead.
_REFUSED = {
    "groups": "nanoconv convolves all channels together; leave it out, or write DepthwiseConv2D",
    **dict.fromkeys(
        ("lora_rank", "lora_alpha", "quantization_config"),
        "nanoconv trains full float kernels; leave it out",
    ),
    **dict.fromkeys(
        ("sparse", "ragged", "input_tensor", "optional"),
        "nanoconv takes dense arrays only; write Input(shape=(28, 28, 1))",
    ),
}


def refuse(layer: str, **arguments: Any) -> None:
    """Refuse what Keras offers and nanoconv does not.

    Args:
        layer: the layer's name.
        arguments: their values; None, False and one group are the defaults.

    Raises:
        ValueError: where one of them is not at its default.
    """
    for name, value in arguments.items():
        if value is not None and value is not False and (name, value) != ("groups", 1):
            raise ValueError(f"{layer} got {name}={value!r}, but {_REFUSED[name]}.")


def positive_int(value: Any, name: str, layer: str) -> int:
    """Return a positive integer argument."""
    if isinstance(value, (bool, np.bool_)) or not isinstance(value, (int, np.integer)) or value < 1:
        raise ValueError(
            f"{layer} got {name}={value!r}, but a positive integer is needed; write {name}=32."
        )
    return int(value)


def pair(value: Any, name: str, layer: str) -> tuple[int, int]:
    """Return (height, width) of an argument that may be one number or two."""
    values = value if isinstance(value, (tuple, list)) else (value, value)
    ints = all(isinstance(v, (int, np.integer)) and not isinstance(v, bool) for v in values)
    if len(values) != 2 or not ints or min(values) < 1:
        raise ValueError(
            f"{layer} got {name}={value!r}, but one or two positive integers are needed; "
            f"write {name}=3 or {name}=(3, 3)."
        )
    return int(values[0]), int(values[1])


def padding_name(value: Any, layer: str) -> str:
    """Return `"valid"` or `"same"`; upper case is accepted, as in Keras."""
    name = value.lower() if isinstance(value, str) else value
    return one_of(name, ("valid", "same"), "padding", layer)


def check_rank(shape: Shape, rank: int, layer: str, letters: str, hint: str) -> None:
    """Check the number of dimensions of an input.

    Args:
        shape: what came, the batch size first.
        rank: how many dimensions are needed.
        layer: the layer's name.
        letters: the needed shape, such as `"(N, H, W, C)"`.
        hint: what to write instead.
    """
    if len(shape) != rank:
        raise ValueError(
            f"{layer} got an input of shape {tuple(shape)}, but {letters} is needed; {hint}."
        )


def check_last(shape: Shape, size: int, layer: str, what: str) -> None:
    """Check the last dimension of an input against the size a layer was built for."""
    if shape[-1] is not None and shape[-1] != size:
        expected = (*shape[:-1], size)
        raise ValueError(
            f"{layer} got an input of shape {tuple(shape)} with {shape[-1]} {what}, but it was "
            f"built for {size}; give it inputs of shape {expected}."
        )


def check_image(shape: Shape, layer: str) -> None:
    """Check that an input is a batch of images (N, H, W, C)."""
    hint = "grey images (N, H, W) get their channel axis by x[..., None]"
    check_rank(shape, 4, layer, "(N, H, W, C)", hint)


def known_last(shape: Shape, layer: str) -> int:
    """Return the last dimension, which parameters are made for."""
    if len(shape) < 2 or shape[-1] is None:
        raise ValueError(
            f"{layer} got an input of shape {tuple(shape)}, but the last dimension must be known; "
            "give the model's Input full sizes, such as shape=(28, 28, 1)."
        )
    return shape[-1]


def non_negative(value: Any, name: str, layer: str) -> float:
    """Return a number that is not negative."""
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not value >= 0:
        raise ValueError(
            f"{layer} got {name}={value!r}, but a number from 0 up is needed; write {name}=0.1."
        )
    return value


def share(value: Any, name: str, layer: str) -> float:
    """Return a number from 0 to 1."""
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 <= value <= 1:
        raise ValueError(
            f"{layer} got {name}={value!r}, but a number from 0 to 1 is needed; write {name}=0.25."
        )
    return value


def one_of(value: Any, names: tuple[str, ...], name: str, layer: str) -> str:
    """Return a name that is one of several."""
    if value not in names:
        raise ValueError(
            f"{layer} got {name}={value!r}: {registry.unknown(f'{name}s', value, names)}"
        )
    return value


def check_list(shapes: Any, layer: str, example: str) -> None:
    """Check that a merging layer was given a list of inputs."""
    if not shapes or not isinstance(shapes, list) or not isinstance(shapes[0], (list, tuple)):
        raise ValueError(
            f"{layer} got a single input of shape {shapes}, but merges a list; write {example}."
        )
