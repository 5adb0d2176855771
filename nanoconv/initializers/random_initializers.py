"""Random weights of one distribution, whatever the shape.

Reference: https://keras.io/api/layers/initializers/
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from nanoconv.core.registry import register
from nanoconv.initializers.initializer import RandomInitializer, float_type


@register("initializers", "normal")
class RandomNormal(RandomInitializer):
    """Normal distribution.

    Args:
        mean, stddev: of the distribution.
        seed: see `RandomInitializer`.
    """

    def __init__(self, mean: float = 0.0, stddev: float = 0.05, seed: Any = None) -> None:
        self.mean = mean
        self.stddev = stddev
        super().__init__(seed)

    def __call__(self, shape: Sequence[int], dtype: Any = None) -> np.ndarray:
        values = self.generator().normal(self.mean, self.stddev, shape)
        return np.asarray(values, float_type(dtype))


@register("initializers")
class TruncatedNormal(RandomNormal):
    """Normal distribution without its tails: values beyond two standard deviations are drawn again.

    Args:
        mean, stddev: of the normal distribution before its tails are cut.
        seed: see `RandomInitializer`.
    """

    def __call__(self, shape: Sequence[int], dtype: Any = None) -> np.ndarray:
        z = truncated_normal(self.generator(), shape)
        return np.asarray(self.mean + self.stddev * z, float_type(dtype))


@register("initializers", "uniform")
class RandomUniform(RandomInitializer):
    """Uniform distribution.

    Args:
        minval, maxval: the limits; minval may be drawn, maxval not.
        seed: see `RandomInitializer`.
    """

    def __init__(self, minval: float = -0.05, maxval: float = 0.05, seed: Any = None) -> None:
        self.minval = minval
        self.maxval = maxval
        super().__init__(seed)

    def __call__(self, shape: Sequence[int], dtype: Any = None) -> np.ndarray:
        values = self.generator().uniform(self.minval, self.maxval, shape)
        return np.asarray(values, float_type(dtype))


@register("initializers", "OrthogonalInitializer")
class Orthogonal(RandomInitializer):
    """A random matrix whose columns (or rows, where they are fewer) are orthonormal.

    Shapes: (..., O) is seen as a matrix (product of the others, O)
    Math:   A = Q R of a normal random matrix A; Q times the signs of R's diagonal is uniformly
            distributed among all orthogonal matrices

    Args:
        gain: what the matrix is multiplied by.
        seed: see `RandomInitializer`.

    Reference: Saxe et al. 2014, https://arxiv.org/abs/1312.6120
    """

    def __init__(self, gain: float = 1.0, seed: Any = None) -> None:
        self.gain = gain
        super().__init__(seed)

    def __call__(self, shape: Sequence[int], dtype: Any = None) -> np.ndarray:
        if len(shape) < 2:
            raise ValueError(
                f"Orthogonal got the shape {tuple(shape)}, but two dimensions or more are needed; "
                'write bias_initializer="zeros" for a vector.'
            )
        rows, columns = int(np.prod(shape[:-1])), shape[-1]
        A = self.generator().normal(size=(max(rows, columns), min(rows, columns)))
        Q, R = np.linalg.qr(A)
        Q *= np.sign(np.diag(R))
        matrix = Q.T if rows < columns else Q
        return np.array(self.gain * matrix.reshape(shape), float_type(dtype), order="C")


def truncated_normal(generator: np.random.Generator, shape: Sequence[int]) -> np.ndarray:
    """Draw standard normal values; those beyond two are drawn again."""
    z = np.asarray(generator.standard_normal(shape))
    while (beyond := np.abs(z) > 2).any():
        z[beyond] = generator.standard_normal(np.count_nonzero(beyond))
    return z
