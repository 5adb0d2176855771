"""Operations on images (N, H, W, C) or (H, W, C), with the names of `keras.ops.image`.

Reference: https://keras.io/api/ops/image/
"""

from __future__ import annotations

from typing import Any

import numpy as np

from nanoconv.ops.linear_ops import einsum
from nanoconv.ops.operation import as_floats, as_tensor, op

__all__ = ["crop_images", "pad_images", "resize", "rgb_to_grayscale"]


@op
def resize(
    images: Any,
    size: Any,
    interpolation: str = "bilinear",
    antialias: bool = False,
    crop_to_aspect_ratio: bool = False,
    pad_to_aspect_ratio: bool = False,
    fill_mode: str = "constant",
    fill_value: float = 0.0,
    data_format: str | None = None,
) -> Any:
    """Return images of another size.

    Args:
        images: (N, H, W, C) or (H, W, C).
        size: (OH, OW).
        interpolation: `"bilinear"` or `"nearest"`.
        antialias, pad_to_aspect_ratio, fill_mode, fill_value: as in Keras; only the defaults.
        crop_to_aspect_ratio: whether to cut off what would be squeezed.
        data_format: `"channels_last"` or None.

    Math: y = R x C^T for each channel; a row of R holds the weights of the rows of x around the
          centre (i + 1/2) H / OH - 1/2 of row i; likewise C for columns.

    Raises:
        ValueError: for options that are not known here.
    """
    if antialias or pad_to_aspect_ratio or data_format not in (None, "channels_last"):
        raise ValueError(
            "ops.image.resize knows no antialias, pad_to_aspect_ratio or channels first; leave "
            "them out."
        )
    x = as_tensor(images)
    *_, H, W, _ = x.shape
    OH, OW = (int(n) for n in size)
    if crop_to_aspect_ratio:
        h, w = min(H, max(1, int(W * OH / OW))), min(W, max(1, int(H * OW / OH)))
        top, left = (H - h) // 2, (W - w) // 2
        x, H, W = x[..., top : top + h, left : left + w, :], h, w
    kind = x.dtype
    x = as_floats(x)
    rows, columns = _weights(H, OH, interpolation), _weights(W, OW, interpolation)
    y = einsum("ph,qw,...hwc->...pqc", rows.astype(x.dtype), columns.astype(x.dtype), x)
    return y if kind == y.dtype else np.round(y).astype(kind)


def _weights(n: int, out: int, interpolation: str) -> np.ndarray:
    """Return (out, n): how much each of n rows counts for each of `out` rows."""
    centres = (np.arange(out) + 0.5) * n / out
    if interpolation == "nearest":
        return np.floor(centres)[:, None] == np.arange(n)
    if interpolation != "bilinear":
        raise ValueError(
            f"interpolation is {interpolation!r}, but 'bilinear' or 'nearest' is needed; leave it "
            "out for 'bilinear'."
        )
    places = np.clip(centres - 0.5, 0, n - 1)
    return np.maximum(0, 1 - np.abs(places[:, None] - np.arange(n)))


@op
def rgb_to_grayscale(images: Any, data_format: str | None = None) -> Any:
    """Return 0.2989 red + 0.587 green + 0.114 blue, with one channel."""
    x = as_floats(images)
    return np.sum(x * np.array([0.2989, 0.5870, 0.1140], x.dtype), axis=-1, keepdims=True)


@op
def pad_images(
    images: Any,
    top_padding: int | None = None,
    left_padding: int | None = None,
    bottom_padding: int | None = None,
    right_padding: int | None = None,
    target_height: int | None = None,
    target_width: int | None = None,
    data_format: str | None = None,
) -> Any:
    """Return images with a border of zeros; of three sizes along an axis, two are given."""
    x = as_tensor(images)
    rows = _border(x.shape[-3], top_padding, bottom_padding, target_height)
    columns = _border(x.shape[-2], left_padding, right_padding, target_width)
    return np.pad(x, [(0, 0)] * (x.ndim - 3) + [rows, columns, (0, 0)])


@op
def crop_images(
    images: Any,
    top_cropping: int | None = None,
    left_cropping: int | None = None,
    bottom_cropping: int | None = None,
    right_cropping: int | None = None,
    target_height: int | None = None,
    target_width: int | None = None,
    data_format: str | None = None,
) -> Any:
    """Return images without a border; of three sizes along an axis, two are given."""
    x = as_tensor(images)
    H, W = x.shape[-3:-1]
    goal = None if target_height is None else 2 * H - target_height
    top, bottom = _border(H, top_cropping, bottom_cropping, goal)
    goal = None if target_width is None else 2 * W - target_width
    left, right = _border(W, left_cropping, right_cropping, goal)
    return x[..., top : H - bottom, left : W - right, :]


def _border(n: int, before: int | None, after: int | None, target: int | None) -> tuple[int, int]:
    """Return how much comes before and after an axis of n, to make it `target` long."""
    if target is None:
        return before or 0, after or 0
    if before is None:
        before = target - n - (after or 0)
    return before, target - n - before
