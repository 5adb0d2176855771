"""Nadam: Adam that looks one step ahead.

Reference: https://keras.io/api/optimizers/nadam/
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from nanoconv import config, kernels
from nanoconv.core.registry import register
from nanoconv.core.variable import Variable
from nanoconv.optimizers.optimizer import LearningRate, Optimizer


@register("optimizers")
class Nadam(Optimizer):
    """Adam with Nesterov's momentum.

    Math, at step t = 1, 2, ...:
        u_t = beta_1 (1 - 0.96^t / 2)                      momentum warms up to beta_1
        P_t = u_1 u_2 ... u_t
        m <- m + (1 - beta_1) (g - m)
        v <- v + (1 - beta_2) (g^2 - v)
        m_hat = u_(t+1) m / (1 - P_(t+1)) + (1 - u_t) g / (1 - P_t)
        v_hat = v / (1 - beta_2^t)
        w <- w - lr m_hat / (sqrt(v_hat) + epsilon)

    Args:
        learning_rate: lr.
        beta_1, beta_2: how slowly m and v follow.
        epsilon: keeps the division finite.
        shared, options: what all optimizers take; see `Optimizer`.

    Reference: Dozat 2016, https://openreview.net/forum?id=OM0jvwB8jIp57ZJjtNEZ
    """

    def __init__(
        self,
        learning_rate: LearningRate = 0.001,
        beta_1: float = 0.9,
        beta_2: float = 0.999,
        epsilon: float = 1e-7,
        *shared: Any,
        **options: Any,
    ) -> None:
        super().__init__(learning_rate, *shared, **options)
        self.beta_1 = beta_1
        self.beta_2 = beta_2
        self.epsilon = epsilon

    def remember(self, variables: Sequence[Variable]) -> None:
        """Remember m and v for each variable, and P."""
        self._m, self._v = self.add_optimizer_variables(variables, ["momentum", "velocity"])
        dtype = variables[0].dtype if variables else config.floatx()
        self._P = self.add_variable((), "ones", dtype)

    def _u(self, t: int) -> float:
        return self.beta_1 * (1 - 0.5 * 0.96**t)

    def _step(self, gradients: list[np.ndarray], variables: list[Variable]) -> None:
        self._P.value *= self._u(self.step_number)  # P_t = P_(t-1) u_t
        super()._step(gradients, variables)

    def update_step(self, gradient: np.ndarray, variable: Variable, learning_rate: float) -> None:
        """Change one variable by the equations above."""
        i, t, P = self._get_variable_index(variable), self.step_number, float(self._P.value)
        u, u_next = self._u(t), self._u(t + 1)
        kernels.nadam_update(
            variable.value,
            gradient,
            self._m[i].value,
            self._v[i].value,
            learning_rate,
            ahead_m=u_next / (1 - P * u_next),
            ahead_g=(1 - u) / (1 - P),
            scale_v=1 / (1 - self.beta_2**t),
            beta_1=self.beta_1,
            beta_2=self.beta_2,
            epsilon=self.epsilon,
        )
