"""What single layers do beyond the common promises."""

from __future__ import annotations

import numpy as np
import pytest

import nanoconv
from nanoconv import layers
from nanoconv.kernels.compiled import workers
from nanoconv.layers.base.cache import Cache
from nanoconv.random import set_random_seed
from tests.layers import harness
from tests.layers.cases import IMAGES, ROWS


def test_gradients_flow_through_two_convolutions_on_top_of_each_other():
    first = layers.Conv2D(3, 3, activation="tanh", dtype="float64")
    second = layers.Conv2D(2, (2, 3), strides=2, padding="same", dtype="float64")
    first.build_for(IMAGES)
    second.build_for(first.compute_output_shape(IMAGES))
    x, caches = harness.draw(IMAGES), (Cache(), Cache())
    y = second.forward(first.forward(x, caches[0]), caches[1])
    dy = harness.draw(y.shape, seed=1)
    dx = first.backward(second.backward(dy, caches[1]), caches[0])
    dkernel, kernel, step = caches[0].gradient(first.kernel), first.kernel, 1e-6
    for seed in range(3):
        v = harness.draw(IMAGES, seed=10 + seed)
        ends = [second.forward(first.forward(x + s * v)) for s in (step, -step)]
        harness.close("dx", (dx * v).sum(), ((ends[0] - ends[1]) * dy).sum() / 2 / step, 1e-6)
        v, value = harness.draw(kernel.shape, seed=20 + seed), kernel.numpy()
        ends = []
        for s in (step, -step):
            kernel.assign(value + s * v)
            ends.append(second.forward(first.forward(x)))
        kernel.assign(value)
        harness.close("dk", (dkernel * v).sum(), ((ends[0] - ends[1]) * dy).sum() / 2 / step, 1e-6)


def test_max_pooling_gives_ties_to_the_first_and_reaches_over_the_edge():
    layer, kept = layers.MaxPooling2D(2, strides=1, padding="same"), Cache()
    x = np.full((1, 2, 2, 1), -3.0)
    y = layer.forward(x, kept)
    np.testing.assert_array_equal(y, x)
    dx = layer.backward(np.ones_like(y), kept)
    np.testing.assert_array_equal(dx[0, :, :, 0], [[1, 1], [1, 1]])


def test_global_max_pooling_shares_the_gradient_among_equals_as_keras_does(keras):
    import jax

    x, theirs = np.ones((1, 2, 2, 1), "float32"), keras.layers.GlobalMaxPooling2D()
    expected = jax.grad(lambda x: theirs(x).sum())(jax.numpy.asarray(x))
    layer, kept = layers.GlobalMaxPooling2D(), Cache()
    layer.forward(x, kept)
    np.testing.assert_allclose(layer.backward(np.ones((1, 1)), kept), expected)


# Batch normalization ------------------------------------------------------------------------------


def test_running_averages_after_three_steps_are_those_of_keras(keras):
    ours, theirs = (
        layers.BatchNormalization(momentum=0.8),
        keras.layers.BatchNormalization(momentum=0.8),
    )
    for seed in range(3):
        x = 3 + 2 * harness.draw(IMAGES, "float32", seed)
        harness.close("y", ours(x, training=True), theirs(x, training=True), 1e-5)
    for got, expected in zip(ours.get_weights(), theirs.get_weights(), strict=True):
        np.testing.assert_allclose(got, expected, rtol=1e-5)
    harness.close("y", ours(x), theirs(x), 1e-5)


def test_a_frozen_batch_normalization_is_at_inference_even_in_training():
    layer = harness.built(harness.Case("BatchNormalization", IMAGES))
    layer.trainable = False
    before, x = layer.get_weights(), harness.draw(IMAGES)
    np.testing.assert_array_equal(layer.forward(x, Cache(True)), layer.forward(x))
    for value, after in zip(before, layer.get_weights(), strict=True):
        np.testing.assert_array_equal(value, after)


def test_batch_normalization_keeps_its_precision_over_many_pixels():
    x = np.random.default_rng(0).normal(1000, 1, (50, 40, 40, 2)).astype("float32")
    y = layers.BatchNormalization()(x, training=True)
    exact = (x - x.mean((0, 1, 2), dtype="f8")) / np.sqrt(x.var((0, 1, 2), dtype="f8") + 1e-3)
    np.testing.assert_allclose(y, exact, atol=1e-4)


# Random layers ------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["Dropout", "SpatialDropout2D"])
def test_dropout_drops_its_share_and_keeps_the_mean(name):
    y = getattr(layers, name)(0.3, seed=1)(np.ones((40, 5, 5, 40)), training=True)
    assert (np.asarray(y) == 0).mean() == pytest.approx(0.3, abs=0.03)
    assert y.mean() == pytest.approx(1, abs=0.05)
    np.testing.assert_allclose(np.unique(y), [0, 1 / 0.7], rtol=1e-6)


