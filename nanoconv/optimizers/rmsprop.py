"""RMSprop: gradients divided by the root of their mean square.

Reference: https://keras.io/api/optimizers/rmsprop/
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from nanoconv import kernels
from nanoconv.core.registry import register
from nanoconv.core.variable import Variable
from nanoconv.optimizers.optimizer import LearningRate, Optimizer


@register("optimizers", "rmsprop")
class RMSprop(Optimizer):
    """Root mean square propagation; Keras' default in `compile`.

    Math: v <- rho v + (1 - rho) g^2
          d = lr g / sqrt(v + epsilon)
          w <- w - d
          centered:         a <- rho a + (1 - rho) g, and v - a^2 (the variance) under the root
          with momentum mu: b <- mu b + d, and w <- w - b

    Args:
        learning_rate: lr.
        rho: how slowly v and a follow.
        momentum: mu.
        epsilon: keeps the division finite.
        centered: whether to subtract the squared mean gradient.
        shared, options: what all optimizers take; see `Optimizer`.

    Reference: Tieleman and Hinton 2012, lecture 6.5 of Neural Networks for Machine Learning;
        centered: Graves 2013, https://arxiv.org/abs/1308.0850
    """

    def __init__(
        self,
        learning_rate: LearningRate = 0.001,
        rho: float = 0.9,
        momentum: float = 0.0,
        epsilon: float = 1e-7,
        centered: bool = False,
        *shared: Any,
        **options: Any,
    ) -> None:
        super().__init__(learning_rate, *shared, **options)
        self.rho = rho
        self.momentum = momentum
        self.epsilon = epsilon
        self.centered = centered

    def remember(self, variables: Sequence[Variable]) -> None:
        """Remember v for each variable, b for momentum, and a where centered."""
        self._v = self.add_optimizer_variables(variables, "velocity")
        if self.momentum > 0:
            self._b = self.add_optimizer_variables(variables, "momentum")
        if self.centered:
            self._a = self.add_optimizer_variables(variables, "average_gradient")

    def update_step(self, gradient: np.ndarray, variable: Variable, learning_rate: float) -> None:
        """Change one variable by the equations above."""
        i = self._get_variable_index(variable)
        kernels.rmsprop_update(
            variable.value,
            gradient,
            self._v[i].value,
            learning_rate,
            self.rho,
            self.epsilon,
            a=self._a[i].value if self.centered else None,
            b=self._b[i].value if self.momentum > 0 else None,
            mu=self.momentum,
        )
