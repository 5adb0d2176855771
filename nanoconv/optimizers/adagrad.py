"""Adagrad: the more a weight has moved, the slower it moves.

Reference: https://keras.io/api/optimizers/adagrad/
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from nanoconv import initializers, kernels
from nanoconv.core.registry import register
from nanoconv.core.variable import Variable
from nanoconv.optimizers.optimizer import LearningRate, Optimizer


@register("optimizers")
class Adagrad(Optimizer):
    """Adaptive gradients: each divided by the root of the sum of all its squares so far.

    Math: s <- s + g^2
          w <- w - lr g / sqrt(s + epsilon)

    Args:
        learning_rate: lr.
        initial_accumulator_value: what s starts from.
        epsilon: keeps the division finite.
        shared, options: what all optimizers take; see `Optimizer`.

    Reference: Duchi et al. 2011, https://jmlr.org/papers/v12/duchi11a.html
    """

    def __init__(
        self,
        learning_rate: LearningRate = 0.001,
        initial_accumulator_value: float = 0.1,
        epsilon: float = 1e-7,
        *shared: Any,
        **options: Any,
    ) -> None:
        super().__init__(learning_rate, *shared, **options)
        self.initial_accumulator_value = initial_accumulator_value
        self.epsilon = epsilon

    def remember(self, variables: Sequence[Variable]) -> None:
        """Remember s for each variable."""
        start = initializers.Constant(self.initial_accumulator_value)
        self._s = self.add_optimizer_variables(variables, "accumulator", start)

    def update_step(self, gradient: np.ndarray, variable: Variable, learning_rate: float) -> None:
        """Change one variable by the equations above."""
        s = self._s[self._get_variable_index(variable)].value
        kernels.adagrad_update(variable.value, gradient, s, learning_rate, self.epsilon)
