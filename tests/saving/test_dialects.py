"""Files of Keras 1 and 2: written by hand as they wrote them, and by Keras 2 itself."""

from __future__ import annotations

import json

import h5py
import numpy as np
import pytest

import nanoconv
from nanoconv import saving
from tests.saving.helpers import assert_equal_predictions, data, train


def write_h5(path, config, arrays, training=None):
    """Write a whole model as Keras 2 did: `arrays` maps layer -> weight -> values."""
    with h5py.File(path, "w") as file:
        file.attrs["keras_version"] = b"2.2.4"
        file.attrs["model_config"] = json.dumps(config).encode()
        if training is not None:
            file.attrs["training_config"] = json.dumps(training).encode()
        weights = file.create_group("model_weights")
        weights.attrs["layer_names"] = np.array([name.encode() for name in arrays])
        for name, values in arrays.items():
            group = weights.create_group(name)
            group.attrs["weight_names"] = np.array([key.encode() for key in values])
            for key, value in values.items():
                group[key] = value


KERNEL, BIAS = np.arange(12.0, dtype="f4").reshape(4, 3) / 10, np.ones(3, "f4")
DENSE_WEIGHTS = {"dense_1": {"dense_1/kernel:0": KERNEL, "dense_1/bias:0": BIAS}}
X = np.arange(8, dtype="f4").reshape(2, 4)


def dense(**config):
    common = {"name": "dense_1", "trainable": True, "activation": "linear"}
    return {"class_name": "Dense", "config": {**common, **config}}


def test_a_chain_of_keras_2_with_its_layers_in_a_list_and_old_optimizer_words(tmp_path):
    config = {
        "class_name": "Sequential",
        "config": [dense(units=3, batch_input_shape=[None, 4], dtype="float32", use_bias=True)],
    }
    training = {
        "optimizer_config": {
            "class_name": "SGD",
            "config": {"lr": 0.5, "decay": 0.0, "momentum": 0.0},
        },
        "loss": "mean_squared_error",
        "metrics": ["mae"],
        "sample_weight_mode": None,
        "loss_weights": None,
    }
    write_h5(tmp_path / "m.h5", config, DENSE_WEIGHTS, training)
    model = saving.load_model(tmp_path / "m.h5")
    np.testing.assert_allclose(model.predict(X, verbose=0), X @ KERNEL + BIAS, rtol=1e-6)
    assert float(model.optimizer.learning_rate) == 0.5
    model.fit(X, X[:, :3], verbose=0)


def test_a_chain_of_keras_1(tmp_path):
    kernel = np.random.default_rng(0).random((2, 3, 1, 2), dtype=np.float32)
    config = {
        "class_name": "Sequential",
        "config": [
            {
                "class_name": "Convolution2D",
                "config": {
                    "name": "conv_1",
                    "trainable": True,
                    "batch_input_shape": [None, 4, 4, 1],
                    "input_dtype": "float32",
                    "nb_filter": 2,
                    "nb_row": 2,
                    "nb_col": 3,
                    "border_mode": "same",
                    "subsample": [1, 1],
                    "dim_ordering": "tf",
                    "init": "glorot_uniform",
                    "activation": "relu",
                    "W_regularizer": {"name": "WeightRegularizer", "l1": 0.0, "l2": 0.01},
                    "b_regularizer": None,
                    "bias": True,
                },
            },
            {
                "class_name": "MaxPooling2D",
                "config": {
                    "name": "pool_1",
                    "pool_size": [2, 2],
                    "strides": [2, 2],
                    "border_mode": "valid",
                    "dim_ordering": "tf",
                },
            },
            {"class_name": "Dropout", "config": {"name": "drop_1", "p": 0.25}},
        ],
    }
    arrays = {"conv_1": {"conv_1_W": kernel, "conv_1_b": np.zeros(2, "f4")}}
    write_h5(tmp_path / "m.h5", config, arrays)
    model = saving.load_model(tmp_path / "m.h5")
    conv, pool, drop = model.layers
    np.testing.assert_array_equal(conv.kernel.value, kernel)
    assert conv.kernel_regularizer.l2 == np.float32(0.01) or conv.kernel_regularizer.l2 == 0.01
    assert (conv.padding, pool.pool_size, drop.rate) == ("same", (2, 2), 0.25)


