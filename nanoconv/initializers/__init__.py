"""Initializers: the values of weights before training.

`get("he_normal")` is what `Dense(10, kernel_initializer="he_normal")` calls; the result is called
with a shape.

Reference: https://keras.io/api/layers/initializers/
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from nanoconv.core import absent, registry
from nanoconv.core.variable import Variable
from nanoconv.initializers.constant_initializers import Constant, Identity, Ones, Zeros
from nanoconv.initializers.initializer import Initializer, RandomInitializer, float_type
from nanoconv.initializers.random_initializers import (
    Orthogonal,
    RandomNormal,
    RandomUniform,
    TruncatedNormal,
)
from nanoconv.initializers.variance_scaling import (
    GlorotNormal,
    GlorotUniform,
    HeNormal,
    HeUniform,
    LecunNormal,
    LecunUniform,
    VarianceScaling,
)

constant = Constant
glorot_normal = GlorotNormal
glorot_uniform = GlorotUniform
he_normal = HeNormal
he_uniform = HeUniform
identity = IdentityInitializer = Identity
lecun_normal = LecunNormal
lecun_uniform = LecunUniform
ones = Ones
orthogonal = OrthogonalInitializer = Orthogonal
random_normal = RandomNormal
random_uniform = RandomUniform
truncated_normal = TruncatedNormal
variance_scaling = VarianceScaling
zeros = Zeros

__all__ = [
    "Constant",
    "GlorotNormal",
    "GlorotUniform",
    "HeNormal",
    "HeUniform",
    "Identity",
    "IdentityInitializer",
    "Initializer",
    "LecunNormal",
    "LecunUniform",
    "Ones",
    "Orthogonal",
    "OrthogonalInitializer",
    "RandomInitializer",
    "RandomNormal",
    "RandomUniform",
    "TruncatedNormal",
    "VarianceScaling",
    "Zeros",
    "constant",
    "deserialize",
    "get",
    "glorot_normal",
    "glorot_uniform",
    "he_normal",
    "he_uniform",
    "identity",
    "lecun_normal",
    "lecun_uniform",
    "ones",
    "orthogonal",
    "random_normal",
    "random_uniform",
    "serialize",
    "truncated_normal",
    "variance_scaling",
    "zeros",
]


_family = registry.Family(
    "initializers",
    "{} is not one of nanoconv's initializers; write a name such as 'glorot_uniform', an array, or "
    "a function f(shape, dtype=None).",
)


def get(identifier: Any) -> Any:
    """Return the initializer that an identifier stands for.

    Args:
        identifier: None (stays None), a name, a saved configuration, a class, an array of the
            weight's shape, or anything that is called as `f(shape, dtype=None)`.

    Raises:
        ValueError: for anything else.
    """
    if isinstance(identifier, (np.ndarray, np.generic, Variable)):
        return _from_array(np.array(identifier))
    return _family.get(identifier)


def _from_array(array: np.ndarray) -> Callable[..., np.ndarray]:
    def given_array(shape: Sequence[int], dtype: Any = None) -> np.ndarray:
        if tuple(shape) != array.shape:
            raise ValueError(
                f"the initializer is an array of shape {array.shape}, but the weight has "
                f"{tuple(shape)}; give an array of the weight's shape."
            )
        return array.astype(float_type(dtype))

    return given_array


deserialize = _family.deserialize


def serialize(initializer: Any) -> Any:
    """Return the dictionary that Keras writes for an initializer."""
    return _family.serialize(initializer)


__getattr__, __dir__ = absent.public(__name__)
