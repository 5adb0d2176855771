"""Loss values are Keras' values: every loss, reduction, weight and shape."""

from __future__ import annotations

from types import ModuleType
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nanoconv import losses

N, C = 6, 4
REDUCTIONS = ["sum_over_batch_size", "sum", "mean", "mean_with_sample_weight", "none", None]
DENSE = [
    ("CategoricalCrossentropy", {}),
    ("CategoricalCrossentropy", {"from_logits": True}),
    ("CategoricalCrossentropy", {"label_smoothing": 0.2}),
    ("BinaryCrossentropy", {}),
    ("BinaryCrossentropy", {"from_logits": True, "label_smoothing": 0.2}),
    ("MeanSquaredError", {}),
    ("MeanAbsoluteError", {}),
    ("MeanAbsolutePercentageError", {}),
    ("Huber", {"delta": 0.3}),
    ("LogCosh", {}),
    ("KLDivergence", {}),
    ("Hinge", {}),
    ("SquaredHinge", {}),
    ("CategoricalHinge", {}),
]
SPARSE = [
    ("SparseCategoricalCrossentropy", {}),
    ("SparseCategoricalCrossentropy", {"from_logits": True}),
    ("SparseCategoricalCrossentropy", {"ignore_class": 2}),
]


def agree(keras: ModuleType, name: str, options: dict[str, Any], y: Any, p: Any, w: Any) -> None:
    for reduction in REDUCTIONS:
        mine = getattr(losses, name)(reduction=reduction, **options)(y, p, sample_weight=w)
        theirs = np.asarray(
            getattr(keras.losses, name)(reduction=reduction, **options)(y, p, sample_weight=w)
        )
        assert mine.shape == theirs.shape and mine.dtype == theirs.dtype
        np.testing.assert_allclose(mine, theirs, rtol=2e-6, atol=1e-6)


def data(rng: np.random.Generator, options: dict[str, Any]) -> tuple[Any, Any, Any]:
    """Return integer labels, one-hot labels and predictions (logits where asked for)."""
    z = rng.normal(size=(N, C)).astype("float32")
    labels = rng.integers(0, C, N)
    p = z if options.get("from_logits") else np.exp(z) / np.exp(z).sum(-1, keepdims=True)
    return labels, np.eye(C, dtype="float32")[labels], p


@pytest.mark.parametrize("weights", ["none", "(N,)", "(N, 1)", "zero"])
@pytest.mark.parametrize("name, options", DENSE)
def test_dense_losses_equal_keras_for_every_reduction(keras, rng, name, options, weights):
    _, y, p = data(rng, options)
    w = rng.random(N).astype("float32")
    choices = {"none": None, "(N,)": w, "(N, 1)": w[:, None], "zero": np.zeros(N, "float32")}
    agree(keras, name, options, y, p, choices[weights])


@pytest.mark.parametrize("column", [False, True])
@pytest.mark.parametrize("name, options", SPARSE)
def test_sparse_losses_equal_keras_for_both_label_shapes(keras, rng, name, options, column):
    labels, _, p = data(rng, options)
    labels = labels[:, None] if column else labels
    for w in (None, rng.random(N).astype("float32")):
        agree(keras, name, options, labels, p, w)


@pytest.mark.parametrize("name", ["BinaryCrossentropy", "MeanSquaredError", "Hinge", "Huber"])
@pytest.mark.parametrize("y_shape, p_shape", [((N,), (N,)), ((N,), (N, 1)), ((N, 1), (N, 1))])
def test_one_output_unit_meets_vectors_and_columns(keras, rng, name, y_shape, p_shape):
    y = rng.integers(0, 2, y_shape).astype("float32")
    p = rng.random(p_shape).astype("float32")
    for w in (None, rng.random(N).astype("float32")):
        agree(keras, name, {}, y, p, w)


def test_a_channel_axis_of_one_is_dropped_for_masks(keras, rng):
    y, p = rng.random((2, 3, 3)), rng.random((2, 3, 3, 1)).astype("float32")
    agree(keras, "MeanSquaredError", {}, y.astype("float32"), p, None)