def test_a_graph_of_keras_2_called_model_with_calls_as_lists(tmp_path):
    inner = {
        "name": "inner",
        "layers": [
            _old("InputLayer", "in_2", batch_input_shape=[None, 3], sparse=False),
            _old("Activation", "act", [[["in_2", 0, 0, {}]]], activation="relu"),
        ],
        "input_layers": [["in_2", 0, 0]],
        "output_layers": [["act", 0, 0]],
    }
    layers = [
        _old("InputLayer", "in_1", batch_input_shape=[None, 4], dtype="float32", sparse=False),
        {**dense(units=3), "name": "dense_1", "inbound_nodes": [[["in_1", 0, 0, {}]]]},
        {
            "class_name": "Model",
            "config": inner,
            "name": "inner",
            "inbound_nodes": [[["dense_1", 0, 0, {}]]],
        },
        _old("Add", "add", [[["dense_1", 0, 0, {}], ["inner", 1, 0, {}]]]),
    ]
    config = {
        "class_name": "Model",
        "config": {
            "name": "outer",
            "layers": layers,
            "input_layers": [["in_1", 0, 0]],
            "output_layers": [["add", 0, 0]],
        },
    }
    write_h5(tmp_path / "m.h5", config, DENSE_WEIGHTS)
    z = X @ KERNEL + BIAS
    model = saving.load_model(tmp_path / "m.h5")
    np.testing.assert_allclose(model.predict(X, verbose=0), z + np.maximum(z, 0), rtol=1e-6)


def _old(class_name, name, calls=(), **config):
    inner = {"name": name, **config}
    return {"class_name": class_name, "config": inner, "name": name, "inbound_nodes": list(calls)}


# ---- Keras 2 itself -----------------------------------------------------------------------------


@pytest.fixture
def tf_keras():
    from tests.conftest import require

    return require("tf_keras", "peers")


@pytest.mark.full
@pytest.mark.parametrize("name", ["m.h5", "m.keras"])
@pytest.mark.parametrize("optimizer", ["adam", "sgd", "rmsprop", "adadelta"])
def test_files_of_keras_2_load_and_train_on(tf_keras, tmp_path, name, optimizer):
    old = train(_chain_of_keras_2(tf_keras, optimizer))
    old.save(tmp_path / name)
    ours = saving.load_model(tmp_path / name)
    assert int(ours.optimizer.iterations) == 2
    assert_equal_predictions(ours, old)
    assert_equal_predictions(train(ours), train(old), tolerance=2e-5)


def _chain_of_keras_2(tf_keras, optimizer):
    L = tf_keras.layers
    model = tf_keras.Sequential(
        [
            L.Conv2D(3, 3, activation="relu", input_shape=(8, 8, 1), kernel_regularizer="l2"),
            L.BatchNormalization(),
            L.MaxPooling2D(),
            L.LeakyReLU(alpha=0.2),
            L.Dropout(0.0),
            L.Flatten(),
            L.Dense(4, activation="softmax"),
        ]
    )
    loss = tf_keras.losses.SparseCategoricalCrossentropy()
    model.compile(optimizer, loss, metrics=["accuracy"])
    return model


@pytest.mark.full
def test_graphs_of_keras_2_with_the_optimizers_before_2_11_load_and_train_on(tf_keras, tmp_path):
    L = tf_keras.layers
    a, inner_input = tf_keras.Input((4,)), tf_keras.Input((4,))
    inner = tf_keras.Model(inner_input, L.Dense(4)(inner_input))
    chain = tf_keras.Sequential([L.Dense(4, input_shape=(4,))])
    shared = L.Dense(4)
    old = tf_keras.Model(a, L.add([inner(shared(a)), chain(shared(inner(a)))]))
    old.compile(tf_keras.optimizers.legacy.Adam(decay=1e-3), "mse", metrics=["mae"])
    x = np.random.default_rng(0).random((8, 4), dtype=np.float32)
    old.fit(x, x, verbose=0)
    old.save(tmp_path / "m.h5")
    ours = saving.load_model(tmp_path / "m.h5")
    for _ in range(2):
        np.testing.assert_allclose(
            ours.predict(x, verbose=0), old.predict(x, verbose=0), rtol=1e-5, atol=1e-5
        )
        for model in (ours, old):
            model.fit(x, x, verbose=0)


@pytest.mark.full
@pytest.mark.parametrize("name", ["m.weights.h5", "m.h5"])
def test_weights_files_of_keras_2_load(tf_keras, tmp_path, name):
    old = train(_chain_of_keras_2(tf_keras, "adam"))
    ours = nanoconv.models.model_from_json(old.to_json())
    old.save_weights(tmp_path / name)
    ours.load_weights(tmp_path / name)
    np.testing.assert_allclose(
        ours.predict(data()[0], verbose=0), old.predict(data()[0], verbose=0), atol=1e-5
    )
