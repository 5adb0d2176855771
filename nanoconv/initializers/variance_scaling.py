"""Random weights whose variance depends on the shape, so that signals neither fade nor explode.

A unit that sums n inputs grows their variance n times; weights of variance 1/n undo that. The
classes here differ in what n is, and in the distribution.

Reference: https://keras.io/api/layers/initializers/
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from nanoconv.core import registry
from nanoconv.core.registry import register
from nanoconv.initializers.initializer import RandomInitializer, float_type
from nanoconv.initializers.random_initializers import truncated_normal

# Standard deviation of a standard normal distribution cut at two: dividing by it restores 1.
TRUNCATED_STDDEV = 0.87962566103423978

MODES = ("fan_in", "fan_out", "fan_avg")
DISTRIBUTIONS = ("truncated_normal", "untruncated_normal", "uniform")


@register("initializers")
class VarianceScaling(RandomInitializer):
    """Random weights of variance scale / n.

    Shapes: a kernel (KH, KW, C, O) has fan_in = KH KW C and fan_out = KH KW O
    Math:   n = fan_in, fan_out or their mean;
            uniform within +- sqrt(3 scale / n), or normal with standard deviation sqrt(scale / n)

    Args:
        scale: positive.
        mode: `"fan_in"`, `"fan_out"` or `"fan_avg"`.
        distribution: `"truncated_normal"` (also `"normal"`), `"untruncated_normal"`, `"uniform"`.
        seed: see `RandomInitializer`.
        input_axes, output_axes: the axes whose product is fan_in and fan_out, where both are given.

    Raises:
        ValueError: for a scale that is not positive, an unknown mode or distribution.
    """

    def __init__(
        self,
        scale: float = 1.0,
        mode: str = "fan_in",
        distribution: str = "truncated_normal",
        seed: Any = None,
        input_axes: Sequence[int] | None = None,
        output_axes: Sequence[int] | None = None,
    ) -> None:
        if not scale > 0:
            raise ValueError(
                f"scale is {scale!r}, but a positive number is needed; "
                "write VarianceScaling(scale=2.0)."
            )
        if mode not in MODES:
            raise ValueError(registry.unknown("modes", mode, MODES))
        distribution = distribution.lower()
        distribution = "truncated_normal" if distribution == "normal" else distribution
        if distribution not in DISTRIBUTIONS:
            raise ValueError(registry.unknown("distributions", distribution, DISTRIBUTIONS))
        self.scale = scale
        self.mode = mode
        self.distribution = distribution
        self.input_axes = input_axes
        self.output_axes = output_axes
        super().__init__(seed)

    def __call__(self, shape: Sequence[int], dtype: Any = None) -> np.ndarray:
        fan_in, fan_out = compute_fans(shape, self.input_axes, self.output_axes)
        n = {"fan_in": fan_in, "fan_out": fan_out, "fan_avg": (fan_in + fan_out) / 2}[self.mode]
        variance = self.scale / max(1.0, n)
        generator = self.generator()
        if self.distribution == "uniform":
            limit = math.sqrt(3 * variance)
            values = generator.uniform(-limit, limit, shape)
        elif self.distribution == "untruncated_normal":
            values = generator.normal(0, math.sqrt(variance), shape)
        else:
            stddev = math.sqrt(variance) / TRUNCATED_STDDEV
            values = stddev * truncated_normal(generator, shape)
        return np.asarray(values, float_type(dtype))


class _NamedScaling(VarianceScaling):
    """A `VarianceScaling` that is so common that it has a name of its own."""

    named_scale: float
    named_mode: str
    named_distribution: str

    def __init__(
        self,
        seed: Any = None,
        input_axes: Sequence[int] | None = None,
        output_axes: Sequence[int] | None = None,
    ) -> None:
        super().__init__(
            self.named_scale,
            self.named_mode,
            self.named_distribution,
            seed,
            input_axes,
            output_axes,
        )


@register("initializers")
class GlorotUniform(_NamedScaling):
    """Keras' default for kernels: uniform within +- sqrt(6 / (fan_in + fan_out)).

    Reference: Glorot and Bengio 2010, http://proceedings.mlr.press/v9/glorot10a.html
    """

    named_scale, named_mode, named_distribution = 1.0, "fan_avg", "uniform"


@register("initializers")
class GlorotNormal(_NamedScaling):
    """Truncated normal with variance 2 / (fan_in + fan_out).

    Reference: Glorot and Bengio 2010, http://proceedings.mlr.press/v9/glorot10a.html
    """

    named_scale, named_mode, named_distribution = 1.0, "fan_avg", "truncated_normal"


@register("initializers")
class HeUniform(_NamedScaling):
    """Made for ReLU, which halves the variance: uniform within +- sqrt(6 / fan_in).

    Reference: He et al. 2015, https://arxiv.org/abs/1502.01852
    """

    named_scale, named_mode, named_distribution = 2.0, "fan_in", "uniform"


@register("initializers")
class HeNormal(_NamedScaling):
    """Made for ReLU, which halves the variance: truncated normal, variance 2 / fan_in.

    Reference: He et al. 2015, https://arxiv.org/abs/1502.01852
    """

    named_scale, named_mode, named_distribution = 2.0, "fan_in", "truncated_normal"


@register("initializers")
class LecunUniform(_NamedScaling):
    """Uniform within +- sqrt(3 / fan_in).

    Reference: LeCun et al. 1998, Efficient BackProp
    """

    named_scale, named_mode, named_distribution = 1.0, "fan_in", "uniform"


@register("initializers")
class LecunNormal(_NamedScaling):
    """Made for selu: truncated normal with variance 1 / fan_in.

    Reference: Klambauer et al. 2017, https://arxiv.org/abs/1706.02515
    """

    named_scale, named_mode, named_distribution = 1.0, "fan_in", "truncated_normal"


def compute_fans(
    shape: Sequence[int],
    input_axes: Sequence[int] | None = None,
    output_axes: Sequence[int] | None = None,
) -> tuple[int, int]:
    """Return how many inputs one output sums (fan_in), and how many outputs one input reaches.

    Args:
        shape: of the weight: (I, O), (KH, KW, C, O), ...
        input_axes, output_axes: the axes to count instead, where both are given.
    """
    if input_axes is not None and output_axes is not None:
        return math.prod(shape[a] for a in input_axes), math.prod(shape[a] for a in output_axes)
    if len(shape) < 2:
        return (shape[0], shape[0]) if len(shape) else (1, 1)
    window = math.prod(shape[:-2])  # KH KW of a kernel, 1 of a matrix
    return window * shape[-2], window * shape[-1]
