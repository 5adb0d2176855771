"""Adam and AdamW: steps of about the same size for every weight, however large its gradients are.

Reference: https://keras.io/api/optimizers/adam/
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from nanoconv import kernels
from nanoconv.core.registry import register
from nanoconv.core.variable import Variable
from nanoconv.optimizers.optimizer import LearningRate, Optimizer


@register("optimizers")
class Adam(Optimizer):
    """Adaptive moments: the mean gradient, divided by the root of the mean squared gradient.

    Math, at step t = 1, 2, ...:
        m <- m + (1 - beta_1) (g - m)
        v <- v + (1 - beta_2) (g^2 - v)
        alpha = lr sqrt(1 - beta_2^t) / (1 - beta_1^t)     because m and v start from zero
        w <- w - alpha m / (sqrt(v) + epsilon)
    with amsgrad, the largest v so far takes v's place in the last formula.

    epsilon stands outside the root and before the correction (the paper's "epsilon hat"), so that
    weights with gradients near 1e-8 move less than in libraries that correct first.

    Args:
        learning_rate: lr.
        beta_1, beta_2: how slowly m and v follow.
        epsilon: keeps the division finite.
        amsgrad: whether v may only grow.
        shared, options: what all optimizers take; see `Optimizer`.

    Reference: Kingma and Ba 2014, https://arxiv.org/abs/1412.6980;
        amsgrad: Reddi et al. 2018, https://openreview.net/pdf?id=ryQu7f-RZ
    """

    def __init__(
        self,
        learning_rate: LearningRate = 0.001,
        beta_1: float = 0.9,
        beta_2: float = 0.999,
        epsilon: float = 1e-7,
        amsgrad: bool = False,
        *shared: Any,
        **options: Any,
    ) -> None:
        super().__init__(learning_rate, *shared, **options)
        self.beta_1 = beta_1
        self.beta_2 = beta_2
        self.epsilon = epsilon
        self.amsgrad = amsgrad

    def remember(self, variables: Sequence[Variable]) -> None:
        """Remember m and v for each variable, and the largest v for amsgrad."""
        self._m, self._v = self.add_optimizer_variables(variables, ["momentum", "velocity"])
        if self.amsgrad:
            self._v_hat = self.add_optimizer_variables(variables, "velocity_hat")

    def update_step(self, gradient: np.ndarray, variable: Variable, learning_rate: float) -> None:
        """Change one variable by the equations above."""
        i, t = self._get_variable_index(variable), self.step_number
        alpha = learning_rate * math.sqrt(1 - self.beta_2**t) / (1 - self.beta_1**t)
        v_hat = self._v_hat[i].value if self.amsgrad else None
        kernels.adam_update(
            variable.value,
            gradient,
            self._m[i].value,
            self._v[i].value,
            alpha,
            self.beta_1,
            self.beta_2,
            self.epsilon,
            v_hat,
        )


@register("optimizers", "adamw")
class AdamW(Adam):
    """Adam with weight decay beside the gradient rather than in it.

    Math: w <- w - lr weight_decay w, then Adam's step

    Args:
        learning_rate: lr.
        weight_decay: how much each weight shrinks, times lr.
        beta_1, beta_2, epsilon, amsgrad: see `Adam`.
        shared, options: what all optimizers take; see `Optimizer`.

    Raises:
        ValueError: where weight_decay is None.

    Reference: Loshchilov and Hutter 2019, https://arxiv.org/abs/1711.05101
    """

    def __init__(
        self,
        learning_rate: LearningRate = 0.001,
        weight_decay: float = 0.004,
        beta_1: float = 0.9,
        beta_2: float = 0.999,
        epsilon: float = 1e-7,
        amsgrad: bool = False,
        *shared: Any,
        **options: Any,
    ) -> None:
        if weight_decay is None:
            raise ValueError(
                "AdamW's weight_decay is None, but a number is needed; write Adam() instead."
            )
        adam = beta_1, beta_2, epsilon, amsgrad
        super().__init__(learning_rate, *adam, weight_decay, *shared, **options)