def test_classes_may_lie_on_another_axis(keras, rng):
    p = rng.random((2, 3, 4)).astype("float32")
    y = np.eye(3, dtype="float32")[rng.integers(0, 3, (2, 4))].transpose(0, 2, 1)
    agree(keras, "CategoricalCrossentropy", {"axis": 1}, y, p, None)
    agree(keras, "BinaryCrossentropy", {"axis": 1}, y, p, None)


FUNCTIONS = [n for n in losses.__all__ if hasattr(getattr(losses, n), "gradient") and n.islower()]


@pytest.mark.parametrize("name", FUNCTIONS)
def test_functions_equal_keras(keras, rng, name):
    labels, y, p = data(rng, {})
    y = labels if name.startswith("sparse") else y
    theirs = np.asarray(getattr(keras.losses, name)(y, p))
    np.testing.assert_allclose(getattr(losses, name)(y, p), theirs, rtol=2e-6, atol=1e-6)


def test_labels_of_any_kind_mean_the_same(rng):
    labels, y, p = data(rng, {})
    loss = losses.SparseCategoricalCrossentropy()
    for kind in (labels, labels.tolist(), labels.astype("uint8"), labels.astype("float64")):
        assert loss(kind, p) == loss(labels, p)
    assert losses.CategoricalCrossentropy()(y.astype(bool), p) == loss(labels, p)
    assert loss(labels, p.tolist()).dtype == np.float32


@pytest.mark.parametrize("name", ["Categorical", "SparseCategorical", "Binary"])
def test_huge_logits_give_keras_values(keras, name):
    p = np.array([[1e3, -1e3, 0], [-1e3, 1e3, 1e3], [0, 0, 1e3]], "float32")
    labels = np.array([1, 1, 2])
    y = labels if name.startswith("Sparse") else np.eye(3, dtype="float32")[labels]
    agree(keras, f"{name}Crossentropy", {"from_logits": True}, y, p, None)


def test_certain_probabilities_stay_finite(keras):
    p = np.array([[0, 1, 0], [1, 0, 0]], "float32")
    y = np.array([[0, 1, 0], [0, 0, 1]], "float32")
    for name in ("CategoricalCrossentropy", "BinaryCrossentropy", "KLDivergence"):
        agree(keras, name, {}, y, p, None)
    wrong = losses.categorical_crossentropy(y, p)[1]
    assert wrong == pytest.approx(16.118, abs=1e-3)  # -log(epsilon), the largest there is


@given(shift=st.floats(-1e3, 1e3), scale=st.floats(0.1, 10))
def test_softmax_takes_the_maximum_of_each_row(shift, scale):
    """Adding a constant to one row's logits changes nothing, however far the other row is."""
    z = scale * np.array([[0.3, -1.2, 2.0], [0.5, 0.1, -0.7]])
    moved = z + np.array([[shift], [0.0]])
    y = np.array([0, 2])
    a = losses.sparse_categorical_crossentropy(y, z, from_logits=True)
    b = losses.sparse_categorical_crossentropy(y, moved, from_logits=True)
    np.testing.assert_allclose(a, b, atol=1e-9)


def test_float64_predictions_are_computed_in_float64(rng):
    y, p = rng.random((3, 2)), rng.random((3, 2))
    assert losses.MeanSquaredError()(y, p).dtype == np.float64
    assert losses.MeanSquaredError(dtype="float32")(y, p).dtype == np.float32


def test_the_result_answers_numpy(rng):
    assert isinstance(losses.MeanSquaredError()([[1.0]], [[3.0]]).numpy(), np.float32)
    assert float(losses.MeanSquaredError()([[1.0]], [[3.0]])) == 4.0


def test_inputs_are_never_written(rng):
    for name, options in DENSE:
        _, y, p = data(rng, options)
        w = rng.random(N).astype("float32")
        for array in (y, p, w):
            array.flags.writeable = False
        getattr(losses, name)(**options).value_and_gradient(y, p, w)
