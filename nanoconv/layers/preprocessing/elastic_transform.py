"""Elastic deformation: bends images as if they were printed on rubber.

Reference: Simard, Steinkraus and Platt, Best practices for convolutional neural networks applied to
    visual document analysis, 2003
"""

from __future__ import annotations

from typing import Any

import numpy as np

from nanoconv import kernels
from nanoconv.core.registry import register
from nanoconv.layers.base.cache import Cache
from nanoconv.layers.preprocessing.augmentation import between, factor_range
from nanoconv.layers.preprocessing.random_warps import Warp


@register("layers")
class RandomElasticTransform(Warp):
    """Bend images: each pixel moves by a random distance, neighbours by similar ones.

    Args:
        factor: (lower, upper) from 0 to 1: the share of images that are bent lies between; one
            number means (0, factor).
        scale: (lower, upper) from 0 to 1: how far they are bent; one number means (0, scale).
        interpolation, fill_mode, fill_value, seed, data_format: see `Warp`.
        value_range: where pixels lie; results are clipped to it.

    Raises:
        ValueError: for other factors or modes, and inputs that are not (N, H, W, C).

    Shapes:
        x (N, H, W, C), y of the same shape

    Math (f uniform in scale, Z normal noise (2, H, W), for each image; as in Keras, where f is one
    for the whole batch):
        sigma = 0.05 min(H, W) f,  alpha = 0.1 max(H, W) f
        G[i,j] = e^{-(i - j)² / 2 sigma²} / Σ_k e^{-k² / 2 sigma²}      smooths along one axis
        s(p) = p + alpha sigma (G Z Gᵀ)(p)
        no gradient while training, see `Augmentation`

    Example:
        >>> y = RandomElasticTransform()(np.ones((2, 28, 28, 1)), training=True)
        >>> y.shape
        (2, 28, 28, 1)

    Reference: https://keras.io/api/layers/preprocessing_layers/image_augmentation/
    """

    draws = 3

    def __init__(
        self,
        factor: Any = 1.0,
        scale: Any = 1.0,
        interpolation: str = "bilinear",
        fill_mode: str = "reflect",
        fill_value: float = 0.0,
        value_range: Any = (0, 255),
        seed: int | None = None,
        data_format: str | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(fill_mode, interpolation, seed, fill_value, data_format, **kwargs)
        self.factor = factor_range(factor, "factor", self.name, least=0)
        self.scale = factor_range(scale, "scale", self.name, least=0)
        self.value_range = value_range

    def augment(self, x: np.ndarray, U: np.ndarray, cache: Cache) -> np.ndarray:
        """Look up each pixel a little beside its place."""
        N, H, W, _ = x.shape
        bent = U[:, 0] < between(U[:, 1], self.factor)
        f = np.where(bent, between(U[:, 2], self.scale), 0)
        sigma, alpha = 0.05 * min(H, W) * f, 0.1 * max(H, W) * f
        Z = kernels.hashed_normal((N, 2, H, W), cache.seed, cache.call, cache.first, x.dtype)
        down, across = (_gauss(n, sigma).astype(x.dtype) for n in (H, W))  # (N, 1, n, n)
        smooth = down @ Z @ across.swapaxes(-1, -2)  # (N, 2, H, W)
        rows, columns = ((alpha * sigma)[:, None, None, None] * smooth).swapaxes(0, 1)
        h, w = np.ogrid[:H, :W]
        return np.clip(self.look_up(x, h + rows, w + columns), *self.value_range)


def _gauss(n: int, sigma: np.ndarray) -> np.ndarray:
    """Return G (N, 1, n, n), which smooths along an axis of length n, for N widths sigma."""
    width = np.maximum(sigma, 1e-3)[:, None, None, None]  # sigma = 0 does not smooth
    distance = np.arange(n) - np.arange(n)[:, None]
    reach = np.arange(-3 * n, 3 * n + 1)
    total = np.exp(-0.5 * (reach / width) ** 2).sum(axis=-1, keepdims=True)
    return np.exp(-0.5 * (distance / width) ** 2) / total
