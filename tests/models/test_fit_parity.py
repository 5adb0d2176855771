"""A whole `fit` is Keras' `fit`: the same weights and the same History.

Every run is at most 40 steps, unshuffled, with an uneven last batch; optimizers, losses, weights,
splits and frequencies vary.
"""

from __future__ import annotations

import numpy as np
import pytest

import nanoconv
from tests.models.helpers import assert_same_history, assert_same_weights, digits, twins

SPARSE = "sparse_categorical_crossentropy"


@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("SGD", {"learning_rate": 0.1}),
        ("SGD", {"learning_rate": 0.05, "momentum": 0.9, "nesterov": True}),
        ("Adam", {"learning_rate": 0.003}),
        ("Adam", {"learning_rate": 0.003, "clipnorm": 0.1}),
        ("Adadelta", {"learning_rate": 1.0}),
        pytest.param(
            "RMSprop", {"learning_rate": 0.001, "clipvalue": 0.01}, marks=pytest.mark.full
        ),
        pytest.param(
            "SGD",
            {"learning_rate": 0.1, "use_ema": True, "ema_momentum": 0.8},
            marks=pytest.mark.full,
        ),
        pytest.param(
            "SGD",
            {"learning_rate": 0.1, "loss_scale_factor": 8.0, "weight_decay": 0.01},
            marks=pytest.mark.full,
        ),
        ("Adam", {"learning_rate": 0.01, "gradient_accumulation_steps": 2}),
    ],
)
def test_fit_gives_keras_weights_and_history(keras, rng, name, options):
    x, y = digits(rng)
    x_val, y_val = digits(rng, n=9)
    ours, theirs = twins(keras)
    histories = []
    for k, model in ((nanoconv, ours), (keras, theirs)):
        optimizer = getattr(k.optimizers, name)(**options)
        model.compile(optimizer, SPARSE, metrics=["accuracy"])
        histories.append(
            model.fit(
                x,
                y,
                batch_size=8,
                epochs=3,
                shuffle=False,
                verbose=0,
                validation_data=(x_val, y_val),
            )
        )
    assert_same_weights(ours, theirs)
    assert_same_history(*histories)
    np.testing.assert_allclose(
        ours.evaluate(x_val, y_val, verbose=0), theirs.evaluate(x_val, y_val, verbose=0), atol=1e-5
    )
    np.testing.assert_allclose(
        ours.predict(x_val, verbose=0), theirs.predict(x_val, verbose=0), atol=1e-5
    )


@pytest.mark.parametrize(
    "how",
    [
        {"validation_split": 0.3},
        {"class_weight": {0: 2.0, 1: 0.5, 2: 1.0, 3: 3.0}},
        {"class_weight": {1: 3.0}, "validation_split": 0.3},
        {"sample_weight": True},
        {"sample_weight": True, "validation_split": 0.3},
        {"steps_per_epoch": 2},
        {"validation_split": 0.3, "validation_freq": 2},
        {"validation_split": 0.3, "validation_freq": [1, 3], "initial_epoch": 1},
        {"validation_split": 0.3, "validation_batch_size": 4, "validation_steps": 1},
    ],
    ids=lambda how: "-".join(how),
)
def test_fit_arguments_act_as_in_keras(keras, rng, how):
    x, y = digits(rng)
    how = dict(how)
    if how.get("sample_weight"):
        how["sample_weight"] = rng.random(len(x)).astype("float32")
    ours, theirs = twins(keras)
    histories = []
    for model in (ours, theirs):
        model.compile("sgd", SPARSE, metrics=["accuracy"], weighted_metrics=["acc"])
        histories.append(model.fit(x, y, batch_size=8, epochs=3, shuffle=False, verbose=0, **how))
    assert_same_weights(ours, theirs)
    assert_same_history(*histories)


@pytest.mark.parametrize(
    "how",
    [
        {"steps_per_epoch": 3},
        {"steps_per_epoch": 5, "validation_split": 0.3, "validation_steps": 2},
        {"validation_data": True, "validation_steps": 2},
    ],
    ids=lambda how: "-".join(how),
)
def test_without_batch_size_the_steps_choose_it(keras, rng, how):
    x, y = digits(rng)
    how = {name: digits(rng, n=9) if value is True else value for name, value in how.items()}
    ours, theirs = twins(keras)
    histories = []
    for model in (ours, theirs):
        model.compile("sgd", SPARSE)
        histories.append(model.fit(x, y, epochs=2, shuffle=False, verbose=0, **how))
    assert_same_weights(ours, theirs)
    assert_same_history(*histories)
    np.testing.assert_allclose(
        ours.evaluate(x, y, steps=4, verbose=0), theirs.evaluate(x, y, steps=4, verbose=0), 1e-5
    )


@pytest.mark.parametrize("dtype", ["uint8", "float64", "int64"])
def test_a_split_of_data_of_any_type_trains_in_the_models_type(rng, dtype):
    x, y = digits(rng)
    x = np.round(3 * x).astype(dtype)
    histories = []
    for data in (x, x.astype("float32")):
        nanoconv.random.set_random_seed(1)
        model, _ = twins(nanoconv)
        model.compile("sgd", SPARSE)
        histories.append(model.fit(data, y, 8, 2, verbose=0, validation_split=0.3).history)
    assert histories[0] == histories[1]


