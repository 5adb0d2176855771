"""Sequential models: building, naming, weights, configuration, reproducibility, interruption."""

from __future__ import annotations

import threading

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import nanoconv
from nanoconv import layers
from nanoconv.kernels.compiled import workers
from nanoconv.layers.base.cache import Cache
from tests.models.helpers import digits, small_cnn

SPARSE = "sparse_categorical_crossentropy"


def test_names_count_as_in_keras(keras):
    keras.backend.clear_session()
    nanoconv.core.naming.reset_names()
    names = [
        [layer.name for layer in model.layers] + [model.name]
        for model in (small_cnn(nanoconv), small_cnn(keras), small_cnn(nanoconv), small_cnn(keras))
    ]
    assert names[0] == names[1]
    assert names[2] == names[3]


def test_first_layer_may_carry_the_input_shape(keras):
    for k in (nanoconv, keras):
        model = k.Sequential()
        model.add(k.layers.Conv2D(2, 3, input_shape=(8, 8, 1)))
        model.add(k.layers.Flatten())
        assert model.output_shape == (None, 72)
        assert model.count_params() == 20


def test_pop_and_add_again():
    model = small_cnn(nanoconv)
    last = model.pop()
    assert model.output_shape == (None, 12)
    model.add(layers.Dense(7))
    assert last not in model.layers
    assert model.predict(np.zeros((1, 8, 8, 1)), verbose=0).shape == (1, 7)


def test_images_without_channel_axis_are_taken(rng):
    x, _ = digits(rng)
    model = small_cnn(nanoconv)
    np.testing.assert_array_equal(model.predict(x[..., 0], verbose=0), model.predict(x, verbose=0))


@pytest.mark.parametrize("dtype", ["uint8", "float64", "int32", "bool"])
def test_any_number_type_trains_in_float32(rng, dtype):
    x = (rng.random((9, 8, 8, 1)) * 2).astype(dtype)
    model = small_cnn(nanoconv)
    model.compile("sgd", SPARSE)
    model.fit(x, np.zeros(9), verbose=0)
    assert model.predict(x, verbose=0).dtype == np.float32


def test_config_round_trip_gives_the_same_model(rng):
    x, _ = digits(rng)
    model = small_cnn(nanoconv, dropout=0.3)
    twin = nanoconv.Sequential.from_config(model.get_config())
    twin.set_weights(model.get_weights())
    np.testing.assert_array_equal(model.predict(x, verbose=0), twin.predict(x, verbose=0))
    assert twin.get_config() == model.get_config()


def test_config_is_read_by_keras(keras, rng):
    x, _ = digits(rng)
    model = small_cnn(nanoconv)
    twin = keras.Sequential.from_config(model.get_config())
    twin.set_weights(model.get_weights())
    np.testing.assert_allclose(model.predict(x, verbose=0), twin.predict(x, verbose=0), atol=1e-5)


def test_same_seed_same_bits(rng):
    x, y = digits(rng, n=50)
    runs = []
    for _ in range(2):
        nanoconv.utils.set_random_seed(7)
        model = small_cnn(nanoconv, dropout=0.4)
        model.compile("adam", SPARSE)
        history = model.fit(x, y, 16, 2, verbose=0)
        runs.append((model.get_weights(), history.history["loss"]))
    assert runs[0][1] == runs[1][1]
    for a, b in zip(runs[0][0], runs[1][0], strict=True):
        np.testing.assert_array_equal(a, b)


@settings(max_examples=15, deadline=None)
@given(n=st.integers(1, 40), threads=st.integers(1, 4), seed=st.integers(0, 99))
def test_threads_and_chunks_change_nothing_but_rounding(n, threads, seed):
    """Dropout masks are the same, and gradients differ by summation order alone."""
    rng = np.random.default_rng(seed)
    x, y = digits(rng, n=n)
    before = workers.get_threads()
    results = []
    try:
        for count in (1, threads):
            workers.set_threads(count)
            nanoconv.utils.set_random_seed(seed)
            model = small_cnn(nanoconv, dropout=0.5)
            model.compile("sgd", SPARSE)
            model.train_on_batch(x, y)
            results.append(model.get_weights())
    finally:
        workers.set_threads(before)
    for a, b in zip(*results, strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-5, atol=1e-6)


def test_a_model_is_a_layer_with_forward_and_backward(rng):
    x, _ = digits(rng, n=3)
    model, cache = small_cnn(nanoconv), Cache(training=True)
    y = model.forward(x, cache)
    dx = model.backward(np.ones_like(y), cache)
    assert dx.shape == x.shape
    assert set(cache.gradients) == set(model.trainable_variables)


def test_ctrl_c_leaves_a_usable_model(rng):
    x, y = digits(rng, n=64)
    model = small_cnn(nanoconv)
    model.compile("adam", SPARSE)

    class Interrupt(nanoconv.callbacks.Callback):
        def on_train_batch_end(self, batch, logs=None):
            if batch == 2:
                raise KeyboardInterrupt

    from threadpoolctl import threadpool_info

    limits = [info["num_threads"] for info in threadpool_info() if info["user_api"] == "blas"]
    with pytest.raises(KeyboardInterrupt):
        model.fit(x, y, 8, 5, verbose=0, callbacks=[Interrupt()])
    after = [info["num_threads"] for info in threadpool_info() if info["user_api"] == "blas"]
    assert after == limits
    assert np.isfinite(model.predict(x, verbose=0)).all()
    model.fit(x, y, 8, 1, verbose=0)


def test_predicting_while_another_thread_trains(rng):
    x, y = digits(rng, n=64)
    model = small_cnn(nanoconv, dropout=0.5)
    model.compile("adam", SPARSE)
    trainer = threading.Thread(target=lambda: model.fit(x, y, 8, 6, verbose=0))
    trainer.start()
    while trainer.is_alive():
        p = model.predict(x[:3], verbose=0)
        np.testing.assert_allclose(p.sum(axis=1), 1, atol=1e-5)
    trainer.join()


def test_predictions_handed_out_are_not_reused(rng):
    x, _ = digits(rng)
    model = small_cnn(nanoconv)
    first = model.predict_on_batch(x)
    kept = first.copy()
    model.predict_on_batch(x * 0)
    np.testing.assert_array_equal(first, kept)


def test_memory_of_inputs_is_not_written(rng):
    x, y = digits(rng)
    x.flags.writeable = y.flags.writeable = False
    model = small_cnn(nanoconv, dropout=0.5)
    model.compile("sgd", SPARSE)
    model.fit(x, y, verbose=0, epochs=2)


def test_calling_a_model_gives_an_array_with_numpy_method(rng):
    x, _ = digits(rng)
    y = small_cnn(nanoconv)(x)
    assert isinstance(y, np.ndarray)
    assert type(y.numpy()) is np.ndarray


def test_get_layer_by_name_and_index():
    model = small_cnn(nanoconv)
    assert model.get_layer(index=0) is model.layers[0]
    assert model.get_layer(model.layers[3].name) is model.layers[3]
    with pytest.raises(ValueError, match="max_pooling2d"):
        model.get_layer("maxpooling2d")


def test_set_weights_refuses_other_shapes_and_writes_nothing():
    model = small_cnn(nanoconv)
    before = model.get_weights()
    wrong = [w * 0 for w in before]
    wrong[-1] = np.zeros(9)
    with pytest.raises(ValueError, match="set_weights"):
        model.set_weights(wrong)
    for a, b in zip(before, model.get_weights(), strict=True):
        np.testing.assert_array_equal(a, b)
