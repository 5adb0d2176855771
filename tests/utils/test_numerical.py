"""One-hot labels and normalised vectors are Keras'."""

from __future__ import annotations

import numpy as np
import pytest

from nanoconv.utils import normalize, to_categorical


@pytest.mark.parametrize(
    ("labels", "classes"),
    [([0, 2, 1], None), ([[1], [3]], 5), ([[0, 1], [2, 2]], None), (2, 4), ([1.0, 0.0], None)],
)
def test_one_hot_rows_are_those_of_keras(keras, labels, classes):
    ours, theirs = to_categorical(labels, classes), keras.utils.to_categorical(labels, classes)
    np.testing.assert_array_equal(ours, theirs)
    assert ours.dtype == theirs.dtype and ours.shape == theirs.shape


@pytest.mark.parametrize(
    ("labels", "classes", "message"),
    [
        ([0, 10], 10, "label 10, but 10 classes have labels from 0 to 9"),
        ([-1, 0], None, "label -1"),
        ([0.5], None, "label 0.5, but labels are whole numbers"),
        ([], None, "no labels and no number of classes"),
        (["cat"], None, r"labels of type <U3, such as \['cat'\], .* return_inverse=True"),
        ([{"cat"}], None, "labels of type object"),
        ([None], None, "label nan"),
        ([1j], None, "labels of type complex128"),
        (np.array(["2026-01-01"], "M8[D]"), None, "labels of type datetime64"),
    ],
)
def test_labels_that_are_none_are_named(labels, classes, message):
    with pytest.raises(ValueError, match=message):
        to_categorical(labels, classes)


def test_no_labels_of_known_classes_are_no_rows(keras):
    assert to_categorical([], 3).shape == keras.utils.to_categorical([], 3).shape == (0, 3)


@pytest.mark.parametrize(("axis", "order"), [(-1, 2), (1, 1), (1, 2), (2, np.inf)])
def test_normalised_vectors_are_those_of_keras(keras, rng, axis, order):
    x = rng.normal(size=(3, 4, 5))
    x[0] = 0
    x[:, 1] = 0
    np.testing.assert_allclose(
        normalize(x, axis, order), keras.utils.normalize(x, axis, order), rtol=1e-12
    )


def test_normalising_the_first_axis_works_too(rng):
    x = rng.normal(size=(3, 4))
    np.testing.assert_allclose((normalize(x, axis=0) ** 2).sum(axis=0), 1)
