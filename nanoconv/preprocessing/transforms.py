"""Random changes of images: parameters drawn first, then applied by one lookup of pixels.

    s(p) = c + R (S Z (p - c) + t)

For each pixel p of the result, s(p) is where in the image it comes from; c is the centre, R
rotates, S shears, Z zooms and mirrors, and t shifts.

Reference: https://www.tensorflow.org/api_docs/python/tf/keras/preprocessing/image/ImageDataGenerator
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np

from nanoconv import kernels
from nanoconv.core.affine import affine_places
from nanoconv.core.arrays import as_plain

FILL_MODES = ("constant", "nearest", "reflect", "wrap")

Parameters: TypeAlias = dict[str, np.ndarray]
"""What happens to each of N images: Keras' names -> (N,) values, see `Ranges.draw`."""


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

    def draw(self, rng: np.random.Generator, shape: tuple[int, ...]) -> Parameters:
        """Draw what happens to images of this shape.

        Args:
            rng: a generator.
            shape: (N, H, W, C).

        Returns:
            theta and shear in degrees; tx and ty, shifts of rows and columns in pixels; zx and zy,
            their zoom; flips; channel_shift_intensity and brightness where they are wanted.
        """
        N, H, W = shape[:3]
        parameters = {
            "theta": rng.uniform(-self.rotation, self.rotation, N),
            "tx": _draw_shift(rng, self.rows, H, N),
            "ty": _draw_shift(rng, self.columns, W, N),
            "shear": rng.uniform(-self.shear, self.shear, N),
            "zx": rng.uniform(self.zoom[0], self.zoom[1], N),
            "zy": rng.uniform(self.zoom[0], self.zoom[1], N),
            "flip_horizontal": (rng.random(N) < 0.5) & self.mirror,
            "flip_vertical": (rng.random(N) < 0.5) & self.upside_down,
        }
        if self.channels:
            channels = rng.uniform(-self.channels, self.channels, N)
            parameters["channel_shift_intensity"] = channels
        if self.brightness is not None:
            parameters["brightness"] = rng.uniform(self.brightness[0], self.brightness[1], N)
        return parameters

    def apply(self, x: np.ndarray, parameters: Parameters) -> np.ndarray:
        """Return the images changed so.

        Args:
            x: images (N, H, W, C) of floats.
            parameters: what happens to each; what is missing stays as it is.
        """
        matrices, shifts = _affine(parameters, len(x))
        if (matrices != np.eye(2)).any() or shifts.any():
            x = self._look_up(x, matrices, shifts)
        if "channel_shift_intensity" in parameters:
            added = parameters["channel_shift_intensity"][:, None, None, None].astype(x.dtype)
            x = np.clip(x + added, *_extremes(x))
        if "brightness" in parameters:
            x = _brightened(x, parameters["brightness"][:, None, None, None].astype(x.dtype))
        return x

    def _look_up(self, x: np.ndarray, matrices: np.ndarray, shifts: np.ndarray) -> np.ndarray:
        """Return the pixels at s(p) = c + M (p - c) + shift."""
        H, W = x.shape[1:3]
        rows, columns = affine_places(matrices, shifts, H, W)
        if self.fill_mode == "constant":  # SciPy never blends pixels with the constant
            outside = (rows < 0) | (rows > H - 1) | (columns < 0) | (columns > W - 1)
            rows = np.where(outside, -9, rows)
        if self.fill_mode == "wrap":
            rows, columns = _wrapped(rows, H - 1), _wrapped(columns, W - 1)
        interpolation = "bilinear" if self.interpolation_order else "nearest"
        return kernels.warp(
            x,
            rows.astype(x.dtype),
            columns.astype(x.dtype),
            interpolation,
            self.fill_mode,
            self.fill_value,
        )


def _affine(parameters: Parameters, n: int) -> tuple[np.ndarray, np.ndarray]:
    """Return the matrices R S Z (N, 2, 2), rows before columns, and the shifts R t (N, 2)."""

    def get(name: str, default: float) -> np.ndarray:
        return np.asarray(parameters.get(name, np.full(n, default)), float)

    theta, shear = np.deg2rad(get("theta", 0)), np.deg2rad(get("shear", 0))
    rotation = _matrices(np.cos(theta), np.sin(theta), -np.sin(theta), np.cos(theta))
    slant = _matrices(np.cos(shear), np.zeros(n), -np.sin(shear), np.ones(n))
    zoom_rows = get("zx", 1) * (1 - 2 * get("flip_vertical", 0))
    zoom_columns = get("zy", 1) * (1 - 2 * get("flip_horizontal", 0))
    zoom = np.stack([zoom_rows, zoom_columns], axis=-1)[:, None, :]
    t = np.stack([get("tx", 0), get("ty", 0)], axis=-1)[:, :, None]
    return rotation @ slant * zoom, (rotation @ t)[:, :, 0]


def _matrices(a: np.ndarray, b: np.ndarray, c: np.ndarray, d: np.ndarray) -> np.ndarray:
    """Return [[a, b], [c, d]] for each image."""
    return np.stack([a, b, c, d], axis=-1).reshape(-1, 2, 2)


def _draw_shift(rng: np.random.Generator, allowed: Any, size: int, n: int) -> np.ndarray:
    """Draw shifts in pixels: of a list, of the integers below one, or of a range of floats."""
    if np.ndim(allowed) or isinstance(allowed, (int, np.integer)):
        some = np.asarray(allowed) if np.ndim(allowed) else np.arange(max(1, abs(allowed)))
        shifts = rng.choice(some, n) * rng.choice([-1, 1], n)
    else:
        shifts = rng.uniform(-allowed, allowed, n)
    return shifts * (size if np.max(np.abs(allowed)) < 1 else 1)


def _wrapped(coordinates: np.ndarray, last: int) -> np.ndarray:
    """Return coordinates from 0 to `last`, where SciPy's "wrap" begins again with 0."""
    outside = (coordinates < 0) | (coordinates > last)
    return np.where(outside, np.mod(coordinates, max(last, 1)), coordinates)


def _extremes(x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the least and the largest value of each image (N, 1, 1, 1)."""
    return x.min(axis=(1, 2, 3), keepdims=True), x.max(axis=(1, 2, 3), keepdims=True)


def _brightened(x: np.ndarray, factor: np.ndarray) -> np.ndarray:
    """Return images multiplied by a factor, between 0 and 255.

    As in Keras, an image with values outside of 0 ... 255 is stretched to them before, and back
    afterwards. Keras rounds down to integers on the way, through Pillow, which makes images from 0
    to 1 black; nanoconv does not.
    """
    low, high = _extremes(x)
    stretched = (low < 0) | (high > 255)
    low = np.where(stretched, low, 0)
    scale = np.where(stretched & (high > low), (high - low) / 255, 1).astype(x.dtype)
    return np.clip((x - low) / scale * factor, 0, 255) * scale + low


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
