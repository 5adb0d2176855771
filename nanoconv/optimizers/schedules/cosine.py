"""Learning rates that fall along a cosine: slowly at first, slowly at the end.

t is the number of finished steps, T `decay_steps`, lr_0 `initial_learning_rate`.

Reference: Loshchilov and Hutter 2017, https://arxiv.org/abs/1608.03983
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from nanoconv.core.registry import register
from nanoconv.optimizers.schedules.schedule import LearningRateSchedule


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
