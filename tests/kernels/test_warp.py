"""The warp of every implementation against the plain loops, and against what one can see."""

from __future__ import annotations

import numpy as np
import pytest

from nanoconv import kernels
from nanoconv.kernels import naive

MODES = ["constant", "nearest", "wrap", "reflect"]
SHAPE = (2, 5, 4, 3)


def places(dtype: str = "float64", reach: float = 12.0) -> tuple[np.ndarray, np.ndarray]:
    """Places in and far around the image, between pixels, on them, and halfway."""
    rng = np.random.default_rng(3)
    rows, columns = rng.uniform(-reach, reach, (2, 2, 6, 7))
    rows[:, 0], columns[:, 1] = np.round(rows[:, 0]), np.round(columns[:, 1])
    rows[:, 2], columns[:, 3] = np.round(rows[:, 2]) + 0.5, np.round(columns[:, 3]) - 0.5
    return rows.astype(dtype), columns.astype(dtype)


def images(dtype: str = "float64") -> np.ndarray:
    x = np.random.default_rng(4).normal(size=SHAPE).astype(dtype)
    x.flags.writeable = False
    return x


@pytest.mark.parametrize("interpolation", ["bilinear", "nearest"])
@pytest.mark.parametrize("fill_mode", MODES)
def test_warp_is_the_plain_loops(backend, fill_mode, interpolation):
    arguments = (images(), *places(), interpolation, fill_mode, 0.7)
    np.testing.assert_allclose(kernels.warp(*arguments), naive.warp(*arguments), atol=1e-12)


def test_float32_stays_float32(backend):
    y = kernels.warp(images("float32"), *places("float32"))
    assert y.dtype == np.float32
    np.testing.assert_allclose(
        y, naive.warp(images(), *places(), "bilinear", "reflect", 0), atol=1e-5
    )


def test_own_places_change_nothing(backend):
    x = images()
    rows, columns = np.indices(SHAPE[1:3], dtype=float)
    y = kernels.warp(x, np.stack([rows, rows]), np.stack([columns, columns]), fill_mode="constant")
    np.testing.assert_array_equal(y, x)


@pytest.mark.parametrize(
    ("fill_mode", "expected"),
    [
        ("constant", [9, 9, 9, 9, 1, 2, 3, 9, 9, 9, 9]),
        ("nearest", [1, 1, 1, 1, 1, 2, 3, 3, 3, 3, 3]),
        ("wrap", [3, 1, 2, 3, 1, 2, 3, 1, 2, 3, 1]),
        ("reflect", [3, 3, 2, 1, 1, 2, 3, 3, 2, 1, 1]),
    ],
)
def test_what_lies_outside(backend, fill_mode, expected):
    x = np.array([1.0, 2.0, 3.0]).reshape(1, 1, 3, 1)
    columns = np.arange(-4.0, 7.0).reshape(1, 1, -1)
    y = kernels.warp(x, np.zeros_like(columns), columns, "bilinear", fill_mode, 9.0)
    assert y.ravel().tolist() == expected


def test_an_empty_batch_stays_empty(backend):
    nothing = np.zeros((0, 4, 4))
    assert kernels.warp(np.zeros((0, 4, 4, 1)), nothing, nothing).shape == (0, 4, 4, 1)
