"""Clips gradients, so that one bad batch does not spoil the weights.

The gradients given are never written to.

Reference: Pascanu et al. 2013, https://arxiv.org/abs/1211.5063
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

Gradients = Sequence[np.ndarray]


def clip_by_norm(gradients: Gradients, limit: float) -> list[np.ndarray]:
    """Shrink each gradient whose own norm is above the limit.

    Math: g <- g limit / max(|g|, limit)
    """
    return [g * (limit / max(_norm([g]), limit)) for g in gradients]


def clip_by_global_norm(gradients: Gradients, limit: float) -> list[np.ndarray]:
    """Shrink all gradients alike where the norm of all of them together is above the limit.

    Math: g <- g limit / max(|all g|, limit); a norm that is not finite makes all gradients NaN, as
          in Keras
    """
    norm = _norm(gradients)
    scale = limit / max(norm, limit) if np.isfinite(norm) else np.nan
    return [g * scale for g in gradients]


def clip_by_value(gradients: Gradients, limit: float) -> list[np.ndarray]:
    """Clip each element to the range from -limit to limit."""
    return [np.clip(g, -limit, limit) for g in gradients]


def _norm(gradients: Gradients) -> float:
    """Return the square root of the sum of all squares."""
    return float(np.sqrt(sum(float(np.vdot(g, g)) for g in gradients)))