def test_spatial_dropout_drops_whole_channels():
    y = layers.SpatialDropout2D(0.5, seed=1)(np.ones((20, 3, 4, 10)), training=True)
    assert np.array_equal(y.min(axis=(1, 2)), y.max(axis=(1, 2)))


@pytest.mark.parametrize(
    ("layer", "stddev"),
    [(layers.GaussianNoise(0.4, seed=1), 0.4), (layers.GaussianDropout(0.2, seed=1), 0.5)],
    ids=["noise", "dropout"],
)
def test_gaussian_noise_has_its_deviation(layer, stddev):
    y = layer(np.ones((50, 400)), training=True)
    assert y.mean() == pytest.approx(1, abs=0.02)
    assert y.std() == pytest.approx(stddev, rel=0.02)


def test_each_call_draws_anew_and_a_seed_repeats_the_calls():
    x = np.ones(ROWS)
    one, other = layers.Dropout(0.5, seed=3), layers.Dropout(0.5, seed=3)
    first, second = one(x, training=True), one(x, training=True)
    assert not np.array_equal(first, second)
    np.testing.assert_array_equal(other(x, training=True), first)
    np.testing.assert_array_equal(other(x, training=True), second)
    np.testing.assert_array_equal(one(x), x)


# Merging ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["add", "subtract", "multiply", "average", "maximum", "minimum"])
def test_merging_functions_are_their_layers(name):
    a, b = harness.draw(ROWS), harness.draw(ROWS, seed=1)
    layer = getattr(layers, name.capitalize())()
    np.testing.assert_array_equal(getattr(layers, name)([a, b]), layer([a, b]))


@pytest.mark.parametrize("name", ["Maximum", "Minimum"])
def test_the_first_of_equal_inputs_gets_the_gradient(name):
    layer, kept = getattr(layers, name)(), Cache()
    layer.forward([np.zeros((1, 3)), np.float64([[0, -1, 1]]), np.zeros((1, 3))], kept)
    first, second, third = layer.backward(np.ones((1, 3)), kept)
    np.testing.assert_array_equal(first + second, [[1, 1, 1]])
    np.testing.assert_array_equal(first[0, 0], 1)
    np.testing.assert_array_equal(third, 0)


def test_concatenate_takes_its_axis():
    a = harness.draw(IMAGES)
    assert layers.concatenate([a, a], axis=1).shape == (3, 14, 6, 2)


def test_a_model_with_branches_that_meet_learns_as_in_keras(keras):
    def make(library):
        inputs = library.Input((7, 6, 2))
        branch = library.layers.Conv2D(2, 3, padding="same", activation="relu")(inputs)
        met = library.layers.add([inputs, branch])
        both = library.layers.Concatenate()([met, branch])
        outputs = library.layers.Dense(1)(library.layers.GlobalAveragePooling2D()(both))
        model = library.Model(inputs, outputs)
        model.compile("sgd", "mse")
        return model

    x, y = harness.draw((8, 7, 6, 2), "float32"), harness.draw((8, 1), "float32")
    ours, theirs = make(nanoconv), make(keras)
    theirs.set_weights(ours.get_weights())
    options = {"batch_size": 4, "epochs": 2, "shuffle": False, "verbose": 0}
    losses = [model.fit(x, y, **options).history["loss"] for model in (ours, theirs)]
    np.testing.assert_allclose(losses[0], losses[1], rtol=1e-5)
    for got, expected in zip(ours.get_weights(), theirs.get_weights(), strict=True):
        np.testing.assert_allclose(got, expected, atol=1e-6)


# Threads ------------------------------------------------------------------------------------------


def test_one_thread_and_several_compute_the_same():
    def train(threads):
        workers.set_threads(threads)
        set_random_seed(1)
        model = nanoconv.Sequential(
            [
                layers.Input((7, 6, 2)),
                layers.RandomRotation(0.1),
                layers.Conv2D(3, 3, activation="relu"),
                layers.BatchNormalization(),
                layers.SpatialDropout2D(0.3),
                layers.MaxPooling2D(),
                layers.Flatten(),
                layers.Dropout(0.2),
                layers.Dense(2),
            ]
        )
        model.compile("adam", "mse")
        x, y = harness.draw((30, 7, 6, 2), "float32"), harness.draw((30, 2), "float32")
        model.fit(x, y, batch_size=15, epochs=2, verbose=0)
        return model.get_weights()

    before = workers.get_threads()
    try:
        alone, together = train(1), train(3)
    finally:
        workers.set_threads(before)
    for one, other in zip(alone, together, strict=True):
        np.testing.assert_allclose(one, other, atol=1e-5)
