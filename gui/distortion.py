"""Images of digits, rotated, sheared, scaled, shifted, bent, and written with another pen.

The training of the shipped model uses all of it; learning a correction uses a little of it, so that
the network learns the digit and not the one image.

Reference: P. Simard, D. Steinkraus, J. Platt, "Best practices for convolutional neural networks
    applied to visual document analysis" (2003), for the elastic bending
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from nanoconv import kernels
from nanoconv.core.affine import affine_places


@dataclass(frozen=True)
class Distortion:
    """How far images may be changed; each image draws its own amounts.

    Args:
        rotation: degrees to either side.
        shear: share of a row's distance to the middle by which it slides, to either side.
        scale: 0.1 lets width and height each vary between 0.9 and 1.1.
        shift: pixels to any side.
        elastic: pixels by which the corners of a coarse net move, to any side.
        thickness: 0 ... 1, how far the pen may get thinner or broader by one pixel.

    Example:
        >>> Distortion(rotation=10, shift=2)(images, np.random.default_rng(1))
    """

    rotation: float = 0.0
    shear: float = 0.0
    scale: float = 0.0
    shift: float = 0.0
    elastic: float = 0.0
    thickness: float = 0.0

    def __call__(self, images: np.ndarray, generator: np.random.Generator) -> np.ndarray:
        """Return changed copies of images (N, H, W) with values 0 ... 1, as float32."""
        images = np.asarray(images, np.float32)
        if self.thickness:
            images = self._change_pen(images, generator)
        rows, columns = self._where_from(images.shape, generator)
        return kernels.warp(images[..., None], rows, columns, fill_mode="constant")[..., 0]

    def _where_from(
        self, shape: tuple[int, ...], generator: np.random.Generator
    ) -> tuple[np.ndarray, np.ndarray]:
        """Return the place (y, x), (N, H, W) each, that each new pixel is read from."""
        N, H, W = shape

        def draw(limit: float, *shape: int) -> np.ndarray:
            return generator.uniform(-limit, limit, (N, *shape)).astype(np.float32)

        angle, shear = np.radians(draw(self.rotation)), draw(self.shear)
        sy, sx = np.exp(draw(np.log1p(self.scale))), np.exp(draw(np.log1p(self.scale)))
        cos, sin = np.cos(angle), np.sin(angle)
        # [[cos, sin], [-sin, cos]] [[1, 0], [shear, 1]] [[sy, 0], [0, sx]]
        M = np.array([[sy * (cos + sin * shear), sx * sin], [sy * (cos * shear - sin), sx * cos]])
        t = np.stack([draw(self.shift), draw(self.shift)], 1)
        y, x = affine_places(M.transpose(2, 0, 1), t, H, W)
        if self.elastic:
            y += _bend(draw(self.elastic, 4, 4), H, W)
            x += _bend(draw(self.elastic, 4, 4), H, W)
        return y, x

    def _change_pen(self, images: np.ndarray, generator: np.random.Generator) -> np.ndarray:
        """Blend each image with its thinner (amount < 0) or broader (> 0) version."""
        amount = generator.uniform(-self.thickness, self.thickness, (len(images), 1, 1))
        amount = amount.astype(np.float32)
        padded = np.pad(images, ((0, 0), (1, 1), (1, 1)))
        neighbours = (padded[:, :-2, 1:-1], padded[:, 2:, 1:-1], padded[:, 1:-1, :-2])
        broad, thin = images, images
        for other in (*neighbours, padded[:, 1:-1, 2:]):
            broad, thin = np.maximum(broad, other), np.minimum(thin, other)
        return images + np.abs(amount) * (np.where(amount > 0, broad, thin) - images)


def _bend(net: np.ndarray, H: int, W: int) -> np.ndarray:
    """Return (N, H, W) that passes smoothly through a coarse net (N, 4, 4) of displacements."""
    rows, columns = _cubic(net.shape[1], H), _cubic(net.shape[2], W)  # (H, 4), (W, 4)
    return rows @ net @ columns.T


def _cubic(knots: int, length: int) -> np.ndarray:
    """Return (length, knots): the weights of a cubic B-spline, one row for each pixel."""
    at = np.linspace(0, knots - 1, length)[:, None]
    t = np.abs(at - np.arange(knots))  # distance to each knot
    inner, outer = 2 / 3 - t**2 + t**3 / 2, np.maximum(2 - t, 0) ** 3 / 6
    return np.where(t < 1, inner, outer).astype(np.float32)
