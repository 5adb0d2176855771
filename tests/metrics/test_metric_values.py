"""Metric values are Keras' values, over batches, weights and shapes."""

from __future__ import annotations

from types import ModuleType
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nanoconv import metrics

N, C = 6, 4
DENSE = [
    ("CategoricalAccuracy", {}),
    ("BinaryAccuracy", {"threshold": 0.3}),
    ("TopKCategoricalAccuracy", {"k": 2}),
    ("CategoricalCrossentropy", {"label_smoothing": 0.1}),
    ("BinaryCrossentropy", {"from_logits": True}),
    ("MeanSquaredError", {}),
    ("RootMeanSquaredError", {}),
    ("MeanAbsoluteError", {}),
    ("MeanAbsolutePercentageError", {}),
    ("LogCoshError", {}),
    ("KLDivergence", {}),
    ("Hinge", {}),
    ("SquaredHinge", {}),
    ("CategoricalHinge", {}),
    ("Precision", {}),
    ("Precision", {"thresholds": [0.2, 0.3, 0.7]}),
    ("Precision", {"top_k": 2}),
    ("Precision", {"class_id": 1, "thresholds": 0.3}),
    ("Recall", {}),
    ("Recall", {"thresholds": [0.1, 0.5]}),
    ("Recall", {"top_k": 2, "class_id": 2}),
    ("F1Score", {}),
    ("F1Score", {"average": "micro", "threshold": 0.3}),
    ("F1Score", {"average": "macro"}),
    ("FBetaScore", {"average": "weighted", "beta": 2.0}),
]
SPARSE = [
    ("SparseCategoricalAccuracy", {}),
    ("SparseTopKCategoricalAccuracy", {"k": 2}),
    ("SparseCategoricalCrossentropy", {}),
    ("SparseCategoricalCrossentropy", {"ignore_class": 2}),
]


def agree(keras: ModuleType, name: str, options: dict[str, Any], batches: list[Any]) -> None:
    """Compare the result after each batch, and after a reset and one batch more."""
    mine = getattr(metrics, name)(**options)
    theirs = getattr(keras.metrics, name)(**options)
    for batch in batches:
        mine.update_state(*batch)
        theirs.update_state(*batch)
        np.testing.assert_allclose(mine.result(), np.asarray(theirs.result()), rtol=3e-6, atol=1e-6)
    mine.reset_state()
    theirs.reset_state()
    again = mine(*batches[0])
    np.testing.assert_allclose(again, np.asarray(theirs(*batches[0])), rtol=3e-6, atol=1e-6)


def batch(rng: np.random.Generator, name: str, weighted: bool, n: int = N) -> Any:
    z = rng.normal(size=(n, C)).astype("float32")
    p = np.exp(z) / np.exp(z).sum(-1, keepdims=True)
    y: Any = rng.integers(0, C, n)
    if not name.startswith("Sparse"):
        y = np.eye(C, dtype="float32")[y]
    return y, p, rng.random(n).astype("float32") if weighted else None


@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("name, options", DENSE + SPARSE)
def test_metrics_equal_keras_over_uneven_batches(keras, rng, name, options, weighted):
    batches = [batch(rng, name, weighted), batch(rng, name, weighted), batch(rng, name, False, 3)]
    agree(keras, name, options, batches)


@pytest.mark.parametrize("name", ["SparseCategoricalAccuracy", "SparseTopKCategoricalAccuracy"])
@pytest.mark.parametrize("weighted", [False, True])
def test_label_columns_mean_the_same_as_vectors(keras, rng, name, weighted):
    y, p, w = batch(rng, name, weighted)
    agree(keras, name, {}, [(y[:, None], p, w)])


@pytest.mark.parametrize("name", ["BinaryAccuracy", "Accuracy", "MeanSquaredError", "Precision"])
@pytest.mark.parametrize("y_shape, p_shape", [((N,), (N, 1)), ((N, 1), (N, 1)), ((N,), (N,))])
def test_one_output_unit_meets_vectors_and_columns(keras, rng, name, y_shape, p_shape):
    y = rng.integers(0, 2, y_shape)
    p = rng.random(p_shape).astype("float32")
    agree(keras, name, {}, [(y, p, None)])
    if not (name == "MeanSquaredError" and len(p_shape) == 1):  # one value has no sample's weight
        agree(keras, name, {}, [(y, p, rng.random(N).astype("float32"))])


