"""Images of digits, rotated, sheared, scaled, shifted, bent, and written with another pen.

The training of the shipped model uses all of it; learning a correction uses a little of it, so that
the network learns the digit and not the one image.

Reference: P. Simard, D. Steinkraus, J. Platt, "Best practices for convolutional neural networks
    applied to visual document analysis" (2003), for the elastic bending
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


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
        return sample(images, *self._where_from(images.shape, generator))

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
        # rows of the matrix [[cos, sin], [-sin, cos]] [[1, 0], [shear, 1]] [[sy, 0], [0, sx]]
        yy, yx = sy * (cos + sin * shear), sx * sin  # (N,)
        xy, xx = sy * (-sin + cos * shear), sx * cos
        v = (np.arange(H, dtype=np.float32) - (H - 1) / 2)[None, :, None]  # from the middle
        u = (np.arange(W, dtype=np.float32) - (W - 1) / 2)[None, None, :]
        dy, dx = draw(self.shift), draw(self.shift)
        y = _wide(yy) * v + _wide(yx) * u + _wide(dy + np.float32((H - 1) / 2))  # (N, H, W)
        x = _wide(xy) * v + _wide(xx) * u + _wide(dx + np.float32((W - 1) / 2))
        if self.elastic:
            y += _bend(draw(self.elastic, 4, 4), H, W)
            x += _bend(draw(self.elastic, 4, 4), H, W)
        return y, x

    def _change_pen(self, images: np.ndarray, generator: np.random.Generator) -> np.ndarray:
        """Blend each image with its thinner (amount < 0) or broader (> 0) version."""
        amount = generator.uniform(-self.thickness, self.thickness, len(images))
        amount = _wide(amount.astype(np.float32))
        padded = np.pad(images, ((0, 0), (1, 1), (1, 1)))
        neighbours = (padded[:, :-2, 1:-1], padded[:, 2:, 1:-1], padded[:, 1:-1, :-2])
        broad, thin = images, images
        for other in (*neighbours, padded[:, 1:-1, 2:]):
            broad, thin = np.maximum(broad, other), np.minimum(thin, other)
        return images + np.abs(amount) * (np.where(amount > 0, broad, thin) - images)


def _wide(values: np.ndarray) -> np.ndarray:
    """(N,) -> (N, 1, 1)"""
    return values[:, None, None]


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


def sample(images: np.ndarray, y: np.ndarray, x: np.ndarray) -> np.ndarray:
    """Read images (N, H, W) at places (y, x), (N, OH, OW) each, between pixels linearly.

    Beyond the image lies paper, 0.
    """
    N, H, W = images.shape
    padded = np.pad(images, ((0, 0), (1, 1), (1, 1)))  # (N, H + 2, W + 2)
    y, x = np.clip(y + 1, 0, H + 1), np.clip(x + 1, 0, W + 1)
    top, left = np.minimum(y.astype(np.int32), H), np.minimum(x.astype(np.int32), W)
    fy = (y - top).astype(np.float32)  # 0 ... 1 from the upper left neighbour
    fx = (x - left).astype(np.float32)
    stride = W + 2
    at = top * stride + left + (np.arange(N, dtype=np.int32) * (H + 2) * stride)[:, None, None]
    flat = padded.ravel()
    upper = flat[at] * (1 - fx) + flat[at + 1] * fx
    lower = flat[at + stride] * (1 - fx) + flat[at + stride + 1] * fx
    return upper * (1 - fy) + lower * fy
