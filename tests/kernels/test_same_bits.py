"""The same seed gives the same bits, whatever the number of threads."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest

import nanoconv
from nanoconv import kernels, layers
from nanoconv.kernels.compiled import workers
from nanoconv.kernels.compiled.convolution import im2col
from nanoconv.random import set_random_seed

THREADS = [1, 2, 3, 7, 16]


@pytest.fixture(autouse=True)
def keep_threads() -> Iterator[None]:
    before = workers.get_threads()
    yield
    workers.set_threads(before)


def assert_same(make) -> None:
    """make() returns equal bytes for every number of threads."""
    first = None
    for threads in THREADS:
        workers.set_threads(threads)
        got = make()
        first = first or got
        for i, (one, other) in enumerate(zip(got, first, strict=True)):
            assert one.tobytes() == other.tobytes(), f"{threads} threads: array {i} differs"


def trained(model, shape, classes: int = 10, batch: int = 48) -> list[np.ndarray]:
    set_random_seed(3)
    rng = np.random.default_rng(0)
    x, y = rng.random((2 * batch + 5, *shape), np.float32), rng.integers(0, classes, 2 * batch + 5)
    made = nanoconv.Sequential([nanoconv.Input(shape), *model()])
    made.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
    history = made.fit(x, y, batch, epochs=1, verbose=0).history
    return [*made.get_weights(), made.predict(x, verbose=0), np.array(history["loss"])]


def mnist():
    return [
        layers.Conv2D(32, 3, activation="relu"),
        layers.Conv2D(64, 3, activation="relu"),
        layers.MaxPooling2D(),
        layers.Dropout(0.25),
        layers.Flatten(),
        layers.Dense(256, activation="relu"),
        layers.Dropout(0.5),
        layers.Dense(10, activation="softmax"),
    ]


def with_normalization():
    return [
        layers.Conv2D(16, 5, strides=2, padding="same"),
        layers.BatchNormalization(),
        layers.Activation("relu"),
        layers.DepthwiseConv2D(3),
        layers.BatchNormalization(),
        layers.AveragePooling2D(2),
        layers.Conv2D(20, 3, dilation_rate=2, activation="tanh"),
        layers.GlobalAveragePooling2D(),
        layers.Dense(10, activation="softmax"),
    ]


@pytest.mark.parametrize("model", [mnist, with_normalization])
def test_training_gives_the_same_bits_for_any_number_of_threads(model):
    assert_same(lambda: trained(model, (28, 28, 1)))


def test_kernels_outside_of_a_model_do_too():
    rng = np.random.default_rng(0)
    x, K = rng.random((21, 24, 23, 32), np.float32), rng.random((3, 3, 32, 48), np.float32)
    rows, weights = rng.random((70, 1030), np.float32), rng.random((1030, 300), np.float32)
    view = kernels.window((3, 3), (1, 1), (1, 1), "same", 24, 23)
    fives = kernels.window((5, 5), (2, 2), (1, 1), "same", 24, 23)
    K5 = rng.random((5, 5, 32, 20), np.float32)

    def make() -> list[np.ndarray]:
        results = []
        for forward, backward, kernel, window in (
            (kernels.conv2d_forward, kernels.conv2d_backward, K, view),
            (kernels.conv2d_forward, kernels.conv2d_backward, K5, fives),
            (im2col.conv2d_forward, im2col.conv2d_backward, K5, fives),
        ):
            y = forward(x, kernel, None, window, True)
            results += [y, *backward(x, kernel, y, window, y)]
        for kernel in (weights, weights[:, :10]):
            y = kernels.dense_forward(rows, kernel, None, True)
            results += [y, *kernels.dense_backward(rows, kernel, y, y)]
        mean, var = kernels.batch_moments(x.reshape(-1, 32))
        flat, gamma = x.reshape(-1, 32), np.ones(32, np.float32)
        results += kernels.normalize_backward(flat, flat, mean, 1 / np.sqrt(var), gamma, True)
        m, v, w = np.zeros(100_003, "f4"), np.zeros(100_003, "f4"), np.ones(100_003, "f4")
        g = np.random.default_rng(1).normal(size=w.size).astype("f4")
        for _ in range(3):
            kernels.adam_update(w, g, m, v, 0.1, 0.9, 0.999, 1e-7)
        return [*results, mean, var, w, m, v]

    assert_same(make)