@pytest.mark.parametrize("name", ["Mean", "Sum"])
@pytest.mark.parametrize(
    "values, weights",
    [
        (3.0, None),
        (3.0, 2.0),
        ([1.0, 2, 5], None),
        ([1.0, 2, 5], [1.0, 0, 0.5]),
        ([[1.0, 2], [3, 5]], None),
        ([[1.0, 2], [3, 5]], [0.5, 2]),
        ([[1.0, 2], [3, 5]], [[0.5], [2]]),
        ([[1.0, 2], [3, 5]], [[0.5, 1], [2, 0]]),
        ([], None),
    ],
)
def test_means_and_sums_weigh_as_keras_does(keras, name, values, weights):
    agree(keras, name, {}, [(values, weights), ([4.0, 9.0], None)])


def test_a_mean_over_uneven_batches_is_the_samples_mean():
    mean = metrics.Mean()
    mean.update_state(1.0, sample_weight=32)
    mean.update_state(3.0, sample_weight=16)
    assert mean.result() == pytest.approx(5 / 3)
    assert metrics.Mean().result() == 0.0


def test_wrapped_functions_average_over_samples(keras, rng):
    def distance(y_true, y_pred):
        return abs(y_true - y_pred)

    y, p, w = batch(rng, "", True)
    mine = metrics.MeanMetricWrapper(distance)
    theirs = keras.metrics.MeanMetricWrapper(distance)
    assert mine(y, p, w) == pytest.approx(float(theirs(y, p, w)), rel=1e-6)


def test_labels_that_no_class_has_count_as_misses():
    """As in Keras: a loss with ignore_class may go with a metric that knows nothing of it."""
    p = np.eye(3, dtype="float32")
    assert metrics.SparseCategoricalAccuracy()([0, 255, -1], p) == pytest.approx(1 / 3)
    assert metrics.SparseTopKCategoricalAccuracy(k=3)([0, 255, -1], p) == pytest.approx(1 / 3)


def test_top_k_counts_ties_and_sorted_ids_as_keras_does(keras):
    p = np.array([[0.2, 0.2, 0.2, 0.4], [0.1, 0.5, 0.2, 0.2]], "float32")
    ids = np.array([[3, 0, 1, 2], [1, 2, 3, 0]], "float32")
    for k in (1, 2, 3):
        for y in ([0, 2], [1, 3], [2, 0]):
            agree(keras, "SparseTopKCategoricalAccuracy", {"k": k}, [(np.array(y), p, None)])
            options = {"k": k, "from_sorted_ids": True}
            agree(keras, "SparseTopKCategoricalAccuracy", options, [(np.array(y), ids, None)])


def test_precision_at_k_takes_the_first_of_equal_scores(keras):
    p = np.tile(np.array([0.5, 0.1, 0.5, 0.5], "float32"), 100)[None]
    y = (np.arange(400) < 100).astype("float32")[None]
    agree(keras, "Precision", {"top_k": 90}, [(y, p, None)])


def test_metrics_do_not_write_into_what_they_get(rng):
    for name, options in DENSE + SPARSE:
        arrays = batch(rng, name, True)
        for array in arrays:
            array.flags.writeable = False
        getattr(metrics, name)(**options).update_state(*arrays)


@given(st.lists(st.tuples(st.integers(0, 4), st.integers(0, 4)), max_size=40))
def test_the_confusion_matrix_counts_every_pair(pairs):
    truth = np.array([t for t, _ in pairs], int)
    guess = np.array([g for _, g in pairs], int)
    matrix = metrics.confusion_matrix(truth, guess, num_classes=5)
    assert matrix.shape == (5, 5) and matrix.sum() == len(pairs)
    for i, j in np.ndindex(5, 5):
        assert matrix[i, j] == pairs.count((i, j))


def test_the_confusion_matrix_reads_scores_one_hot_rows_and_columns(rng):
    truth, scores = rng.integers(0, C, 20), rng.random((20, C))
    expected = metrics.confusion_matrix(truth, scores.argmax(-1), C)
    for y in (truth, truth[:, None], np.eye(C)[truth], truth.astype("float32"), truth.tolist()):
        np.testing.assert_array_equal(metrics.confusion_matrix(y, scores), expected)
    assert metrics.confusion_matrix([0, 2], [1, 1]).tolist() == [[0, 1, 0], [0, 0, 0], [0, 1, 0]]
    assert np.trace(expected) / 20 == metrics.SparseCategoricalAccuracy()(truth, scores)


def test_the_confusion_matrix_refuses_what_does_not_fit():
    with pytest.raises(ValueError, match="3 labels but 2 predictions"):
        metrics.confusion_matrix([0, 1, 2], [0, 1])
    with pytest.raises(ValueError, match="label 3 is none of the 3 classes"):
        metrics.confusion_matrix([0, 3], [0, 1], num_classes=3)
    with pytest.raises(ValueError, match="label -1 is none"):
        metrics.confusion_matrix([0, -1], [0, 1])
