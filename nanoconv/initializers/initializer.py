"""Base classes of the initializers: a configuration, and for random ones a seed.

An initializer is called with a shape and returns the array that a weight starts from.

Reference: https://keras.io/api/layers/initializers/
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Self

import numpy as np

from nanoconv import config, random
from nanoconv.core import registry
from nanoconv.core.configuration import Configured
from nanoconv.random import SeedGenerator

registry.register("random")(SeedGenerator)


@registry.register("initializers")
class Initializer(Configured):
    """Base of all initializers: write `__call__(shape, dtype)`."""

    def __call__(self, shape: Sequence[int], dtype: Any = None) -> np.ndarray:
        """Return the first values of a weight.

        Args:
            shape: of the weight.
            dtype: its type; `config.floatx()` by default.
        """
        raise NotImplementedError(f"{type(self).__name__} needs a method __call__(shape, dtype).")

    def clone(self) -> Self:
        """Return an initializer with the same configuration."""
        return type(self).from_config(self.get_config())


class RandomInitializer(Initializer):
    """Base of the random initializers.

    Args:
        seed: None draws from nanoconv's generator, an integer gives the same values at each call,
            a `SeedGenerator` gives other values at each call.

    Raises:
        ValueError: for any other seed.
    """

    def __init__(self, seed: int | SeedGenerator | dict[str, Any] | None = None) -> None:
        if isinstance(seed, dict):
            seed = registry.deserialize("random", seed)
        if not (seed is None or isinstance(seed, (int, np.integer, SeedGenerator))):
            raise ValueError(
                f"seed is {seed!r}, but an integer, a SeedGenerator or None is needed; "
                f"write {type(self).__name__}(seed=7)."
            )
        self.seed = seed

    def generator(self) -> np.random.Generator:
        """Return the generator of this call's random values."""
        if isinstance(self.seed, SeedGenerator):
            return np.random.default_rng(self.seed.next_call())
        return random.generator(self.seed)


def float_type(dtype: Any) -> np.dtype:
    """Return the array type that `dtype` names, `config.floatx()` for None."""
    return np.dtype(config.floatx() if dtype is None else getattr(dtype, "name", dtype))
