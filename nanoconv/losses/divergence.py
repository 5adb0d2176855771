"""The Kullback-Leibler divergence: how far one distribution is from another.

Notation: y true distribution, p predicted distribution, w one weight for each value.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from nanoconv.config import epsilon
from nanoconv.losses.label_shapes import pair
from nanoconv.losses.loss_wrapper import gradient_of


def kl_divergence(y_true: Any, y_pred: Any) -> np.ndarray:
    """Return the nats wasted by coding y with a code made for p.

    Shapes: y_true, y_pred (N, ..., C) -> (N, ...)

    Math: sum_c y log(y / p), with y and p clipped to [eps, 1].

    Raises:
        ValueError: where the shapes differ.

    Reference: https://keras.io/api/losses/probabilistic_losses/#kldivergence-class
    """
    y, p = pair("kl_divergence", y_true, y_pred)
    y, p = np.clip(y, epsilon(), 1), np.clip(p, epsilon(), 1)
    return (y * np.log(y / p)).sum(-1)


@gradient_of(kl_divergence)
def kl_divergence_gradient(y_true: Any, y_pred: Any, weights: Any) -> np.ndarray:
    """Return dp = -w y / p inside the clip, 0 outside."""
    y, p = pair("kl_divergence", y_true, y_pred)
    y, q = np.clip(y, epsilon(), 1), np.clip(p, epsilon(), 1)
    return -np.expand_dims(weights, -1) * y / q * (p == q)
