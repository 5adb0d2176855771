"""Adadelta: steps sized by the steps before.

Reference: https://keras.io/api/optimizers/adadelta/
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
class Adadelta(Optimizer):
    """Adaptive steps in the units of the weights.

    Math: s <- rho s + (1 - rho) g^2
          step = sqrt(d + epsilon) / sqrt(s + epsilon) g
          d <- rho d + (1 - rho) step^2
          w <- w - lr step

    The paper has no lr, that is lr = 1. Keras' default of 0.001 learns slowly: old scripts that
    call `Adadelta()` were written when the default was 1.

    Args:
        learning_rate: lr.
        rho: how slowly s and d follow.
        epsilon: keeps the division finite, and makes the first step possible.
        shared, options: what all optimizers take; see `Optimizer`.

    Reference: Zeiler 2012, https://arxiv.org/abs/1212.5701
    """

    def __init__(
        self,
        learning_rate: LearningRate = 0.001,
        rho: float = 0.95,
        epsilon: float = 1e-7,
        *shared: Any,
        **options: Any,
    ) -> None:
        super().__init__(learning_rate, *shared, **options)
        self.rho = rho
        self.epsilon = epsilon

    def remember(self, variables: Sequence[Variable]) -> None:
        """Remember s and d for each variable."""
        names = ["accumulated_grad", "accumulated_delta_var"]
        self._s, self._d = self.add_optimizer_variables(variables, names)

    def update_step(self, gradient: np.ndarray, variable: Variable, learning_rate: float) -> None:
        """Change one variable by the equations above."""
        i = self._get_variable_index(variable)
        s, d = self._s[i].value, self._d[i].value
        kernels.adadelta_update(
            variable.value, gradient, s, d, learning_rate, self.rho, self.epsilon
        )
