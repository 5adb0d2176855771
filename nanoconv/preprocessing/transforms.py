"""Random changes of images: drawn as numbers first, then made by one lookup of pixels.

    s(p) = c + M (p - c) + t

For each pixel p of the result, s(p) is where in the image it comes from; c is the centre, M turns,
shears, zooms and mirrors, and t, turned like the image, shifts.

Reference: https://www.tensorflow.org/api_docs/python/tf/keras/preprocessing/image/ImageDataGenerator
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from nanoconv import kernels
from nanoconv.core.affine import affine_places
from nanoconv.core.arrays import as_plain

FILL_MODES = ("constant", "nearest", "reflect", "wrap")


@dataclass
class Changes:
    """What happens to each of N images."""

    matrices: np.ndarray  # (N, 2, 2), rows before columns
    shifts: np.ndarray  # (N, 2), in pixels
    brightness: np.ndarray  # (N,) factors
    channels: np.ndarray  # (N, C), what is added


@dataclass
class Ranges:
    """How far images may be changed; the fields are `ImageDataGenerator`'s arguments.

    Raises:
        ValueError: for values that are not supported.
    """

    rotation: float
    rows: Any
    columns: Any
    shear: float
    zoom: Any
    brightness: Any
    channels: float
    mirror: bool
    upside_down: bool
    fill_mode: str
    fill_value: float
    interpolation_order: int

    def __post_init__(self) -> None:
        if self.fill_mode not in FILL_MODES:
            raise ValueError(
                f"fill_mode is {self.fill_mode!r}, but one of {', '.join(FILL_MODES)} is needed; "
                'write fill_mode="nearest".'
            )
        if self.interpolation_order not in (0, 1):
            raise ValueError(
                f"interpolation_order is {self.interpolation_order!r}, but 0 (nearest pixel) or 1 "
                "(between four pixels) is needed; write interpolation_order=1."
            )
        if np.ndim(self.zoom) == 0:
            self.zoom = (1 - self.zoom, 1 + self.zoom)
        for name in ("zoom", "brightness"):
            pair = getattr(self, name)
            if pair is not None and len(pair) != 2:
                raise ValueError(
                    f"{name}_range is {pair!r}, but two factors are needed; "
                    f"write {name}_range=(0.9, 1.1)."
                )

    @property
    def moves(self) -> bool:
        """Whether pixels move at all."""
        moving = (self.rotation, np.any(self.rows), np.any(self.columns), self.shear)
        return any(moving) or tuple(self.zoom) != (1, 1) or self.mirror or self.upside_down

    def draw(self, rng: np.random.Generator, shape: tuple[int, ...]) -> Changes:
        """Draw what happens to images of this shape.

        Args:
            rng: a generator.
            shape: (N, H, W, C).
        """
        N, H, W, C = shape
        angle = np.deg2rad(rng.uniform(-self.rotation, self.rotation, N))
        shear = np.deg2rad(rng.uniform(-self.shear, self.shear, N))
        zoom = rng.uniform(self.zoom[0], self.zoom[1], (N, 2))
        flip = np.ones((N, 2))
        flip[:, 0] -= 2 * (rng.random(N) < 0.5 * self.upside_down)
        flip[:, 1] -= 2 * (rng.random(N) < 0.5 * self.mirror)
        turn = _matrices(np.cos(angle), np.sin(angle), -np.sin(angle), np.cos(angle))
        slant = _matrices(np.cos(shear), np.zeros(N), -np.sin(shear), np.ones(N))
        matrices = turn @ slant * (zoom * flip)[:, None, :]  # (N, 2, 2)
        shifts = np.stack(
            [_draw_shift(rng, self.rows, H, N), _draw_shift(rng, self.columns, W, N)], axis=1
        )
        low, high = (1, 1) if self.brightness is None else self.brightness
        bright = rng.uniform(low, high, N)
        shifts = (turn @ shifts[:, :, None])[:, :, 0]  # (N, 2)
        return Changes(matrices, shifts, bright, rng.uniform(-self.channels, self.channels, (N, C)))


def _matrices(a: np.ndarray, b: np.ndarray, c: np.ndarray, d: np.ndarray) -> np.ndarray:
    """Return [[a, b], [c, d]] for each image."""
    return np.stack([a, b, c, d], axis=-1).reshape(-1, 2, 2)


def _draw_shift(rng: np.random.Generator, allowed: Any, size: int, n: int) -> np.ndarray:
    """Draw shifts in pixels: one of a list, or up to a number of pixels or a share of the size."""
    if np.ndim(allowed):
        return rng.choice(allowed, n) * rng.choice([-1, 1], n)
    pixels = allowed * size if allowed < 1 else allowed
    return rng.uniform(-pixels, pixels, n)


def change(x: np.ndarray, changes: Changes, ranges: Ranges) -> np.ndarray:
    """Return the images with these changes.

    Args:
        x: images (N, H, W, C) of floats.
        changes: what happens to each.
        ranges: how to look between pixels and outside the images.
    """
    if ranges.moves:
        x = _look_up(x, changes, ranges)
    if ranges.channels:
        low, high = x.min(axis=(1, 2, 3), keepdims=True), x.max(axis=(1, 2, 3), keepdims=True)
        x = np.clip(x + changes.channels[:, None, None].astype(x.dtype), low, high)
    if ranges.brightness is not None:
        x = np.clip(x * changes.brightness[:, None, None, None].astype(x.dtype), 0, 255)
    return x


def _look_up(x: np.ndarray, changes: Changes, ranges: Ranges) -> np.ndarray:
    rows, columns = affine_places(changes.matrices, changes.shifts, *x.shape[1:3])  # (N, H, W)
    interpolation = "bilinear" if ranges.interpolation_order else "nearest"
    return kernels.warp(
        x,
        rows.astype(x.dtype),
        columns.astype(x.dtype),
        interpolation,
        ranges.fill_mode,
        ranges.fill_value,
    )


def check_layout(x: Any) -> np.ndarray:
    """Return images as an array (N, H, W, C).

    Raises:
        ValueError: for other shapes.
    """
    x = as_plain(x)
    if x.ndim != 4:
        raise ValueError(
            f"the images have shape {x.shape}, but (N, H, W, C) is needed; write x[..., None] "
            "where there is no channel axis."
        )
    return x
