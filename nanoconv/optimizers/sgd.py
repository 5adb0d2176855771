"""Stochastic gradient descent: the optimizer that all others improve on.

Reference: https://keras.io/api/optimizers/sgd/
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from nanoconv import kernels
from nanoconv.core.registry import register
from nanoconv.core.variable import Variable
from nanoconv.optimizers.optimizer import LearningRate, Optimizer
from nanoconv.optimizers.optimizer_checks import check_fraction


@register("optimizers")
class SGD(Optimizer):
    """Gradient descent, with momentum if wanted.

    Math: w <- w - lr g
          with momentum mu:  m <- mu m - lr g,  w <- w + m
          with nesterov:     m <- mu m - lr g,  w <- w + mu m - lr g

    Args:
        learning_rate: lr.
        momentum: mu, from 0 to 1.
        nesterov: whether to look one step ahead.
        shared, options: what all optimizers take; see `Optimizer`.

    Raises:
        ValueError: for a momentum outside [0, 1].

    Reference: Sutskever et al. 2013, http://proceedings.mlr.press/v28/sutskever13.html
    """

    def __init__(
        self,
        learning_rate: LearningRate = 0.01,
        momentum: float = 0.0,
        nesterov: bool = False,
        *shared: Any,
        **options: Any,
    ) -> None:
        super().__init__(learning_rate, *shared, **options)
        self.momentum = check_fraction("momentum", momentum)
        self.nesterov = nesterov

    def remember(self, variables: Sequence[Variable]) -> None:
        """Remember m for each variable, where there is momentum."""
        if self.momentum:
            self._m = self.add_optimizer_variables(variables, "momentum")

    def update_step(self, gradient: np.ndarray, variable: Variable, learning_rate: float) -> None:
        """Change one variable by the equations above."""
        w, g = variable.value, gradient
        if not self.momentum:
            kernels.sgd_update(w, g, learning_rate)
            return
        m = self._m[self._get_variable_index(variable)].value
        kernels.momentum_update(w, g, m, learning_rate, self.momentum, self.nesterov)
