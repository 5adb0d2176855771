"""Piecewise linear approximations of the smooth activations, which are cheaper to compute.

y has the shape of x throughout; see `activation_gradients` for dy, x, y.

Reference: https://keras.io/api/layers/activations/
"""

from __future__ import annotations

from typing import Any

import numpy as np

from nanoconv.activations.activation_gradients import as_floats, gradient_of
from nanoconv.core.registry import register


@register("activations")
def hard_sigmoid(x: Any) -> np.ndarray:
    """A sigmoid of three straight segments.

    Math: y = min(max(x / 6 + 1/2, 0), 1)
    """
    return np.clip(as_floats(x) / 6 + 0.5, 0, 1)


@gradient_of(hard_sigmoid)
def hard_sigmoid_backward(dy: np.ndarray, x: np.ndarray | None, y: np.ndarray) -> np.ndarray:
    """dx = dy / 6 where 0 < y < 1, else 0."""
    return dy * ((y > 0) & (y < 1)) / 6


@register("activations", "hard_swish")
def hard_silu(x: Any) -> np.ndarray:
    """A silu without the exponential, also called hard swish.

    Math: y = x hard_sigmoid(x)

    Reference: Howard et al. 2019, https://arxiv.org/abs/1905.02244
    """
    x = as_floats(x)
    return x * hard_sigmoid(x)


@gradient_of(hard_silu, needs_input=True)
def hard_silu_backward(dy: np.ndarray, x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """dx = dy (h + x h'), h = hard_sigmoid(x)."""
    h = hard_sigmoid(x)
    return dy * h + x * hard_sigmoid_backward(dy, x, h)


@register("activations")
def hard_tanh(x: Any) -> np.ndarray:
    """A tanh of three straight segments.

    Math: y = min(max(x, -1), 1)
    """
    return np.clip(as_floats(x), -1, 1)


@gradient_of(hard_tanh, needs_input=True)
def hard_tanh_backward(dy: np.ndarray, x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """dx = dy where -1 <= x <= 1, else 0."""
    return dy * (np.abs(x) <= 1)
