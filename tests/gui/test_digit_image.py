"""Whatever is drawn, wherever and however large, becomes the same 28x28 image."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gui.digit_image import MIDDLE, NoInkError, drawing_image, mnist_image
from gui.digit_shapes import SHAPES
from gui.pens import Hand
from gui.strokes import rasterise
from tests.gui.conftest import placed


def centre_of_mass(image: np.ndarray) -> tuple[float, float]:
    places = np.arange(28) + 0.5
    mass = image.sum()
    return image.sum(1) @ places / mass, image.sum(0) @ places / mass


def test_real_digits_of_mnist_stay_nearly_as_they_are(digits):
    changes = [np.abs(mnist_image(image) - image).mean() for image in digits[0][:100]]
    assert np.mean(changes) < 0.04


@given(st.integers(0, 9), st.integers(0, 3), st.integers(0, 2**31))
@settings(max_examples=60, deadline=None)
def test_the_digit_fills_20_pixels_around_its_centre_of_mass(digit, shape, seed):
    image = drawing_image(Hand().write(SHAPES[digit][shape], np.random.default_rng(seed)))
    assert image.shape == (28, 28) and image.dtype == np.float32
    assert image.min() >= 0 and 0.9 < image.max() <= 1
    rows, columns = np.flatnonzero(image.max(1) > 0.2), np.flatnonzero(image.max(0) > 0.2)
    longest = max(np.ptp(rows), np.ptp(columns)) + 1
    assert 19 <= longest <= 22
    if rows[0] > 0 and rows[-1] < 27 and columns[0] > 0 and columns[-1] < 27:
        assert centre_of_mass(image) == pytest.approx((MIDDLE, MIDDLE), abs=0.05)


@given(st.integers(0, 9), st.floats(0.2, 1.0), st.floats(0, 1, width=32), st.floats(0, 1, width=32))
@settings(max_examples=40, deadline=None)
def test_size_and_place_on_the_pad_do_not_matter(digit, size, x, y):
    at = (size / 2 + x * (1 - size), size / 2 + y * (1 - size))
    moved = drawing_image(placed(digit, size=size, at=at))
    assert np.abs(moved - drawing_image(placed(digit))).max() < 0.02


def test_aspect_is_kept():
    one = drawing_image([np.array([[0.5, 0.1], [0.5, 0.9]])])
    assert np.flatnonzero(one.max(1) > 0.2).size >= 19
    assert np.flatnonzero(one.max(0) > 0.2).size <= 4


def test_strokes_and_their_raster_give_nearly_the_same_image():
    lines = placed(3)
    ink = rasterise(lines, 300, 0.6 / 20 * 2.7)
    assert np.abs(mnist_image(ink) - drawing_image(lines)).mean() < 0.02


def test_a_single_dot_is_an_image_too():
    assert drawing_image([np.array([[0.3, 0.7]])]).max() > 0.9


@pytest.mark.parametrize(
    "empty", [lambda: mnist_image(np.zeros((50, 40))), lambda: drawing_image([])]
)
def test_no_ink_is_refused_by_a_sentence(empty):
    with pytest.raises(NoInkError, match="draw a digit first"):
        empty()
