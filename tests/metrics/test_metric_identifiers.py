"""How metrics are named, resolved, saved and refused."""

from __future__ import annotations

import inspect

import numpy as np
import pytest

from nanoconv import losses, metrics

NOT_CLASSES = ("Metric", "MeanMetricWrapper")
CLASSES = [n for n in metrics.__all__ if n[0].isupper() and n not in NOT_CLASSES]
OURS = ("confusion_matrix", "resolve")
NAMES = ["mse", "MAE", "bce", "accuracy", "AUCC", "Precision", "f1_score", "kl_divergence", "hinge"]
NAMES += ["top_k_categorical_accuracy", "sparse_categorical_crossentropy"]
NAMES += ["root_mean_squared_error"]


@pytest.mark.parametrize("name", [n for n in metrics.__all__ if n not in OURS])
def test_signatures_are_those_of_keras(keras, name):
    def parameters(thing):
        return [(p.name, p.default, p.kind) for p in inspect.signature(thing).parameters.values()]

    assert parameters(getattr(metrics, name)) == parameters(getattr(keras.metrics, name))


@pytest.mark.parametrize("name", CLASSES)
def test_metrics_survive_a_round_trip_and_read_keras_configurations(keras, name):
    metric = getattr(metrics, name)(name="mine")
    theirs = getattr(keras.metrics, name)(name="mine")
    extra = {"from_sorted_ids": False} if name == "SparseTopKCategoricalAccuracy" else {}
    assert metric.get_config() == {**theirs.get_config(), **extra}
    again = metrics.get(metrics.serialize(metric))
    assert type(again) is type(metric) and again.get_config() == metric.get_config()
    read = metrics.deserialize(keras.metrics.serialize(theirs))
    assert type(read) is type(metric) and read.get_config() == metric.get_config()


@pytest.mark.parametrize("name", CLASSES)
def test_the_way_to_better_is_that_of_keras(keras, name):
    theirs = getattr(keras.metrics, name)()
    assert getattr(getattr(metrics, name)(), "_direction", None) == getattr(
        theirs, "_direction", None
    )


@pytest.mark.parametrize("name", NAMES)
def test_names_give_the_objects_that_keras_gives(keras, name):
    try:
        theirs = keras.metrics.get(name)
    except ValueError:
        with pytest.raises(ValueError, match=f"'{name}' is not known among nanoconv's metrics"):
            metrics.get(name)
        return
    assert type(metrics.get(name)).__name__ == type(theirs).__name__


@pytest.mark.parametrize(
    "y_shape, p_shape, kind",
    [
        ((8,), (8, 1), "Binary"),
        ((8, 1), (8, 1), "Binary"),
        ((8,), (8, 3), "SparseCategorical"),
        ((8, 1), (8, 3), "SparseCategorical"),
        ((8, 3), (8, 3), "Categorical"),
        ((8, 5), (8, 5, 3), "SparseCategorical"),
    ],
)
def test_accuracy_is_chosen_by_the_shapes_and_keeps_the_given_name(y_shape, p_shape, kind):
    for word in ("accuracy", "acc", "Accuracy"):
        metric = metrics.resolve(word, y_shape, p_shape)
        assert (type(metric).__name__, metric.name) == (f"{kind}Accuracy", word)
    for word in ("crossentropy", "ce"):
        metric = metrics.resolve(word, y_shape, p_shape)
        assert (type(metric).__name__, metric.name) == (f"{kind}Crossentropy", word)


def test_accuracy_resolves_as_in_keras(keras):
    from keras.src.trainers.compile_utils import get_metric

    for y_shape in ((4,), (4, 1), (4, 3)):
        for p_shape in ((4, 1), (4, 3)):
            for word in ("accuracy", "acc", "mse"):
                theirs = get_metric(word, np.zeros(y_shape), np.zeros(p_shape))
                mine = metrics.resolve(word, y_shape, p_shape)
                assert (type(mine).__name__, mine.name) == (type(theirs).__name__, theirs.name)


def test_objects_and_functions_keep_their_own_names():
    def range_of(y_true, y_pred):
        return np.ptp(y_pred, axis=-1)

    assert metrics.resolve(range_of, (4,), (4, 2)).name == "range_of"
    assert metrics.resolve(losses.huber, (4,), (4, 1)).name == "huber"
    mine = metrics.MeanSquaredError(name="mine")
    assert metrics.resolve(mine, (4,), (4, 1)) is mine and mine.name == "mine"
    assert metrics.resolve(metrics.Recall, (4,), (4, 1)).name.startswith("recall")
    assert metrics.get(None) is None


