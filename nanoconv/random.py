"""Where randomness comes from: one generator for the library, one counter for each random layer.

`set_random_seed` fixes all that is drawn. Initializers and shuffling draw from one
`numpy.random.Generator`. Random layers own a `SeedGenerator`: a seed and a call number, from which
the kernels hash one number for each element, so that neither threads nor chunks change a mask.

Reference: https://keras.io/api/random/seed_generator/
"""

from __future__ import annotations

import random as python_random
from typing import Any

import numpy as np

from nanoconv.core import absent
from nanoconv.core.variable import Variable

_generator = np.random.default_rng()


def generator(seed: int | None = None) -> np.random.Generator:
    """Return the library's generator, or a fresh one where a seed is given."""
    return _generator if seed is None else np.random.default_rng(seed)


def set_random_seed(seed: int) -> None:
    """Seed nanoconv, Python's `random` and `numpy.random`, as Keras does.

    nanoconv itself draws only from its own generator; the other two are seeded for the script's
    sake. The same seed gives the same bits on the same processor, for any number of threads: masks
    are hashed, and sums are cut into parts that do not depend on the threads.

    Args:
        seed: an integer from 0 to 2**32 - 1.

    Raises:
        ValueError: where the seed is not such an integer.
    """
    global _generator
    if not isinstance(seed, (int, np.integer)) or not 0 <= seed < 2**32:
        raise ValueError(
            f"seed is {seed!r}, but an integer from 0 to 2**32 - 1 is needed; "
            "write set_random_seed(812)."
        )
    python_random.seed(int(seed))
    np.random.seed(int(seed))
    _generator = np.random.default_rng(int(seed))


def draw_seed() -> int:
    """Draw a seed of 32 bits from the library's generator."""
    return int(_generator.integers(0, 2**32, dtype=np.uint32))


class SeedGenerator:
    """A seed and a call number: the whole random state of one layer.

    Args:
        seed: an integer, or None to draw one from the library's generator.
        name: what the state is called in files.

    Raises:
        ValueError: for other arguments.
    """

    def __init__(self, seed: int | None = None, name: str | None = None, **kwargs: Any) -> None:
        if kwargs:
            raise ValueError(
                f"SeedGenerator got {sorted(kwargs)}, but takes seed= and name=; "
                "write SeedGenerator(seed=7)."
            )
        self._initial_seed = seed
        self.name = name or "seed_generator"
        start = draw_seed() if seed is None else seed
        self.state = Variable(
            np.array([start, 0], np.uint32), name="seed_generator_state", trainable=False
        )

    def next_call(self) -> tuple[int, int]:
        """Return (seed, call number) for one batch, and advance the call number."""
        seed, call = self.state.value.tolist()
        self.state.value[1] = (call + 1) & 0xFFFFFFFF
        return seed, call

    def get_config(self) -> dict[str, Any]:
        """Return the arguments that make this generator again."""
        return {"seed": self._initial_seed}

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> SeedGenerator:
        """Make a generator from `get_config()`'s dictionary."""
        return cls(**config)


__getattr__, __dir__ = absent.public(__name__)
