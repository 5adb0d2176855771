"""What scripts pass without thinking works as in Keras."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
import pytest

import nanoconv
from tests.models.helpers import assert_same_history, assert_same_weights, digits


def loose(k: Any) -> Any:
    """Build a network the way scripts do: capitals, lists, positions, shapes in the middle."""
    layers = k.layers
    model = k.Sequential()
    model.add(layers.Conv2D(4, [3, 3], padding="SAME", activation="relu", input_shape=[8, 8, 1]))
    model.add(layers.MaxPooling2D(2, 2))
    model.add(layers.Conv2D(4, (3, 3), input_shape=(4, 4, 4), activation=k.activations.relu))
    model.add(layers.Flatten())
    model.add(layers.Dense(4, "softmax"))
    return model


@pytest.mark.parametrize(
    "change",
    [
        # float64 (N, 8, 8) for a model of (8, 8, 1), and labels (N, 1)
        pytest.param(lambda x, y: (x[..., 0].astype("float64"), y[:, None]), id="loose"),
        pytest.param(
            lambda x, y: ((x * 3).astype("uint8"), y.astype("uint8")),
            marks=pytest.mark.full,
            id="uint8",
        ),
        pytest.param(
            lambda x, y: (x, y.astype("float32")), marks=pytest.mark.full, id="float-labels"
        ),
    ],
)
def test_arrays_of_any_kind_train_as_in_keras(keras, rng, change):
    x, y = change(*digits(rng, n=16))
    ours, theirs = loose(nanoconv), loose(keras)
    theirs.set_weights(ours.get_weights())
    histories = []
    for model in (ours, theirs):
        model.compile(optimizer="SGD", loss="sparse_categorical_crossentropy", metrics=["acc"])
        histories.append(model.fit(x, y, 8, 2, verbose=0, shuffle=False, validation_data=(x, y)))
    assert list(histories[0].history) == ["acc", "loss", "val_acc", "val_loss"]
    assert_same_history(*histories, tolerance=1e-4)
    assert_same_weights(ours, theirs, tolerance=1e-4)


def test_validation_data_may_be_a_list_and_metrics_may_be_missing(rng):
    x, y = digits(rng)
    model = loose(nanoconv)
    model.compile(optimizer="Adam", loss="sparse_categorical_crossentropy")
    history = model.fit(x, y, verbose=0, validation_data=[x, y])
    assert list(history.history) == ["loss", "val_loss"]
    assert isinstance(model.evaluate(x, y, verbose=0), float)


def test_results_have_numpy(rng):
    x, y = digits(rng)
    model = loose(nanoconv)
    scores = model(x[:2])
    assert type(scores.numpy()) is np.ndarray
    assert model.layers[0].activation == nanoconv.activations.relu
    loss = nanoconv.losses.SparseCategoricalCrossentropy()(y[:2], scores)
    assert isinstance(loss.numpy(), np.float32)
    assert float(loss) == loss.numpy()


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("SparseCategoricalAccuracy", ([1, 0], [[0.1, 0.9], [0.2, 0.8]])),
        ("Mean", ([1.0, 2.0],)),
        ("Sum", ([1.0, 2.0],)),
        ("RootMeanSquaredError", ([1.0, 0.0], [1.0, 1.0])),
        ("Precision", ([1.0, 0.0], [1.0, 1.0])),
        ("F1Score", ([[1.0, 0.0]], [[1.0, 1.0]])),
    ],
)
def test_results_of_metrics_have_numpy(name, values):
    metric = getattr(nanoconv.metrics, name)()
    metric.update_state(*values)
    np.testing.assert_array_equal(metric.result().numpy(), metric.result())


def test_variables_are_assigned_in_place():
    variable = nanoconv.Variable(np.arange(3.0))
    held = variable.value
    variable.assign_add([1, 1, 1])
    variable.assign_sub(np.full(3, 0.5))
    np.testing.assert_array_equal(held, [0.5, 1.5, 2.5])
    with pytest.raises(ValueError, match="shape"):
        variable.assign_add(np.ones((2, 3)))
    np.testing.assert_array_equal(held, [0.5, 1.5, 2.5])


def test_steps_may_be_a_fraction(rng):
    x, y = digits(rng, n=20)
    model = loose(nanoconv)
    model.compile("sgd", "sparse_categorical_crossentropy")
    seen = []
    count = nanoconv.callbacks.LambdaCallback(on_train_batch_end=lambda batch, logs: seen.append(1))

    def endless():
        while True:
            yield x[:8], y[:8]

    model.fit(endless(), steps_per_epoch=len(x) / 8, epochs=1, verbose=0, callbacks=[count])
    assert len(seen) == 3


def test_old_spellings_of_the_learning_rate_warn():
    with pytest.warns(DeprecationWarning, match="learning_rate"):
        optimizer = nanoconv.optimizers.Adam(lr=0.01)
    with pytest.warns(DeprecationWarning, match="learning_rate"):
        rate = optimizer.lr
    assert float(rate) == pytest.approx(0.01)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        nanoconv.optimizers.Adam(learning_rate=0.01)
