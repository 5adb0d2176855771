"""Adamax: Adam with the largest gradient in the place of the mean square.

Reference: https://keras.io/api/optimizers/adamax/
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from nanoconv import kernels
from nanoconv.core.registry import register
from nanoconv.core.variable import Variable
from nanoconv.optimizers.optimizer import LearningRate, Optimizer


@register("optimizers")
class Adamax(Optimizer):
    """Adam with the infinity norm.

    Math, at step t = 1, 2, ...:
        m <- m + (1 - beta_1) (g - m)
        u <- max(beta_2 u, |g|)
        alpha = lr / (1 - beta_1^t)     because m starts from zero
        w <- w - alpha m / (u + epsilon)

    Args:
        learning_rate: lr.
        beta_1, beta_2: how slowly m follows and u fades.
        epsilon: keeps the division finite.
        shared, options: what all optimizers take; see `Optimizer`.

    Reference: Kingma and Ba 2014, section 7.1, https://arxiv.org/abs/1412.6980
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
        """Remember m and u for each variable."""
        self._m, self._u = self.add_optimizer_variables(variables, ["momentum", "norm"])

    def update_step(self, gradient: np.ndarray, variable: Variable, learning_rate: float) -> None:
        """Change one variable by the equations above."""
        i, t = self._get_variable_index(variable), self.step_number
        m, u = self._m[i].value, self._u[i].value
        alpha = learning_rate / (1 - self.beta_1**t)
        kernels.adamax_update(
            variable.value, gradient, m, u, alpha, self.beta_1, self.beta_2, self.epsilon
        )