def test_unnamed_metrics_are_counted_as_keras_counts_them():
    from nanoconv.core.naming import reset_names

    reset_names()
    assert [metrics.Precision().name for _ in range(2)] == ["precision", "precision_1"]


def test_wrapped_functions_are_saved_by_name(keras):
    wrapped = metrics.MeanMetricWrapper(losses.huber, name="h", delta=2.0)
    again = metrics.deserialize(metrics.serialize(wrapped))
    assert again.get_config() == wrapped.get_config() and again._direction == "down"
    theirs = keras.metrics.MeanMetricWrapper(keras.losses.mean_squared_error, name="m")
    read = metrics.deserialize(keras.metrics.serialize(theirs))
    assert read([[1.0]], [[3.0]]) == 4.0


def test_a_users_metric_with_variables_of_its_own():
    class Largest(metrics.Metric):
        def __init__(self, name="largest", **kwargs):
            super().__init__(name=name, **kwargs)
            self.top = self.add_variable(shape=(), initializer="zeros", name="top")
            self.rows = self.add_weight(shape=(2,), initializer="ones")
            self.inner = metrics.Mean()

        def update_state(self, y_true, y_pred, sample_weight=None):
            self.top.assign(np.maximum(self.top, np.max(y_pred)))
            self.inner.update_state(y_pred)

        def result(self):
            return float(self.top.value)

    metric = Largest()
    assert len(metric.variables) == 4 and metric.rows.value.tolist() == [1, 1]
    assert metric([0.0], [5.0]) == 5.0 and metric([0.0], [3.0]) == 5.0
    assert metric.inner.result() == 4.0
    metric.reset_state()
    assert metric.result() == 0.0 and metric.inner.result() == 0.0
    assert repr(metric) == "<Largest name=largest>"


def test_results_are_plain_numbers():
    assert isinstance(metrics.MeanSquaredError()([[1.0]], [[3.0]]), float)
    assert isinstance(metrics.Precision()([1.0], [0.7]), float)
    assert metrics.Precision(thresholds=[0.1, 0.9])([1.0], [0.7]).tolist() == [1.0, 0.0]
    assert metrics.F1Score().result() == 0.0


@pytest.mark.parametrize("identifier", ["acuracy", "preccision", 3, None])
def test_unknown_metrics_are_refused_with_a_hint(identifier):
    hints = {"acuracy": "'accuracy'", "preccision": "'precision'"}
    with pytest.raises(ValueError, match=hints.get(identifier, "write metrics=")):
        metrics.resolve(identifier, (4,), (4, 2))


def test_bad_arguments_are_refused_in_one_sentence():
    with pytest.raises(ValueError, match="each must be from 0 to 1"):
        metrics.Precision(thresholds=[0.5, 1.5])
    with pytest.raises(ValueError, match="average is 'mean'"):
        metrics.F1Score(average="mean")
    with pytest.raises(ValueError, match="beta is 2, but a float above 0"):
        metrics.FBetaScore(beta=2)
    with pytest.raises(ValueError, match=r"threshold is 0\.0, but"):
        metrics.F1Score(threshold=0.0)
    with pytest.raises(ValueError, match="compute in float32 or float64"):
        metrics.Mean(dtype="int8")
    with pytest.raises(NotImplementedError, match="write def update_state"):
        metrics.Metric()([1.0], [1.0])
    with pytest.raises(NotImplementedError, match="write def result"):
        metrics.Metric().result()


@pytest.mark.parametrize("name", ["Precision", "F1Score", "MeanSquaredError", "BinaryAccuracy"])
def test_shapes_that_do_not_fit_leave_the_metric_as_it_was(name):
    metric = getattr(metrics, name)()
    metric.update_state(np.ones((2, 3)), np.ones((2, 3)))
    before = [v.numpy() for v in metric.variables]
    with pytest.raises(ValueError, match=r"shape \(4, 2\)"):
        metric.update_state(np.ones((4, 2)), np.ones((4, 3)))
    with pytest.raises(ValueError, match="one weight for each value"):
        metric.update_state(np.ones((4, 3)), np.ones((4, 3)), np.ones(5))
    for a, b in zip(before, metric.variables, strict=True):
        np.testing.assert_array_equal(a, b.value)


def test_empty_batches_change_nothing():
    metric = metrics.SparseCategoricalAccuracy()
    metric.update_state(np.array([1]), np.eye(2)[[1]])
    metric.update_state(np.zeros(0, int), np.zeros((0, 2)))
    assert metric.result() == 1.0