@pytest.mark.parametrize("loss", ["categorical_crossentropy", "mse", "binary_crossentropy"])
def test_losses_on_one_hot_labels(keras, rng, loss):
    x, y = digits(rng)
    one_hot = np.eye(4, dtype="float32")[y]
    ours, theirs = twins(keras)
    histories = []
    for model in (ours, theirs):
        model.compile("adam", loss, metrics=["accuracy"])
        histories.append(model.fit(x, one_hot, 8, 2, shuffle=False, verbose=0))
    assert_same_weights(ours, theirs)
    assert_same_history(*histories)


def test_train_on_batch_with_sgd_1_shows_the_gradients(keras, rng):
    x, y = digits(rng, n=12)
    ours, theirs = twins(keras)
    values = []
    for k, model in ((nanoconv, ours), (keras, theirs)):
        model.compile(k.optimizers.SGD(1.0), SPARSE, metrics=["accuracy"])
        values.append(model.train_on_batch(x, y))
    assert_same_weights(ours, theirs)
    np.testing.assert_allclose(values[0], [float(v) for v in values[1]], atol=1e-5)


def test_what_is_done_on_a_batch_tells_of_this_batch_alone(keras, rng):
    x, y = digits(rng, n=12)
    values = []
    for model in twins(keras):
        model.compile("sgd", SPARSE, metrics=["accuracy"])
        told = [model.train_on_batch(x[:8], y[:8]), model.train_on_batch(x[8:], y[8:])]
        told += [model.test_on_batch(x[:8], y[:8]), model.test_on_batch(x[8:], y[8:])]
        by_name = model.train_on_batch(x[8:], y[8:], return_dict=True)
        assert list(by_name) == ["accuracy", "loss"]
        values.append(np.array([*told, list(by_name.values())], "float64"))
    np.testing.assert_allclose(*values, atol=1e-5)


def test_regularizers_join_the_loss_and_the_gradient(keras, rng):
    x, y = digits(rng)
    # l1 only where nothing is 0: Keras' backends differ in the slope of |w| there (JAX 1, others 0)
    options = {"kernel_regularizer": "l1", "bias_regularizer": "l2"}
    ours, theirs = twins(keras, **options)
    histories = []
    for model in (ours, theirs):
        model.compile("sgd", SPARSE)
        histories.append(model.fit(x, y, 8, 2, shuffle=False, verbose=0, validation_data=(x, y)))
    assert_same_weights(ours, theirs)
    assert_same_history(*histories)


def test_frozen_layers_keep_their_weights(keras, rng):
    x, y = digits(rng)
    ours, theirs = twins(keras)
    for model in (ours, theirs):
        model.layers[0].trainable = False
        model.layers[5].trainable = False
        model.compile("adam", SPARSE)
        model.fit(x, y, 8, 2, shuffle=False, verbose=0)
    assert_same_weights(ours, theirs)
    assert len(ours.trainable_variables) == len(theirs.trainable_variables) == 4


def test_generators_and_iterables_train_like_arrays(keras, rng):
    x, y = digits(rng, n=24)
    ours, theirs = twins(keras)

    def endless():
        while True:
            for i in range(0, 24, 8):
                yield x[i : i + 8], y[i : i + 8]

    histories = []
    for model in (ours, theirs):
        model.compile("sgd", SPARSE, metrics=["accuracy"])
        histories.append(model.fit(endless(), steps_per_epoch=3, epochs=2, verbose=0))
    assert_same_weights(ours, theirs)
    assert_same_history(*histories)


def test_unbuilt_model_builds_on_first_data(keras, rng):
    x, y = digits(rng, n=10)
    models = []
    for k in (nanoconv, keras):
        model = k.Sequential([k.layers.Flatten(), k.layers.Dense(4, activation="softmax")])
        model.compile("sgd", SPARSE)
        model.fit(x, y, verbose=0)
        models.append(model)
    shapes = [[w.shape for w in model.get_weights()] for model in models]
    assert shapes[0] == shapes[1] == [(64, 4), (4,)]


def test_evaluate_without_metrics_gives_a_scalar(rng):
    x, y = digits(rng)
    model, _ = twins(nanoconv)
    model.compile("sgd", SPARSE)
    assert isinstance(model.evaluate(x, y, verbose=0), float)
    assert set(model.evaluate(x, y, verbose=0, return_dict=True)) == {"loss"}


def test_early_stopping_stops_where_keras_stops(keras, rng):
    x, y = digits(rng)
    x_val, y_val = digits(rng, n=12)
    ours, theirs = twins(keras)
    histories = []
    for k, model in ((nanoconv, ours), (keras, theirs)):
        model.compile(k.optimizers.Adam(0.02), SPARSE)
        stop = k.callbacks.EarlyStopping(patience=1, restore_best_weights=True)
        histories.append(
            model.fit(
                x,
                y,
                8,
                12,
                shuffle=False,
                verbose=0,
                validation_data=(x_val, y_val),
                callbacks=[stop],
            )
        )
    assert len(histories[0].epoch) < 12
    assert_same_history(*histories, tolerance=1e-4)
    assert_same_weights(ours, theirs, tolerance=1e-4)
