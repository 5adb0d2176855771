"""Learning rates that fall as training goes on: exponentially, as 1 / t, in steps, along a cosine.

t is the number of finished steps, T `decay_steps`, lr_0 `initial_learning_rate`.

Reference: https://keras.io/api/optimizers/learning_rate_schedules/;
    cosine: Loshchilov and Hutter 2017, https://arxiv.org/abs/1608.03983
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from nanoconv.core.registry import register
from nanoconv.optimizers.schedules.schedule import LearningRateSchedule


@register("optimizers.schedules")
@dataclass(eq=False)
class ExponentialDecay(LearningRateSchedule):
    """Multiplied by the same factor every T steps.

    Math: lr = lr_0 decay_rate^(t / T); with staircase, t / T is rounded down

    Args:
        initial_learning_rate: lr_0.
        decay_steps: T, positive.
        decay_rate: the factor.
        staircase: whether to fall in stairs.
        name: of the schedule.
    """

    initial_learning_rate: float
    decay_steps: int
    decay_rate: float
    staircase: bool = False
    name: str = "ExponentialDecay"

    def rate(self, step: np.ndarray) -> Any:
        """lr = lr_0 decay_rate^(t / T)."""
        p = step / self.decay_steps
        return self.initial_learning_rate * self.decay_rate ** (
            np.floor(p) if self.staircase else p
        )


@register("optimizers.schedules")
@dataclass(eq=False)
class InverseTimeDecay(LearningRateSchedule):
    """Falls ever more slowly; `decay=d` of old scripts is `decay_steps=1, decay_rate=d`.

    Math: lr = lr_0 / (1 + decay_rate t / T); with staircase, t / T is rounded down

    Args:
        initial_learning_rate: lr_0.
        decay_steps: T, positive.
        decay_rate: how fast it falls.
        staircase: whether to fall in stairs.
        name: of the schedule.
    """

    initial_learning_rate: float
    decay_steps: int
    decay_rate: float
    staircase: bool = False
    name: str = "InverseTimeDecay"

    def rate(self, step: np.ndarray) -> Any:
        """lr = lr_0 / (1 + decay_rate t / T)."""
        p = step / self.decay_steps
        p = np.floor(p) if self.staircase else p
        return self.initial_learning_rate / (1 + self.decay_rate * p)


@register("optimizers.schedules")
@dataclass(eq=False)
class PolynomialDecay(LearningRateSchedule):
    """Falls linearly (power 1) or by another power to the last rate, and stays there.

    Math: lr = (lr_0 - end) (1 - min(t, T) / T)^power + end
          with cycle, T is raised to the next of its multiples instead of holding t back

    Args:
        initial_learning_rate: lr_0.
        decay_steps: T, positive.
        end_learning_rate: end.
        power: of the curve.
        cycle: whether to start again, lower, each time the end is reached.
        name: of the schedule.
    """

    initial_learning_rate: float
    decay_steps: int
    end_learning_rate: float = 0.0001
    power: float = 1.0
    cycle: bool = False
    name: str = "PolynomialDecay"

    def rate(self, step: np.ndarray) -> Any:
        """lr = (lr_0 - end) (1 - t / T)^power + end."""
        T: Any = self.decay_steps
        if self.cycle:
            T = T * np.maximum(1, np.ceil(step / T))
        p = np.minimum(step, T) / T
        fall = self.initial_learning_rate - self.end_learning_rate
        return fall * (1 - p) ** self.power + self.end_learning_rate


@register("optimizers.schedules")
@dataclass(eq=False)
class PiecewiseConstantDecay(LearningRateSchedule):
    """One rate up to each boundary, the next rate behind it.

    Math: lr = values[0] where t <= boundaries[0], values[1] where t <= boundaries[1], ...

    Args:
        boundaries: rising numbers of steps.
        values: rates, one more than boundaries.
        name: of the schedule.

    Raises:
        ValueError: where there is not one value more than boundaries.
    """

    boundaries: Sequence[float]
    values: Sequence[float]
    name: str = "PiecewiseConstant"

    def __post_init__(self) -> None:
        boundaries, values = self.boundaries, self.values
        if len(boundaries) != len(values) - 1:
            raise ValueError(
                f"{len(boundaries)} boundaries came with {len(values)} values, but one value more "
                "is needed; write PiecewiseConstantDecay([1000], [0.01, 0.001])."
            )

    def rate(self, step: np.ndarray) -> Any:
        """Look up the value."""
        return np.asarray(self.values)[np.searchsorted(self.boundaries, step)]


@register("optimizers.schedules")
@dataclass(eq=False)
class CosineDecay(LearningRateSchedule):
    """Half a cosine wave from the first rate down to a share of it, after a warm-up if wanted.

    Math: lr = lr_0 ((1 - alpha) (1 + cos(pi min(t, T) / T)) / 2 + alpha)
          with a warm-up to the target W in U steps: linear from lr_0 to W while t < U, then the
          formula with t - U for t and W for lr_0

    Args:
        initial_learning_rate: lr_0.
        decay_steps: T, positive.
        alpha: the last rate as a share of the highest.
        name: of the schedule.
        warmup_target: W, or None for no warm-up.
        warmup_steps: U.
    """

    initial_learning_rate: float
    decay_steps: int
    alpha: float = 0.0
    name: str = "CosineDecay"
    warmup_target: float | None = None
    warmup_steps: int = 0

    def rate(self, step: np.ndarray) -> Any:
        """Warm up linearly, then fall along the cosine."""
        lr_0, W, U = self.initial_learning_rate, self.warmup_target, self.warmup_steps
        if W is None:
            return lr_0 * self._share(step)
        rise = lr_0 + (W - lr_0) * step / max(U, 1)
        return np.where(step < U, rise, W * self._share(step - U))

    def _share(self, step: np.ndarray) -> Any:
        p = np.minimum(step, self.decay_steps) / self.decay_steps
        return (1 - self.alpha) * (1 + np.cos(np.pi * p)) / 2 + self.alpha


@register("optimizers.schedules")
@dataclass(eq=False)
class CosineDecayRestarts(LearningRateSchedule):
    """Half cosine waves one after the other, each longer and lower than the one before.

    Math: wave i = 0, 1, ... starts at t_i = T (1 + t_mul + ... + t_mul^(i-1)), lasts T t_mul^i;
          p = (t - t_i) / (T t_mul^i)
          lr = lr_0 ((1 - alpha) m_mul^i (1 + cos(pi p)) / 2 + alpha)

    Args:
        initial_learning_rate: lr_0.
        first_decay_steps: T, positive.
        t_mul: how much longer each wave is.
        m_mul: how much lower each wave starts.
        alpha: the last rate as a share of the first.
        name: of the schedule.
    """

    initial_learning_rate: float
    first_decay_steps: int
    t_mul: float = 2.0
    m_mul: float = 1.0
    alpha: float = 0.0
    name: str = "SGDRDecay"

    def rate(self, step: np.ndarray) -> Any:
        """Find the wave, and the place in it."""
        waves = step / self.first_decay_steps  # in lengths of the first wave
        if self.t_mul == 1:
            i = np.floor(waves)
            p = waves - i
        else:
            i = np.floor(np.log(1 + waves * (self.t_mul - 1)) / np.log(self.t_mul))
            start = (self.t_mul**i - 1) / (self.t_mul - 1)
            p = (waves - start) / self.t_mul**i
        share = (1 - self.alpha) * self.m_mul**i * (1 + np.cos(np.pi * p)) / 2 + self.alpha
        return self.initial_learning_rate * share
