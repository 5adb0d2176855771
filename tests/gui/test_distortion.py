"""Distorted images stay images of the same digit."""

from __future__ import annotations

import numpy as np
import pytest

from gui.distortion import Distortion


@pytest.fixture
def generator():
    return np.random.default_rng(7)


def test_no_distortion_changes_nothing(digits, generator):
    np.testing.assert_allclose(Distortion()(digits[0][:20], generator), digits[0][:20], atol=1e-5)


def test_rotation_by_ninety_degrees_is_numpys(digits, generator):
    class Fixed:
        def uniform(self, low, high, shape):
            return np.full(shape, high)

    rotated = Distortion(rotation=90)(digits[0][:5], Fixed())
    difference = min(np.abs(rotated - np.rot90(digits[0][:5], k, (1, 2))).max() for k in (1, 3))
    assert difference < 1e-4


@pytest.mark.parametrize(
    "amounts",
    [
        {"rotation": 15},
        {"shear": 0.3},
        {"scale": 0.2},
        {"shift": 3},
        {"elastic": 2},
        {"thickness": 1},
    ],
)
def test_each_kind_changes_images_but_keeps_them_images(digits, generator, amounts):
    images = digits[0][:50]
    changed = Distortion(**amounts)(images, generator)
    assert changed.shape == images.shape and changed.dtype == np.float32
    assert changed.min() >= 0 and changed.max() <= 1 + 1e-5
    assert np.abs(changed - images).mean() > 0.005
    assert 0.5 < changed.sum() / images.sum() < 1.7


def test_thickness_makes_thinner_and_broader_lines(digits, generator):
    ink = Distortion(thickness=1)(digits[0][:200], generator).sum((1, 2))
    ratio = ink / digits[0][:200].sum((1, 2))
    assert ratio.min() < 0.8 and ratio.max() > 1.2


def test_the_shipped_model_reads_distorted_digits(session, digits, generator):
    from gui.reading import score
    from gui.tuning import JITTER

    assert score(session.model, (JITTER(digits[0], generator), digits[1])).share > 0.97
